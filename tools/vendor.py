"""Fetch what the browser gets from other people: `python tools/vendor.py` (needs npm).

Reads tools/vendor.toml, downloads each package at its pinned version, copies the named files under
static/, draws the icon sprite and writes static/vendor/vendor.lock.json with the sha384 of every file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
LOCK = STATIC / "vendor" / "vendor.lock.json"

# Health is told by form before colour; the dial is the logo. Drawn here, so the sprite stays one file.
OWN_SYMBOLS = """\
<symbol id="shape-ok" viewBox="-6 -6 12 12"><circle r="5"/></symbol>
<symbol id="shape-strained" viewBox="-6 -6 12 12"><path d="M0 -5.2 5.6 4.6H-5.6Z"/></symbol>
<symbol id="shape-failing" viewBox="-6 -6 12 12"><path d="M0 -6 6 0 0 6 -6 0Z"/></symbol>
<symbol id="shape-down" viewBox="-6 -6 12 12"><path d="M-4 -4 4 4M4 -4-4 4" fill="none" stroke-width="2.4"/></symbol>
<symbol id="shape-idle" viewBox="-6 -6 12 12"><circle r="4.2" fill="none" stroke-width="1.8"/></symbol>
<symbol id="logo" viewBox="0 0 32 32"><path class="logo-track" d="M7.5 24.5A12 12 0 1 1 24.5 24.5"/><path class="logo-arc" \
d="M7.5 24.5A12 12 0 0 1 16 4"/><path class="logo-needle" d="M16 16 20.5 11.5"/><circle class="logo-hub" cx="16" cy="16" r="2.6"/></symbol>
"""


def fetch(name: str, version: str, folder: Path) -> Path:
    """The unpacked package `name` at `version`."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder, check=True, capture_output=True, text=True
    )
    target = folder / name.replace("/", "_")
    with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def without_source_map(data: bytes) -> bytes:
    """collectstatic looks for the map that such a line names, and it is not shipped."""
    return re.sub(rb"\n?//[#@] ?sourceMappingURL=.*|/\*# ?sourceMappingURL=.*?\*/", b"", data)


def symbol(name: str, folder: Path) -> str:
    text = (folder / f"{name}.svg").read_text()
    shapes = re.findall(r"<(?!svg|/svg)[^>]+/>", text)
    drawn = "".join(re.sub(r"\s*/>", "/>", shape) for shape in shapes if 'd="M0 0h24v24H0z"' not in shape)
    return f'<symbol id="i-{name}" viewBox="0 0 24 24">{drawn}</symbol>\n'


def sprite(icons: list[str], folder: Path) -> bytes:
    symbols = "".join(symbol(name, folder) for name in icons)
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="sprite" aria-hidden="true">\n{OWN_SYMBOLS}{symbols}</svg>\n'.encode()


def sha384(data: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def vendor(package: dict[str, Any], folder: Path) -> dict[str, str]:
    """Write the package's files; {path under static/: sha384}."""
    source = fetch(package["name"], package["version"], folder)
    declared = json.loads((source / "package.json").read_text())["license"]
    if declared != package["licence"]:
        raise SystemExit(f"{package['name']}: licence = {declared}: must be {package['licence']}")
    written = {
        target: (source / path).read_bytes() + "".join(more).encode() for path, target, *more in package["files"]
    }
    written = {
        path: without_source_map(data) if path.endswith((".js", ".css")) else data for path, data in written.items()
    }
    if "sprite" in package:
        written[package["sprite"]] = sprite(package["icons"], source / package["folder"])
    for path, data in written.items():
        (STATIC / path).parent.mkdir(parents=True, exist_ok=True)
        (STATIC / path).write_bytes(data)
    return {path: sha384(data) for path, data in sorted(written.items())}


def main() -> None:
    packages = tomllib.loads((ROOT / "tools" / "vendor.toml").read_text())["package"]
    with tempfile.TemporaryDirectory() as folder:
        lock = [
            {key: package[key] for key in ("name", "version", "licence")} | {"files": vendor(package, Path(folder))}
            for package in packages
        ]
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


if __name__ == "__main__":
    main()
