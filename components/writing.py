"""Plain data to the text of a JSON or YAML file that components/loading.py reads back as the same data."""

from __future__ import annotations

import json
from typing import Any

import yaml

from components.loading import RESOLVERS


def as_json(data: Any) -> str:
    """Indented, and as people write it: no escapes but those that JSON needs."""
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_yaml(data: Any) -> str:
    """Block style in the order of the data. Text that any reader could take for something else stands in quotes."""
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


class _Dumper(yaml.SafeDumper):
    """Knows the words of YAML 1.1 and those that our reader adds, so that both are quoted where they are text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _tag, _pattern, _first in RESOLVERS:
    _Dumper.add_implicit_resolver(_tag + ":text", _pattern, _first)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """The line ends of Unicode are written as escapes: a reader of YAML would fold them."""
    style = '"' if set(text) & set("\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
