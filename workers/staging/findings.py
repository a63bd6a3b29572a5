"""What the set-based checks find against rows: gathered in one table, counted there, and the first of them told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sanitizer_lambda.contract import RowErrorCode
from sanitizer_lambda.contract.refused import MAX_VALUE_CHARS
from workers.refusals import Refusal, Refusals
from workers.rows import Record, Side, copied
from workers.staging.desk import Desk
from workers.staging.intake import ROW

# `detail` is what the message needs beside the value.
_FOUND = {
    "kind": "TEXT", "code": "TEXT", "field": "TEXT", **ROW, "value": "TEXT", "related_line": "BIGINT", "detail": "TEXT",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of what was found."""

    kind: Record
    code: RowErrorCode
    field: str
    value: str | None
    related_line: int | None
    detail: str | None


# Returns the sentence and the hint for a finding.
Wording = Callable[[Finding], tuple[str, str | None]]


TABLES = {"found": _FOUND, "refused": {"n": "BIGINT PRIMARY KEY"}}


class Findings:
    """The findings of one round of checks, and the set of refused rows they lead to.

    ``consequences`` False leaves out references to rows that were refused: where those refuse the file, mending them
    mends both.
    """

    def __init__(self, desk: Desk, sides: Mapping[Record, Side], refusals: Refusals, *, consequences: bool) -> None:
        self._desk = desk
        self._sides = sides
        self._refusals = refusals
        self._consequences = consequences
        self.refused = 0
        self.codes: set[RowErrorCode] = set()

    async def add(self, kind: Record, code: RowErrorCode, field: str, query: str) -> None:
        """Add what a query finds, as (n, line, record, value, related_line, detail)."""
        found = await self._desk.run(
            f"INSERT INTO found SELECT '{kind}', '{code}', '{field}', n, line, record, value::text, "
            f"related_line::text::bigint, detail::text FROM ({query}) q (n, line, record, value, related_line, detail)"
        )
        self._note(code, found)

    async def add_rows(self, kind: Record, code: RowErrorCode, field: str, rows: list[tuple[Any, ...]]) -> None:
        """Add findings made outside of the database, as tuples of the same six values."""
        await self._desk.copy("found", _FOUND, ["\t".join(map(copied, (kind, code, field, *row))) for row in rows])
        self._note(code, len(rows))

    async def settle(self, wording: Wording) -> int:
        """Refuse the rows something was found against, count all, keep the first; return how many rows are new."""
        if not self.codes:
            return 0
        self.codes.clear()
        if not self._consequences:
            unknown = RowErrorCode.UNKNOWN_REFERENCE
            await self._desk.run(f"DELETE FROM found WHERE code = '{unknown}' AND detail IS NOT NULL")
        counts = await self._desk.rows(
            "SELECT kind, code, field, count(*) AS errors FROM found GROUP BY 1, 2, 3 ORDER BY min(n)"
        )
        for kind, code, field, errors in counts:
            column, _ = self._named(Record(kind), field)
            self._refusals.count(RowErrorCode(code), column, errors)
        async for row in self._desk.each("SELECT record, kind, code, field FROM found ORDER BY n"):
            column, _ = self._named(Record(row["kind"]), row["field"])
            self._refusals.mark(row["record"], RowErrorCode(row["code"]), column)
        for row in await self._first():
            self._refusals.keep(self._refusal(row, wording), first=row["own"] == 1)
        fresh = await self._desk.run("INSERT INTO refused SELECT DISTINCT n FROM found ON CONFLICT DO NOTHING")
        await self._desk.raw.execute("TRUNCATE found")
        self.refused += fresh
        return fresh

    def _note(self, code: RowErrorCode, found: int) -> None:
        if found:
            self.codes.add(code)

    async def _first(self) -> list[Any]:
        """Return as many findings as there is room for, but at least one of each kind."""
        return await self._desk.rows(
            "SELECT * FROM (SELECT *, row_number() OVER (ORDER BY n) AS place, "
            "row_number() OVER (PARTITION BY kind, code, field ORDER BY n) AS own FROM found) AS f "
            f"WHERE place <= {self._refusals.room:d} OR own = 1 ORDER BY place"
        )

    def _refusal(self, row: Any, wording: Wording) -> Refusal:
        kind, code = Record(row["kind"]), RowErrorCode(row["code"])
        column, header = self._named(kind, row["field"])
        value = None if row["value"] is None else row["value"][:MAX_VALUE_CHARS]
        message, hint = wording(Finding(kind, code, row["field"], value, row["related_line"], row["detail"]))
        return Refusal(code, row["line"], row["record"], column, header, value, message, hint, row["related_line"])

    def _named(self, kind: Record, name: str) -> tuple[str, str | None]:
        """Return the column's name in this kind of file, and the user's own header of it."""
        field = self._sides[kind].field(name)
        return (name, None) if field is None else (field.column.name, field.header)
