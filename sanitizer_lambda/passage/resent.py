"""A file of refused rows that comes back: what it says of itself, and which of its rows still need a person's eye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

from sanitizer_lambda.cleaning.cells import clean_cell
from sanitizer_lambda.contract import ERRORS_HEADER, HIDDEN_REASONS, LINE_HEADER, ResentRow
from sanitizer_lambda.reading.decode import visible
from sanitizer_lambda.reading.reader import Record, RowProblem

# Rows remembered, by which the worker finds the upload they were refused from: one would do, if nobody edited it.
_MAX_KEPT = 20
_MAX_CHARS = 1_000
_NOT_MENDED = f"This row was refused as {{code}}: put it right, then empty its {ERRORS_HEADER} cell."


class Resent(NamedTuple):
    """Where the two columns of such a file stand, and the first of what they say."""

    line: int
    errors: int
    rows: list[ResentRow]

    @classmethod
    def of(cls, header: Sequence[str]) -> Self | None:
        """Return what is needed to look at a file with this header; None for any other file."""
        names = [name.strip() for name in header]
        if LINE_HEADER not in names or ERRORS_HEADER not in names:
            return None
        return cls(names.index(LINE_HEADER), names.index(ERRORS_HEADER), [])

    def look(self, records: Sequence[Record]) -> None:
        """Remember what the first rows say, and refuse again those that nobody can have meant as they are."""
        for record in records:
            if record.error is None:
                self._look(record)

    def _look(self, record: Record) -> None:
        line, errors = record.cells[self.line].strip(), record.cells[self.errors].strip()
        if len(self.rows) < _MAX_KEPT and line.isascii() and line.isdigit() and len(line) <= len(str(2**53)):
            # The report and the database take no lost bytes and no NUL.
            self.rows.append(ResentRow(int(line), clean_cell(visible(errors[:_MAX_CHARS])).text))
        code = next((code for code in HIDDEN_REASONS if errors.startswith(f"{code}")), None)
        if code is not None:
            record.error = RowProblem(code, _NOT_MENDED.format(code=code))
