"""What the sanitizer says becomes a step in the database; a message is deleted when that is committed."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from infra.errors import InfraError, ObjectMissing
from infra.queue import Delivery, Queue
from infra.settings import UploadSettings
from infra.storage import Bucket
from models import Failure, UploadedTemplateFile, UploadStage
from sanitizer_lambda.contract import (
    REPORT_KEY_METADATA,
    SOURCE_VERSION_METADATA,
    ContractError,
    Rejection,
    Report,
    SanitizedMessage,
    UploadKey,
)
from sanitizer_lambda.contract.wire import to_json
from workers.away import AWAY
from workers.claim import hint_of
from workers.origin import origin_of
from workers.progress import Publish, tell
from workers.supervise import Backoff

# Receives at a time: while one batch is worked on, the next is already waited for.
RECEIVERS = 2

Nudge = Callable[[UUID], Awaitable[None]]
_log = logging.getLogger(__name__)


class MessageError(Exception):
    """A message nothing can be done with: it stays in the queue, and goes to the dead letters for an operator.

    Deleting it would hide a fault; and during a deploy an older worker must not throw away what a newer one could read.
    """


@dataclass(frozen=True, slots=True)
class Effects:
    """What the consumer touches beside the database and its queue."""

    final: Bucket
    now: Callable[[], datetime]
    publish: Publish
    nudge: Nudge


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """What the clean object says of itself."""

    source_version: str
    report: Report


class Consumer:
    """Takes messages for ever; ``counts`` says what became of them."""

    def __init__(self, queue: Queue, uploads: UploadSettings, effects: Effects) -> None:
        self._queue = queue
        self._uploads = uploads
        self._effects = effects
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Receive for ever; a service that is away is waited for."""
        async with asyncio.TaskGroup() as group:
            for _ in range(RECEIVERS):
                group.create_task(self._receive())

    async def take(self, deliveries: list[Delivery]) -> None:
        """Make the step of each message, then delete those that are done with."""
        done = await asyncio.gather(*map(self._settled, deliveries))
        await self._queue.delete([delivery for delivery, settled in zip(deliveries, done, strict=True) if settled])

    async def handle(self, message: SanitizedMessage) -> UploadedTemplateFile | None:
        """Make the step a message asks for; return the upload's row if there was one to make.

        Raises MessageError, and what a service that is away raises.
        """
        cleaned = await self._cleaned(message)
        async with in_transaction() as tx:
            upload = await UploadedTemplateFile.locked(message.key.upload_id, tx)
            if upload is None or upload.s3_key_quarantine != message.quarantine_s3_key:
                raise MessageError("there is no such upload")
            now, stepped = self._effects.now(), False
            if message.stage is not None:
                stage, deadline = UploadStage(message.stage), self._uploads.sanitize_deadline
                stepped = await upload.reach(stage, now=now, deadline=deadline, using=tx)
            elif cleaned is not None:
                _describe(upload, cleaned)
            if message.final_s3_key is not None:
                await _link(upload, cleaned, tx)
                deadline = self._uploads.import_deadline
                stepped = await upload.queue(message.final_s3_key, now=now, deadline=deadline, using=tx)
            elif message.rejection is not None:
                stepped = await self._refuse(upload, message.rejection, now, tx)
        return upload if stepped else None

    async def _refuse(
        self, upload: UploadedTemplateFile, rejection: Rejection, now: datetime, using: BaseDBAsyncClient
    ) -> bool:
        """Note that the file came, where nothing has said so yet, and that it may not come in."""
        if not upload.stage.precedes(UploadStage.QUEUED):
            return False
        await upload.reach(UploadStage.RECEIVED, now=now, deadline=self._uploads.sanitize_deadline, using=using)
        failure = Failure(rejection.code, rejection.message, rejection.retryable)
        return await upload.fail(failure, now=now, using=using)

    async def _receive(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self.take(await self._queue.receive())
                backoff.reset()
            except InfraError as error:
                _log.warning("messages cannot be taken now", extra={"queue": self._queue.name, "reason": str(error)})
                await backoff.pause()

    async def take_one(self, delivery: Delivery) -> bool:
        """Make one message's step and tell it; whether there was one to make.

        Raises MessageError, ContractError, and what a service that is away raises.
        """
        upload = await self.handle(SanitizedMessage.parse(delivery.body))
        if upload is not None:
            await self._announce(upload)
        return upload is not None

    async def _settled(self, delivery: Delivery) -> bool:
        """Make one message's step; whether the message is done with."""
        loud = delivery.receive_count == 1
        try:
            stepped = await self.take_one(delivery)
        except (MessageError, ContractError) as error:
            self._count("meaningless", delivery, error, loud=loud)
            return False
        except (*AWAY, InfraError) as error:
            self._count("postponed", delivery, error, loud=loud)
            return False
        except Exception as error:  # noqa: BLE001 - one message that we fail on must not take its neighbours along
            self._count("failed", delivery, error, loud=loud)
            return False
        self.counts["taken" if stepped else "repeated"] += 1
        return True

    async def _announce(self, upload: UploadedTemplateFile) -> None:
        _log.info("upload moved", extra={"upload": str(upload.id), "stage": upload.stage, "status": upload.status})
        if upload.stage is UploadStage.QUEUED:
            await self._effects.nudge(upload.id)
        await tell(self._effects.publish, hint_of(upload))

    async def _cleaned(self, message: SanitizedMessage) -> _Cleaned | None:
        """Read what stands beside the objects that the message names. Raises MessageError."""
        key = message.key
        if message.final_s3_key is not None:
            try:
                found = await self._effects.final.head(key.clean)
            except ObjectMissing as error:
                raise MessageError("the clean file it names is not there") from error
            version = found.metadata.get(SOURCE_VERSION_METADATA, "")
            if not version or found.metadata.get(REPORT_KEY_METADATA) != key.report(version):
                raise MessageError("the clean file does not say what it was made from")
            return _Cleaned(version, await self._report(key, version))
        if message.rejection is not None and message.source_version is not None:
            return _Cleaned(message.source_version, await self._report(key, message.source_version))
        return None

    async def _report(self, key: UploadKey, version: str) -> Report:
        try:
            return Report.parse(await self._effects.final.read(key.report(version)))
        except ObjectMissing as error:
            raise MessageError("the report it names is not there") from error

    def _count(self, what: str, delivery: Delivery, error: Exception, *, loud: bool) -> None:
        self.counts[what] += 1
        _log.log(
            logging.WARNING if loud else logging.DEBUG,
            "a message was left in the queue",
            extra={"message_id": delivery.message_id, "reason": f"{type(error).__name__}: {error}", "what": what},
        )


async def _link(upload: UploadedTemplateFile, cleaned: _Cleaned | None, using: BaseDBAsyncClient) -> None:
    """Name the upload whose refused rows have come back, where the file is made of such."""
    if cleaned is not None and cleaned.report.resent and upload.parent_id is None:
        upload.parent_id = await origin_of(upload, cleaned.report, using)


def _describe(upload: UploadedTemplateFile, cleaned: _Cleaned) -> None:
    """Note on the row what the sanitizer found; saved with the step that follows, if one does."""
    upload.source_version = cleaned.source_version
    upload.report = _storable(to_json(cleaned.report))
    upload.kind = cleaned.report.kind or upload.kind
    upload.attempt = 0  # it counted what was tried to get the file cleaned; from here on it counts imports


def _storable(value: Any) -> Any:
    """Return JSON that Postgres takes: it has no NUL, so examples show the sign for one."""
    if isinstance(value, str):
        return value.replace("\0", "\u2400")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return {name: _storable(item) for name, item in value.items()} if isinstance(value, dict) else value
