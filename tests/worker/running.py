"""The whole worker in the tests' own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from workers.main import Settings, main

# Longest wait for anything that ought to happen at once, seconds.
SOON = 10.0


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """Run a worker for as long as the block lasts; it must end by itself when told to."""
    stop = asyncio.Event()
    worker = asyncio.create_task(main(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(worker, SOON)
