"""Keeps the parts of a worker going: what fails is started again, ever later, and says so once each time."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable

# Seconds before the first new start, and the longest pause: a service that is away is asked a few times a minute.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
# Seconds after which a part that ran is as good as new.
_HEALTHY = 30.0

_log = logging.getLogger(__name__)


class Backoff:
    """Pauses that double, each with jitter, so that many workers don't come back in step."""

    def __init__(self, first: float = _FIRST_PAUSE, longest: float = _LONGEST_PAUSE) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def reset(self) -> None:
        """Begin with the shortest pause again."""
        self._next = self._first

    async def pause(self) -> None:
        """Wait between half and the whole of the next pause."""
        await asyncio.sleep(self._next * random.uniform(0.5, 1.0))  # noqa: S311 - jitter is no secret
        self._next = min(self._longest, self._next * 2)


async def supervise(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a part until it ends by itself; start it again whenever it fails."""
    backoff = Backoff()
    while True:
        started = time.monotonic()
        try:
            await run()
            return  # noqa: TRY300 - what ends was told to
        except Exception as error:  # noqa: BLE001 - whatever it is, the other parts go on and this one tries again
            _log.warning("%s failed and starts again", name, extra={"reason": f"{type(error).__name__}: {error}"})
        if time.monotonic() - started > _HEALTHY:
            backoff.reset()
        await backoff.pause()
