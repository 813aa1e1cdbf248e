"""The two commands: what can be shown without a fresh machine. bench/fresh.py starts from an empty clone."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from playground.runtime import install, testing

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def play() -> ModuleType:
    spec = importlib.util.spec_from_file_location("play", ROOT / "play.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_every_python_can_read_play() -> None:
    tree = ast.parse((ROOT / "play.py").read_text(), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]
    modules = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert modules <= {"glob", "os", "subprocess", "sys"}


@pytest.mark.parametrize("name", ["install", "testing", "machine"])
def test_what_runs_before_the_packages_needs_none(name: str) -> None:
    code = (
        f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; import playground.runtime.{name}"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_shim_that_leads_nowhere_is_passed_over(
    play: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = script(tmp_path / "shims" / "python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    real = tmp_path / "home" / ".pyenv" / "versions" / "3.12.1" / "bin"
    real.mkdir(parents=True)
    (real / "python3.12").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "executable", str(script(tmp_path / "old" / "python3", "exit 1")))
    found = [path for path in play.candidates() if path.startswith(str(tmp_path))]
    assert str(shim) in found
    assert not play.works(str(shim))
    assert next(path for path in play.candidates() if play.works(path)) == str(real / "python3.12")


def test_no_python_is_said_helpfully(tmp_path: Path) -> None:
    code = (ROOT / "play.py").read_text().replace("WANTED = (3, 11)", "WANTED = (9, 0)")
    (tmp_path / "play.py").write_text(code)
    answer = subprocess.run([sys.executable, "play.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "needs Python 9.0 or newer" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_second_start_skips_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "STAMP", tmp_path / "installed")
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(install, "run", lambda *_: pytest.fail("something was installed"))
    assert not install.installed(dev=False)
    (tmp_path / "installed").write_text(install.wanted(dev=True))
    install.install(dev=True)
    install.install(dev=False)  # what serves for tests serves for running
    (tmp_path / "installed").write_text(install.wanted(dev=False))
    install.install(dev=False)
    assert not install.installed(dev=True)
    monkeypatch.setattr(install, "VENV", tmp_path / "moved")  # scripts in a moved .venv point to the old place
    assert not install.installed(dev=False)


def test_unknown_words_print_the_usage() -> None:
    answer = subprocess.run([sys.executable, "play.py", "tset"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stdout == install.USAGE


def test_the_environment_of_the_caller_reaches_the_installers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror/simple")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    env = install.environment()
    assert env["HTTPS_PROXY"] == "http://proxy:3128"
    assert env["PIP_INDEX_URL"] == "https://mirror/simple"
    assert env["HOME"] == str(tmp_path)
    assert env["PATH"].split(os.pathsep)[:2] == [str(install.PYTHON.parent), "/nowhere"]
    assert env["PATH"].endswith(os.defpath)  # git and the shell are where they always are
    monkeypatch.setenv("HOME", "")
    assert Path(install.environment()["HOME"]).is_relative_to(install.VENV)


def test_a_chromium_that_is_named_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = script(tmp_path / "chromium", "exit 0")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert testing.browser() == str(named)
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setattr(testing, "FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert testing.browser_installed() == str(named)


@pytest.mark.parametrize(
    ("name", "groups"), [("requirements.txt", ["--no-dev"]), ("requirements-dev.txt", ["--group", "dev"])]
)
def test_the_exported_lists_agree_with_the_lock(name: str, groups: list[str]) -> None:
    uv = shutil.which("uv", path=f"{install.PYTHON.parent}{os.pathsep}{Path(sys.executable).parent}")
    assert uv, "uv is in the dev group"
    command = [uv, "export", "--quiet", "--locked", "--no-hashes", "--no-header", "--no-annotate", *groups]
    exported = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (ROOT / name).read_text() == exported, "run: just lock"


def test_the_lock_names_no_private_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text()))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}


def test_ci_runs_the_test_command_of_the_readme() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ["exec python3 play.py test"]
    assert "python3 play.py test" in (ROOT / "README.md").read_text()
