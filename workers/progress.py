"""How far an import is, told to whoever watches a few times a second; lost without harm."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from infra.bus import Hint, Progress
from infra.errors import InfraError
from workers.claim import Lease

# Seconds between two hints: four a second look continuous, more only cost.
_EVERY = 0.25
# Revisions of one attempt: a later attempt's are larger, all stay within the 2^53 of the wire.
_REVISIONS = 1 << 32

Publish = Callable[[Hint], Awaitable[None]]
_log = logging.getLogger(__name__)


async def tell(publish: Publish, hint: Hint) -> None:
    """Publish a hint if that is possible now; whoever missed it finds the stored step."""
    try:
        await publish(hint)
    except InfraError as error:
        _log.warning("a hint is lost", extra={"upload": str(hint.upload_id), "reason": str(error)})


class Meter:
    """The progress of one import; ``clock`` returns seconds."""

    def __init__(
        self,
        lease: Lease,
        publish: Publish,
        *,
        bytes_total: int,
        rows_total: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hint = lease.hint
        self._publish = publish
        self._clock = clock
        self._started = clock()
        self._told = self._started
        self._now = Progress(lease.upload.attempt * _REVISIONS, 0, bytes_total, 0, rows_total)

    def stepped(self, sequence: int) -> None:
        """Belong to a later step from now on."""
        self._hint = replace(self._hint, sequence=sequence)

    async def read(self, bytes_read: int, rows_read: int) -> None:
        """Note how much has been read, and tell it when it is time."""
        moment = self._clock()
        elapsed = moment - self._started
        share = min(1.0, bytes_read / self._now.bytes_total) if self._now.bytes_total else 1.0
        left = elapsed * (1 - share) / share if share else None
        self._now = replace(self._now, bytes_read=bytes_read, rows_read=rows_read, seconds_left=left)
        if moment - self._told >= _EVERY:
            self._told = moment
            await self.tell()

    async def tell(self) -> None:
        """Tell where the import is now."""
        self._now = replace(self._now, revision=self._now.revision + 1)
        await tell(self._publish, replace(self._hint, progress=self._now))
