"""What a client says when it asks for an upload."""

from __future__ import annotations

from uuid import UUID

import strawberry
from strawberry import ID

from gql.order import Order, clean_filename
from gql.retries import Changes
from gql.schema.enums import ImportMode, InvalidRowPolicy, TemplateKind
from gql.schema.scalars import Long, Sha256
from sanitizer_lambda.contract import ColumnMapping, ParseHints


@strawberry.input(description="What is known of the file; what is left out is found out.")
class ParseHintsInput:
    """Hints."""

    encoding: str | None = strawberry.field(default=None, description="The encoding, by its usual name.")
    delimiter: str | None = strawberry.field(default=None, description="What stands between two cells: 1-4 characters.")
    quote: str | None = strawberry.field(default=None, description="One character, or empty where there is none.")
    header_line: int | None = strawberry.field(
        default=None, description="The line of the header, from 1; 0 where there is none."
    )
    decimal_mark: str | None = strawberry.field(default=None, description="A point or a comma.")

    @property
    def hints(self) -> ParseHints:
        """The hints as the contract has them."""
        return ParseHints(self.encoding, self.delimiter, self.quote, self.header_line, self.decimal_mark)


@strawberry.input(description="Which column a header is to be taken for.")
class ColumnMapInput:
    """A mapping."""

    header: str = strawberry.field(description="The header, as the file has it.")
    column: str = strawberry.field(description="The column, as `importSchema` names it.")


@strawberry.input(description="The file that is to be uploaded, and what is to become of it.")
class RequestUploadInput:
    """An order."""

    project_id: ID = strawberry.field(description="Where its rows belong.")
    filename: str = strawberry.field(description="Shown, never part of a key: 1-255 characters.")
    size_bytes: Long = strawberry.field(description="The exact size of the file.")
    sha256: Sha256 | None = strawberry.field(default=None, description="If given, a file with another one is refused.")
    kind: TemplateKind | None = strawberry.field(
        default=None, description="What the rows are; null: it is recognised from the header."
    )
    mode: ImportMode = strawberry.field(default=ImportMode.UPSERT, description="Which records may be touched.")
    invalid_rows: InvalidRowPolicy = strawberry.field(
        default=InvalidRowPolicy.REJECT_FILE, description="What one refused row means for the others."
    )
    dry_run: bool = strawberry.field(default=False, description="Only try: nothing is written.")
    parse: ParseHintsInput | None = strawberry.field(default=None, description="What is known of the file.")
    column_map: list[ColumnMapInput] | None = strawberry.field(
        default=None, description="Headers that would not be recognised."
    )
    idempotency_key: ID | None = strawberry.field(
        default=None,
        description="Your own name for this request, up to 128 characters: said again, it gives the same upload.",
    )

    def order(self, project_id: UUID) -> Order:
        """Return the order as the house has it, for the project whose global id was given."""
        return Order(
            project_id=project_id,
            filename=clean_filename(self.filename),
            size_bytes=self.size_bytes,
            sha256=self.sha256,
            kind=self.kind,
            mode=self.mode,
            invalid_rows=self.invalid_rows,
            dry_run=self.dry_run,
            hints=self.parse.hints if self.parse else ParseHints(),
            column_map=tuple(ColumnMapping(item.header, item.column) for item in self.column_map or ()),
        )


@strawberry.input(description="The upload that is to be given up.")
class CancelUploadInput:
    """A cancellation."""

    upload_id: ID = strawberry.field(description="The upload.")


@strawberry.input(description="The plan that is to be carried out.")
class ApplyUploadInput:
    """An application."""

    upload_id: ID = strawberry.field(description="The dry run.")
    plan_hash: str = strawberry.field(description="The `planHash` of its plan, as it was looked at.")


@strawberry.input(description="What is to be taken back.")
class RevertUploadInput:
    """A revert."""

    upload_id: ID = strawberry.field(
        description="An upload: all that it wrote. Or the id of a `ChangeSet`: to take a revert back, name its own."
    )
    dry_run: bool = strawberry.field(default=True, description="Only tell what would be done: nothing is written.")


@strawberry.input(description="The upload that is to be tried again, and what is to be different. Null: as it was.")
class RetryUploadInput:
    """A retry."""

    upload_id: ID = strawberry.field(description="The upload, which has ended.")
    parse: ParseHintsInput | None = strawberry.field(default=None, description="What is known of the file, all of it.")
    column_map: list[ColumnMapInput] | None = strawberry.field(
        default=None, description="Headers that would not be recognised, all of them; empty: none."
    )
    kind: TemplateKind | None = strawberry.field(default=None, description="What the rows are.")
    mode: ImportMode | None = strawberry.field(default=None, description="Which records may be touched.")
    invalid_rows: InvalidRowPolicy | None = strawberry.field(
        default=None, description="What one refused row means for the others."
    )
    dry_run: bool | None = strawberry.field(default=None, description="Only try: nothing is written.")

    @property
    def changes(self) -> Changes:
        """What is to be different, as the house has it."""
        mapped = self.column_map
        return Changes(
            hints=self.parse.hints if self.parse else None,
            column_map=None if mapped is None else tuple(ColumnMapping(item.header, item.column) for item in mapped),
            kind=self.kind,
            mode=self.mode,
            invalid_rows=self.invalid_rows,
            dry_run=self.dry_run,
        )
