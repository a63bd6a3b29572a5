"""request.json: what the client asked for, written by the API before it signs anything; the sanitizer's only order."""

from __future__ import annotations

from dataclasses import dataclass

from sanitizer_lambda.contract.columns import TemplateKind
from sanitizer_lambda.contract.wire import Wire


@dataclass(frozen=True, slots=True)
class ParseHints(Wire):
    """What the client knows of the file; each None is detected.

    ``encoding``: a Python codec name. ``delimiter``: 1-4 characters. ``quote``: one character, or empty for none.
    ``header_line``: physical line from 1, 0 for no header. ``decimal_mark``: ``.`` or ``,``.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header_line: int | None = None
    decimal_mark: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnMapping(Wire):
    """The client's own word: the header as written goes to this column."""

    header: str
    column: str


@dataclass(frozen=True, slots=True)
class KeptFile(Wire):
    """A file that came for an earlier upload of the same project: one version of its quarantined object."""

    key: str
    version: str


@dataclass(frozen=True, slots=True)
class SanitizeRequest(Wire):
    """The order: ``kind`` None means recognise it from the header; ``size_bytes`` and ``sha256`` are as declared.

    ``kept``: the file to read, where the upload tries an earlier one again and none is sent for it.
    """

    size_bytes: int
    sha256: str | None = None
    kind: TemplateKind | None = None
    hints: ParseHints = ParseHints()
    column_map: tuple[ColumnMapping, ...] = ()
    kept: KeptFile | None = None
