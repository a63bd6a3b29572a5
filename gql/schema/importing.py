"""What an upload may be: limits, columns, a sample."""

from __future__ import annotations

import csv
import io
from typing import Self

import strawberry

from gql.schema.enums import TemplateKind
from gql.schema.scalars import Long
from sanitizer_lambda import contract

_REFERENCES = {contract.ColumnType.REFERENCE, contract.ColumnType.DEPENDENCIES}


@strawberry.type(description="How much may be uploaded.")
class UploadLimits:
    """The limits of a project."""

    max_bytes: Long = strawberry.field(description="The largest file.")
    max_rows: Long = strawberry.field(description="Most rows of a file.")
    max_columns: int = strawberry.field(description="Most columns of a file.")
    max_active_uploads: int = strawberry.field(description="Most unfinished uploads of the project.")
    active_uploads: int = strawberry.field(description="Unfinished uploads of the project now.")
    encodings: list[str] = strawberry.field(
        description="Encodings to name in `parse`; any other that Python knows is taken as well."
    )
    extensions: list[str] = strawberry.field(description="What a file's name may end with.")


@strawberry.type(description="A column of a kind of file.")
class ImportColumn:
    """A column."""

    name: str = strawberry.field(description="Its name, which is always matched.")
    type: str = strawberry.field(description="How its cells are read.")
    required: bool = strawberry.field(description="Whether every row needs it.")
    key: bool = strawberry.field(description="Whether it is the record's key.")
    description: str = strawberry.field(description="What it means.")
    synonyms: list[str] = strawberry.field(description="Other headers that are taken for it.")
    values: list[str] | None = strawberry.field(description="What it may be, where that is a choice.")
    example: str | None = strawberry.field(description="A cell as it may be.")

    @classmethod
    def of(cls, column: contract.Column) -> Self:
        """Shape a column of the contract."""
        return cls(
            name=column.name,
            type=column.type.value,
            required=column.required,
            key=column.key,
            description=column.description,
            synonyms=list(column.synonyms),
            values=list(column.choices) or None,
            example=column.example or None,
        )


@strawberry.type(description="What a kind of file consists of.")
class ImportSchema:
    """The columns of a kind."""

    kind: TemplateKind = strawberry.field(description="The kind.")
    columns: list[ImportColumn] = strawberry.field(description="Its columns, in the sample's order.")
    sample_csv: str = strawberry.field(description="A small file as it may be: the header, and one row.")

    @classmethod
    def of(cls, kind: TemplateKind) -> Self:
        """Shape the contract's columns of a kind."""
        columns = contract.COLUMNS[kind]
        return cls(kind=kind, columns=[ImportColumn.of(column) for column in columns], sample_csv=_sample(columns))


def _sample(columns: tuple[contract.Column, ...]) -> str:
    # What refers to another record would need that record.
    row = ["" if column.type in _REFERENCES else column.example for column in columns]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(([column.name for column in columns], row))
    return file.getvalue()
