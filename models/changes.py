"""What imports and reverts did to the templates: enough to show it, to undo it, and to tell a record's history.

A created record needs no row here: it carries the change set that made it. Whatever was changed or deleted is kept as
it was before, whole; what it became is the next such image, or the record itself.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.indexes import Index
from tortoise.models import Model

from models.templates import CODE_CHARS
from sanitizer_lambda.contract import TemplateKind

if TYPE_CHECKING:
    from datetime import datetime

    from models.tenancy import Organization, ProjectProfile, UserAccount
    from models.upload import UploadedTemplateFile


def id_prefix(moment: datetime) -> str:
    """Return how the ids begin that an import of that moment makes: milliseconds and version 7 (RFC 9562), hex."""
    return f"{int(moment.timestamp() * 1000):012x}7"


def ids_of(moment: datetime) -> tuple[UUID, UUID]:
    """Return the bounds of the ids that a change set whose ``at`` this is gave to records.

    They find what a change set created among millions of records without an index of its own, which each insert would
    pay for.
    """
    first = id_prefix(moment)
    return UUID(first.ljust(32, "0")), UUID(first.ljust(32, "f"))


class ChangeCause(StrEnum):
    """What led to a change set."""

    IMPORT = "IMPORT"
    REVERT = "REVERT"


class ChangeAction(StrEnum):
    """What became of one record; a kept one was to be changed and was not, for a reason."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    KEEP = "KEEP"


class ChangeSet(Model):
    """What one import or one revert did, or with ``dry_run`` would do.

    ``upload`` is the one that imported; of a revert, the one whose records it gives back. ``finished_at`` None: a
    revert that waits for a worker. ``undoes``: the change set that a revert takes back.
    """

    id = fields.UUIDField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="change_sets", on_delete=fields.CASCADE
    )
    project: fields.ForeignKeyRelation[ProjectProfile] = fields.ForeignKeyField(
        "models.ProjectProfile", related_name="change_sets", on_delete=fields.CASCADE
    )
    upload: fields.ForeignKeyRelation[UploadedTemplateFile] = fields.ForeignKeyField(
        "models.UploadedTemplateFile", related_name="change_sets", on_delete=fields.CASCADE, db_index=True
    )
    undoes: fields.ForeignKeyNullableRelation[ChangeSet] = fields.ForeignKeyField(
        "models.ChangeSet", related_name="undone_by", on_delete=fields.CASCADE, null=True, db_index=True
    )
    cause = fields.CharEnumField(ChangeCause, max_length=16)
    dry_run = fields.BooleanField()
    by: fields.ForeignKeyNullableRelation[UserAccount] = fields.ForeignKeyField(
        "models.UserAccount", related_name="change_sets", on_delete=fields.SET_NULL, null=True
    )
    at: fields.Field[datetime] = fields.DatetimeField()
    finished_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    failure_code = fields.CharField(max_length=64, null=True)
    failure_message = fields.TextField(null=True)
    created = fields.BigIntField(default=0)
    updated = fields.BigIntField(default=0)
    deleted = fields.BigIntField(default=0)
    kept = fields.BigIntField(default=0)

    if TYPE_CHECKING:
        organization_id: UUID
        project_id: UUID
        upload_id: UUID
        undoes_id: UUID | None
        by_id: UUID | None

    @property
    def wrote(self) -> bool:
        """Whether it changed anything; of a revert, only that can be taken back."""
        finished = self.finished_at is not None and self.failure_code is None and not self.dry_run
        return finished and self.created + self.updated + self.deleted > 0

    @classmethod
    async def taken_back(cls, ids: Collection[UUID], using: BaseDBAsyncClient) -> dict[UUID, UUID]:
        """Return, of these change sets, those that are taken back now, each with the revert that did it.

        A revert counts if it changed something, and for as long as it is not taken back itself.
        """
        _, rows = await using.execute_query(_LATER, [list(ids)])
        by: dict[UUID, UUID] = {}
        for row in rows:  # the latest first: whether a revert stands is known before what it undoes is looked at
            if row["id"] not in by:
                by[row["undoes_id"]] = row["id"]
        return {key: by[key] for key in ids if key in by}

    class Meta:
        """Table; the index finds what waits for a worker."""

        table = "change_set"
        indexes = (Index(fields=("finished_at", "at")),)


_DONE = (
    "c.finished_at IS NOT NULL AND NOT c.dry_run AND c.failure_code IS NULL AND c.created + c.updated + c.deleted > 0"
)
# Every revert of the given change sets, and every revert of those, the latest first.
_LATER = f"""
WITH RECURSIVE later AS (
    SELECT c.id, c.undoes_id, 1 AS depth FROM change_set c WHERE c.undoes_id = ANY($1) AND {_DONE}
    UNION ALL
    SELECT c.id, c.undoes_id, l.depth + 1 FROM change_set c JOIN later l ON c.undoes_id = l.id WHERE {_DONE}
)
SELECT id, undoes_id FROM later ORDER BY depth DESC
"""  # noqa: S608 - our own words


class RecordChange(Model):
    """What a change set did to one record, other than a committed import's creating it (see the module).

    ``before`` is the whole row of the record's table as it was, None where it was created; ``after`` as it would be,
    only where nothing was written: of a plan, of a revert's dry run. ``revision``: of the record once it was written; a
    later one says that it was edited since. ``reason``: why a record was kept. There are no foreign keys, as an import
    writes one row for each record it changes.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    change_set_id = fields.UUIDField()
    kind = fields.CharEnumField(TemplateKind, max_length=32)
    record_id = fields.UUIDField(null=True)
    action = fields.CharEnumField(ChangeAction, max_length=8)
    code = fields.CharField(max_length=CODE_CHARS)
    line = fields.BigIntField(null=True)
    before: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    after: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    reason = fields.TextField(null=True)
    revision = fields.IntField(null=True)

    class Meta:
        """Table; the indexes are a change set's list and a record's history."""

        table = "record_change"
        indexes = (Index(fields=("change_set_id", "id")), Index(fields=("record_id", "id")))
