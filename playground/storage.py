"""Static files: hashed names, compressed, hashed imports inside our own ES modules, few and small files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

from playground.pagefiles import SHEETS, joined, slim

# The last of them is import(). It also stands in comments, as a type, and types may go in circles: modules are slimmed
# before they are hashed, which takes those away.
_IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Rewrites imports in `js/` and `vendor/` alone: other packages have import() in comments, which do not resolve.

    The pattern is a private attribute of Django; a test collects the files and looks at every import.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _IMPORTS)
    max_post_process_passes = 20  # as many as modules stand behind each other

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """`paths` is {name: (storage, path)} of what was collected; slimmed and joined files are read from here."""
        if not dry_run:
            paths = paths | dict(self._made(paths))
        yield from super().post_process(paths, dry_run, **options)

    def _made(self, paths: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return str(file.read().decode())

        for name in paths:
            if name.startswith("js/") and name.endswith(".js"):
                yield self._write(name, slim(read(name)))
        for name, parts in SHEETS.items():
            yield self._write(name, joined(parts, read))

    def _write(self, name: str, text: str) -> tuple[str, Any]:
        with open(self.path(name), "w") as file:
            file.write(text)
        return name, (self, name)
