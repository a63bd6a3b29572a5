"""Which columns of a clean file fill which field of which record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sanitizer_lambda.contract import (
    PHASE_COLUMNS,
    SUITE_COLUMNS,
    Column,
    ColumnMatch,
    ColumnType,
    ContractError,
    TemplateKind,
    prefixed,
)

# Types whose cells hold a number, and so a decimal mark.
NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})


class Record(StrEnum):
    """The two kinds of record a row may hold."""

    SUITE = "suite"
    PHASE = "phase"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the file: the record's ``name`` for it, its ``place`` in a clean row, the user's own ``header``."""

    name: str
    column: Column
    place: int
    header: str

    @property
    def is_number(self) -> bool:
        """Whether its cells have a decimal mark."""
        return self.column.type in NUMERIC


@dataclass(frozen=True, slots=True)
class Side:
    """One record's part of each row."""

    record: Record
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The record's fields that the file fills, in the file's order."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field | None:
        """Return the column that fills a field, or None where the file has none."""
        return next((field for field in self.fields if field.name == name), None)


def sides_of(kind: TemplateKind, header: Sequence[str], matches: Iterable[ColumnMatch]) -> tuple[Side, ...]:
    """Return one side for each kind of record in the file. Raises ContractError on a column that is not the kind's."""
    written = {match.column: match.header for match in matches if match.column is not None}
    columns = _columns(kind)
    unknown = [name for name in header if name not in columns]
    if unknown or len(set(header)) != len(header):
        raise ContractError("the clean file's header is not the contract's")
    sides: dict[Record, list[Field]] = {record: [] for record, _, _ in columns.values()}
    for place, name in enumerate(header):
        record, field, column = columns[name]
        sides[record].append(Field(field, column, place, written.get(name, name)))
    return tuple(Side(record, tuple(fields)) for record, fields in sides.items())


def _columns(kind: TemplateKind) -> dict[str, tuple[Record, str, Column]]:
    if kind is TemplateKind.SUITE_TEMPLATES:
        return {column.name: (Record.SUITE, column.name, column) for column in SUITE_COLUMNS}
    if kind is TemplateKind.PHASE_TEMPLATES:
        return {column.name: (Record.PHASE, column.name, column) for column in PHASE_COLUMNS}
    suites = [(Record.SUITE, column.name, prefixed("suite_", column)) for column in SUITE_COLUMNS]
    phases = [
        (Record.PHASE, column.name, prefixed("phase_", column))
        for column in PHASE_COLUMNS
        if column.name != "suite_code"
    ]
    return {column.name: (record, field, column) for record, field, column in (*suites, *phases)}
