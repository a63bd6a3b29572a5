"""Clean rows become typed rows of the staging tables, or refusals; nothing here waits for anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sanitizer_lambda.contract import PHASE_COLUMNS, SUITE_COLUMNS, ColumnType, DurationUnit
from workers.refusals import Refusals
from workers.rows import WEEK_DAYS, Dependency, Form, Record, RowReader, fold
from workers.staging.tables import Table

# Which record of which kind each typed row is about: its place among the clean rows, and where the user finds it.
ROW = {"n": "BIGINT", "line": "BIGINT", "record": "BIGINT"}
EDGE = {
    "n": "BIGINT", "place": "INT", "text": "TEXT", "whole_key": "TEXT", "whole_name": "TEXT", "ref_key": "TEXT",
    "ref_name": "TEXT", "ref_sequence": "INT", "type": "TEXT", "lag_days": "NUMERIC",
}  # fmt: skip
LOST = {"kind": "TEXT", "suite_key": "TEXT", "code_key": "TEXT", "line": "BIGINT"}

_COLUMNS = {Record.SUITE: SUITE_COLUMNS, Record.PHASE: PHASE_COLUMNS}
_KEYS = {Record.SUITE: ("code_key",), Record.PHASE: ("suite_key", "code_key", "parent_key")}
# The largest sequence a column holds; a longer number can only be a code or a name.
_MAX_SEQUENCE = 9999

Row = tuple[Any, ...]


def _array(items: list[str]) -> str:
    """Return a list as the database writes arrays."""
    escaped = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in escaped) + "}"


# Decimals and lists go to the staging tables as text, a tenth of the cost of their binary form; SQL reads them there.
FORMS: Mapping[ColumnType, Form] = {ColumnType.DECIMAL: str, ColumnType.LIST: _array}
AS_TEXT = ("DECIMAL", "TEXT[]")


class Intake:
    """Types rows and holds the batch until it is taken away.

    ``records`` yields the place of each clean row among all rows of the user's file, ``lines`` its physical line.
    """

    def __init__(
        self, readers: Mapping[Record, RowReader], lines: Iterator[int], records: Iterator[int], refusals: Refusals
    ) -> None:
        self._readers = readers
        self._lines = lines
        self._records = records
        self._refusals = refusals
        self._n = 0
        self.refused = 0
        self.batch: dict[str, list[Row]] = {}
        self.clear()

    @property
    def rows_read(self) -> int:
        """How many rows have been taken in."""
        return self._n

    @property
    def pending(self) -> int:
        """How many typed rows the batch holds, of the kind it holds most of."""
        return max(map(len, self.batch.values()))

    def clear(self) -> None:
        """Begin a new batch."""
        self.batch = {record: [] for record in self._readers} | {"edge": [], "lost": []}

    def take(self, rows: Sequence[Sequence[str]]) -> None:
        """Type rows into the batch. May raise MarksNeededError."""
        if set(self._readers) == {Record.SUITE}:
            self._take_suites(rows)
            return
        for cells in rows:
            self._take_row(cells, next(self._lines), next(self._records))
            self._n += 1

    def _take_suites(self, rows: Sequence[Sequence[str]]) -> None:
        """Do as ``_take_row``, for the most frequent kind of file, without a step a row could do without."""
        reader = self._readers[Record.SUITE]
        read, code, add = reader.read, reader.names.index("code"), self.batch[Record.SUITE].append
        for n, (cells, line, record) in enumerate(zip(rows, self._lines, self._records, strict=False), self._n):
            values = read(cells)
            if values is None:
                self._refuse(line, record, [reader])
                self._lose(Record.SUITE, "", _cell(reader, cells, "code"), line)
            else:
                add((n, line, record, fold(values[code]), *values))
        self._n += len(rows)

    def _take_row(self, cells: Sequence[str], line: int, record: int) -> None:
        present = [
            kind for kind, reader in self._readers.items() if len(self._readers) == 1 or not reader.is_blank(cells)
        ]
        typed = {kind: self._readers[kind].read(cells) for kind in present}
        suite, phase = self._readers.get(Record.SUITE), self._readers.get(Record.PHASE)
        suite_code = _cell(suite, cells, "code") if suite else _cell(phase, cells, "suite_code") if phase else ""
        if any(values is None for values in typed.values()):
            self._refuse(line, record, [self._readers[kind] for kind in present])
            if suite and suite_code:
                self._lose(Record.SUITE, "", suite_code, line)
            if phase:
                self._lose(Record.PHASE, suite_code, _cell(phase, cells, "code"), line)
            return
        for kind, values in typed.items():
            assert values is not None
            if kind is Record.SUITE:
                self.batch[kind].append((self._n, line, record, fold(suite_code), *values))
            else:
                self._add_phase(values, suite_code, line, record)

    def _add_phase(self, values: list[Any], suite_code: str, line: int, record: int) -> None:
        names = self._readers[Record.PHASE].names
        row = dict(zip(names, values, strict=True))
        for place, dependency in enumerate(row.pop("predecessors", None) or ()):
            self.batch["edge"].append((self._n, place, *_edge(dependency, row.get("duration_unit"))))
        parent = row.get("parent_code")
        keys = (fold(suite_code), fold(row["code"]), fold(parent) if parent else None)
        self.batch[Record.PHASE].append((self._n, line, record, *keys, *row.values()))

    def _refuse(self, line: int, record: int, readers: list[RowReader]) -> None:
        self.refused += 1
        for reader in readers:
            self._refusals.add_cells(line, record, reader.faults())

    def _lose(self, kind: Record, suite_code: str, code: str, line: int) -> None:
        """Remember the key of a refused row: what refers to it can then say where it stands."""
        if code:
            self.batch["lost"].append((kind, fold(suite_code), fold(code), line))


def staged(record: Record, table: Table) -> dict[str, str]:
    """Return the columns of a record's staging table with their SQL types: those of any file of its kind."""
    names = [column.name for column in _COLUMNS[record] if column.name != "predecessors"]
    types = {name: table.types.get(name, "TEXT") for name in names}
    texts = {name: "TEXT" if kind.startswith(AS_TEXT) else kind for name, kind in types.items()}
    return {**ROW, **{key: table.types[key] for key in _KEYS[record]}, **texts}


def filled(record: Record, reader: RowReader) -> list[str]:
    """Return the columns of the staging table that this file fills, in the order of its rows."""
    return [*ROW, *_KEYS[record], *(name for name in reader.names if name != "predecessors")]


def _cell(reader: RowReader | None, cells: Sequence[str], name: str) -> str:
    place = None if reader is None else reader.place(name)
    return "" if place is None else cells[place].strip()


def _edge(dependency: Dependency, unit: str | None) -> tuple[Any, ...]:
    lag = dependency.lag * WEEK_DAYS[unit or DurationUnit.WORKDAYS] if dependency.weeks else dependency.lag
    ref = dependency.ref
    sequence = int(ref) if ref.isascii() and ref.isdigit() and len(ref) <= len(str(_MAX_SEQUENCE)) else None
    names = (fold(dependency.text), dependency.text, fold(ref), ref)
    return (dependency.text, *names, sequence, dependency.type, lag)
