"""Who asks, and where it belongs."""

from __future__ import annotations

from typing import Self
from uuid import UUID

import strawberry

from gql.ids import Kind, global_id, uuid_of
from gql.pages import Order
from gql.schema.enums import Role
from gql.schema.ground import After, Connection, First, Info, Node, connection, resolved
from models import Organization as OrganizationRow
from models import ProjectProfile, UserAccount

PROJECTS = Order("projects", ProjectProfile, (("name", str), ("id", UUID)))


@strawberry.type(description="A tenant; nothing is shared between two.")
class Organization(Node):
    """An organization."""

    name: str = strawberry.field(description="What it is called.")

    @classmethod
    def of(cls, row: OrganizationRow) -> Self:
        """Shape a row."""
        return cls(id=global_id(Kind.ORGANIZATION, row.id), name=row.name)


@strawberry.type(description="A building project of one organization; templates belong to it.")
class Project(Node):
    """A project."""

    row: strawberry.Private[ProjectProfile]
    name: str = strawberry.field(description="What it is called.")

    @classmethod
    def of(cls, row: ProjectProfile) -> Self:
        """Shape a row."""
        return cls(id=global_id(Kind.PROJECT, row.id), row=row, name=row.name)

    @resolved("Whose it is.")
    async def organization(self, info: Info) -> Organization:
        """Load the tenant."""
        row = await info.context.loaders.rows(OrganizationRow).load(self.row.organization_id)
        assert row is not None, "a project's organization is there by its foreign key"
        return Organization.of(row)


@strawberry.type(description="A person.")
class User(Node):
    """A user."""

    email: str = strawberry.field(description="The address the person signs in with, in lower case.")
    name: str = strawberry.field(description="What people call the person.")

    @classmethod
    def of(cls, row: UserAccount) -> Self:
        """Shape a row."""
        return cls(id=global_id(Kind.USER, row.id), email=row.email, name=row.name)


@strawberry.type(description="A person's place in an organization.")
class Membership:
    """A membership."""

    organization: Organization = strawberry.field(description="Where.")
    role: Role = strawberry.field(description="What the person may do there.")


@strawberry.type(description="Who the token belongs to.")
class Viewer:
    """The one who asks."""

    @resolved("The person.")
    def user(self, info: Info) -> User:
        """Shape the viewer; nothing need be loaded."""
        viewer = info.context.viewer
        return User(id=global_id(Kind.USER, viewer.user_id), email=viewer.email, name=viewer.name)

    @resolved("Every organization the person is a member of.")
    async def memberships(self, info: Info) -> list[Membership]:
        """Load the organizations."""
        roles = info.context.viewer.roles
        rows = await OrganizationRow.filter(id__in=list(roles)).order_by("name", "id")
        return [Membership(organization=Organization.of(row), role=roles[row.id]) for row in rows]

    @resolved("The projects of all these organizations, by name.")
    async def projects(self, info: Info, first: First = 20, after: After = None) -> Connection[Project]:
        """Load a page."""
        query = ProjectProfile.filter(organization_id__in=list(info.context.viewer.roles))
        return connection(await PROJECTS.page(query, first, after), Project.of, query.count)


async def visible_project(info: Info, project_id: strawberry.ID) -> ProjectProfile | None:
    """Return the project of a global id, or None where there is none that the viewer may see."""
    key = uuid_of(project_id, Kind.PROJECT)
    row = await info.context.loaders.rows(ProjectProfile).load(key) if key else None
    return row if row is not None and info.context.viewer.may_see(row.organization_id) else None
