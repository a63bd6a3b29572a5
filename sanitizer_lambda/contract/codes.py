"""Why a row or a whole file is refused. Codes are public names: clients branch on them, so none is ever renamed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sanitizer_lambda.contract.wire import Wire

# A sentence for a person; longer ones would be cut by clients anyway.
MAX_MESSAGE_CHARS = 1000


class RowErrorCode(StrEnum):
    """Why one row is refused (API.graphql, RowErrorCode)."""

    FIELD_COUNT = "FIELD_COUNT"
    UNCLOSED_QUOTE = "UNCLOSED_QUOTE"
    UNDECODABLE_BYTES = "UNDECODABLE_BYTES"
    REQUIRED = "REQUIRED"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NOT_A_BOOLEAN = "NOT_A_BOOLEAN"
    NOT_A_CHOICE = "NOT_A_CHOICE"
    AMBIGUOUS_VALUE = "AMBIGUOUS_VALUE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    TOO_LONG = "TOO_LONG"
    PATTERN = "PATTERN"
    DUPLICATE_IN_FILE = "DUPLICATE_IN_FILE"
    EXISTS_ALREADY = "EXISTS_ALREADY"
    NOT_FOUND_FOR_UPDATE = "NOT_FOUND_FOR_UPDATE"
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
    SELF_REFERENCE = "SELF_REFERENCE"
    CYCLE = "CYCLE"
    SEQUENCE_CONFLICT = "SEQUENCE_CONFLICT"
    MILESTONE_DURATION = "MILESTONE_DURATION"
    BAD_DEPENDENCY = "BAD_DEPENDENCY"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"


class RejectionCode(StrEnum):
    """Why the sanitizer refuses a whole file."""

    FILE_EMPTY = "FILE_EMPTY"
    HEADER_ONLY = "HEADER_ONLY"
    NOT_CSV = "NOT_CSV"  # a workbook, an archive, a PDF, ...: the message names it
    NOT_TEXT = "NOT_TEXT"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    TOO_MANY_ROWS = "TOO_MANY_ROWS"
    TOO_MANY_COLUMNS = "TOO_MANY_COLUMNS"
    CELL_TOO_LONG = "CELL_TOO_LONG"
    SIZE_MISMATCH = "SIZE_MISMATCH"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"
    HEADER_MISSING = "HEADER_MISSING"
    COLUMN_MISSING = "COLUMN_MISSING"
    COLUMN_DUPLICATED = "COLUMN_DUPLICATED"
    COLUMN_UNKNOWN = "COLUMN_UNKNOWN"  # the client's own column map names a column or header that is not there
    KIND_NOT_RECOGNISED = "KIND_NOT_RECOGNISED"
    HINT_INVALID = "HINT_INVALID"
    REQUEST_MISSING = "REQUEST_MISSING"  # no request.json: nobody asked for this upload
    FILE_NOT_KEPT = "FILE_NOT_KEPT"  # tried again too late: storage has let go of the file
    SANITIZER_FAILED = "SANITIZER_FAILED"  # a fault of ours; the only one worth an unchanged retry


@dataclass(frozen=True, slots=True)
class Rejection(Wire):
    """A whole file refused: ``message`` is a sentence that says what to do; ``line`` is physical, from 1."""

    code: RejectionCode
    message: str
    line: int | None = None
    retryable: bool = False


class FileRejectedError(Exception):
    """The file cannot come inside; carries the ``Rejection`` that says why."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection


def reject(code: RejectionCode, message: str, *, line: int | None = None, retryable: bool = False) -> FileRejectedError:
    """Return the error to raise for a file refused with ``code``."""
    return FileRejectedError(Rejection(code, message[:MAX_MESSAGE_CHARS], line, retryable))
