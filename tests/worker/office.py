"""Does what API and sanitizer would have done before the worker comes in: rows, clean files, messages."""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from infra.bus import Hint
from models import (
    ChangeCause,
    ChangeSet,
    ImportMode,
    InvalidRowPolicy,
    Organization,
    PhaseTemplate,
    ProjectProfile,
    RowError,
    SuiteTemplate,
    UploadedTemplateFile,
    UploadEvent,
    UploadStage,
    UploadStatus,
)
from sanitizer_lambda.contract import (
    COLUMNS,
    REPORT_KEY_METADATA,
    RULE_SET_VERSION,
    SOURCE_VERSION_METADATA,
    ColumnMatch,
    DetectedFormat,
    LineMapWriter,
    MatchedBy,
    ParseHints,
    RefusedCount,
    RefusedRow,
    Report,
    SanitizedMessage,
    SanitizeRequest,
    TemplateKind,
    UploadKey,
)
from sanitizer_lambda.contract.refused import REFUSED_HEADER
from sanitizer_lambda.contract.wire import to_json
from workers import ingest
from workers.claim import Abandoned, Lease, Terms, claim
from workers.consumer import Consumer
from workers.consumer import Effects as ConsumerEffects
from workers.main import Settings, World
from workers.reverting import Effects as RevertEffects
from workers.reverting import revert_next

Cells = Mapping[str, str]

WRITTEN = DetectedFormat(
    encoding="utf-8", bom=False, delimiter=",", quote=None, escape=None, newline="LF", header_line=1, confidence=1.0
)


@dataclass(frozen=True, slots=True)
class Project:
    """A project of an organization of its own, unless another's is given."""

    organization_id: uuid.UUID
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Clean:
    """A file as the sanitizer would have left it; ``lines`` are physical, the header being line 1 where not given."""

    kind: TemplateKind
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    headers: Mapping[str, str] = field(default_factory=dict)
    refused: Sequence[RefusedRow] = ()
    lines: Sequence[int] | None = None
    written: DetectedFormat = WRITTEN

    @classmethod
    def of(cls, kind: TemplateKind, rows: Iterable[Cells], **more: Any) -> Clean:
        """Make a file of rows by column name; the columns are those that any row has."""
        rows = list(rows)
        names = {name for row in rows for name in row}
        header = [column.name for column in COLUMNS[kind] if column.name in names]
        assert len(header) == len(names), names - set(header)
        return cls(kind, header, [[row.get(name, "") for name in header] for row in rows], **more)

    def text(self) -> bytes:
        """Return clean.csv."""
        return _csv([self.header, *self.rows])

    def report(self, version: str) -> Report:
        """Return what the sanitizer would have said."""
        text = self.text()
        return Report(
            rule_set_version=RULE_SET_VERSION,
            source_version=version,
            bytes_before=len(text),
            sha256_before=hashlib.sha256(text).hexdigest(),
            bytes_after=len(text),
            sha256_after=hashlib.sha256(text).hexdigest(),
            kind=self.kind,
            detected=self.written,
            columns=tuple(
                ColumnMatch(place, self.headers.get(name, name), name, MatchedBy.EXACT)
                for place, name in enumerate(self.header)
            ),
            rows_read=len(self.rows) + len(self.refused),
            rows_clean=len(self.rows),
            rows_refused=len(self.refused),
            refused=tuple(RefusedCount(row.code, 1) for row in self.refused),
        )

    def line_map(self) -> bytes:
        """Return lines.bin."""
        writer = LineMapWriter()
        for record, line in enumerate(self.lines or range(2, len(self.rows) + 2)):
            writer.add(record, line)
        return writer.take()


def suites(*rows: Cells, **more: Any) -> Clean:
    return Clean.of(TemplateKind.SUITE_TEMPLATES, rows, **more)


def phases(*rows: Cells, **more: Any) -> Clean:
    return Clean.of(TemplateKind.PHASE_TEMPLATES, rows, **more)


def both(*rows: Cells, **more: Any) -> Clean:
    return Clean.of(TemplateKind.SUITES_WITH_PHASES, rows, **more)


@dataclass
class Office:
    """Makes tenants, uploads and files; imports them in this process."""

    world: World
    settings: Settings
    hints: list[Hint] = field(default_factory=list)
    nudged: list[uuid.UUID] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def publish(self, hint: Hint) -> None:
        self.hints.append(hint)
        await self.world.bus.publish(hint)

    async def nudge(self, upload_id: uuid.UUID) -> None:
        self.nudged.append(upload_id)

    async def project(self, organization_id: uuid.UUID | None = None) -> Project:
        if organization_id is None:
            organization_id = (await Organization.create(name="Acme")).id
        made = await ProjectProfile.create(organization_id=organization_id, name="Tower")
        return Project(organization_id, made.id)

    async def upload(  # noqa: PLR0913 - one argument a choice the client has
        self,
        project: Project,
        *,
        mode: ImportMode = ImportMode.UPSERT,
        policy: InvalidRowPolicy = InvalidRowPolicy.REJECT_FILE,
        dry_run: bool = False,
        decimal_mark: str | None = None,
        deadline: timedelta = timedelta(hours=1),
    ) -> UploadedTemplateFile:
        """Ask for an upload, as the API does."""
        upload_id = uuid.uuid4()
        request = SanitizeRequest(1, hints=ParseHints(decimal_mark=decimal_mark))
        upload = UploadedTemplateFile(
            id=upload_id,
            organization_id=project.organization_id,
            project_id=project.id,
            s3_key_quarantine=UploadKey(project.organization_id, project.id, upload_id).quarantine,
            uploaded_at=self.now(),
            filename="templates.csv",
            size_bytes=1,
            mode=mode,
            invalid_rows=policy,
            dry_run=dry_run,
            request=to_json(request),
            request_digest="0" * 64,
            deadline_at=self.now() + deadline,
            attempt=0,
            rows_read=0,
            rows_created=0,
            rows_updated=0,
            rows_unchanged=0,
            rows_rejected=0,
        )
        async with in_transaction() as tx:
            await upload.open(tx)
        return upload

    async def put(self, upload: UploadedTemplateFile, clean: Clean, version: str = "v1") -> SanitizedMessage:
        """Leave the clean file and what belongs to it in the final bucket; return the message that says so."""
        key, bucket = key_of(upload), self.world.storage.final
        await bucket.write(key.report(version), clean.report(version).dump(), content_type="application/json")
        await bucket.write(key.lines(version), clean.line_map(), content_type="application/octet-stream")
        if clean.refused:
            rows = _csv([REFUSED_HEADER, *(row.to_csv() for row in clean.refused)])
            await bucket.write(key.rejected(version), rows, content_type="text/csv")
        await self.put_object(
            key.clean, clean.text(), {SOURCE_VERSION_METADATA: version, REPORT_KEY_METADATA: key.report(version)}
        )
        return SanitizedMessage(key.quarantine, key.clean)

    async def put_object(self, key: str, body: bytes, metadata: dict[str, str]) -> None:
        bucket = self.world.storage.final
        await bucket._client.put_object(Bucket=bucket.name, Key=key, Body=body, Metadata=metadata)

    def consumer(self) -> Consumer:
        effects = ConsumerEffects(self.world.storage.final, self.now, self.publish, self.nudge)
        return Consumer(self.world.messages, self.settings.uploads, effects)

    async def queued(self, project: Project, clean: Clean, **order: Any) -> UploadedTemplateFile:
        """Bring an upload to the point where an import is due."""
        upload = await self.upload(project, **order)
        moved = await self.consumer().handle(await self.put(upload, clean))
        assert moved is not None
        return moved

    def terms(self, worker: str = "test") -> Terms:
        work = self.settings.work
        return Terms(worker, work.lease, work.max_attempts, self.settings.uploads.import_deadline)

    async def claim(self, worker: str = "test") -> Lease:
        lease = await claim(self.terms(worker), self.now())
        assert isinstance(lease, Lease)
        return lease

    def effects(self) -> ingest.Effects:
        return ingest.Effects(self.world.storage.final, self.now, self.publish, self.settings.uploads.import_deadline)

    async def drain(self) -> None:
        """Import whatever is due."""
        while (lease := await claim(self.terms(), self.now())) is not None:
            assert not isinstance(lease, Abandoned)
            await ingest.ingest(lease, self.effects())

    async def applied(self, plan: UploadedTemplateFile) -> UploadedTemplateFile:
        """Apply a plan to its end, as the API asks for it and a worker does it."""
        upload = plan.application(by=None, now=self.now())
        assert plan.s3_key_final is not None
        async with in_transaction() as tx:
            await upload.open(tx)
            deadline = self.settings.uploads.import_deadline
            await upload.queue(plan.s3_key_final, now=self.now(), deadline=deadline, using=tx)
        await self.drain()
        return await fresh(upload)

    async def reverted(self, target: ChangeSet, *, dry_run: bool = False) -> ChangeSet:
        """Take a change set back, as the API asks for it and a worker does it."""
        asked = await ChangeSet.create(
            id=uuid.uuid4(),
            organization_id=target.organization_id,
            project_id=target.project_id,
            upload_id=target.upload_id,
            undoes_id=target.id,
            cause=ChangeCause.REVERT,
            dry_run=dry_run,
            at=self.now(),
        )
        assert await revert_next(RevertEffects(self.now, self.settings.uploads.import_deadline))
        done = await ChangeSet.get(id=asked.id)
        assert done.finished_at is not None
        return done

    async def imported(self, project: Project, clean: Clean, **order: Any) -> UploadedTemplateFile:
        """Import one file to its end."""
        upload = await self.queued(project, clean, **order)
        await self.drain()
        return await fresh(upload)


def key_of(upload: UploadedTemplateFile) -> UploadKey:
    return UploadKey(upload.organization_id, upload.project_id, upload.id)


async def fresh(upload: UploadedTemplateFile) -> UploadedTemplateFile:
    found = await UploadedTemplateFile.get(id=upload.id)
    await assert_sound(found)
    return found


async def assert_sound(upload: UploadedTemplateFile) -> None:
    """Hold what is true of every upload at any moment."""
    events = await UploadEvent.filter(upload_id=upload.id).order_by("sequence")
    assert [event.sequence for event in events] == list(range(1, upload.sequence + 1))
    assert (events[-1].stage, events[-1].status) == (upload.stage, upload.status)
    counts = upload.counts
    assert counts.read == counts.created + counts.updated + counts.unchanged + counts.rejected
    assert min(counts.read, counts.created, counts.updated, counts.unchanged, counts.rejected) >= 0
    if upload.status is UploadStatus.PROCESSED:
        assert upload.stage in (UploadStage.DONE, UploadStage.PLANNED)


async def written(upload: UploadedTemplateFile) -> ChangeSet:
    """Return what an upload wrote."""
    return await ChangeSet.get(upload_id=upload.id, undoes_id=None, dry_run=False)


async def records(project: Project, *, versions: bool = False) -> list[dict[str, Any]]:
    """Return every value of every record of a project; their versions only where asked for."""
    found: list[dict[str, Any]] = []
    for model in (SuiteTemplate, PhaseTemplate):
        found += await model.filter(project_id=project.id).order_by("id").values()
    return found if versions else [{name: row[name] for name in row if name != "revision"} for row in found]


async def errors(upload: UploadedTemplateFile) -> list[RowError]:
    return await RowError.filter(upload_id=upload.id).order_by("id")


async def told(upload: UploadedTemplateFile) -> list[tuple[str, int, str | None]]:
    """Return code, line and column of each error, sorted by line."""
    return sorted(
        ((error.code.value, error.line, error.column) for error in await errors(upload)), key=lambda e: (e[1], e[0])
    )


async def suite_rows(project: Project) -> dict[str, SuiteTemplate]:
    return {row.code: row for row in await SuiteTemplate.filter(project_id=project.id)}


async def phase_rows(project: Project) -> dict[tuple[str, str], PhaseTemplate]:
    return {(row.suite_key, row.code): row for row in await PhaseTemplate.filter(project_id=project.id)}


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()
