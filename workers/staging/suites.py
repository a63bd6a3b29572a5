"""Suites: what needs more than one row to be checked, and the two statements that write them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from models import ImportMode
from sanitizer_lambda.contract import RowErrorCode
from workers.rows import Record, RowReader, Side
from workers.staging.desk import Desk
from workers.staging.findings import Findings
from workers.staging.intake import ROW, filled, staged
from workers.staging.merged import merged
from workers.staging.tables import TEMPLATES, Table, listed, quoted, table_of

STAGE, NEXT = "stage_suite", "next_suite"
_KIND = Record.SUITE


@dataclass(frozen=True, slots=True)
class Suites:
    """The suites of one file. ``repeated``: a suite stands on the row of each of its phases."""

    desk: Desk
    side: Side
    reader: RowReader
    table: Table
    repeated: bool

    @classmethod
    def of(cls, desk: Desk, side: Side, reader: RowReader, *, repeated: bool) -> Suites:
        """Set up for one file."""
        return cls(desk, side, reader, table_of(TEMPLATES[_KIND]), repeated)

    @property
    def filled(self) -> list[str]:
        """The columns of the staging table that the file fills."""
        return filled(_KIND, self.reader)

    @property
    def tables(self) -> dict[str, Mapping[str, str]]:
        """The temporary tables this needs."""
        imported = {column: self.table.types[column] for column in self.table.imported}
        return {STAGE: staged(_KIND, self.table), NEXT: {**ROW, "id": "UUID", **imported}}

    async def check_keys(self, findings: Findings, *, rising: bool) -> None:
        """Find codes that stand twice in the file, or suites that differ between the rows that repeat them.

        ``rising``: the keys rise from row to row, so that none stands twice.
        """
        if rising:
            return
        await self.desk.study(STAGE, "n, code_key")
        others = [name for name in self.reader.names if name != "code"]
        differs = {name: f"s.{quoted(name)} IS DISTINCT FROM f.{quoted(name)}" for name in others}
        apart = f"AND ({' OR '.join(differs.values())})" if self.repeated else ""
        detail = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in differs.items())
        await findings.add(
            _KIND,
            RowErrorCode.DUPLICATE_IN_FILE,
            "code",
            f"SELECT s.n, s.line, s.record, s.code, f.line, {f'CASE {detail} END' if self.repeated else 'NULL'} "
            f"FROM {STAGE} s JOIN (SELECT code_key, min(n) AS n FROM {STAGE} GROUP BY 1 HAVING count(*) > 1) d "
            f"USING (code_key) JOIN {STAGE} f ON f.n = d.n WHERE s.n > d.n {apart}",
        )

    async def fill(self, *, refused: bool) -> str:
        """Work out what the valid rows make of their records; return where that stands: a table, or a query of it.

        It has the new records, and those that change.
        """
        values = merged(_KIND, self.table, self.side.names, self.reader.names) | {"code_key": "s.code_key"}
        columns = f"s.n, s.line, s.record, t.id, {', '.join(f'{value} AS {quoted(n)}' for n, value in values.items())}"
        joined = f"{self._valid(refused=refused)} s LEFT JOIN {self.table.name} t ON"
        if not self.repeated and not await self._exist():
            # All are new, and what is staged is what they will be: to write it down once more would take as long.
            return f"(SELECT {columns} FROM {joined} false)"
        if refused:  # maybe not the first round
            await self.desk.run(f"TRUNCATE {NEXT}")
        await self.desk.run(
            f"INSERT INTO {NEXT} (n, line, record, id, {listed(values)}) SELECT {columns} FROM {joined} "
            "t.project_id = :project AND t.code_key = s.code_key "
            f"WHERE t.id IS NULL OR ROW({', '.join(values.values())}) IS DISTINCT FROM ROW({listed(values, 't')})"
        )
        return NEXT

    async def check(self, findings: Findings, mode: ImportMode, source: str, *, refused: bool) -> None:
        """Find what the records must not become; ``source`` is what ``fill`` returned."""
        valid = self._valid(refused=refused)
        if self._given({"floor_from", "floor_to"}):
            await findings.add(
                _KIND,
                RowErrorCode.OUT_OF_RANGE,
                "floor_from" if self.side.field("floor_from") else "floor_to",
                f"SELECT n, line, record, floor_from, NULL, floor_to FROM {source} q WHERE floor_from > floor_to",
            )
        if self._given({"external_id"}):
            await check_external_ids(findings, _KIND, valid, self.table, ("code_key",))
        if self.repeated and findings.codes:
            await self._spread(refused=refused)
        await self._check_mode(findings, mode, refused=refused)

    async def _spread(self, *, refused: bool) -> None:
        """Hold what was found on a suite's first row against all of its rows: they would write the same suite."""
        valid = "AND NOT EXISTS (SELECT FROM refused r WHERE r.n = o.n)" if refused else ""
        await self.desk.run(
            "INSERT INTO found SELECT f.kind, f.code, f.field, o.n, o.line, o.record, f.value, f.related_line, "
            f"f.detail FROM found f JOIN {STAGE} s USING (n) JOIN {STAGE} o ON o.code_key = s.code_key AND o.n <> s.n "
            f"WHERE f.kind = '{_KIND}' {valid}"
        )

    async def _exist(self) -> bool:
        """Whether the project has any suites."""
        found: bool = await self.desk.value(
            f"SELECT EXISTS (SELECT FROM {self.table.name} WHERE project_id = :project)"
        )
        return found

    def _valid(self, *, refused: bool) -> str:
        """Return the query of the rows that are not refused, of a suite's several the first."""
        valid = "WHERE NOT EXISTS (SELECT FROM refused r WHERE r.n = s.n)" if refused else ""
        if self.repeated:
            return f"(SELECT DISTINCT ON (code_key) * FROM {STAGE} s {valid} ORDER BY code_key, n)"
        return f"(SELECT * FROM {STAGE} s {valid})" if refused else STAGE

    async def _check_mode(self, findings: Findings, mode: ImportMode, *, refused: bool) -> None:
        """Find suites that exist though they should be new, or the other way round, on every row that has them."""
        if mode is ImportMode.UPSERT:
            return
        create = mode is ImportMode.CREATE_ONLY
        code = RowErrorCode.EXISTS_ALREADY if create else RowErrorCode.NOT_FOUND_FOR_UPDATE
        valid = "AND NOT EXISTS (SELECT FROM refused r WHERE r.n = s.n)" if refused else ""
        await findings.add(
            _KIND, code, "code",
            f"SELECT n, line, record, code, NULL, NULL FROM {STAGE} s WHERE {'' if create else 'NOT'} EXISTS "
            f"(SELECT FROM {self.table.name} t WHERE t.project_id = :project AND t.code_key = s.code_key) {valid}",
        )  # fmt: skip

    def _given(self, names: Collection[str]) -> bool:
        return bool(set(names) & set(self.side.names))


async def check_mode(findings: Findings, kind: Record, table: str, mode: ImportMode) -> None:
    """Find records that exist though they should be new, or the other way round."""
    if mode is ImportMode.UPSERT:
        return
    create = mode is ImportMode.CREATE_ONLY
    code = RowErrorCode.EXISTS_ALREADY if create else RowErrorCode.NOT_FOUND_FOR_UPDATE
    await findings.add(
        kind, code, "code",
        f"SELECT n, line, record, code, NULL, NULL FROM {table} WHERE id IS {'NOT' if create else ''} NULL",
    )  # fmt: skip


async def check_external_ids(findings: Findings, kind: Record, rows: str, of: Table, key: Sequence[str]) -> None:
    """Find external ids that two records would have, of the file or of the file and the project.

    ``rows``: the table or query of the file's valid rows; ``key``: what tells its records apart.
    """
    await findings.add(
        kind,
        RowErrorCode.DUPLICATE_IN_FILE,
        "external_id",
        f"WITH r AS NOT MATERIALIZED (SELECT * FROM {rows} q WHERE external_id IS NOT NULL) "
        "SELECT s.n, s.line, s.record, s.external_id, f.line, NULL FROM r s "
        "JOIN (SELECT external_id, min(n) AS n FROM r GROUP BY 1 HAVING count(*) > 1) d USING (external_id) "
        "JOIN r f ON f.n = d.n WHERE s.n > d.n",
    )
    await findings.add(
        kind,
        RowErrorCode.EXISTS_ALREADY,
        "external_id",
        f"SELECT s.n, s.line, s.record, s.external_id, NULL, t.code FROM {rows} s JOIN {of.name} t "
        "ON t.project_id = :project AND t.external_id = s.external_id "
        f"WHERE ROW({listed(key, 't')}) IS DISTINCT FROM ROW({listed(key, 's')}) "
        f"AND NOT EXISTS (SELECT FROM {rows} o WHERE ({listed(key, 'o')}) = ({listed(key, 't')}))",
    )
