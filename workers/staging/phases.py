"""Phases: what a file makes of them, group by group, and the checks that need more than one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models import ImportMode
from sanitizer_lambda.contract import RowErrorCode
from workers.rows import Record, RowReader, Side
from workers.staging.desk import Desk
from workers.staging.findings import Findings
from workers.staging.intake import EDGE, MAX_SEQUENCE, ROW, filled, staged
from workers.staging.merged import merged
from workers.staging.suites import NEXT as NEXT_SUITE
from workers.staging.suites import check_external_ids, check_mode
from workers.staging.tables import TEMPLATES, Table, listed, table_of

STAGE, NEXT, EDGES, WORLD = "stage_phase", "next_phase", "stage_edge", "world"
# Sequences are given in steps, so that something fits between two (DOMAIN.md: file order x 10).
STEP = 10
# Where a phase's sequence comes from: its record as it was, its row, or its place in the file.
_KEPT, _GIVEN, _FRESH = 0, 1, 2
# What the checks see of every phase of a group.
SEEN = ("suite_key", "code_key", "code", "name", "sequence", "parent_key", "predecessors")
_KIND = Record.PHASE
# What tables are joined by, which is all the planner need know of them.
_JOINED = {
    STAGE: "n, suite_key, code_key",
    NEXT: "n, id, suite_key, code_key, parent_key, external_id",
    WORLD: "n, suite_key, code_key, name, sequence, parent_key",
    EDGES: "n, whole_key, ref_key, ref_sequence",
}
# The query of the lines on which phases stand that were refused.
LOST_LINES = f"SELECT suite_key, code_key, min(line) AS line FROM lost WHERE kind = '{_KIND}' GROUP BY 1, 2"


@dataclass(frozen=True, slots=True)
class Phases:
    """The phases of one file.

    `next_phase` holds what each valid row makes of its record; `world` that and, of the groups the file touches and of
    the all-suites group, what it leaves alone (`n` null).
    """

    desk: Desk
    side: Side
    reader: RowReader
    table: Table
    suites: Table

    @classmethod
    def of(cls, desk: Desk, side: Side, reader: RowReader) -> Phases:
        """Set up for one file."""
        return cls(desk, side, reader, table_of(TEMPLATES[_KIND]), table_of(TEMPLATES[Record.SUITE]))

    @property
    def filled(self) -> list[str]:
        """The columns of the staging table that the file fills."""
        return filled(_KIND, self.reader)

    @property
    def tables(self) -> dict[str, Mapping[str, str]]:
        """The temporary tables this needs."""
        imported = {column: self.table.types[column] for column in self.table.imported}
        return {
            STAGE: staged(_KIND, self.table),
            EDGES: EDGE,
            NEXT: {**ROW, "id": "UUID", "origin": "INT", **imported},
            WORLD: {**ROW, "origin": "INT", **{name: self.table.types[name] for name in SEEN}},
        }

    async def check_keys(self, findings: Findings, *, rising: bool) -> None:
        """Find codes that stand twice in a group of the file; ``rising``: keys rise from row to row, so none does."""
        if rising:
            return
        await self.desk.study(STAGE, "n, suite_key, code_key")
        await findings.add(
            _KIND,
            RowErrorCode.DUPLICATE_IN_FILE,
            "code",
            f"SELECT s.n, s.line, s.record, s.code, f.line, NULL FROM {STAGE} s JOIN (SELECT suite_key, code_key, "
            f"min(n) AS n FROM {STAGE} GROUP BY 1, 2 HAVING count(*) > 1) d USING (suite_key, code_key) "
            f"JOIN {STAGE} f ON f.n = d.n WHERE s.n > d.n",
        )

    async def fill(self, *, refused: bool) -> None:
        """Work out what each valid row makes of its record, but for its predecessors."""
        values = self._values()
        valid = "WHERE NOT EXISTS (SELECT FROM refused r WHERE r.n = s.n)" if refused else ""
        if refused:  # not the first round
            await self.desk.run(f"TRUNCATE {NEXT}, {WORLD}")
        given = f"WHEN s.sequence IS NOT NULL THEN {_GIVEN}" if "sequence" in self.side.names else ""
        await self.desk.run(
            f"INSERT INTO {NEXT} (n, line, record, id, origin, {listed(values)}) "
            f"SELECT s.n, s.line, s.record, t.id, CASE {given} WHEN t.id IS NULL THEN {_FRESH} ELSE {_KEPT} END, "
            f"{', '.join(values.values())} FROM {STAGE} s LEFT JOIN {self.table.name} t ON t.project_id = :project "
            f"AND t.suite_key = s.suite_key AND t.code_key = s.code_key {valid}"
        )
        await self._give_sequences()
        await self._fill_world()

    async def check(self, findings: Findings, mode: ImportMode, *, with_suites: bool) -> None:
        """Find what the records must not become, but for what predecessors and parents lead to."""
        await check_mode(findings, _KIND, NEXT, mode)
        if with_suites or "suite_code" in self.side.names:
            await self._check_suites(findings, with_suites=with_suites)
        await self._check_durations(findings)
        await self._check_sequences(findings)
        await findings.add(
            _KIND,
            RowErrorCode.OUT_OF_RANGE,
            "sequence",
            f"SELECT n, line, record, sequence::text, NULL, sequence::text FROM {NEXT} WHERE sequence > {MAX_SEQUENCE}",
        )
        if "external_id" in self.side.names:
            await check_external_ids(findings, _KIND, NEXT, self.table, ("suite_key", "code_key"))

    def _values(self) -> Mapping[str, str]:
        given = {"suite_key", "code_key", *self.side.names}
        given |= {"parent_key"} if "parent_code" in given else set()
        values = merged(_KIND, self.table, given, self.reader.names)
        if "sequence" in given:  # an empty cell leaves it as it is
            values["sequence"] = "COALESCE(s.sequence, t.sequence)"
        if "predecessors" in given:  # filled in when it is known which records they are
            values["predecessors"] = "'[]'::jsonb"
        duration, milestone = values["duration_days"], values["is_milestone"]
        # A milestone lasts 0 days; what its row says against that is for the check to find.
        said = f"COALESCE({duration}, 0)" if "duration_days" in given else "0"
        values["duration_days"] = f"CASE WHEN {milestone} THEN {said} ELSE {duration} END"
        return values

    async def _give_sequences(self) -> None:
        """Give new phases without a sequence their place in the file; where one is taken, all go behind the last.

        In a group too large for steps of ten the steps are smaller.
        """
        step = f"greatest(1, least({STEP}, ({MAX_SEQUENCE} - {{}}) / count(*) OVER (PARTITION BY suite_key)))"
        fresh = await self.desk.run(
            f"UPDATE {NEXT} x SET sequence = o.place FROM (SELECT n, {step.format(0)} * row_number() OVER "
            f"(PARTITION BY suite_key ORDER BY n) AS place FROM {STAGE}) o WHERE o.n = x.n AND x.origin = {_FRESH}"
        )
        if not fresh:
            return
        await self.desk.run(
            f"WITH fresh AS (SELECT * FROM {NEXT} WHERE origin = {_FRESH}), "
            f"taken AS (SELECT suite_key, sequence FROM {NEXT} WHERE origin <> {_FRESH} UNION ALL "
            f"SELECT t.suite_key, t.sequence FROM {self.table.name} t WHERE t.project_id = :project "
            "AND t.suite_key IN (SELECT suite_key FROM fresh) "
            f"AND NOT EXISTS (SELECT FROM {NEXT} x WHERE x.id = t.id)), "
            "clash AS (SELECT DISTINCT suite_key FROM fresh JOIN taken USING (suite_key, sequence)), "
            "last AS (SELECT suite_key, max(sequence) AS top FROM taken GROUP BY 1), "
            f"moved AS (SELECT f.n, l.top, {step.format('l.top')} AS step, row_number() OVER "
            "(PARTITION BY suite_key ORDER BY f.n) AS place "
            "FROM fresh f JOIN clash USING (suite_key) JOIN last l USING (suite_key)) "
            f"UPDATE {NEXT} x SET sequence = m.top - CASE WHEN step = {STEP} THEN m.top % {STEP} ELSE 0 END "
            "+ step * place FROM moved m WHERE m.n = x.n"
        )

    async def _fill_world(self) -> None:
        await self.desk.run(
            f"INSERT INTO {WORLD} SELECT n, line, record, origin, {listed(SEEN)} FROM {NEXT} UNION ALL "
            f"SELECT NULL, NULL, NULL, {_KEPT}, {listed(SEEN, 't')} FROM {self.table.name} t "
            f"WHERE t.project_id = :project AND (t.suite_key = '' OR t.suite_key IN (SELECT suite_key FROM {NEXT})) "
            f"AND NOT EXISTS (SELECT FROM {NEXT} x WHERE x.id = t.id)"
        )
        for table, columns in _JOINED.items():
            await self.desk.study(table, columns)

    async def _check_suites(self, findings: Findings, *, with_suites: bool) -> None:
        """Find phases of a suite that is neither in the project nor in the file; `detail`: the line it was lost on."""
        code = "x.suite_key" if with_suites else "s.suite_code"
        staged = f"AND NOT EXISTS (SELECT FROM {NEXT_SUITE} f WHERE f.code_key = x.suite_key)" if with_suites else ""
        await findings.add(
            _KIND,
            RowErrorCode.UNKNOWN_REFERENCE,
            "suite_code",
            f"SELECT x.n, x.line, x.record, {code}, NULL, g.line::text FROM {NEXT} x JOIN {STAGE} s ON s.n = x.n "
            f"LEFT JOIN (SELECT code_key, min(line) AS line FROM lost WHERE kind = '{Record.SUITE}' GROUP BY 1) g "
            f"ON g.code_key = x.suite_key WHERE x.suite_key <> '' {staged} AND NOT EXISTS "
            f"(SELECT FROM {self.suites.name} t WHERE t.project_id = :project AND t.code_key = x.suite_key)",
        )

    async def _check_durations(self, findings: Findings) -> None:
        query = "SELECT n, line, record, duration_days::text, NULL, NULL FROM " + NEXT
        await findings.add(_KIND, RowErrorCode.REQUIRED, "duration_days", f"{query} WHERE duration_days IS NULL")
        await findings.add(
            _KIND,
            RowErrorCode.MILESTONE_DURATION,
            "duration_days",
            f"{query} WHERE is_milestone AND duration_days <> 0",
        )

    async def _check_sequences(self, findings: Findings) -> None:
        """Find phases with the place of another; who had it before keeps it, then who comes first in the file."""
        await findings.add(
            _KIND,
            RowErrorCode.SEQUENCE_CONFLICT,
            "sequence",
            "SELECT n, line, record, sequence::text, first_line, first_code FROM (SELECT w.*, "
            "row_number() OVER same AS place, first_value(line) OVER same AS first_line, "
            f"first_value(code) OVER same AS first_code FROM {WORLD} w JOIN (SELECT suite_key, sequence FROM {WORLD} "
            "GROUP BY 1, 2 HAVING count(*) > 1) d USING (suite_key, sequence) "
            "WINDOW same AS (PARTITION BY suite_key, sequence ORDER BY origin, n NULLS FIRST)) r "
            "WHERE place > 1 AND n IS NOT NULL",
        )
