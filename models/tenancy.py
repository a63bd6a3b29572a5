"""Who may see what: organizations, their projects, and the people who are members."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from uuid import UUID


class Role(StrEnum):
    """What a member may do in an organization, each including what stands before it."""

    VIEWER = "VIEWER"
    EDITOR = "EDITOR"
    OWNER = "OWNER"

    @property
    def may_upload(self) -> bool:
        """Whether this role may change anything."""
        return self is not Role.VIEWER


class Organization(Model):
    """A tenant; nothing is shared between two."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)

    class Meta:
        """Table."""

        table = "organization"


class ProjectProfile(Model):
    """A building project of one organization; templates belong to it."""

    id = fields.UUIDField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="projects", on_delete=fields.CASCADE, db_index=True
    )
    name = fields.CharField(max_length=200)

    if TYPE_CHECKING:
        organization_id: UUID

    class Meta:
        """Table."""

        table = "project_profile"


class UserAccount(Model):
    """A person; ``email`` is in lower case and is the `sub` of a token."""

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=320, unique=True)
    name = fields.CharField(max_length=200)

    class Meta:
        """Table."""

        table = "user_account"


class Membership(Model):
    """A person in an organization, in one role."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserAccount] = fields.ForeignKeyField(
        "models.UserAccount", related_name="memberships", on_delete=fields.CASCADE
    )
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="memberships", on_delete=fields.CASCADE, db_index=True
    )
    role = fields.CharEnumField(Role, max_length=16)

    if TYPE_CHECKING:
        user_id: UUID
        organization_id: UUID

    class Meta:
        """Table; one role a person and organization."""

        table = "membership"
        unique_together = (("user", "organization"),)
