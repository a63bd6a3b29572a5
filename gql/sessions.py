"""What is open for long, sockets and event streams, so that all can be ended when the process goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Session:
    """One open socket or stream; ``ending`` is set when it must go because the process does."""

    def __init__(self) -> None:
        self.ending = asyncio.Event()


class Sessions:
    """All that is open now."""

    def __init__(self) -> None:
        self._open: set[Session] = set()
        self._closing = False
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """Count a session for as long as the block lasts."""
        session = Session()
        if self._closing:
            session.ending.set()
        self._open.add(session)
        self._empty.clear()
        try:
            yield session
        finally:
            self._open.discard(session)
            if not self._open:
                self._empty.set()

    async def close(self, within: float) -> None:
        """Ask all sessions to end, and those to come; return when they have, or after ``within`` seconds."""
        self._closing = True
        for session in list(self._open):
            session.ending.set()
        try:
            async with asyncio.timeout(within):
                await self._empty.wait()
        except TimeoutError:
            return
