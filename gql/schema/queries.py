"""What may be looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry
from strawberry import ID

from gql.ids import Kind, row_key_of, split_id, uuid_of
from gql.order import ENCODINGS, EXTENSIONS, MAX_POST_BYTES
from gql.schema.enums import TemplateKind, UploadStatus
from gql.schema.filters import PhaseTemplateFilter, SuiteTemplateFilter
from gql.schema.ground import After, Connection, First, Info, Node, connection, resolved
from gql.schema.importing import ImportSchema, UploadLimits
from gql.schema.people import Organization, Project, User, Viewer, visible_project
from gql.schema.rows import RowError
from gql.schema.scalars import Long
from gql.schema.templates import PHASES, SUITES, PhaseTemplate, SuiteTemplate
from gql.schema.uploads import UPLOADS, ChangeSet, TemplateUpload, visible_change_set, visible_upload
from models import ACTIVE, Membership, UploadedTemplateFile, UserAccount
from models import Organization as OrganizationRow
from models import PhaseTemplate as PhaseRow
from models import RowError as RowErrorRow
from models import SuiteTemplate as SuiteRow

ProjectId = Annotated[ID, strawberry.argument(description="The project; one that you may not see gives null.")]


@strawberry.type(description="What may be looked at. What you may not see is null, exactly as what does not exist.")
class Query:
    """The root of queries."""

    @resolved("Who the token belongs to.")
    def viewer(self) -> Viewer:
        """Shape who asks."""
        return Viewer()

    @resolved("Whatever has this id.")
    async def node(self, info: Info, id: Annotated[ID, strawberry.argument(description="A global id.")]) -> Node | None:  # noqa: A002 - the name of the argument in the schema
        """Find a node by the kind that its id names."""
        parts = split_id(id)
        return await _NODES[parts[0]](info, id) if parts else None

    @resolved("An upload.")
    async def upload(
        self,
        info: Info,
        id: Annotated[ID, strawberry.argument(description="Its id.")],  # noqa: A002 - the name of the argument in the schema
    ) -> TemplateUpload | None:
        """Load an upload."""
        row = await visible_upload(info, id)
        return TemplateUpload.of(row) if row else None

    @resolved("The uploads of a project, the newest first.")
    async def uploads(  # noqa: PLR0913, PLR0917 - one parameter an argument of the field
        self,
        info: Info,
        project_id: ProjectId,
        first: First = 20,
        after: After = None,
        status: Annotated[list[UploadStatus] | None, strawberry.argument(description="Only those so far.")] = None,
        kind: Annotated[TemplateKind | None, strawberry.argument(description="Only those asked for as this.")] = None,
    ) -> Connection[TemplateUpload] | None:
        """Load a page."""
        project = await visible_project(info, project_id)
        if project is None:
            return None
        query = UploadedTemplateFile.filter(project_id=project.id)
        if status is not None:
            query = query.filter(status__in=status)
        if kind is not None:
            query = query.filter(kind=kind)
        return connection(await UPLOADS.page(query, first, after), TemplateUpload.of, query.count)

    @resolved("The suite templates of a project, by code.")
    async def suite_templates(
        self,
        info: Info,
        project_id: ProjectId,
        first: First = 20,
        after: After = None,
        filter: Annotated[SuiteTemplateFilter | None, strawberry.argument(description="Only those that match.")] = None,  # noqa: A002 - the name of the argument in the schema
    ) -> Connection[SuiteTemplate] | None:
        """Load a page."""
        project = await visible_project(info, project_id)
        if project is None:
            return None
        query = SuiteRow.filter(project_id=project.id)
        if filter is not None:
            query = query.filter(filter.condition())
        return connection(await SUITES.page(query, first, after), SuiteTemplate.of, query.count)

    @resolved("The phase templates of a project: those of every suite first, then suite by suite, in order.")
    async def phase_templates(
        self,
        info: Info,
        project_id: ProjectId,
        first: First = 20,
        after: After = None,
        filter: Annotated[PhaseTemplateFilter | None, strawberry.argument(description="Only those that match.")] = None,  # noqa: A002 - the name of the argument in the schema
    ) -> Connection[PhaseTemplate] | None:
        """Load a page."""
        project = await visible_project(info, project_id)
        if project is None:
            return None
        query = PhaseRow.filter(project_id=project.id)
        if filter is not None:
            query = query.filter(filter.condition())
        return connection(await PHASES.page(query, first, after), PhaseTemplate.of, query.count)

    @resolved("How much may be uploaded to a project, and how much is under way.")
    async def upload_limits(self, info: Info, project_id: ProjectId) -> UploadLimits | None:
        """Count what is under way."""
        project = await visible_project(info, project_id)
        if project is None:
            return None
        services = info.context.services
        active = await UploadedTemplateFile.filter(project_id=project.id, status__in=list(ACTIVE)).count()
        return UploadLimits(
            max_bytes=Long(min(services.limits.max_file_bytes, MAX_POST_BYTES)),
            max_rows=Long(services.limits.max_rows),
            max_columns=services.limits.max_columns,
            max_active_uploads=services.uploads.max_active,
            active_uploads=active,
            encodings=list(ENCODINGS),
            extensions=list(EXTENSIONS),
        )

    @resolved("The columns of a kind of file.")
    def import_schema(
        self, kind: Annotated[TemplateKind, strawberry.argument(description="The kind.")]
    ) -> ImportSchema:
        """Shape the contract."""
        return ImportSchema.of(kind)


async def _user(info: Info, node_id: ID) -> User | None:
    """Users see each other where they share an organization, and themselves."""
    viewer, key = info.context.viewer, uuid_of(node_id, Kind.USER)
    shared = key == viewer.user_id or await Membership.exists(user_id=key, organization_id__in=list(viewer.roles))
    row = await info.context.loaders.rows(UserAccount).load(key) if key and shared else None
    return User.of(row) if row else None


async def _organization(info: Info, node_id: ID) -> Organization | None:
    key = uuid_of(node_id, Kind.ORGANIZATION)
    seen = key is not None and info.context.viewer.may_see(key)
    row = await info.context.loaders.rows(OrganizationRow).load(key) if key and seen else None
    return Organization.of(row) if row else None


async def _project(info: Info, node_id: ID) -> Project | None:
    row = await visible_project(info, node_id)
    return Project.of(row) if row else None


async def _upload(info: Info, node_id: ID) -> TemplateUpload | None:
    row = await visible_upload(info, node_id)
    return TemplateUpload.of(row) if row else None


async def _change_set(info: Info, node_id: ID) -> ChangeSet | None:
    row = await visible_change_set(info, node_id)
    return ChangeSet.of(row) if row else None


async def _row_error(info: Info, node_id: ID) -> RowError | None:
    key = row_key_of(node_id, Kind.ROW_ERROR)
    seen = list(info.context.viewer.roles)
    row = await RowErrorRow.get_or_none(id=key, upload__organization_id__in=seen) if key else None
    return RowError.of(row) if row else None


async def _suite(info: Info, node_id: ID) -> SuiteTemplate | None:
    key = uuid_of(node_id, Kind.SUITE)
    row = await info.context.loaders.rows(SuiteRow).load(key) if key else None
    return SuiteTemplate.of(row) if row and info.context.viewer.may_see(row.organization_id) else None


async def _phase(info: Info, node_id: ID) -> PhaseTemplate | None:
    key = uuid_of(node_id, Kind.PHASE)
    row = await info.context.loaders.rows(PhaseRow).load(key) if key else None
    return PhaseTemplate.of(row) if row and info.context.viewer.may_see(row.organization_id) else None


_NODES: dict[Kind, Callable[[Info, ID], Awaitable[Node | None]]] = {
    Kind.USER: _user,
    Kind.ORGANIZATION: _organization,
    Kind.PROJECT: _project,
    Kind.UPLOAD: _upload,
    Kind.ROW_ERROR: _row_error,
    Kind.SUITE: _suite,
    Kind.PHASE: _phase,
    Kind.CHANGE_SET: _change_set,
}
