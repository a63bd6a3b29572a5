"""The places of a worker at which one kind of work is done: each takes the next piece as soon as it is free."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod

from infra.database import DATABASE_ERRORS
from workers.supervise import Backoff

_log = logging.getLogger(__name__)


class Places(ABC):
    """Does up to ``places`` pieces of work at a time, whenever it is nudged."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._work = asyncio.Event()
        self._closing = False

    @abstractmethod
    async def _next(self) -> bool:
        """Take the next piece and do it; whether there was one."""

    def nudge(self) -> None:
        """Say that there may be something to do."""
        self._work.set()

    async def run(self) -> None:
        """Work for ever, or after ``close`` until what runs has ended."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._places):
                group.create_task(self._place())

    def close(self) -> None:
        """Take nothing more."""
        self._closing = True
        self._work.set()

    async def _place(self) -> None:
        backoff = Backoff()
        while True:
            await self._work.wait()
            if self._closing:
                return
            self._work.clear()
            try:
                while not self._closing and await self._next():
                    backoff.reset()
            except DATABASE_ERRORS as error:
                what = type(self).__name__
                _log.warning("%s cannot take work now", what, extra={"reason": f"{type(error).__name__}: {error}"})
                self._work.set()
                await backoff.pause()
