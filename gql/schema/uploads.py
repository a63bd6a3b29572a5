"""An upload, and what happens to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from strawberry import ID

from gql.ids import Kind, global_id, uuid_of
from gql.nested import Nested, Wanted
from gql.pages import BigInt, Order
from gql.schema.enums import ImportMode, InvalidRowPolicy, RowErrorCode, TemplateKind, UploadStage, UploadStatus
from gql.schema.files import SignedFile
from gql.schema.ground import After, Connection, First, Info, Node, connection, resolved
from gql.schema.people import Project, User
from gql.schema.progress import Progress, UploadFailure
from gql.schema.reports import ColumnMatch, DetectedFormat, SanitizationReport
from gql.schema.rows import ROW_ERRORS, RowError, RowErrorGroup, stored_groups, summary
from gql.schema.scalars import Long, Sha256
from gql.schema.targets import PostTarget, UploadTarget
from gql.uploads import sign
from gql.watch import Step
from models import ProjectProfile, UploadedTemplateFile, UserAccount
from models import UploadEvent as UploadEventRow

UPLOADS = Order("uploads", UploadedTemplateFile, (("uploaded_at", datetime), ("id", UUID)), descending=True)
EVENTS = Nested(Order("events", UploadEventRow, (("sequence", BigInt),)), "upload_id")


@strawberry.type(description="What became of a file's rows: `read` is the sum of the others.")
class RowCounts:
    """The counts."""

    read: Long = strawberry.field(description="Rows of the file.")
    created: Long = strawberry.field(description="Rows that made a new record.")
    updated: Long = strawberry.field(description="Rows that changed a record.")
    unchanged: Long = strawberry.field(description="Rows whose record was so already.")
    rejected: Long = strawberry.field(description="Rows that were refused.")


@strawberry.type(description="One step an upload made.")
class UploadEvent:
    """A stored step."""

    sequence: Long = strawberry.field(description="Its number: the steps of an upload count 1, 2, 3 without a gap.")
    status: UploadStatus = strawberry.field(description="What the upload came to.")
    stage: UploadStage = strawberry.field(description="The same, more finely.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: UploadEventRow) -> Self:
        """Shape a row."""
        return cls(sequence=Long(row.sequence), status=row.status, stage=row.stage, at=row.at)


@strawberry.type(description="One attempt to bring a file in. Ended is final: another attempt is another upload.")
class TemplateUpload(Node):
    """An upload."""

    row: strawberry.Private[UploadedTemplateFile]
    filename: str = strawberry.field(description="The name the file was uploaded under; shown, never part of a key.")
    size_bytes: Long = strawberry.field(description="The size that was declared.")
    sha256: Sha256 | None = strawberry.field(description="The SHA-256 that was declared.")
    mode: ImportMode = strawberry.field(description="Which records it may touch.")
    invalid_rows: InvalidRowPolicy = strawberry.field(description="What one refused row means for the others.")
    dry_run: bool = strawberry.field(description="Whether it only tries: nothing is written.")
    status: UploadStatus = strawberry.field(description="How far it is.")
    stage: UploadStage = strawberry.field(description="The same, more finely.")
    sequence: Long = strawberry.field(description="The number of its last step.")
    uploaded_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    deadline_at: datetime | None = strawberry.field(description="When it is given up if its next step does not come.")

    @classmethod
    def of(cls, row: UploadedTemplateFile) -> Self:
        """Shape a row, which need not have its two JSON columns."""
        return cls(
            id=global_id(Kind.UPLOAD, row.id),
            row=row,
            filename=row.filename,
            size_bytes=Long(row.size_bytes),
            sha256=None if row.sha256 is None else Sha256(row.sha256),
            mode=row.mode,
            invalid_rows=row.invalid_rows,
            dry_run=row.dry_run,
            status=row.status,
            stage=row.stage,
            sequence=Long(row.sequence),
            uploaded_at=row.uploaded_at,
            finished_at=row.finished_at,
            deadline_at=row.deadline_at,
        )

    @resolved("Where it belongs.")
    async def project(self, info: Info) -> Project:
        """Load the project."""
        row = await info.context.loaders.rows(ProjectProfile).load(self.row.project_id)
        assert row is not None, "an upload's project is there by its foreign key"
        return Project.of(row)

    @resolved("Who asked for it; null where the account is gone.")
    async def uploaded_by(self, info: Info) -> User | None:
        """Load the user."""
        key = self.row.uploaded_by_id
        row = await info.context.loaders.rows(UserAccount).load(key) if key else None
        return User.of(row) if row else None

    @resolved("The upload it tries again or applies.")
    async def parent(self, info: Info) -> TemplateUpload | None:
        """Load the parent."""
        key = self.row.parent_id
        row = await info.context.loaders.rows(UploadedTemplateFile).load(key) if key else None
        return TemplateUpload.of(row) if row else None

    @resolved("What its rows are: as asked for, or as recognised from the header; null until that is known.")
    async def kind(self, info: Info) -> TemplateKind | None:
        """Look into the report where the client did not say."""
        if self.row.kind is not None:
            return self.row.kind
        report = await info.context.loaders.report(self.row.id)
        return report.kind if report else None

    @resolved("How far its running step is.")
    def progress(self, info: Info) -> Progress:
        """Ask the hub."""
        return Progress.of(self.row, info.context.services.hub.progress_of(self.row))

    @resolved("Where the file goes, while it is awaited: signed anew for who has closed the browser.")
    async def target(self, info: Info) -> UploadTarget | None:
        """Sign again, for who may upload: a door is a right to write in its owner's name."""
        if not info.context.viewer.may_upload(self.row.organization_id):
            return None
        post = await sign(self.row, info.context.services, info.context.now)
        return PostTarget.of(post, self.row.filename, self.row.size_bytes) if post else None

    @resolved("How the file was read; null until it was.")
    async def detected(self, info: Info) -> DetectedFormat | None:
        """Look into the report."""
        report = await info.context.loaders.report(self.row.id)
        return DetectedFormat.of(report.detected) if report and report.detected else None

    @resolved("The headers of the file, left to right, and what each was taken for.")
    async def columns(self, info: Info) -> list[ColumnMatch]:
        """Look into the report."""
        report = await info.context.loaders.report(self.row.id)
        return [ColumnMatch.of(match) for match in report.columns] if report else []

    @resolved("What became of its rows.")
    def counts(self) -> RowCounts:
        """Shape the counts."""
        counts = self.row.counts
        return RowCounts(
            read=Long(counts.read),
            created=Long(counts.created),
            updated=Long(counts.updated),
            unchanged=Long(counts.unchanged),
            rejected=Long(counts.rejected),
        )

    @resolved("What was done to make it harmless; null until it was.")
    async def sanitization(self, info: Info) -> SanitizationReport | None:
        """Look into the report."""
        report = await info.context.loaders.report(self.row.id)
        return SanitizationReport.of(report) if report else None

    @resolved("Why rows were refused: the first of each reason and column, and as many others as are kept.")
    async def row_errors(
        self,
        info: Info,
        first: First = 50,
        after: After = None,
        code: Annotated[RowErrorCode | None, strawberry.argument(description="Only those with this reason.")] = None,
    ) -> Connection[RowError]:
        """Load a page."""
        where = None if code is None else ("code", code)
        page = await info.context.loaders.of(ROW_ERRORS.load).load(Wanted(self.row.id, first, after, where))
        return connection(
            page, RowError.of, lambda: info.context.loaders.of(ROW_ERRORS.count).load((self.row.id, where))
        )

    @resolved("How often each reason was found in each column, the most frequent first.")
    async def row_error_summary(self, info: Info) -> list[RowErrorGroup]:
        """Load the groups."""
        return summary(await info.context.loaders.of(stored_groups).load(self.row.id), self.row.row_error_counts)

    @resolved(
        "The refused rows in the file's own layout, with `_line` and `_errors` added: mend them and send the file back"
        " as it is. Null where no row was refused, and before the import has ended."
    )
    async def rejects_file(self, info: Info) -> SignedFile | None:
        """Sign it."""
        return await SignedFile.of_rejects(self.row, info.context.services)

    @resolved("Why it failed; null where it has not.")
    def failure(self) -> UploadFailure | None:
        """Shape the failure."""
        return UploadFailure.of(self.row)

    @resolved("Its steps so far, in order.")
    async def events(self, info: Info, first: First = 50, after: After = None) -> Connection[UploadEvent]:
        """Load a page."""
        page = await info.context.loaders.of(EVENTS.load).load(Wanted(self.row.id, first, after))
        return connection(page, UploadEvent.of, lambda: info.context.loaders.of(EVENTS.count).load((self.row.id, None)))


@strawberry.type(description="A step the moment it is made, or with a new `progress` a move within the last one.")
class UploadStatusEvent:
    """What a subscriber is told."""

    step: strawberry.Private[Step]
    upload_id: ID = strawberry.field(description="The upload.")
    sequence: Long = strawberry.field(description="The number of the step; progress repeats it.")
    status: UploadStatus = strawberry.field(description="What the upload came to.")
    stage: UploadStage = strawberry.field(description="The same, more finely.")
    at: datetime = strawberry.field(description="When it came to it.")
    replayed: bool = strawberry.field(description="Whether this is a stored step, told again for `afterSequence`.")

    @classmethod
    def of(cls, step: Step) -> Self:
        """Shape a step."""
        return cls(
            step=step,
            upload_id=global_id(Kind.UPLOAD, step.upload.id),
            sequence=Long(step.sequence),
            status=step.status,
            stage=step.stage,
            at=step.at,
            replayed=step.replayed,
        )

    @resolved("How far the step is.")
    def progress(self, info: Info) -> Progress:
        """Shape what was told with the step, or lately."""
        told = self.step.progress or info.context.services.hub.progress_of(self.step.upload)
        return Progress.of(self.step.upload, told)

    @resolved("Why it failed, where this is the step in which it did.")
    def failure(self) -> UploadFailure | None:
        """Shape the failure."""
        return UploadFailure.of(self.step.upload) if self.step.status is UploadStatus.FAILED else None

    @resolved("The upload as it is now.")
    def upload(self) -> TemplateUpload:
        """Shape the row that was read with the step."""
        return TemplateUpload.of(self.step.upload)


async def visible_upload(info: Info, upload_id: ID) -> UploadedTemplateFile | None:
    """Return the upload of a global id, or None where there is none that the viewer may see."""
    key = uuid_of(upload_id, Kind.UPLOAD)
    row = await info.context.loaders.rows(UploadedTemplateFile).load(key) if key else None
    return row if row is not None and info.context.viewer.may_see(row.organization_id) else None
