"""One row at a time: a record as read becomes a clean row or a refused one. Plain and complete; speed is elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from sanitizer_lambda.cleaning.cells import clean_cell, is_impure, is_suspect, may_be_impure
from sanitizer_lambda.contract import RefusedRow, RowErrorCode, Rule
from sanitizer_lambda.header.match import HeaderMap
from sanitizer_lambda.passage.tally import Tally
from sanitizer_lambda.reading.reader import Record, RowProblem

# Longer values are cut where a refused row shows the cell it is refused for.
_MAX_VALUE_CHARS = 200


_HINTS = {
    RowErrorCode.FIELD_COUNT: "Give the row as many cells as the header; a cell that holds the delimiter needs quotes.",
    RowErrorCode.UNCLOSED_QUOTE: "Close the quote, or write one that belongs to the text twice.",
    RowErrorCode.UNDECODABLE_BYTES: "Save the file as UTF-8, or name its encoding when you ask for the upload.",
}


class RowCleaner:
    """Cleans the rows of one file and counts what it changes."""

    def __init__(self, header: HeaderMap, tally: Tally) -> None:
        self._header = header
        self._positions = header.positions
        self._columns = header.columns
        self._tally = tally

    def clean(self, record: Record) -> list[str]:
        """Return the cells of the columns that are kept, harmless."""
        row = [record.cells[position] for position in self._positions]
        impure = may_be_impure("\n".join(row))
        for index, cell in enumerate(row):
            # No formula begins with a letter or a figure.
            if not cell[:1].isalnum() or (impure and is_impure(cell)):
                row[index] = self._cell(cell, record.line, self._columns[index])
        if record.repairs:
            self._tell(record, row)
        return row

    def refuse(self, record: Record, problem: RowProblem, number: int) -> RefusedRow:
        """Return the refused row, every cell harmless; ``number`` counts the file's records from 1."""
        self._tally.refuse(problem.code)
        matches, position = self._header.matches, problem.position
        # A row that is wider than the header may have its fault beyond it.
        match = matches[position] if position is not None and position < len(matches) else None
        return RefusedRow(
            line=record.line,
            record=number,
            code=problem.code,
            column=match.column if match else None,
            header=match.header if match else None,
            value=None if problem.value is None else clean_cell(problem.value[:_MAX_VALUE_CHARS]).text,
            message=problem.message,
            hint=_HINTS.get(problem.code),
            cells=tuple(clean_cell(cell).text for cell in record.cells),
        )

    def _cell(self, text: str, line: int, column: str) -> str:
        if is_suspect(text) is None:
            return text
        clean = clean_cell(text)
        self._tally.change(clean.rules, line, column, text, clean.text)
        return clean.text

    def _tell(self, record: Record, row: list[str]) -> None:
        """Count what reading repaired: bytes by cell, delimiters and quotes by row."""
        kept = {position: index for index, position in enumerate(self._positions)}
        for position, before in (record.lost or {}).items():
            index = kept.get(position)
            after = clean_cell(record.cells[position]).text if index is None else row[index]
            column = None if index is None else self._columns[index]
            self._tally.change((Rule.BYTES_REPLACED,), record.line, column, before, after)
        repairs = [rule for rule in record.repairs if rule is not Rule.BYTES_REPLACED]
        if repairs:
            as_it_stood = record.cells if record.text is None else [record.text]
            self._tally.change(repairs, record.line, None, _joined(as_it_stood), _joined(record.cells))


def _joined(cells: Sequence[str]) -> str:
    """Return the start of a row, harmless."""
    return ",".join(clean_cell(cell[:_MAX_VALUE_CHARS]).text for cell in cells[:_MAX_VALUE_CHARS])[:_MAX_VALUE_CHARS]
