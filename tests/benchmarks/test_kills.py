"""``kill -9`` of the worker at random moments of large imports: each ends, exactly once, soon after.

``KILLS`` sets how many. The lease is short here, so that twenty take minutes; ``test_recovery`` has the product's own.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airlock.client import Client
from airlock.product import LIVED_TOO_SHORT, Product
from infra.local.port import free_port
from tests.journeys.files import suites

pytestmark = pytest.mark.benchmark

KILLS = int(os.environ.get("KILLS", "20"))
ROWS = 100_000
LEASE = 3
# The lease, a sweep's interval, and what a worker takes to start.
WITHIN = 35


@pytest.fixture(scope="module")
def hasty() -> Iterator[Product]:
    """The whole product with short leases."""
    with (
        tempfile.TemporaryDirectory(prefix="airlock") as home,
        Product({"AIRLOCK_HOME": home, "PORT": str(free_port()), "LEASE_SECONDS": str(LEASE)}) as running,
    ):
        yield running


async def test_every_import_ends_once_wherever_its_worker_was_killed(hasty: Product, tmp_path: Path) -> None:
    rng = random.Random(4)
    async with Client(hasty.environment["AIRLOCK_URL"], hasty.token("ada@acme.example")) as ada:
        project = str((await ada.projects())[0]["id"])
        undisturbed = await _seconds(ada, project, suites(tmp_path / "first.csv", ROWS, first=0))
        waits = []
        for number in range(1, KILLS + 1):
            file = suites(tmp_path / f"{number}.csv", ROWS, first=number * ROWS)
            moment = rng.uniform(0, undisturbed)
            # A worker that dies young is taken for one that cannot start.
            await asyncio.sleep(LIVED_TOO_SHORT)
            waited, counts = await _killed(hasty, ada, project, file, moment)
            waits.append(waited)
            assert counts == {"read": ROWS, "created": ROWS, "updated": 0, "unchanged": 0, "rejected": 0}, moment
    print(f"\n  {KILLS} kills in imports of {ROWS} rows ({undisturbed:.1f} s each): picked up after "
          f"{min(waits):.1f}-{max(waits):.1f} s, lease {LEASE} s")  # fmt: skip
    assert max(waits) < WITHIN


async def _seconds(ada: Client, project: str, file: Path) -> float:
    begin = 0.0
    async for event in ada.upload(file, project):
        if event["stage"] == "CHECKING" and not begin:
            begin = time.monotonic()
    return time.monotonic() - begin


async def _killed(product: Product, ada: Client, project: str, file: Path, moment: float) -> tuple[float, Any]:
    """Upload a file, kill the worker ``moment`` seconds into its import; return how long nothing moved, and counts."""
    killing: asyncio.Task[float] | None = None
    waited, last = 0.0, {}
    async for event in ada.upload(file, project):
        if event["stage"] == "CHECKING" and killing is None:
            killing = asyncio.create_task(_kill(product, moment))
        elif killing is not None and killing.done() and not waited:
            waited = time.monotonic() - killing.result()
        last = event
    assert killing is not None
    await killing
    return waited, last["upload"]["counts"]


async def _kill(product: Product, moment: float) -> float:
    await asyncio.sleep(moment)
    os.kill(product.pid("worker"), signal.SIGKILL)
    killed_at = time.monotonic()
    await asyncio.sleep(0.5)  # as long as a supervisor takes to notice
    await asyncio.to_thread(product.mend)
    return killed_at
