"""One file on the desk: its rows staged, the checks run until nothing more is found, what is valid written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models import ImportMode, InvalidRowPolicy
from sanitizer_lambda.contract import RowErrorCode
from workers.refusals import Refusals
from workers.rows import Record, RowReader, Side
from workers.staging.consequences import Consequences
from workers.staging.desk import Desk
from workers.staging.findings import TABLES as FOUND
from workers.staging.findings import Findings
from workers.staging.intake import EDGE, LOST
from workers.staging.links import LINKED, Links
from workers.staging.phases import EDGES, Phases
from workers.staging.phases import NEXT as NEXT_PHASE
from workers.staging.plan import Part, Plan
from workers.staging.suites import NEXT as NEXT_SUITE
from workers.staging.suites import Suites
from workers.staging.tables import listed
from workers.staging.warnings import Warned, heavy_groups
from workers.staging.wording import MAX_CODES, Known, word
from workers.staging.write import TABLES as DONE
from workers.staging.write import Writer, Written


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with the rows, for whom."""

    organization_id: UUID
    project_id: UUID
    upload_id: UUID
    change_set_id: UUID
    mode: ImportMode
    policy: InvalidRowPolicy


class Draft:
    """One file's rows in the staging tables."""

    def __init__(
        self, desk: Desk, order: Order, readers: Mapping[Record, tuple[Side, RowReader]], refusals: Refusals
    ) -> None:
        sides = {record: side for record, (side, _) in readers.items()}
        both = len(sides) > 1
        self._desk = desk
        self._order = order
        self._suites = Suites.of(desk, *readers[Record.SUITE], repeated=both) if Record.SUITE in readers else None
        # Where it stands what the file makes of the suites: see ``Suites.fill``.
        self._next_suite = NEXT_SUITE
        self._phases = Phases.of(desk, *readers[Record.PHASE]) if Record.PHASE in readers else None
        phase = sides.get(Record.PHASE)
        refers = () if phase is None else ("predecessors" in phase.names, "parent_code" in phase.names)
        self._links = Links(desk, *refers) if refers else None
        self._consequences = Consequences(desk, *refers) if refers else None
        self._findings = Findings(desk, sides, refusals, consequences=order.policy is InvalidRowPolicy.REJECT_ROWS)

    async def create(self) -> None:
        """Make the tables."""
        tables: dict[str, Mapping[str, str]] = {**FOUND, **DONE, "lost": LOST}
        for part in (self._suites, self._phases, self._links, self._consequences):
            if part is not None:
                tables |= part.tables
        await self._desk.create(tables)

    async def add(self, batch: Mapping[str, Sequence[str]]) -> None:
        """Put an intake's batch into the staging tables."""
        if self._suites is not None:
            await self._desk.copy("stage_suite", self._suites.filled, batch.get(Record.SUITE, ()))
        if self._phases is not None:
            await self._desk.copy("stage_phase", self._phases.filled, batch.get(Record.PHASE, ()))
        await self._desk.copy(EDGES, EDGE, batch.get("edge", ()))
        await self._desk.copy("lost", LOST, batch.get("lost", ()))

    async def check(self, rising: Mapping[Record, bool]) -> int:
        """Refuse what does not fit together and return how many rows that are; ``rising`` as of the intake.

        A refused row may take away what another refers to, so the checks go on until they find nothing more; where one
        refused row refuses the file, once is enough.
        """
        if self._suites is not None:
            await self._suites.check_keys(self._findings, rising=rising[Record.SUITE])
        if self._phases is not None:
            await self._phases.check_keys(self._findings, rising=rising[Record.PHASE])
        await self._settle()
        while True:
            refused = self._findings.refused > 0
            await self._fill(refused=refused)
            await self._look(refused=refused)
            fresh = await self._settle()
            if not fresh or self._order.policy is InvalidRowPolicy.REJECT_FILE:
                return self._findings.refused
            if self._consequences is not None:
                await self._consequences.add(self._findings)
                await self._settle()

    @property
    def _next_phase(self) -> str:
        """Where it stands what the file makes of the phases: a table, or a query."""
        assert self._phases is not None, "asked for where there are phases"
        if self._links is None or not self._links.with_predecessors:
            return NEXT_PHASE
        values = [name for name in self._phases.table.imported if name != "predecessors"]
        return (
            f"(SELECT x.n, x.line, x.record, x.id, {listed(values, 'x')}, "
            f"COALESCE(l.predecessors, '[]') AS predecessors FROM {NEXT_PHASE} x LEFT JOIN {LINKED} l USING (n))"
        )

    async def warnings(self) -> list[Warned]:
        """Return what is taken but deserves a look; it can be told as long as nothing is written."""
        if self._phases is None or "weight_pct" not in self._phases.side.names:
            return []
        return await heavy_groups(self._desk, self._phases.table)

    @property
    def plan(self) -> Plan:
        """What the valid rows would do; it can be told as long as nothing is written."""
        parts = []
        if self._suites is not None:
            parts.append(Part(Record.SUITE, self._suites.table, self._next_suite))
        if self._phases is not None:
            parts.append(Part(Record.PHASE, self._phases.table, self._next_phase))
        return Plan(self._desk, parts)

    async def try_out(self, now: datetime) -> Written:
        """Write as ``write`` does, down to the checks that the database makes at the end, and take it all back."""
        await self._desk.raw.execute("SAVEPOINT tried")
        written = await self.write(now)
        await self._desk.raw.execute("SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO SAVEPOINT tried")
        return written

    async def write(self, now: datetime) -> Written:
        """Write the valid rows; what the last round of checks saw is what is written."""
        order = self._order
        writer = Writer(
            self._desk,
            order.organization_id,
            order.upload_id,
            order.change_set_id,
            now,
            by_row=self._phases is not None,
        )
        if self._suites is not None:
            await writer.write(
                Record.SUITE,
                self._suites.table,
                self._next_suite,
                moves_ids="external_id" in self._suites.side.names,
            )
        if self._phases is not None:
            # Joined: tables just filled look empty to the planner, and looked up row by row would be scanned each time.
            found = (
                f"(SELECT x.*, t.id AS suite_id FROM {self._next_phase} x LEFT JOIN {self._phases.suites.name} t "
                "ON t.project_id = :project AND t.code_key = x.suite_key AND x.suite_key <> '')"
            )
            await writer.write(
                Record.PHASE,
                self._phases.table,
                self._next_phase,
                fresh=found,
                more=("suite_id",),
                moves_ids="external_id" in self._phases.side.names,
            )
        return await writer.count()

    async def _fill(self, *, refused: bool) -> None:
        if self._suites is not None:
            self._next_suite = await self._suites.fill(refused=refused)
        if self._phases is not None:
            await self._phases.fill(refused=refused)

    async def _look(self, *, refused: bool) -> None:
        if self._suites is not None:
            await self._suites.check(self._findings, self._order.mode, self._next_suite, refused=refused)
        if self._phases is not None and self._links is not None:
            await self._phases.check(self._findings, self._order.mode, with_suites=self._suites is not None)
            await self._links.resolve(self._findings)
            await self._links.check(self._findings)

    async def _settle(self) -> int:
        known = await self._known() if RowErrorCode.UNKNOWN_REFERENCE in self._findings.codes else Known()
        return await self._findings.settle(lambda finding: word(finding, known))

    async def _known(self) -> Known:
        """Return the codes that unknown references may have meant."""
        assert self._phases is not None, "only phases refer to anything"
        suites = await self._codes(self._phases.suites.name, None if self._suites is None else self._next_suite)
        return Known(suites, await self._codes(self._phases.table.name, NEXT_PHASE))

    async def _codes(self, table: str, staged: str | None) -> list[str]:
        more = f"UNION SELECT code FROM {staged} q" if staged else ""
        rows = await self._desk.rows(
            f"SELECT code FROM {table} WHERE project_id = :project {more} ORDER BY 1 LIMIT {MAX_CODES}"
        )
        return [row["code"] for row in rows]
