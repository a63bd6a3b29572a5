"""What was imported: the columns of the contract, and where each record comes from."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import strawberry

from gql.changes import Lived, history_of, lengths_of
from gql.ids import Kind, global_id
from gql.nested import Nested, Wanted
from gql.pages import Order
from gql.schema.enums import AreaUnit, DependencyType, DurationUnit, SuiteType
from gql.schema.ground import After, Connection, First, Info, Node, connection, resolved
from gql.schema.people import Project
from gql.schema.scalars import Long
from gql.schema.uploads import RecordChange, TemplateUpload
from models import EVERY_SUITE, ProjectProfile, UploadedTemplateFile
from models import PhaseTemplate as PhaseRow
from models import SuiteTemplate as SuiteRow

SUITES = Order("suites", SuiteRow, (("code_key", str), ("id", UUID)))
PHASES = Order("phases", PhaseRow, (("suite_key", str), ("sequence", int), ("id", UUID)))
PHASES_OF_SUITE = Nested(Order("suite-phases", PhaseRow, (("sequence", int), ("id", UUID))), "suite_id")


@strawberry.type(description="Where a record comes from.")
class Provenance:
    """The upload that last set a record."""

    row: strawberry.Private[SuiteRow | PhaseRow]
    line: Long | None = strawberry.field(description="The line of that upload's file, from 1.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: SuiteRow | PhaseRow) -> Self:
        """Shape a record's origin."""
        return cls(row=row, line=None if row.set_by_line is None else Long(row.set_by_line), at=row.set_at)

    @resolved("The upload that last set it; null where that is gone.")
    async def upload(self, info: Info) -> TemplateUpload | None:
        """Load the upload."""
        key = self.row.set_by_id
        row = await info.context.loaders.rows(UploadedTemplateFile).load(key) if key else None
        return TemplateUpload.of(row) if row else None


@strawberry.type(description="A type of unit in a project.")
class SuiteTemplate(Node):
    """A suite."""

    row: strawberry.Private[SuiteRow]
    code: str = strawberry.field(description="Its key in the project; letters' case does not matter.")
    name: str = strawberry.field(description="What people call it.")
    description: str | None = strawberry.field(description="Free text.")
    suite_type: SuiteType | None = strawberry.field(description="What the unit is used as.")
    bedrooms: int | None = strawberry.field(description="Number of bedrooms; a studio has 0.")
    bathrooms: Decimal | None = strawberry.field(description="Number of bathrooms; halves count.")
    has_den: bool | None = strawberry.field(description="Whether there is a den.")
    area: Decimal | None = strawberry.field(description="Interior area, in `areaUnit`.")
    area_unit: AreaUnit | None = strawberry.field(description="The unit of both areas.")
    balcony_area: Decimal | None = strawberry.field(description="Outdoor area, in `areaUnit`.")
    base_price: Decimal | None = strawberry.field(description="List price, in `currency`.")
    currency: str | None = strawberry.field(description="ISO 4217 code of the price.")
    floor_from: int | None = strawberry.field(description="Lowest floor.")
    floor_to: int | None = strawberry.field(description="Highest floor.")
    quantity: int | None = strawberry.field(description="How many such units there are.")
    external_id: str | None = strawberry.field(description="Its id in another system.")
    is_active: bool = strawberry.field(description="Whether it is offered.")
    tags: list[str] = strawberry.field(description="Labels.")

    @classmethod
    def of(cls, row: SuiteRow) -> Self:
        """Shape a row."""
        return cls(
            id=global_id(Kind.SUITE, row.id),
            row=row,
            code=row.code,
            name=row.name,
            description=row.description,
            suite_type=row.suite_type,
            bedrooms=row.bedrooms,
            bathrooms=row.bathrooms,
            has_den=row.has_den,
            area=row.area,
            area_unit=row.area_unit,
            balcony_area=row.balcony_area,
            base_price=row.base_price,
            currency=row.currency,
            floor_from=row.floor_from,
            floor_to=row.floor_to,
            quantity=row.quantity,
            external_id=row.external_id,
            is_active=row.is_active,
            tags=row.tags,
        )

    @resolved("Where it belongs.")
    async def project(self, info: Info) -> Project:
        """Load the project."""
        return await _project(info, self.row.project_id)

    @resolved("The phases of this suite alone, in order; those of every suite are not among them.")
    async def phases(self, info: Info, first: First = 50, after: After = None) -> Connection[PhaseTemplate]:
        """Load a page."""
        loaders = info.context.loaders
        page = await loaders.of(PHASES_OF_SUITE.load).load(Wanted(self.row.id, first, after))
        return connection(page, PhaseTemplate.of, lambda: loaders.of(PHASES_OF_SUITE.count).load((self.row.id, None)))

    @resolved("Where it comes from.")
    def provenance(self) -> Provenance:
        """Shape the origin."""
        return Provenance.of(self.row)

    @resolved("What was done to it so far, the newest first; its creation last, where an upload made it.")
    async def history(self, info: Info, first: First = 20, after: After = None) -> Connection[RecordChange]:
        """Load a page."""
        return await _history(info, self.row, first, after)


@strawberry.type(description="What a phase waits for.")
class PhaseDependency:
    """A dependency."""

    phase: PhaseTemplate = strawberry.field(description="The predecessor.")
    type: DependencyType = strawberry.field(description="Which end holds which.")
    lag_days: Decimal = strawberry.field(description="Days to be added; below zero they overlap.")


@strawberry.type(description="A step of the work.")
class PhaseTemplate(Node):
    """A phase."""

    row: strawberry.Private[PhaseRow]
    code: str = strawberry.field(description="Its key in its group; letters' case does not matter.")
    name: str = strawberry.field(description="What people call it.")
    sequence: int = strawberry.field(description="Its place in its group.")
    duration_days: Decimal = strawberry.field(description="How long it takes; a milestone takes 0.")
    duration_unit: DurationUnit = strawberry.field(description="Which days are counted.")
    is_milestone: bool = strawberry.field(description="Whether it is a point in time.")
    trade: str | None = strawberry.field(description="Who does it.")
    weight_pct: Decimal | None = strawberry.field(description="Its share of the group, in percent.")
    description: str | None = strawberry.field(description="Free text.")
    external_id: str | None = strawberry.field(description="Its id in another system.")
    is_active: bool = strawberry.field(description="Whether it is used.")
    color: str | None = strawberry.field(description="Display color, `#RRGGBB`.")

    @classmethod
    def of(cls, row: PhaseRow) -> Self:
        """Shape a row."""
        return cls(
            id=global_id(Kind.PHASE, row.id),
            row=row,
            code=row.code,
            name=row.name,
            sequence=row.sequence,
            duration_days=row.duration_days,
            duration_unit=row.duration_unit,
            is_milestone=row.is_milestone,
            trade=row.trade,
            weight_pct=row.weight_pct,
            description=row.description,
            external_id=row.external_id,
            is_active=row.is_active,
            color=row.color,
        )

    @resolved("Where it belongs.")
    async def project(self, info: Info) -> Project:
        """Load the project."""
        return await _project(info, self.row.project_id)

    @resolved("The suite it is a step of; null means every suite.")
    async def suite(self, info: Info) -> SuiteTemplate | None:
        """Load the suite."""
        key = self.row.suite_id
        row = await info.context.loaders.rows(SuiteRow).load(key) if key else None
        return SuiteTemplate.of(row) if row else None

    @resolved("The phase it is a part of.")
    async def parent(self, info: Info) -> PhaseTemplate | None:
        """Load the parent by its natural key."""
        if self.row.parent_key is None:
            return None
        key = (self.row.project_id, self.row.suite_key, self.row.parent_key)
        row = await info.context.loaders.of(_phases).load(key)
        return PhaseTemplate.of(row) if row else None

    @resolved("What it waits for.")
    async def predecessors(self, info: Info) -> list[PhaseDependency]:
        """Load the predecessors by their natural keys."""
        wanted = self.row.predecessors
        keys = [(self.row.project_id, item.get("suite_key") or EVERY_SUITE, item["code_key"]) for item in wanted]
        rows = await info.context.loaders.of(_phases).load_many(keys)
        return [_dependency(row, item) for row, item in zip(rows, wanted, strict=True) if row]

    @resolved("Where it comes from.")
    def provenance(self) -> Provenance:
        """Shape the origin."""
        return Provenance.of(self.row)

    @resolved("What was done to it so far, the newest first; its creation last, where an upload made it.")
    async def history(self, info: Info, first: First = 20, after: After = None) -> Connection[RecordChange]:
        """Load a page."""
        return await _history(info, self.row, first, after)


def _dependency(row: PhaseRow, item: dict[str, Any]) -> PhaseDependency:
    return PhaseDependency(
        phase=PhaseTemplate.of(row), type=DependencyType(item["type"]), lag_days=Decimal(item["lag_days"])
    )


async def _phases(keys: list[tuple[UUID, str, str]]) -> list[PhaseRow | None]:
    """Return the phases of natural keys (project, folded suite code, folded code), in one query."""
    projects, suites, codes = (list(set(part)) for part in zip(*keys, strict=True))
    rows = await PhaseRow.filter(project_id__in=projects, suite_key__in=suites, code_key__in=codes)
    found = {(row.project_id, row.suite_key, row.code_key): row for row in rows}
    return [found.get(key) for key in keys]


async def _history(info: Info, row: SuiteRow | PhaseRow, first: int, after: str | None) -> Connection[RecordChange]:
    page = await info.context.loaders.of(history_of).load(Lived(row, first, after))
    return connection(page, RecordChange.of, lambda: info.context.loaders.of(lengths_of).load(row))


async def _project(info: Info, project_id: UUID) -> Project:
    row = await info.context.loaders.rows(ProjectProfile).load(project_id)
    assert row is not None, "a record's project is there by its foreign key"
    return Project.of(row)
