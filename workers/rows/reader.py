"""A clean row to the typed values of one record, or the reasons why not; errors are exact, plain rows are fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from models import fold_code
from sanitizer_lambda.contract import Column
from sanitizer_lambda.contract.refused import MAX_VALUE_CHARS
from workers.rows.cells import cell_reader, reading_of
from workers.rows.fault import CellFault, Fault, Noted
from workers.rows.numbers import NumberReader
from workers.rows.settle import DERIVED, SETTLE
from workers.rows.side import Field, Side
from workers.rows.wild import Read, unit_of_header

AREAS = ("area", "balcony_area")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one field are read, stripped and not empty: ``read`` returns a value, a Fault or a Noted."""

    field: Field
    column: Column
    numbers: NumberReader
    read: Read


def fold(code: str) -> str:
    """Return the key of a code; the short path of ``models.fold_code`` for plain letters."""
    return code.lower() if code.isascii() else fold_code(code)


class RowReader:
    """Reads one record's part of each row.

    ``names`` are the fields a row has values for: those of the file, then those that other cells may fill.
    ``mark`` is the client's hint; ``marks`` the verdicts on whole columns. ``read`` may raise MarksNeededError.
    """

    def __init__(self, side: Side, mark: str | None = None, marks: Mapping[str, str] | None = None) -> None:
        self._side = side
        self._extra = _derived(side)
        self.names: tuple[str, ...] = (*side.names, *self._extra)
        self._blank: list[object] = [None] * len(self._extra)
        self._places = [field.place for field in side.fields]
        self._whole = self._places == list(range(len(self._places)))
        self._faults: list[CellFault] = []
        self._notes: list[tuple[int, str, Noted]] = []
        self._at = {name: index for index, name in enumerate(self.names)}
        self.readings = [_reading(field, mark or (marks or {}).get(field.column.name)) for field in side.fields]
        self._reads = [self._reader(index, reading) for index, reading in enumerate(self.readings)]
        self.header_unit = _header_unit(side)

    def place(self, name: str) -> int | None:
        """Return where in a clean row the field stands, or None where the file has no column for it."""
        field = self._side.field(name)
        return None if field is None else field.place

    def is_blank(self, cells: Sequence[str]) -> bool:
        """Whether the row says nothing about this record."""
        return not any(cells[place].strip() for place in self._places)

    def read(self, cells: Sequence[str]) -> list[Any] | None:
        """Return the values of ``names``, or None where a cell is refused; ``faults`` says why."""
        if not self._whole:
            cells = [cells[place] for place in self._places]
        values = [read(cell) for read, cell in zip(self._reads, cells, strict=False)]
        values += self._blank
        if self._notes:
            self._settle(values)
        if self.header_unit is not None and values[self._at["area_unit"]] is None:
            self._take_header_unit(values)
        return None if self._faults else values

    def faults(self) -> list[CellFault]:
        """Return why the last row was refused, and forget it."""
        taken = list(self._faults)
        self._faults.clear()
        return taken

    def _reader(self, index: int, reading: Reading) -> Callable[[str], object]:
        return cell_reader(reading.column, reading.read, partial(self._special, index))

    def _special(self, index: int, text: str, found: Fault | Noted) -> None:
        if isinstance(found, Noted):
            self._notes.append((index, text, found))
        else:
            self._refuse(self._side.fields[index], text, found)

    def _refuse(self, field: Field, text: str, fault: Fault) -> None:
        self._faults.append(CellFault(field.column.name, field.header, text[:MAX_VALUE_CHARS], fault))

    def _settle(self, values: list[Any]) -> None:
        """Take what cells say about other columns to those, and refuse what contradicts itself."""
        for index, text, noted in self._notes:
            field = self._side.fields[index]
            values[index] = noted.value
            fault = SETTLE[field.name](values, self._at, noted, field.column)
            if fault is not None:
                self._refuse(field, text, fault)
        self._notes.clear()

    def _take_header_unit(self, values: list[Any]) -> None:
        areas = (values[self._at[name]] for name in AREAS if name in self._at)
        if any(area is not None for area in areas):
            values[self._at["area_unit"]] = self.header_unit


def _reading(field: Field, mark: str | None) -> Reading:
    column = field.column
    if field.name == "duration_days":  # whether it may be empty depends on the milestone, maybe an earlier one
        column = replace(column, required=False)
    numbers = NumberReader(column, mark)
    return Reading(field, column, numbers, reading_of(field.name, column, numbers))


def _derived(side: Side) -> tuple[str, ...]:
    """Return the fields that the file has no column for, but whose value may stand in another column's cells."""
    names = set(side.names)
    filled = DERIVED[side.record].items()
    return tuple(name for name, sources in filled if name not in names and names.intersection(sources))


def _header_unit(side: Side) -> str | None:
    headers = [field.header for field in side.fields if field.name in AREAS]
    return next((unit for header in headers if (unit := unit_of_header(header)) is not None), None)
