"""An upload and its steps. The verbs stand on the noun and guard the order; each step is one row and one event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.indexes import Index
from tortoise.models import Model

from models.status import ACTIVE, TERMINAL, ImportMode, InvalidRowPolicy, UploadStage, UploadStatus
from sanitizer_lambda.contract import RowErrorCode, TemplateKind, UploadKey

if TYPE_CHECKING:
    from models.tenancy import Organization, ProjectProfile, UserAccount

# Longest key storage allows is 1,024; ours have a fixed shape far below 500.
KEY_CHARS = 500
# Longest file name of the usual file systems.
FILENAME_CHARS = 255


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an upload failed: a stable ``code``, a sentence, and whether the same file may succeed later."""

    code: str
    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What became of a file's rows: ``read`` = created + updated + unchanged + rejected."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


class UploadedTemplateFile(Model):
    """One attempt to bring a file in; terminal is final, a retry is a new upload with this one as its ``parent``.

    The verbs below expect a row taken by ``locked`` in the transaction ``using`` and return whether a step was made: a
    late or repeated message finds the upload further on and changes nothing.
    """

    id = fields.UUIDField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="uploads", on_delete=fields.CASCADE
    )
    project: fields.ForeignKeyRelation[ProjectProfile] = fields.ForeignKeyField(
        "models.ProjectProfile", related_name="uploads", on_delete=fields.CASCADE
    )
    s3_key_quarantine = fields.CharField(max_length=KEY_CHARS, unique=True)
    s3_key_final = fields.CharField(max_length=KEY_CHARS, null=True)  # an applied plan shares its dry run's
    status = fields.CharEnumField(UploadStatus, max_length=16)
    uploaded_at = fields.DatetimeField()
    uploaded_by: fields.ForeignKeyNullableRelation[UserAccount] = fields.ForeignKeyField(
        "models.UserAccount", related_name="uploads", on_delete=fields.SET_NULL, null=True
    )

    # What was asked for.
    parent: fields.ForeignKeyNullableRelation[UploadedTemplateFile] = fields.ForeignKeyField(
        "models.UploadedTemplateFile", related_name="attempts", on_delete=fields.SET_NULL, null=True, db_index=True
    )
    filename = fields.CharField(max_length=FILENAME_CHARS)
    size_bytes = fields.BigIntField()
    sha256 = fields.CharField(max_length=64, null=True)
    kind = fields.CharEnumField(TemplateKind, max_length=32, null=True)
    mode = fields.CharEnumField(ImportMode, max_length=16)
    invalid_rows = fields.CharEnumField(InvalidRowPolicy, max_length=16)
    dry_run = fields.BooleanField()
    request: fields.Field[dict[str, Any]] = fields.JSONField()  # the order as in request.json
    idempotency_key = fields.CharField(max_length=128, null=True)
    request_digest = fields.CharField(
        max_length=64
    )  # of everything the client asked, to tell a repetition from a clash

    # Where it is.
    stage = fields.CharEnumField(UploadStage, max_length=32)
    sequence = fields.BigIntField()
    deadline_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    source_version = fields.CharField(max_length=1024, null=True)
    report: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)

    # Who works on it (see workers.claim).
    lease_owner = fields.CharField(max_length=64, null=True)
    lease_until = fields.DatetimeField(null=True)
    attempt = fields.IntField()

    # How it ended.
    rows_read = fields.BigIntField()
    rows_created = fields.BigIntField()
    rows_updated = fields.BigIntField()
    rows_unchanged = fields.BigIntField()
    rows_rejected = fields.BigIntField()
    # Of all errors, of which the first are rows of RowError: [{"code", "column", "count"}].
    row_error_counts: fields.Field[list[dict[str, Any]] | None] = fields.JSONField(null=True)
    # What was taken but deserves a look: [{"code", "message", "line", "column", "value"}].
    warnings: fields.Field[list[dict[str, Any]] | None] = fields.JSONField(null=True)
    # Of a dry run: the hash of its plan. Of an upload that applies one: the plan that must be met.
    plan_hash = fields.CharField(max_length=64, null=True)
    # The rows and bytes of the file of refused rows, once there is one.
    rejects_rows = fields.BigIntField(null=True)
    rejects_bytes = fields.BigIntField(null=True)
    failure_code = fields.CharField(max_length=64, null=True)
    failure_message = fields.TextField(null=True)
    failure_retryable = fields.BooleanField(null=True)

    if TYPE_CHECKING:
        organization_id: UUID
        project_id: UUID
        uploaded_by_id: UUID | None
        parent_id: UUID | None

    class Meta:
        """Table; the indexes are the API's pages, the sweeper's deadlines and the workers' claims."""

        table = "uploaded_template_file"
        unique_together = (("uploaded_by", "project", "idempotency_key"),)
        indexes = (
            Index(fields=("project_id", "uploaded_at", "id")),
            Index(fields=("status", "deadline_at")),
            Index(fields=("stage", "lease_until")),
            Index(fields=("organization_id", "stage")),
        )

    @classmethod
    async def locked(cls, upload_id: UUID, using: BaseDBAsyncClient) -> Self | None:
        """Return the row, locked until ``using`` ends, or None where there is none."""
        return await cls.select_for_update().using_db(using).get_or_none(id=upload_id)

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can happen to this upload any more."""
        return self.status in TERMINAL

    @property
    def counts(self) -> RowCounts:
        """What became of the rows."""
        return RowCounts(self.rows_read, self.rows_created, self.rows_updated, self.rows_unchanged, self.rows_rejected)

    @property
    def is_plan(self) -> bool:
        """Whether this is a dry run that came to its end, and can be applied."""
        return self.stage is UploadStage.PLANNED and self.plan_hash is not None

    def application(self, *, by: UUID | None, now: datetime) -> Self:
        """Return a new upload, to be opened and queued, that does what this one has planned, or fails.

        It reads the plan's own clean file; what would be its own quarantined file never comes.
        """
        upload_id = uuid4()
        copied = {name: getattr(self, name) for name in _ASKED}
        return type(self)(
            id=upload_id,
            s3_key_quarantine=UploadKey(self.organization_id, self.project_id, upload_id).quarantine,
            uploaded_at=now,
            uploaded_by_id=by,
            parent_id=self.id,
            dry_run=False,
            sequence=0,
            attempt=0,
            **copied,
            **dict.fromkeys(_COUNTS, 0),
        )

    async def running_retry(self, digest: str, using: BaseDBAsyncClient) -> Self | None:
        """Return the upload that tries this one again just as ``digest`` asks (``request_digest``), if one runs."""
        retries = type(self).filter(parent_id=self.id, request_digest=digest, status__in=list(ACTIVE))
        return await retries.using_db(using).first()

    async def open(self, using: BaseDBAsyncClient) -> None:
        """Save a new upload with its first event; ``sequence`` becomes 1."""
        self.stage, self.status, self.sequence = UploadStage.AWAITING_FILE, UploadStatus.PENDING, 1
        await self.save(using_db=using, force_create=True)
        await self._record(self.uploaded_at, using)

    async def reach(self, stage: UploadStage, *, now: datetime, deadline: timedelta, using: BaseDBAsyncClient) -> bool:
        """Come to ``stage``, which is not the last; the next step is due within ``deadline``."""
        if self.is_terminal or not self.stage.precedes(stage):
            return False
        await self._leave_pending(stage, now, using)
        self.deadline_at = now + deadline
        await self._step(stage, stage.status, now, using)
        return True

    async def queue(self, final_key: str, *, now: datetime, deadline: timedelta, using: BaseDBAsyncClient) -> bool:
        """Note that the clean file is there and an import is due."""
        if self.is_terminal or not self.stage.precedes(UploadStage.QUEUED):
            return False
        self.s3_key_final = final_key
        return await self.reach(UploadStage.QUEUED, now=now, deadline=deadline, using=using)

    async def finish(self, counts: RowCounts, *, now: datetime, using: BaseDBAsyncClient) -> bool:
        """End well: DONE, or PLANNED for a dry run."""
        if self.is_terminal:
            return False
        self._count(counts)
        stage = UploadStage.PLANNED if self.dry_run else UploadStage.DONE
        await self._end(stage, UploadStatus.PROCESSED, now, using)
        return True

    async def fail(
        self,
        failure: Failure,
        *,
        now: datetime,
        using: BaseDBAsyncClient,
        counts: RowCounts | None = None,
    ) -> bool:
        """End badly, in the stage reached so far."""
        if self.is_terminal:
            return False
        self.failure_code, self.failure_message = failure.code, failure.message
        self.failure_retryable = failure.retryable
        if counts is not None:
            self._count(counts)
        await self._end(self.stage, UploadStatus.FAILED, now, using)
        return True

    def _count(self, counts: RowCounts) -> None:
        self.rows_read, self.rows_rejected = counts.read, counts.rejected
        self.rows_created, self.rows_updated = counts.created, counts.updated
        self.rows_unchanged = counts.unchanged

    async def _leave_pending(self, stage: UploadStage, now: datetime, using: BaseDBAsyncClient) -> None:
        """Record the step to `sanitizing` that a later message has overtaken."""
        if self.stage is UploadStage.AWAITING_FILE and stage is not UploadStage.RECEIVED:
            await self._step(UploadStage.RECEIVED, UploadStatus.SANITIZING, now, using)

    async def _end(self, stage: UploadStage, status: UploadStatus, now: datetime, using: BaseDBAsyncClient) -> None:
        self.deadline_at, self.finished_at = None, now
        self.lease_owner = self.lease_until = None
        await self._step(stage, status, now, using)

    async def _step(self, stage: UploadStage, status: UploadStatus, now: datetime, using: BaseDBAsyncClient) -> None:
        self.stage, self.status = stage, status
        self.sequence += 1
        await self.save(using_db=using)
        await self._record(now, using)

    async def _record(self, at: datetime, using: BaseDBAsyncClient) -> None:
        await UploadEvent.create(
            using_db=using,
            upload_id=self.id,
            sequence=self.sequence,
            status=self.status,
            stage=self.stage,
            at=at,
        )


# What an upload that applies a plan has in common with it.
_ASKED = (
    *("organization_id", "project_id", "filename", "size_bytes", "sha256", "kind", "mode", "invalid_rows", "request"),
    *("request_digest", "source_version", "report", "plan_hash"),
)
_COUNTS = ("rows_read", "rows_created", "rows_updated", "rows_unchanged", "rows_rejected")


class UploadEvent(Model):
    """One step an upload made; the steps of an upload are numbered 1, 2, 3, ... without a gap."""

    id = fields.BigIntField(primary_key=True, generated=True)
    upload: fields.ForeignKeyRelation[UploadedTemplateFile] = fields.ForeignKeyField(
        "models.UploadedTemplateFile", related_name="events", on_delete=fields.CASCADE
    )
    sequence = fields.BigIntField()
    status = fields.CharEnumField(UploadStatus, max_length=16)
    stage = fields.CharEnumField(UploadStage, max_length=32)
    at = fields.DatetimeField()

    if TYPE_CHECKING:
        upload_id: UUID

    class Meta:
        """Table; the unique pair is what makes a doubled step impossible."""

        table = "upload_event"
        unique_together = (("upload", "sequence"),)


class RowError(Model):
    """Why one row of an upload was refused; ``line`` is physical in the user's own file, from 1."""

    id = fields.BigIntField(primary_key=True, generated=True)
    upload: fields.ForeignKeyRelation[UploadedTemplateFile] = fields.ForeignKeyField(
        "models.UploadedTemplateFile", related_name="row_errors", on_delete=fields.CASCADE
    )
    code = fields.CharEnumField(RowErrorCode, max_length=32)
    line = fields.BigIntField()
    record = fields.BigIntField(null=True)
    column = fields.CharField(max_length=64, null=True)
    header = fields.TextField(null=True)
    value = fields.TextField(null=True)
    message = fields.TextField()
    hint = fields.TextField(null=True)
    related_line = fields.BigIntField(null=True)

    if TYPE_CHECKING:
        upload_id: UUID

    class Meta:
        """Table."""

        table = "row_error"
        indexes = (Index(fields=("upload_id", "id")),)
