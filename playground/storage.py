"""Static files: hashed names, compressed, and hashed imports inside our own ES modules."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Without the last one, import(): in our modules it stands in comments only, as a type, and types may go in circles.
_IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1][:3]


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Rewrites imports in `js/` and `vendor/` alone: other packages have import() in comments, which do not resolve.

    The pattern is a private attribute of Django; a test collects the files and looks at every import.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _IMPORTS)
    max_post_process_passes = 20  # as many as modules stand behind each other
