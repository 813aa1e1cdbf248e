"""python -m components: check a design file, print the schema or the catalogue, price a design or lay it out, write the reference."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.catalog import catalogue
from components.cost import cost
from components.design import Design, as_dict, load, parse, schema
from components.graph import layout
from components.pages import pages
from components.problem import Problem

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 with one line for each problem on stderr."""
    options = _parser().parse_args(arguments)
    if options.schema:
        return _print(schema())
    if options.catalog:
        return _print(catalogue())
    if options.docs:
        return _write(options.docs)
    name = options.layout or options.cost or options.file
    design, problems = _read(name, draft=bool(options.layout or options.cost or options.draft))
    if design is None:
        print("\n".join(problem.line() for problem in problems), file=sys.stderr)
        return BAD_INPUT
    if options.cost:
        return _print(cost(design))
    if options.layout:
        places = layout(design)
        nodes = tuple(replace(node, x=places[node.id][0], y=places[node.id][1]) for node in design.nodes)
        return _print(as_dict(replace(design, nodes=nodes)))
    print(f"{name}: no problems (nodes: {len(design.nodes)}, links: {len(design.links)})")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m components", description="The language of designs.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", metavar="FILE", help="check this design, JSON or YAML; - reads standard input")
    what.add_argument("--schema", action="store_true", help="print the JSON Schema of the design file")
    what.add_argument("--catalog", action="store_true", help="print the catalogue of kinds, links and faults as JSON")
    what.add_argument("--layout", metavar="FILE", help="print this design with its nodes laid out")
    what.add_argument("--cost", metavar="FILE", help="print what this design costs a month by the price list")
    what.add_argument("--docs", metavar="DIR", type=Path, help="write the reference pages into this folder")
    parser.add_argument("--draft", action="store_true", help="FILE may be incomplete, as while somebody draws it")
    return parser


def _read(name: str, draft: bool) -> tuple[Design | None, list[Problem]]:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        return None, [Problem("file", "", name, f"cannot be read: {error.strerror}")]
    data, problems = load(raw)
    return (None, problems) if problems else parse(data, draft)


def _print(data: Any) -> int:
    print(json.dumps(data, indent=1, ensure_ascii=False))
    return 0


def _write(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
