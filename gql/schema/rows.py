"""Why rows were refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import strawberry
from tortoise.functions import Count, Min

from gql.ids import Kind, global_id
from gql.nested import Nested
from gql.pages import BigInt, Order
from gql.rows import rows_of
from gql.schema.enums import RowErrorCode
from gql.schema.ground import Node
from gql.schema.scalars import Long
from models import RowError as RowErrorRow

ROW_ERRORS = Nested(Order("row-errors", RowErrorRow, (("id", BigInt),)), "upload_id")


@strawberry.type(description="Why one row of a file was refused; a row may have several.")
class RowError(Node):
    """A refused row's reason."""

    code: RowErrorCode = strawberry.field(description="The reason.")
    line: Long = strawberry.field(description="The line of the user's own file it begins on, from 1.")
    record: Long | None = strawberry.field(description="Which record of the file it is, from 1.")
    column: str | None = strawberry.field(description="The column, as `importSchema` names it.")
    header: str | None = strawberry.field(description="The header, as the file has it.")
    value: str | None = strawberry.field(description="The cell, cut where it is long.")
    message: str = strawberry.field(description="The reason as a sentence.")
    hint: str | None = strawberry.field(description="What would be accepted.")
    related_line: Long | None = strawberry.field(description="The line of the other row, where two do not agree.")

    @classmethod
    def of(cls, row: RowErrorRow) -> Self:
        """Shape a row."""
        return cls(
            id=global_id(Kind.ROW_ERROR, row.id),
            code=row.code,
            line=Long(row.line),
            record=None if row.record is None else Long(row.record),
            column=row.column,
            header=row.header,
            value=row.value,
            message=row.message,
            hint=row.hint,
            related_line=None if row.related_line is None else Long(row.related_line),
        )


@strawberry.type(description="How often rows were refused for one reason in one column.")
class RowErrorGroup:
    """A group of reasons."""

    code: RowErrorCode = strawberry.field(description="The reason.")
    column: str | None = strawberry.field(description="The column; null where the reason is about the whole row.")
    count: Long = strawberry.field(description="How often.")
    first: RowError = strawberry.field(description="The first of them.")


@strawberry.type(description="Something that was taken but deserves a look.")
class UploadWarning:
    """A warning."""

    code: str = strawberry.field(description="Stable, to branch on: `WEIGHT_OVER_100`. More may be added.")
    message: str = strawberry.field(description="A sentence for the user.")
    line: Long | None = strawberry.field(description="The first line of the user's own file it is about, from 1.")
    column: str | None = strawberry.field(description="The column, as `importSchema` names it.")
    value: str | None = strawberry.field(description="What was found.")

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Shape a stored warning."""
        line = stored["line"]
        return cls(
            code=stored["code"],
            message=stored["message"],
            line=None if line is None else Long(line),
            column=stored["column"],
            value=stored["value"],
        )


@dataclass(frozen=True, slots=True)
class Group:
    """The stored errors of one reason and column: their number, and the first."""

    number: int
    first: RowErrorRow


async def stored_groups(upload_ids: list[UUID]) -> list[list[Group]]:
    """Return the groups of each upload, in two queries."""
    groups = (
        await RowErrorRow.filter(upload_id__in=upload_ids)
        .annotate(number=Count("id"), earliest=Min("id"))
        .group_by("upload_id", "code", "column")
        .values("upload_id", "number", "earliest")
    )
    rows = await rows_of(RowErrorRow).by_id(group["earliest"] for group in groups)
    of: dict[UUID, list[Group]] = {upload_id: [] for upload_id in upload_ids}
    for group in groups:
        if (first := rows.get(group["earliest"])) is not None:
            of[group["upload_id"]].append(Group(group["number"], first))
    return [of[upload_id] for upload_id in upload_ids]


def summary(groups: Iterable[Group], counted: Iterable[Mapping[str, Any]] | None) -> list[RowErrorGroup]:
    """Return the groups, the most frequent first; ``counted`` knows of those that are not stored as well."""
    whole = {(item["code"], item["column"]): item["count"] for item in counted or ()}
    shaped = [
        RowErrorGroup(
            code=group.first.code,
            column=group.first.column,
            count=Long(whole.get((group.first.code, group.first.column), group.number)),
            first=RowError.of(group.first),
        )
        for group in sorted(groups, key=lambda group: group.first.id)
    ]
    return sorted(shaped, key=lambda group: -group.count)
