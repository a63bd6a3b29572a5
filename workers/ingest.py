"""One clean file becomes records: staged, checked, written and announced, all or nothing."""

from __future__ import annotations

import asyncio
import contextvars
import json
from array import array
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self, cast
from uuid import uuid4

from tortoise.transactions import in_transaction

from infra.errors import ObjectMissing
from infra.storage import Bucket
from models import ChangeCause, ChangeSet, Failure, InvalidRowPolicy, RowCounts, UploadStage
from sanitizer_lambda.contract import ContractError, RefusedRow, Report, SanitizeRequest, UploadKey
from workers.claim import Lease, held, hint_of
from workers.clean import CleanFile, Read, records_of
from workers.progress import Meter, Publish, tell
from workers.refusals import ERROR_COLUMNS, Refusals
from workers.rejects import RejectsFile, write_rejects
from workers.rows import MarkScan, MarksNeededError, RowReader, Side, sides_of
from workers.staging import Desk, Draft, Intake, Order, Warned, Written

# Rows of one COPY: large enough that its round trip does not show, small enough to keep memory flat.
BATCH_ROWS = 10_000

PLAN_OUTDATED = Failure(
    "PLAN_OUTDATED",
    "The records have changed since the plan was made, so nothing was imported; make a new dry run to see what would"
    " be done now.",
)


@dataclass(frozen=True, slots=True)
class Effects:
    """What an import touches beside the database; ``deadline`` is how long the step that writes may take."""

    final: Bucket
    now: Callable[[], datetime]
    publish: Publish
    deadline: timedelta


@dataclass(frozen=True, slots=True)
class _Result:
    """How the rows fared; ``failure`` where they refuse the file; ``changes`` where they changed records.

    ``rejects``: the file of the refused rows, where there are some. Of a dry run, ``plan_hash`` is its plan's, and
    ``changes`` what would change. ``warned``: what was taken but deserves a look.
    """

    counts: RowCounts
    failure: Failure | None
    changes: ChangeSet | None = None
    rejects: RejectsFile | None = None
    warned: tuple[Warned, ...] = ()
    plan_hash: str | None = None


# The header of a clean file, and the rows below it.
_First = tuple[list[str], AsyncIterator[Read]]


@dataclass(frozen=True, slots=True)
class _Opened:
    """What has been fetched: the lines of the clean rows, the rows the sanitizer refused, header and rows."""

    lines: Iterator[int]
    refused: Iterator[RefusedRow]
    header: list[str]
    parts: AsyncIterator[Read]


class _RolledBackError(Exception):
    """Undoes the statements of a refused file, and carries what they found."""

    def __init__(self, result: _Result) -> None:
        super().__init__()
        self.result = result


async def ingest(lease: Lease, effects: Effects) -> None:
    """Import the file of a claimed upload to its end. Raises LeaseLostError, and what a service that is away raises."""
    try:
        try:
            await _attempt(lease, effects, {})
        except MarksNeededError:
            await _attempt(lease, effects, await _Import(lease, effects, Refusals(), {}).scan())
    except (ContractError, ObjectMissing) as error:
        failure = Failure("CLEAN_FILE_INVALID", f"The clean file cannot be read: {error}.", retryable=True)
        async with in_transaction() as tx:
            await _end(lease, effects, _Result(RowCounts(), failure), Refusals(), tx)
    await tell(effects.publish, hint_of(lease.upload))


async def _attempt(lease: Lease, effects: Effects, marks: Mapping[str, str]) -> None:
    refusals = Refusals()
    work = _Import(lease, effects, refusals, marks)
    try:
        async with work.opened() as opened, in_transaction() as tx:
            result = await work.run(tx, opened)
            _undo_where_failed(result)
            await _end(lease, effects, await work.with_rejects(result), refusals, tx)
    except _RolledBackError as undone:
        result = await work.with_rejects(undone.result)
        async with in_transaction() as tx:
            await _end(lease, effects, result, refusals, tx)


def _undo_where_failed(result: _Result) -> None:
    if result.failure is not None:
        raise _RolledBackError(result)


async def _end(lease: Lease, effects: Effects, result: _Result, refusals: Refusals, tx: Any) -> None:
    """Take the last step with its counts and errors, if the import is still ours."""
    upload = await held(lease, tx)
    now = effects.now()
    upload.row_error_counts = refusals.summary()
    upload.warnings = [asdict(warned) for warned in result.warned]
    if result.rejects is not None:
        upload.rejects_rows, upload.rejects_bytes = result.rejects.rows, result.rejects.bytes
    if result.failure is not None:
        await upload.fail(result.failure, now=now, using=tx, counts=result.counts)
    else:
        if upload.dry_run:
            upload.plan_hash = result.plan_hash
        else:
            await upload.reach(UploadStage.IMPORTING, now=now, deadline=effects.deadline, using=tx)
        await upload.finish(result.counts, now=now, using=tx)
        if result.changes is not None:
            await result.changes.save(using_db=tx, force_create=True)
    if refusals:
        async with tx.acquire_connection() as raw:
            rows = refusals.records(upload.id)
            await raw.copy_records_to_table("row_error", records=rows, columns=list(ERROR_COLUMNS))
    lease.upload.sequence = upload.sequence


class _Import:
    """The rows of one file on their way. Made outside of the transaction it will work in."""

    def __init__(self, lease: Lease, effects: Effects, refusals: Refusals, marks: Mapping[str, str]) -> None:
        upload = lease.upload
        self._lease = lease
        self._effects = effects
        self._refusals = refusals
        self._marks = marks
        self._report = Report.parse(json.dumps(upload.report))
        self._mark = SanitizeRequest.parse(json.dumps(upload.request)).hints.decimal_mark
        assert upload.s3_key_final is not None, "it was queued with the key"
        key = UploadKey.of_final(upload.s3_key_final)  # an applied plan reads its dry run's file
        self._file = CleanFile(effects.final, key, self._report)
        self._order = Order(
            upload.organization_id, upload.project_id, upload.id, uuid4(), upload.mode, upload.invalid_rows
        )
        self._meter = Meter(
            lease, effects.publish, bytes_total=self._report.bytes_after, rows_total=self._report.rows_clean
        )
        self._outside = contextvars.copy_context()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[_Opened]:
        """Fetch what stands beside the clean file, and its first rows, all at once and before the database is busy."""
        async with AsyncExitStack() as stack:
            lines, refused, first = await asyncio.gather(
                stack.enter_async_context(self._file.lines()),
                stack.enter_async_context(self._file.refused()),
                self._open(),
                return_exceptions=True,
            )
            for found in (lines, refused, first):
                if isinstance(found, BaseException):
                    raise found
            yield _Opened(cast("Iterator[int]", lines), cast("Iterator[RefusedRow]", refused), *cast("_First", first))

    async def run(self, tx: Any, opened: _Opened) -> _Result:
        """Stage, check and write in the transaction. May raise MarksNeededError."""
        async with tx.acquire_connection() as raw:
            desk = Desk(raw, self._order.project_id)
            await desk.prepare()
            draft, intake = await self._stage(desk, opened)
            refused = intake.refused + self._report.rows_refused + await draft.check(intake.rising)
            if refused and self._order.policy is InvalidRowPolicy.REJECT_FILE:
                return self._refused(refused)
            warned = tuple(await draft.warnings())
            done = self._planned if self._lease.upload.dry_run else self._written
            return replace(await done(draft, refused), warned=warned)

    async def with_rejects(self, result: _Result) -> _Result:
        """Write the refused rows down for the user, before the upload's row says that they are there."""
        if not self._refusals:
            return result
        upload = self._lease.upload
        key = UploadKey(upload.organization_id, upload.project_id, upload.id).rejects
        rejects = await write_rejects(self._effects.final, key, self._file, self._report, self._refusals)
        return replace(result, rejects=rejects)

    async def scan(self) -> dict[str, str]:
        """Return which decimal mark each column of the whole file shows."""
        header, parts = await self._open()
        scan = MarkScan(self._sides(header))
        async for part in parts:
            scan.look(part.columns(len(header)))
        return scan.verdicts()

    async def _stage(self, desk: Desk, opened: _Opened) -> tuple[Draft, Intake]:
        """Put all rows into the staging tables; the intake has what was refused on the way."""
        sides = self._sides(opened.header)
        readers = {side.record: RowReader(side, self._mark, self._marks) for side in sides}
        draft = Draft(desk, self._order, {side.record: (side, readers[side.record]) for side in sides}, self._refusals)
        await draft.create()
        intake = Intake(readers, opened.lines, records_of(self._take_refused(opened)), self._refusals)
        async with _Loader(draft) as loader:
            async for part in opened.parts:
                intake.take(part.columns(len(opened.header)))
                if intake.pending >= BATCH_ROWS:
                    await loader.load(intake.batch())
                await self._meter.read(part.bytes_read, intake.rows_read)
            await loader.load(intake.batch())
        if intake.rows_read != self._report.rows_clean:
            raise ContractError("it has not as many rows as its report says")
        return draft, intake

    def _take_refused(self, opened: _Opened) -> Iterator[int]:
        """Note the rows that the sanitizer refused, and return their places among all rows."""
        places = array("Q")
        for row in opened.refused:
            self._refusals.add_refused(row)
            places.append(row.record)
        return iter(places)

    async def _open(self) -> _First:
        """Return the header, and the rows below it."""
        parts = self._file.parts()
        async for first in parts:
            return first.rows[0], parts
        raise ContractError("it is empty")

    def _sides(self, header: list[str]) -> tuple[Side, ...]:
        if self._report.kind is None:
            raise ContractError("its report does not say what it holds")
        return sides_of(self._report.kind, header, self._report.columns)

    async def _announce_writing(self) -> None:
        """Take the step to IMPORTING where writing takes long enough to be watched, in a transaction of its own."""
        if self._report.rows_clean < BATCH_ROWS or self._lease.upload.dry_run:
            return
        # Tortoise finds its connection in the context: inside this transaction's it would join it.
        await asyncio.create_task(self._begin_writing(), context=self._outside)

    async def _begin_writing(self) -> None:
        async with in_transaction() as tx:
            upload = await held(self._lease, tx)
            now, deadline = self._effects.now(), self._effects.deadline
            await upload.reach(UploadStage.IMPORTING, now=now, deadline=deadline, using=tx)
        self._meter.stepped(upload.sequence)
        await tell(self._effects.publish, hint_of(upload))
        await self._meter.tell()

    async def _planned(self, draft: Draft, refused: int) -> _Result:
        """Try the writing out, then keep what it would do."""
        now = self._effects.now()
        written = await draft.try_out(now)
        await draft.plan.keep(self._order.change_set_id)
        plan_hash = await draft.plan.digest(self._order.mode, self._order.policy)
        return _Result(self._counts(refused, written), None, self._changes(written, now), plan_hash=plan_hash)

    async def _written(self, draft: Draft, refused: int) -> _Result:
        """Write what is valid; for an upload that applies a plan, only if that is what was planned."""
        if not await self._is_as_planned(draft):
            return self._outdated(refused)
        await self._announce_writing()
        now = self._effects.now()
        written = await draft.write(now)
        counts = self._counts(refused, written)
        return _Result(counts, None, self._changes(written, now) if written.records else None)

    async def _is_as_planned(self, draft: Draft) -> bool:
        expected = self._lease.upload.plan_hash
        if expected is None:
            return True
        await draft.plan.hold()
        return await draft.plan.digest(self._order.mode, self._order.policy) == expected

    def _counts(self, refused: int, written: Written) -> RowCounts:
        read = self._report.rows_read
        unchanged = read - refused - written.created - written.updated
        return RowCounts(read, written.created, written.updated, unchanged, refused)

    def _refused(self, refused: int) -> _Result:
        if self._lease.upload.plan_hash is not None:  # all rows were valid when it was planned
            return self._outdated(refused)
        counts = self._counts(refused, Written())
        rows = "1 row is" if refused == 1 else f"{refused} rows are"
        message = f"{rows} not valid, of {counts.read}, so nothing was imported."
        return _Result(counts, Failure("ROWS_REJECTED", message))

    def _outdated(self, refused: int) -> _Result:
        return _Result(self._counts(refused, Written()), PLAN_OUTDATED)

    def _changes(self, written: Written, now: datetime) -> ChangeSet:
        upload = self._lease.upload
        return ChangeSet(
            id=self._order.change_set_id,
            organization_id=upload.organization_id,
            project_id=upload.project_id,
            upload_id=upload.id,
            cause=ChangeCause.IMPORT,
            dry_run=upload.dry_run,
            by_id=upload.uploaded_by_id,
            at=now,
            finished_at=now,
            created=written.records_created,
            updated=written.records_updated,
        )


class _Loader:
    """Loads one batch into the staging tables while the next is typed; a context manager that waits for the last."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._loading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._loading is not None and kind is not None:
            self._loading.cancel()  # the connection must be free before the transaction can be taken back
            await asyncio.wait({self._loading})
        elif self._loading is not None:
            await self._loading

    async def load(self, batch: Mapping[str, Sequence[str]]) -> None:
        """Begin to load a batch when the one before is loaded."""
        if self._loading is not None:
            await self._loading
        self._loading = asyncio.create_task(self._draft.add(batch))
