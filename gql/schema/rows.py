"""Why rows were refused."""

from __future__ import annotations

from typing import Self
from uuid import UUID

import strawberry
from tortoise.functions import Count, Min

from gql.ids import Kind, global_id
from gql.nested import Nested
from gql.pages import BigInt, Order
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


async def summaries(upload_ids: list[UUID]) -> list[list[RowErrorGroup]]:
    """Return the groups of each upload, the most frequent first, in two queries."""
    groups = (
        await RowErrorRow.filter(upload_id__in=upload_ids)
        .annotate(number=Count("id"), earliest=Min("id"))
        .group_by("upload_id", "code", "column")
        .values("upload_id", "code", "column", "number", "earliest")
    )
    rows = {row.id: row for row in await RowErrorRow.filter(id__in=[group["earliest"] for group in groups])}
    of: dict[UUID, list[RowErrorGroup]] = {upload_id: [] for upload_id in upload_ids}
    for group in sorted(groups, key=lambda group: (-group["number"], group["earliest"])):
        if (first := rows.get(group["earliest"])) is not None:
            of[group["upload_id"]].append(
                RowErrorGroup(
                    code=first.code, column=first.column, count=Long(group["number"]), first=RowError.of(first)
                )
            )
    return [of[upload_id] for upload_id in upload_ids]
