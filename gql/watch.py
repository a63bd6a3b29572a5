"""One subscriber's mailbox: steps in order and never lost, progress only as new as the subscriber can take."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gql.errors import ApiError, OverloadedError
from infra.bus import Progress
from models import TERMINAL, UploadedTemplateFile, UploadStage, UploadStatus

# Steps that wait for a slow subscriber before it is let go: one upload has about ten, so only a watcher of a whole
# project that has stopped reading comes here.
MAX_WAITING = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """An upload came to ``sequence``, or with ``progress`` moved on within it; ``upload`` is the row as read since."""

    upload: UploadedTemplateFile
    sequence: int
    status: UploadStatus
    stage: UploadStage
    at: datetime
    replayed: bool = False
    progress: Progress | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether nothing comes after it."""
        return self.status in TERMINAL


class Watch:
    """An async iterator over the steps offered to it; one task reads, the hub offers."""

    __slots__ = ("_ended", "_error", "_latest", "_reached", "_steps", "_waiter", "organizations", "user_id")

    def __init__(self, user_id: UUID, organizations: frozenset[UUID]) -> None:
        self.user_id = user_id
        # Whose uploads may be told; the hub takes out what the user has lost.
        self.organizations = organizations
        self._steps: deque[Step] = deque()
        self._latest: dict[UUID, Step] = {}
        self._reached: dict[UUID, int] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._error: ApiError | None = None

    def reach(self, upload_id: UUID, sequence: int) -> None:
        """Note that the subscriber knows the upload up to ``sequence`` from elsewhere: nothing older is given out."""
        self._reached[upload_id] = max(sequence, self._reached.get(upload_id, 0))

    def offer(self, step: Step) -> None:
        """Put a step in; progress replaces what stands there of the same upload."""
        if self._ended or step.upload.organization_id not in self.organizations:
            return
        if step.progress is not None:
            self._latest[step.upload.id] = step
        elif len(self._steps) < MAX_WAITING:
            self._steps.append(step)
        else:
            self.end(OverloadedError("The events were not read fast enough; subscribe again."))
        self._wake()

    def end(self, error: ApiError | None = None) -> None:
        """Let the reader stop at once: with an error, or after what waits already."""
        self._ended = True
        self._error = self._error or error
        self._wake()

    def __aiter__(self) -> AsyncIterator[Step]:
        return self

    async def __anext__(self) -> Step:
        while True:
            if self._error is not None:
                raise self._error
            if (step := self._take()) is not None:
                return step
            if self._ended:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _take(self) -> Step | None:
        while self._steps:
            step = self._steps.popleft()
            if step.sequence > self._reached.get(step.upload.id, 0):
                self._note(step)
                return step
        while self._latest:
            _, step = self._latest.popitem()
            if step.sequence >= self._reached.get(step.upload.id, 0):
                return step
        return None

    def _note(self, step: Step) -> None:
        if step.is_terminal:
            self._reached.pop(step.upload.id, None)
            self._latest.pop(step.upload.id, None)
        else:
            self._reached[step.upload.id] = step.sequence

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def narrow(self, organizations: set[UUID]) -> bool:
        """Keep only these organizations, and return whether any is left."""
        self.organizations &= organizations
        return bool(self.organizations)
