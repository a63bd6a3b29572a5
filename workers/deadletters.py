"""Dead letters end the uploads they are about, so that nobody waits; the letters stay where an operator finds them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from infra.queue import Delivery, Queue
from models import Failure, UploadedTemplateFile, UploadStage
from sanitizer_lambda.contract import ContractError, SanitizedMessage, UploadKey
from workers.claim import hint_of
from workers.consumer import Consumer, MessageError
from workers.events import keys_of
from workers.progress import Publish, tell

EVENT_GIVEN_UP = Failure(
    "SANITIZER_FAILED", "The sanitizer failed on this file each time it was tried, and gave up.", retryable=True
)
MESSAGE_GIVEN_UP = Failure(
    "MESSAGE_LOST", "What the sanitizer said of this file could not be understood.", retryable=True
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of both queues. One is deleted only if its step could be made after all."""

    events: Queue
    messages: Queue
    consumer: Consumer
    now: Callable[[], datetime]
    publish: Publish

    async def watch_events(self) -> None:
        """Take events the sanitizer failed on, for ever."""
        while True:
            for delivery in await self.events.receive():
                await self.bury_event(delivery)

    async def watch_messages(self) -> None:
        """Take messages the worker could not take, for ever."""
        while True:
            for delivery in await self.messages.receive():
                await self.retry_message(delivery)

    async def bury_event(self, delivery: Delivery) -> None:
        """Fail the uploads of one event."""
        for key in keys_of(delivery.body):
            await self._fail(key, EVENT_GIVEN_UP)

    async def retry_message(self, delivery: Delivery) -> None:
        """Make a message's step now that a long outage is over; or fail its upload where that can't be."""
        try:
            await self.consumer.take_one(delivery)
        except ContractError:
            return  # it names no upload
        except MessageError:
            await self._fail(SanitizedMessage.parse(delivery.body).key, MESSAGE_GIVEN_UP)
            return
        await self.messages.delete([delivery])

    async def _fail(self, key: UploadKey, failure: Failure) -> None:
        async with in_transaction() as tx:
            upload = await UploadedTemplateFile.locked(key.upload_id, tx)
            if upload is None or upload.s3_key_quarantine != key.quarantine:
                return
            late = not upload.stage.precedes(UploadStage.QUEUED)
            if late or not await upload.fail(failure, now=self.now(), using=tx):
                return
        _log.error("upload ended by a dead letter", extra={"upload": str(upload.id), "code": failure.code})
        await tell(self.publish, hint_of(upload))
