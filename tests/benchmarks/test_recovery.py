"""How long an import waits for another worker after `kill -9` of its own, at the product's own settings."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from airlock.client import Client
from airlock.product import Product
from tests.journeys.files import suites

pytestmark = pytest.mark.benchmark

ROWS = 60_000
# DESIGN.md: a lease of 30 s, and what it takes to see that it ran out.
WITHIN = 35


async def test_a_killed_workers_import_is_picked_up_within_35_seconds(
    product: Product, ada: Client, tmp_path: Path
) -> None:
    project = str((await ada.projects())[0]["id"])
    killed_at = picked_up = 0.0
    last = {}
    async for event in ada.upload(suites(tmp_path / "large.csv", ROWS, first=900_000), project):
        last = event
        if event["stage"] == "CHECKING" and not killed_at:
            os.kill(product.pid("worker"), signal.SIGKILL)
            killed_at = time.monotonic()
            await asyncio.sleep(0.5)  # as long as a supervisor takes to notice
            await asyncio.to_thread(product.mend)
        elif killed_at and not picked_up:
            picked_up = time.monotonic() - killed_at
    done = time.monotonic() - killed_at
    print(f"\n  {ROWS} rows: first progress {picked_up:.1f} s after the kill, PROCESSED after {done:.1f} s")
    assert last["upload"]["counts"] == {"read": ROWS, "created": ROWS, "updated": 0, "unchanged": 0, "rejected": 0}
    assert picked_up < WITHIN
