"""report.json: what was detected, what was changed, what was refused. What grows with the file is in its own object."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sanitizer_lambda.contract.codes import Rejection, RowErrorCode
from sanitizer_lambda.contract.columns import TemplateKind
from sanitizer_lambda.contract.wire import Wire

# The rules that decide what a clean file is; goes up by one whenever the same input could give another output.
RULE_SET_VERSION = "2"

# Examples kept per rule: enough to recognise the cause, small enough for one page.
MAX_EXAMPLES = 20


class MatchedBy(StrEnum):
    """How a header found its column (DOMAIN.md, Header matching)."""

    MAPPED = "MAPPED"
    EXACT = "EXACT"
    SYNONYM = "SYNONYM"
    SIMILAR = "SIMILAR"
    IGNORED = "IGNORED"


class Rule(StrEnum):
    """What the sanitizer does to a cell or to the table."""

    FORMULA_NEUTRALISED = "FORMULA_NEUTRALISED"
    CONTROL_REMOVED = "CONTROL_REMOVED"
    INVISIBLE_REMOVED = "INVISIBLE_REMOVED"  # zero-width marks, bidirectional overrides, BOMs inside the file
    ESCAPE_REMOVED = "ESCAPE_REMOVED"  # terminal escape sequences
    MARKUP_REMOVED = "MARKUP_REMOVED"
    LINK_REMOVED = "LINK_REMOVED"
    BYTES_REPLACED = "BYTES_REPLACED"  # undecodable bytes, shown as U+FFFD
    CELLS_ALIGNED = "CELLS_ALIGNED"  # too few or too many cells, put right where that is unambiguous
    QUOTE_REPAIRED = "QUOTE_REPAIRED"


class Note(StrEnum):
    """Lines of the file that are no records and were set aside, never silently."""

    PREAMBLE = "PREAMBLE"
    SEPARATOR_LINE = "SEPARATOR_LINE"
    HEADER_CONTINUED = "HEADER_CONTINUED"
    HEADER_REPEATED = "HEADER_REPEATED"
    UNITS_ROW = "UNITS_ROW"
    BLANK_ROW = "BLANK_ROW"
    FOOTER = "FOOTER"
    SECOND_TABLE = "SECOND_TABLE"
    EMPTY_COLUMN = "EMPTY_COLUMN"


@dataclass(frozen=True, slots=True)
class DetectedFormat(Wire):
    """How the bytes were read. ``confidence`` is 0 to 1; ``quote`` and ``escape`` None mean there is none.

    ``encoding``: Python codec name. ``newline``: ``LF``, ``CRLF``, ``CR`` or ``MIXED``.
    ``header_line``: physical, from 1.
    """

    encoding: str
    bom: bool
    delimiter: str
    quote: str | None
    escape: str | None
    newline: str
    header_line: int | None
    confidence: float


@dataclass(frozen=True, slots=True)
class ColumnMatch(Wire):
    """One header of the user's file: ``position`` from 0; ``column`` None where it is ignored; ``score`` 0 to 1.

    ``runner_up``: the second-best column of a similarity, or the nearest one to an ignored header. ``unit``: what the
    header says its numbers are in: ``SQM``, ``SQFT``, ``DAYS``, ``WORKDAYS``, ``CALENDAR_DAYS``, ``WEEKS``, ``MONTHS``,
    ``HOURS`` or an ISO 4217 code.
    """

    position: int
    header: str
    column: str | None
    matched_by: MatchedBy
    score: float | None = None
    runner_up: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class CellChange(Wire):
    r"""One changed cell, by the physical line of its row in the user's file; both texts are cut to 200 characters.

    ``column`` None: the whole row, as it stood and as it is read, both harmless; or, of BYTES_REPLACED, a cell of no
    column or a line above the records. Bytes that could not be decoded stand in ``before`` as ``\xE9``.
    """

    line: int
    column: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RuleCount(Wire):
    """How many cells a rule changed, with up to ``MAX_EXAMPLES`` of them."""

    rule: Rule
    cells: int
    examples: tuple[CellChange, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteCount(Wire):
    """How many lines were set aside for one reason, and the first of them."""

    note: Note
    lines: int
    first_line: int


@dataclass(frozen=True, slots=True)
class RefusedCount(Wire):
    """How many rows were refused with one code."""

    code: RowErrorCode
    rows: int


@dataclass(frozen=True, slots=True)
class ResentRow(Wire):
    """What a row that was refused once and comes back says of itself: the line it stood on, and why it was refused."""

    line: int
    errors: str


@dataclass(frozen=True, slots=True)
class Report(Wire):
    """What became of one version of a quarantined file. Sizes are bytes; ``rows_read`` = clean + refused.

    ``resent``: the first rows of a file of refused rows that was sent back.
    """

    rule_set_version: str
    source_version: str
    bytes_before: int
    sha256_before: str
    bytes_after: int = 0
    sha256_after: str | None = None
    detected: DetectedFormat | None = None
    kind: TemplateKind | None = None
    columns: tuple[ColumnMatch, ...] = ()
    rules: tuple[RuleCount, ...] = ()
    notes: tuple[NoteCount, ...] = ()
    rows_read: int = 0
    rows_clean: int = 0
    rows_refused: int = 0
    refused: tuple[RefusedCount, ...] = ()
    resent: tuple[ResentRow, ...] = ()
    rejection: Rejection | None = None
