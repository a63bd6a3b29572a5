"""Clean rows become lines of the staging tables, or refusals; nothing here waits for anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

from sanitizer_lambda.contract import PHASE_COLUMNS, SUITE_COLUMNS, DurationUnit, RowErrorCode
from workers.refusals import Refusal, Refusals
from workers.rows import (
    NULL,
    WEEK_DAYS,
    ColumnReader,
    Columns,
    Dependency,
    Fault,
    Part,
    Record,
    RowReader,
    copied,
    fold,
    read_dependencies,
)
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
MAX_SEQUENCE = 9999
# Lists of predecessors kept: what phases of many suites repeat is taken apart once.
_REMEMBERED = 4096


class Intake:
    """Types rows and holds the batch, as lines for COPY, until it is taken away.

    ``records`` yields the place of each clean row among all rows of the user's file, ``lines`` its physical line.
    """

    def __init__(
        self, readers: Mapping[Record, RowReader], lines: Iterator[int], records: Iterator[int], refusals: Refusals
    ) -> None:
        self._readers = readers
        self._columns = {kind: ColumnReader(reader) for kind, reader in readers.items()}
        self._lines = lines
        self._records = records
        self._refusals = refusals
        self._n = 0
        self._last: dict[Record, tuple[str, ...]] = {}
        self._edges: dict[tuple[str, str | None], list[str]] = {}
        self.refused = 0
        # Whether the keys seen so far of each kind rise, so that none stands twice.
        self.rising = dict.fromkeys(readers, True)
        self._batch: dict[str, list[str]] = {}

    @property
    def rows_read(self) -> int:
        """How many rows have been taken in."""
        return self._n

    @property
    def pending(self) -> int:
        """How many lines the batch holds, of the table it holds most for."""
        return max(map(len, self._batch.values()), default=0)

    def batch(self) -> dict[str, list[str]]:
        """Hand over the lines by table, and begin a new batch."""
        taken, self._batch = self._batch, {}
        return taken

    def take(self, columns: Columns) -> None:
        """Type the rows of a part into the batch. May raise MarksNeededError."""
        size = len(columns[0])
        lines, records = list(islice(self._lines, size)), list(islice(self._records, size))
        parts = {kind: reader.read(columns) for kind, reader in self._columns.items()}
        odd = set().union(*(part.odd for part in parts.values()))
        numbers = [list(map(str, range(self._n, self._n + size))), list(map(str, lines)), list(map(str, records))]
        for kind, part in parts.items():
            keys = self._keys(kind, parts, size)
            self._watch(kind, keys)
            values = [part.values[name] for name in self._readers[kind].names if name != "predecessors"]
            self._add(kind, _without(odd, zip(*numbers, *keys, *values, strict=True)))
        if Record.PHASE in parts:
            self._take_edges(parts[Record.PHASE], odd)
        for place in sorted(odd):
            cells = [column[place] for column in columns]
            self._take_row(self._n + place, cells, lines[place], records[place])
        self._n += size

    def _keys(self, kind: Record, parts: Mapping[Record, Part], size: int) -> list[list[str]]:
        """Return the columns of ``_KEYS`` for a part."""
        own = parts[kind].keys
        if kind is Record.SUITE:
            return [own["code"]]
        suite, blank = parts.get(Record.SUITE), [""] * size
        suites = own.get("suite_code", blank) if suite is None else suite.keys["code"]
        parents = own.get("parent_code", blank)
        return [suites, own["code"], [key or NULL for key in parents]]

    def _watch(self, kind: Record, keys: list[list[str]]) -> None:
        """Note whether keys still rise from row to row."""
        if not self.rising[kind]:
            return
        rows = list(zip(*keys[: 1 if kind is Record.SUITE else 2], strict=True))
        before = self._last.get(kind)
        self.rising[kind] = (before is None or before < rows[0]) and all(one < other for one, other in pairwise(rows))
        self._last[kind] = rows[-1]

    def _take_edges(self, part: Part, odd: set[int]) -> None:
        cells = part.values.get("predecessors")
        if cells is None:
            return
        units, found = part.values.get("duration_unit"), []
        for place, text in enumerate(cells):
            if text and place not in odd:
                edges = self._edges_of(text, units[place] if units else None)
                found += [f"{self._n + place}\t{edge}" for edge in edges]
        self._add("edge", found)

    def _edges_of(self, text: str, unit: str | None) -> list[str]:
        if (known := self._edges.get((text, unit))) is None:
            dependencies = read_dependencies(text)
            assert not isinstance(dependencies, Fault), "it was read before"
            if len(self._edges) >= _REMEMBERED:
                self._edges.clear()
            known = self._edges[text, unit] = _edge_lines(dependencies, None if unit == NULL else unit)
        return known

    def _take_row(self, n: int, cells: Sequence[str], line: int, record: int) -> None:
        """Type one row by itself: exactly, and with the reasons where it is refused."""
        both = len(self._readers) > 1
        present = [kind for kind, reader in self._readers.items() if not both or not reader.is_blank(cells)]
        if not present:
            self._refuse_blank(line, record)
            return
        typed = {kind: self._readers[kind].read(cells) for kind in present}
        suite, phase = self._readers.get(Record.SUITE), self._readers.get(Record.PHASE)
        suite_code = _cell(suite, cells, "code") if suite else _cell(phase, cells, "suite_code") if phase else ""
        if any(values is None for values in typed.values()):
            self._refuse(line, record, [self._readers[kind] for kind in present])
            if suite and phase and suite_code:
                self._lose(Record.SUITE, "", suite_code, line)
            if phase:
                self._lose(Record.PHASE, suite_code, _cell(phase, cells, "code"), line)
            return
        for kind, values in typed.items():
            assert values is not None
            self.rising[kind] = False
            if kind is Record.SUITE:
                self._add(kind, [_line(n, line, record, fold(suite_code), *values)])
            else:
                self._add_phase(n, values, suite_code, line, record)

    def _add_phase(self, n: int, values: list[Any], suite_code: str, line: int, record: int) -> None:
        row = dict(zip(self._readers[Record.PHASE].names, values, strict=True))
        edges = _edge_lines(row.pop("predecessors", None) or (), row.get("duration_unit"))
        self._add("edge", [f"{n}\t{edge}" for edge in edges])
        parent = row.get("parent_code")
        keys = (fold(suite_code), fold(row["code"]), fold(parent) if parent else None)
        self._add(Record.PHASE, [_line(n, line, record, *keys, *row.values())])

    def _add(self, table: str, lines: Iterable[str]) -> None:
        self._batch.setdefault(table, []).extend(lines)

    def _refuse(self, line: int, record: int, readers: list[RowReader]) -> None:
        self.refused += 1
        for reader in readers:
            self._refusals.add_cells(line, record, reader.faults())

    def _refuse_blank(self, line: int, record: int) -> None:
        """Refuse a row with cells in ignored columns only: it was read, and has no record to be counted for."""
        self.refused += 1
        message, hint = "The row is empty in all columns that are imported.", "Remove the row, or fill it in."
        self._refusals.add(Refusal(RowErrorCode.REQUIRED, line, record, None, None, None, message, hint))

    def _lose(self, kind: Record, suite_code: str, code: str, line: int) -> None:
        """Remember the key of a refused row: what refers to it can then say where it stands."""
        if code:
            self._add("lost", [_line(kind, fold(suite_code), fold(code), line)])


def staged(record: Record, table: Table) -> dict[str, str]:
    """Return the columns of a record's staging table with their SQL types: those of any file of its kind."""
    names = [column.name for column in _COLUMNS[record] if column.name != "predecessors"]
    types = {name: table.types.get(name, "TEXT") for name in names}
    return {**ROW, **{key: table.types[key] for key in _KEYS[record]}, **types}


def filled(record: Record, reader: RowReader) -> list[str]:
    """Return the columns of the staging table that this file fills, in the order of its rows."""
    return [*ROW, *_KEYS[record], *(name for name in reader.names if name != "predecessors")]


def _without(odd: set[int], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    return map("\t".join, (row for place, row in enumerate(rows) if place not in odd) if odd else rows)


def _line(*values: object) -> str:
    return "\t".join(map(copied, values))


def _cell(reader: RowReader | None, cells: Sequence[str], name: str) -> str:
    place = None if reader is None else reader.place(name)
    return "" if place is None else cells[place].strip()


def _edge_lines(dependencies: Iterable[Dependency], unit: str | None) -> list[str]:
    """Return lines of the table of edges, but for the row they belong to."""
    return [_line(place, *_edge(dependency, unit)) for place, dependency in enumerate(dependencies)]


def _edge(dependency: Dependency, unit: str | None) -> tuple[Any, ...]:
    lag = dependency.lag * WEEK_DAYS[unit or DurationUnit.WORKDAYS] if dependency.weeks else dependency.lag
    ref = dependency.ref
    sequence = int(ref) if ref.isascii() and ref.isdigit() and len(ref) <= len(str(MAX_SEQUENCE)) else None
    names = (fold(dependency.text), dependency.text, fold(ref), ref)
    return (dependency.text, *names, sequence, dependency.type, lag)
