"""Path converters: an id or token that cannot exist is not looked up. Importing this registers them."""

from __future__ import annotations

from django.urls import register_converter

from playground.ids import ID_CHARS, TOKEN_CHARS


class _Word:
    regex = ""

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class IdConverter(_Word):
    regex = f"[a-z0-9]{{{ID_CHARS}}}"


class TokenConverter(_Word):
    regex = f"[a-z0-9]{{{TOKEN_CHARS}}}"


class FormatConverter(_Word):
    """What a design can be written as."""

    regex = "json|yaml"


class RevisionConverter:
    """A number that a design may have reached."""

    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int | str) -> str:
        return str(value)


class CodeConverter(_Word):
    regex = "[A-Za-z]{3}-?[0-9]{3}"


register_converter(CodeConverter, "code")
register_converter(IdConverter, "id")
register_converter(TokenConverter, "token")
register_converter(RevisionConverter, "revision")
register_converter(FormatConverter, "format")
