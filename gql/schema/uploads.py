"""An upload, and what happens to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from strawberry import ID

from gql.changes import Change, Changed, change_sets, changes_of, taken_back
from gql.ids import Kind, global_id, uuid_of
from gql.images import differences, next_images
from gql.nested import Nested, Wanted
from gql.pages import BigInt, Order
from gql.schema.changes import ChangeAction, ChangeCause, ChangeCounts, ChangeFailure, FieldChange
from gql.schema.enums import ImportMode, InvalidRowPolicy, RowErrorCode, TemplateKind, UploadStage, UploadStatus
from gql.schema.files import SignedFile
from gql.schema.ground import After, Connection, First, Info, Node, connection, resolved
from gql.schema.people import Project, User
from gql.schema.progress import Progress, UploadFailure
from gql.schema.reports import ColumnMatch, DetectedFormat, SanitizationReport
from gql.schema.rows import ROW_ERRORS, RowError, RowErrorGroup, UploadWarning, stored_groups, summary
from gql.schema.scalars import Long, Sha256
from gql.schema.targets import PostTarget, UploadTarget
from gql.uploads import sign
from models import ChangeSet as ChangeSetRow
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
    unchanged: Long = strawberry.field(
        description="Rows whose record was so already; of a failed upload, which changes nothing, all others."
    )
    rejected: Long = strawberry.field(description="Rows that were refused.")

    @classmethod
    def of(cls, row: UploadedTemplateFile) -> Self:
        """Shape the counts of a row."""
        counts = row.counts
        return cls(
            read=Long(counts.read),
            created=Long(counts.created),
            updated=Long(counts.updated),
            unchanged=Long(counts.unchanged),
            rejected=Long(counts.rejected),
        )


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
        return RowCounts.of(self.row)

    @resolved("What it would do, of a dry run that came to its end; null otherwise.")
    async def plan(self, info: Info) -> ImportPlan | None:
        """Load the change set of a dry run."""
        row = await info.context.loaders.of(change_sets).load(self.row.id) if self.row.is_plan else None
        if row is None or self.row.plan_hash is None:
            return None
        return ImportPlan(row=row, plan_hash=self.row.plan_hash, counts=RowCounts.of(self.row))

    @resolved("What it wrote; null where it wrote nothing.")
    async def change_set(self, info: Info) -> ChangeSet | None:
        """Load the change set of an import."""
        row = None if self.row.dry_run else await info.context.loaders.of(change_sets).load(self.row.id)
        return ChangeSet.of(row) if row else None

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
        " as it is; where an error says so, empty its cell. Columns that were ignored are empty in it. After"
        " `REJECT_FILE` no other row came in either: mend the whole file, or try again with `REJECT_ROWS` first. Null"
        " where no row was refused, and before the import has ended."
    )
    async def rejects_file(self, info: Info) -> SignedFile | None:
        """Sign it."""
        return await SignedFile.of_rejects(self.row, info.context.services)

    @resolved("What was taken but deserves a look.")
    def warnings(self) -> list[UploadWarning]:
        """Shape the warnings."""
        return [UploadWarning.of(stored) for stored in self.row.warnings or ()]

    @resolved("Why it failed; null where it has not.")
    def failure(self) -> UploadFailure | None:
        """Shape the failure."""
        return UploadFailure.of(self.row)

    @resolved("Its steps so far, in order.")
    async def events(self, info: Info, first: First = 50, after: After = None) -> Connection[UploadEvent]:
        """Load a page."""
        page = await info.context.loaders.of(EVENTS.load).load(Wanted(self.row.id, first, after))
        return connection(page, UploadEvent.of, lambda: info.context.loaders.of(EVENTS.count).load((self.row.id, None)))


@strawberry.type(description="What was done to one record, or would be.")
class RecordChange:
    """A change."""

    change: strawberry.Private[Change]
    action: ChangeAction = strawberry.field(description="What was done.")
    kind: TemplateKind = strawberry.field(description="What the record is: a suite or a phase.")
    code: str = strawberry.field(description="Its code.")
    line: Long | None = strawberry.field(description="The line of the upload's file that did it.")
    reason: str | None = strawberry.field(description="Why it was kept, where it was.")

    @classmethod
    def of(cls, change: Change) -> Self:
        """Shape a change."""
        return cls(
            change=change,
            action=change.action,
            kind=change.kind,
            code=change.code,
            line=None if change.line is None else Long(change.line),
            reason=change.reason,
        )

    @resolved(
        "The columns that differ, in the order of `importSchema`; of a record that is made, all that it has. Edits by"
        " other programs up to the next upload count as part of a change."
    )
    async def fields(self, info: Info) -> list[FieldChange]:
        """Compare what it was with what it became."""
        change = self.change
        if change.action is ChangeAction.KEEP:
            return []
        after = change.after
        if not change.dry_run and change.action is not ChangeAction.DELETE and change.record_id is not None:
            after = await info.context.loaders.of(next_images).load((change.record_id, change.id))
        return [FieldChange.of(each) for each in differences(change.kind, change.before, after)]

    @resolved("The whole of which it is a part: when, by whom, from which upload.")
    async def change_set(self, info: Info) -> ChangeSet | None:
        """Load the change set."""
        row = await info.context.loaders.rows(ChangeSetRow).load(self.change.change_set_id)
        return ChangeSet.of(row) if row else None


@strawberry.type(description="All that one upload wrote, or that was done to take such changes back.")
class ChangeSet(Node):
    """A change set."""

    row: strawberry.Private[ChangeSetRow]
    cause: ChangeCause = strawberry.field(description="What led to it.")
    dry_run: bool = strawberry.field(description="Whether it only tells what would be done: nothing was written.")
    at: datetime = strawberry.field(description="When it was done; of a revert, when it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When it was done; null while a revert waits.")
    failure: ChangeFailure | None = strawberry.field(
        description="Why a revert did nothing; null where it did not fail."
    )
    counts: ChangeCounts = strawberry.field(description="How many records it changed.")

    @classmethod
    def of(cls, row: ChangeSetRow) -> Self:
        """Shape a row."""
        return cls(
            id=global_id(Kind.CHANGE_SET, row.id),
            row=row,
            cause=row.cause,
            dry_run=row.dry_run,
            at=row.at,
            finished_at=row.finished_at,
            failure=ChangeFailure.of(row),
            counts=ChangeCounts.of(row),
        )

    @resolved("The upload that wrote it; of a revert, the one whose records it gives back.")
    async def upload(self, info: Info) -> TemplateUpload:
        """Load the upload."""
        row = await info.context.loaders.rows(UploadedTemplateFile).load(self.row.upload_id)
        assert row is not None, "a change set's upload is there by its foreign key"
        return TemplateUpload.of(row)

    @resolved("Who asked for it; null where the account is gone.")
    async def by(self, info: Info) -> User | None:
        """Load the user."""
        row = await info.context.loaders.rows(UserAccount).load(self.row.by_id) if self.row.by_id else None
        return User.of(row) if row else None

    @resolved("What was done to each record: first those that an upload made, then all others.")
    async def changes(self, info: Info, first: First = 50, after: After = None) -> Connection[RecordChange]:
        """Load a page."""
        page = await info.context.loaders.of(changes_of).load(Changed(self.row, first, after))
        return connection(page, RecordChange.of, self._count)

    async def _count(self) -> int:
        row = self.row
        return sum((row.created, row.updated, row.deleted, row.kept))

    @resolved("The changes that a revert takes back; null where it is an upload's.")
    async def undoes(self, info: Info) -> ChangeSet | None:
        """Load the change set."""
        key = self.row.undoes_id
        row = await info.context.loaders.rows(ChangeSetRow).load(key) if key else None
        return ChangeSet.of(row) if row else None

    @resolved("Whether `revertUpload` can take it back.")
    async def revertible(self, info: Info) -> bool:
        """Ask whether it wrote anything that stands."""
        return self.row.wrote and await info.context.loaders.of(taken_back).load(self.row.id) is None

    @resolved("The revert that took it back; null where it stands, also where that revert was taken back itself.")
    async def reverted_by(self, info: Info) -> ChangeSet | None:
        """Load the change set."""
        key = await info.context.loaders.of(taken_back).load(self.row.id)
        row = await info.context.loaders.rows(ChangeSetRow).load(key) if key else None
        return ChangeSet.of(row) if row else None


@strawberry.type(description="What a dry run would do.")
class ImportPlan:
    """A plan."""

    row: strawberry.Private[ChangeSetRow]
    plan_hash: str = strawberry.field(description="What `applyUpload` wants: it changes with any change of the plan.")
    counts: RowCounts = strawberry.field(description="What would become of the file's rows.")

    @resolved("What would be done to each record that would be made or changed, in the order of the file.")
    async def changes(self, info: Info, first: First = 50, after: After = None) -> Connection[RecordChange]:
        """Load a page."""
        return await ChangeSet.of(self.row).changes(info, first, after)


async def visible_upload(info: Info, upload_id: ID) -> UploadedTemplateFile | None:
    """Return the upload of a global id, or None where there is none that the viewer may see."""
    key = uuid_of(upload_id, Kind.UPLOAD)
    row = await info.context.loaders.rows(UploadedTemplateFile).load(key) if key else None
    return row if row is not None and info.context.viewer.may_see(row.organization_id) else None


async def visible_change_set(info: Info, node_id: ID) -> ChangeSetRow | None:
    """Return the change set of a global id, or None where there is none that the viewer may see."""
    key = uuid_of(node_id, Kind.CHANGE_SET)
    row = await info.context.loaders.rows(ChangeSetRow).load(key) if key else None
    return row if row and info.context.viewer.may_see(row.organization_id) else None
