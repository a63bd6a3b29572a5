"""No upload stays in between for ever: what is late is asked for again or ended, what nobody works on is handed out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import connections
from tortoise.transactions import in_transaction

from infra.queue import Queue
from infra.settings import UploadSettings
from models import ACTIVE, Failure, UploadedTemplateFile, UploadStage
from workers.claim import hint_of, waiting
from workers.events import storage_event
from workers.progress import Publish, tell

# Uploads ended or driven on in one sweep: a backlog is worked off over several, so that none takes long.
_AT_A_TIME = 200
# How long the sanitizer has to answer whether a file came whose event was lost; its queue may be long.
_ANSWER_WITHIN = timedelta(minutes=5)
# Asks of the sanitizer for one file before it is given up.
_MAX_ASKS = 3
# Names our advisory lock among those of the database.
_LOCK = int.from_bytes(hashlib.sha256(b"airlock sweep").digest()[:8], signed=True)

FILE_NEVER_CAME = Failure("FILE_NEVER_CAME", "No file was sent in time; request a new upload.", retryable=True)
SANITIZER_LOST = Failure(
    "SANITIZER_LOST", "The sanitizer gave no answer, though it was asked several times.", retryable=True
)
IMPORT_TIMED_OUT = Failure("IMPORT_TIMED_OUT", "The import did not end in time.", retryable=True)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a sweep touches beside the database."""

    events: Queue
    quarantine_bucket: str
    now: Callable[[], datetime]
    publish: Publish
    nudge: Callable[[UUID], Awaitable[None]]


async def sweep(uploads: UploadSettings, effects: Effects) -> bool:
    """Look once at everything that may be late; False where another worker is just doing so."""
    # A lock of the session, on a connection of its own: the steps below are transactions of their own.
    async with connections.get("default").acquire_connection() as raw:
        if not await raw.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            return False
        try:
            await drive_overdue(uploads, effects)
            for upload_id in await waiting():
                await effects.nudge(upload_id)
        finally:
            await raw.execute("SELECT pg_advisory_unlock($1)", _LOCK)
    return True


async def drive_overdue(uploads: UploadSettings, effects: Effects) -> None:
    """End or re-drive what is late; each upload's row is locked for it, so that two may do this at once."""
    for upload_id in await _overdue(effects.now()):
        await _drive(upload_id, uploads, effects)


async def _overdue(now: datetime) -> list[UUID]:
    found = UploadedTemplateFile.filter(status__in=ACTIVE, deadline_at__lt=now).order_by("deadline_at")
    ids: list[Any] = await found.limit(_AT_A_TIME).values_list("id", flat=True)
    return ids


async def _drive(upload_id: UUID, uploads: UploadSettings, effects: Effects) -> None:
    """End or re-drive one upload, if it is still late now that its row is locked."""
    now = effects.now()
    async with in_transaction() as tx:
        upload = await UploadedTemplateFile.locked(upload_id, tx)
        if upload is None or upload.is_terminal or upload.deadline_at is None or upload.deadline_at >= now:
            return
        late = _LATE[upload.stage]
        if upload.attempt < late.asks:
            # The worker may not look into the quarantine: the sanitizer finds out whether the file is there.
            await effects.events.send(storage_event(effects.quarantine_bucket, upload.s3_key_quarantine, now))
            upload.attempt += 1
            upload.deadline_at = now + (late.answer_within or uploads.sanitize_deadline)
            await upload.save(using_db=tx, update_fields=["attempt", "deadline_at"])
            _log.warning("sanitizer asked again", extra={"upload": str(upload.id), "stage": upload.stage})
            return
        await upload.fail(late.failure, now=now, using=tx)
    _log.warning(
        "upload ended late", extra={"upload": str(upload.id), "stage": upload.stage, "code": late.failure.code}
    )
    await tell(effects.publish, hint_of(upload))


@dataclass(frozen=True, slots=True)
class _Late:
    """What to do with uploads late in one stage: so many times ask the sanitizer, then fail."""

    failure: Failure
    asks: int = 0
    answer_within: timedelta | None = None


_LATE: Mapping[UploadStage, _Late] = {
    UploadStage.AWAITING_FILE: _Late(FILE_NEVER_CAME, asks=1, answer_within=_ANSWER_WITHIN),
    **dict.fromkeys(
        (UploadStage.RECEIVED, UploadStage.READING, UploadStage.CLEANING), _Late(SANITIZER_LOST, asks=_MAX_ASKS)
    ),
    **dict.fromkeys((UploadStage.QUEUED, UploadStage.CHECKING, UploadStage.IMPORTING), _Late(IMPORT_TIMED_OUT)),
}
