from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.__main__ import main
from components.catalog import catalogue
from components.cost import cost
from components.design import as_dict, parse, schema
from components.graph import layout
from components.pages import pages
from tests.components.examples import drawing, parsed, shop


def written(folder: Path, document: Any, name: str = "shop.json") -> str:
    path = folder / name
    path.write_text(yaml.safe_dump(document) if name.endswith("yaml") else json.dumps(document))
    return str(path)


@pytest.mark.parametrize("name", ["shop.json", "shop.yaml"])
def test_design_without_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = written(tmp_path, shop(), name)
    assert main([path]) == 0
    assert capsys.readouterr() == (f"{path}: no problems (nodes: 5, links: 4)\n", "")


def test_each_problem_has_a_line_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = shop()
    document["nodes"][2]["params"]["workers"] = -3
    document["links"][0]["params"]["retry"]["mx"] = "1\n2"
    assert main([written(tmp_path, document)]) == 2
    assert capsys.readouterr() == (
        "",
        "web.workers = -3: must be between 1 and 10000\n"
        'l1.retry.mx = "1\\n2": is not a key of retry; did you mean max?\n',
    )


def test_incomplete_design_passes_as_a_draft_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, drawing({"users": "client"}))
    assert main([path]) == 2
    assert capsys.readouterr().err == "users.links = 0: must be at least 1 outgoing\n"
    assert main(["--draft", path]) == 0


def test_file_that_is_not_there_or_no_design(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing.json")]) == 2
    assert capsys.readouterr().err.endswith('nothing.json": cannot be read: No such file or directory\n')
    assert main([str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "bad.json").write_bytes(b"{\xff")
    assert main([str(tmp_path / "bad.json")]) == 2
    assert capsys.readouterr().err == 'design = "byte 1": must be UTF-8 text\n'


def test_schema_and_catalogue_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()
    assert main(["--catalog"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(catalogue()))


def test_layout_prints_the_design_with_new_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = shop()
    for node in document["nodes"]:
        node["x"] = node["y"] = 0
    assert main(["--layout", written(tmp_path, document)]) == 0
    design, problems = parse(json.loads(capsys.readouterr().out))
    assert design is not None, problems
    assert {node.id: (node.x, node.y) for node in design.nodes} == layout(parsed())
    assert as_dict(design)["script"] == shop()["script"]


def test_reference_is_written(tmp_path: Path) -> None:
    assert main(["--docs", str(tmp_path / "new" / "folder")]) == 0
    found = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "new" / "folder").iterdir()}
    assert found == pages()


@pytest.mark.parametrize("arguments", [[], ["--schema", "--catalog"], ["a.json", "--schema"], ["--nonsense"]])
def test_misuse_is_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m components" in capsys.readouterr().err


def test_program_reads_standard_input() -> None:
    command = [sys.executable, "-m", "components", "-"]
    good = subprocess.run(command, input=json.dumps(shop()), capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    bad = subprocess.run(command, input="nodes: []", capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "design.format = null: must be given; the newest is 1\n"


def test_cost_of_a_design(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cost", written(tmp_path, shop())]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == cost(parsed())
    assert found["per_month"] > 0
