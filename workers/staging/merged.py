"""What a staged row makes of a record: the file's columns, and for all others what the record had before."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sanitizer_lambda.contract import PHASE_COLUMNS, SUITE_COLUMNS
from workers.rows import Record
from workers.staging.tables import Table, quoted

# What a new record has in columns that must not be empty and that its file does not have.
_DEFAULTS: Mapping[Record, Mapping[str, str]] = {
    Record.SUITE: {"tags": "'{}'"},
    Record.PHASE: {"predecessors": "'[]'"},
}
_COLUMNS = {Record.SUITE: SUITE_COLUMNS, Record.PHASE: PHASE_COLUMNS}


def merged(record: Record, table: Table, given: Collection[str], derived: Collection[str]) -> dict[str, str]:
    """Return for each imported column the SQL of its new value, from `s` (staged) and `t` (the record, or null).

    ``given`` are the columns the file has: an empty cell clears the value. ``derived`` are those that a cell of another
    column may fill: what it leaves empty stays as it is.
    """
    defaults = {**_DEFAULTS[record], **_declared(record)}
    values = {}
    for column in table.imported:
        new, old, default = f"s.{quoted(column)}", f"t.{quoted(column)}", defaults.get(column)
        if column in given:
            values[column] = new
        elif column in derived:
            values[column] = f"COALESCE({', '.join(filter(None, (new, old, default)))})"
        else:
            values[column] = old if default is None else f"COALESCE({old}, {default})"
    return values


def _declared(record: Record) -> dict[str, str]:
    return {column.name: f"'{column.default}'" for column in _COLUMNS[record] if column.default is not None}
