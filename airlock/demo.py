"""Two demo organizations, so that a first look needs no setting up; making them again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from models import Membership, Organization, ProjectProfile, Role, UserAccount

# Ids are derived from names below this one, so that every local stack has the same.
_NAMESPACE = UUID("5a7e0c3c-6d1f-4a0e-9a52-41b0c5a0d001")


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One member of a demo organization."""

    email: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    """A tenant with one project."""

    name: str
    project: str
    users: tuple[DemoUser, ...]

    @property
    def id(self) -> UUID:
        """The same on every machine."""
        return uuid5(_NAMESPACE, f"organization {self.name}")

    @property
    def project_id(self) -> UUID:
        """The same on every machine."""
        return uuid5(_NAMESPACE, f"project {self.name} {self.project}")


ACME = DemoOrganization(
    "Acme Homes",
    "Harbour Lofts",
    (
        DemoUser("ada@acme.example", "Ada", Role.EDITOR),
        DemoUser("vera@acme.example", "Vera", Role.VIEWER),
    ),
)
GLOBEX = DemoOrganization("Globex Build", "Hillside Terraces", (DemoUser("bob@globex.example", "Bob", Role.OWNER),))


async def make_demo() -> None:
    """Make both organizations, their projects, users and memberships, where they are not there yet."""
    for organization in (ACME, GLOBEX):
        await Organization.get_or_create({"name": organization.name}, id=organization.id)
        await ProjectProfile.get_or_create(
            {"name": organization.project, "organization_id": organization.id}, id=organization.project_id
        )
        for user in organization.users:
            account, _ = await UserAccount.get_or_create({"name": user.name}, email=user.email)
            await Membership.get_or_create({"role": user.role}, user_id=account.id, organization_id=organization.id)
