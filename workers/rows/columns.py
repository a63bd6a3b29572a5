"""Whole columns of a part of a file at once: plain cells at the speed of C, rows with any other left to RowReader.

RowReader is the measure: whatever is read here is what it reads, and what it refuses is never read here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sanitizer_lambda.contract import ColumnType
from workers.rows.cells import blank_of
from workers.rows.copied import NULL, copied, escaped
from workers.rows.fault import Fault, Noted
from workers.rows.numbers import NumberReader
from workers.rows.reader import AREAS, Reading, RowReader, fold

# One list of cells for each column of the file, all of one length.
Columns = Sequence[Sequence[str]]

# Stands for a cell that is refused, or says something about other cells: no value is written like that.
ODD = "\\?"
# Stands between cells that are looked at together; the sanitizer takes it out of every cell.
_BETWEEN = "\0"
# Cells kept of one column: what repeats is read once; more distinct ones hardly repeat.
_REMEMBERED = 4096
_TEXTS = frozenset({ColumnType.TEXT, ColumnType.CODE, ColumnType.REFERENCE})
_CODES = frozenset({ColumnType.CODE, ColumnType.REFERENCE})


@dataclass(frozen=True, slots=True)
class Part:
    """The values of one record in a part of a file.

    ``values``: by field, written for COPY, or ODD; of predecessors the cell itself. ``keys``: by field that is a code,
    the folded code written for COPY, empty where there is none. ``odd``: the rows that RowReader must read.
    """

    values: dict[str, list[str]]
    keys: dict[str, list[str]]
    odd: set[int]


class ColumnReader:
    """Reads one record's columns in a part of a file; what RowReader learns of decimal marks is shared with it."""

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._cells = [_cells_of(reading) for reading in reader.readings]
        self._derived = reader.names[len(reader.readings) :]

    def read(self, columns: Columns) -> Part:
        """Read all rows of a part that are plain. May raise MarksNeededError."""
        size = len(columns[0])
        part = Part({}, {}, set())
        for reading, cells in zip(self._reader.readings, self._cells, strict=True):
            field = reading.field
            read = cells.read(columns[field.place])
            part.values[field.name] = read
            if isinstance(cells, _Texts) and cells.folds:
                part.keys[field.name] = cells.keys()
            if ODD in read:
                part.odd.update(place for place, value in enumerate(read) if value == ODD)
        for name in self._derived:
            part.values[name] = [NULL] * size
        if self._reader.header_unit is not None:
            self._take_header_unit(part, self._reader.header_unit, size)
        return part

    def _take_header_unit(self, part: Part, unit: str, size: int) -> None:
        """Give rows with an area the unit that the column's header names, where they have none of their own."""
        none = [NULL] * size
        areas = zip(*(part.values.get(name, none) for name in AREAS), strict=True)
        part.values["area_unit"] = [
            unit if own == NULL and any(area != NULL for area in row) else own
            for own, row in zip(part.values["area_unit"], areas, strict=True)
        ]


class _Cells:
    """Reads a column by looking each distinct cell up."""

    def __init__(self, reading: Reading) -> None:
        self._memo = _Memo(reading)

    def read(self, cells: Sequence[str]) -> list[str]:
        return list(map(self._memo.__getitem__, cells))


class _Memo(dict[str, str]):
    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._read = reading.read
        self._blank = blank_of(reading.column, reading.read)
        # Predecessors go to a table of their own: who takes them there parses them.
        self._as_it_is = reading.column.type is ColumnType.DEPENDENCIES

    def __missing__(self, text: str) -> str:
        plain = text.strip()
        value = self._read(plain) if plain else self._blank
        written = ODD if isinstance(value, Fault | Noted) else plain if self._as_it_is else copied(value)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = written
        return written


class _Numbers(_Cells):
    """Reads a column of numbers with one look where all are plain."""

    def __init__(self, reading: Reading, numbers: NumberReader, plain: re.Pattern[str]) -> None:
        super().__init__(reading)
        self._numbers = numbers
        self._plain = plain
        self._empty = self._memo[""]

    def read(self, cells: Sequence[str]) -> list[str]:
        joined = _BETWEEN.join(cells) + _BETWEEN
        if not self._plain.fullmatch(joined):
            return super().read(cells)
        if "." in joined:
            self._numbers.note_point()
        return [cell or self._empty for cell in cells] if "" in cells else list(cells)


class _Texts(_Cells):
    """Reads a column of texts, which are their own values; codes also as keys."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._limit = reading.column.max_chars or 0
        self.folds = reading.column.type in _CODES
        self._empty = self._memo[""]
        self._stripped: list[str] = []
        self._ascii = True

    def read(self, cells: Sequence[str]) -> list[str]:
        cells = self._stripped = list(map(str.strip, cells))
        joined = _BETWEEN.join(cells)
        self._ascii = joined.isascii()
        if joined.count(_BETWEEN) != len(cells) - 1 or max(map(len, cells)) > self._limit:
            return super().read(cells)
        if self.folds and not self._ascii:
            return super().read(cells)
        values = escaped(joined).split(_BETWEEN)
        return [value or self._empty for value in values] if "" in cells else values

    def keys(self) -> list[str]:
        """Return the keys of the codes just read, empty where there is none."""
        joined = _BETWEEN.join(self._stripped)
        if self._ascii and joined.count(_BETWEEN) == len(self._stripped) - 1:
            return escaped(joined.lower()).split(_BETWEEN)
        return [copied(fold(cell)) for cell in self._stripped]


def _cells_of(reading: Reading) -> _Cells:
    if reading.column.type in _TEXTS:
        return _Texts(reading)
    plain = reading.numbers.plain_column() if reading.field.is_number else None
    return _Cells(reading) if plain is None else _Numbers(reading, reading.numbers, plain)
