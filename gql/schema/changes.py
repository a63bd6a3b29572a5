"""The parts of a change: what it did, how often, and to which columns."""

from __future__ import annotations

from typing import Self

import strawberry

from gql.images import Difference
from gql.schema.ground import described
from gql.schema.scalars import Long
from models import ChangeAction, ChangeCause
from models import ChangeSet as ChangeSetRow

described(
    ChangeAction,
    "What became of a record.",
    {
        ChangeAction.CREATE: "It was made, or made again.",
        ChangeAction.UPDATE: "Some of its columns were changed.",
        ChangeAction.DELETE: "It was deleted.",
        ChangeAction.KEEP: "It was to be changed back and was left as it is; `reason` says why.",
    },
)

described(
    ChangeCause,
    "What led to changes.",
    {
        ChangeCause.IMPORT: "The rows of an upload.",
        ChangeCause.REVERT: "Earlier changes were taken back.",
    },
)


@strawberry.type(description="How many records were changed, by what was done to them.")
class ChangeCounts:
    """The counts."""

    created: Long = strawberry.field(description="Records that were made.")
    updated: Long = strawberry.field(description="Records that were changed.")
    deleted: Long = strawberry.field(description="Records that were deleted.")
    kept_because_edited_since: Long = strawberry.field(
        description="Records a revert left as they are: they were edited since, or others depend on them."
    )

    @classmethod
    def of(cls, row: ChangeSetRow) -> Self:
        """Shape the counts of a row."""
        return cls(
            created=Long(row.created),
            updated=Long(row.updated),
            deleted=Long(row.deleted),
            kept_because_edited_since=Long(row.kept),
        )


@strawberry.type(description="Why a revert did not come to its end.")
class ChangeFailure:
    """A failure."""

    code: str = strawberry.field(description="Stable, to branch on; more may be added.")
    message: str = strawberry.field(description="The reason as a sentence.")

    @classmethod
    def of(cls, row: ChangeSetRow) -> Self | None:
        """Shape the failure of a row, or None where there is none."""
        return None if row.failure_code is None else cls(code=row.failure_code, message=row.failure_message or "")


@strawberry.type(description="What one column of a record held before a change and after it, as a file would say it.")
class FieldChange:
    """A difference."""

    field: str = strawberry.field(description="The column, as `importSchema` names it.")
    before: str | None = strawberry.field(
        description="What it held; null where it was empty or there was no record. Codes of other records are folded."
    )
    after: str | None = strawberry.field(description="What it holds then; null where it is empty or deleted.")

    @classmethod
    def of(cls, difference: Difference) -> Self:
        """Shape a difference."""
        return cls(field=difference.column, before=difference.before, after=difference.after)


__all__ = ["ChangeAction", "ChangeCause", "ChangeCounts", "ChangeFailure", "FieldChange"]
