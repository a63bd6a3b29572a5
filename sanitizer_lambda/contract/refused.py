"""rejected.csv: the rows the sanitizer refused, one a line, every cell neutralised.

A CSV file with the header ``REFUSED_HEADER``; ``cells`` is a JSON list of the row's cells as they stood in the user's
file, left to right, so that the row can be written back in the user's own layout.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields

from sanitizer_lambda.contract.codes import RowErrorCode
from sanitizer_lambda.contract.wire import ContractError

# The two columns by which the file that people get tells where a row stood and why it was refused; sent back with the
# mended rows, they are recognised and left aside.
LINE_HEADER, ERRORS_HEADER = "_line", "_errors"
# Reasons that the row alone no longer shows: the file that tells of it fills it up to the header's width, and the other
# row of its code is not in that file. Such a row is refused again until somebody empties its errors.
HIDDEN_REASONS = (
    *(RowErrorCode.FIELD_COUNT, RowErrorCode.UNCLOSED_QUOTE, RowErrorCode.UNDECODABLE_BYTES),
    RowErrorCode.DUPLICATE_IN_FILE,
)

# Longer values are cut in messages and reports; the whole row stands in ``cells``.
MAX_VALUE_CHARS = 200


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One refused row: ``line`` is physical from 1, ``record`` counts the file's records from 1."""

    line: int
    record: int
    code: RowErrorCode
    column: str | None
    header: str | None
    value: str | None
    message: str
    hint: str | None
    cells: tuple[str, ...]

    def to_csv(self) -> list[str]:
        """Return the row of rejected.csv."""
        *texts, cells = astuple(self)
        return ["" if text is None else str(text) for text in texts] + [json.dumps(cells, ensure_ascii=False)]


REFUSED_HEADER = tuple(field.name for field in fields(RefusedRow))


def read_refused(lines: Iterable[str]) -> Iterator[RefusedRow]:
    """Yield the rows of a rejected.csv. Raises ContractError."""
    csv.field_size_limit(sys.maxsize)
    rows = csv.reader(lines, strict=True)
    try:
        if tuple(next(rows, ())) != REFUSED_HEADER:
            raise ContractError("not a file of refused rows")
        for row in rows:
            yield _read_row(row)
    except csv.Error as error:
        raise ContractError("not a file of refused rows") from error


def _read_row(row: list[str]) -> RefusedRow:
    try:
        line, record, code, column, header, value, message, hint, cells = row
        return RefusedRow(
            line=int(line),
            record=int(record),
            code=RowErrorCode(code),
            column=column or None,
            header=header or None,
            value=value or None,
            message=message,
            hint=hint or None,
            cells=_read_cells(cells),
        )
    except (ValueError, RecursionError) as error:
        raise ContractError("a refused row cannot be read") from error


def _read_cells(text: str) -> tuple[str, ...]:
    cells = json.loads(text)
    if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
        raise ValueError("no list of cells")
    return tuple(cells)
