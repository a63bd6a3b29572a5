from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from airlock.client import Client
from airlock.demo import ACME
from airlock.product import Product
from models import SuiteTemplate
from tests.journeys.files import suites
from tests.journeys.steps import steps

pytestmark = pytest.mark.usefixtures("database")

# Large enough that the worker is still at it when the step arrives at the client.
ROWS = 60_000


async def test_a_worker_killed_in_an_import_is_replaced_and_no_row_is_doubled(
    product: Product, ada: Client, tmp_path: Path
) -> None:
    path = suites(tmp_path / "large.csv", ROWS, first=300_000)
    project = (await ada.projects())[0]["id"]
    killed_at = 0.0
    events = []
    async for event in ada.upload(path, project):
        events.append(event)
        if event["stage"] == "CHECKING" and not killed_at:
            os.kill(product.pid("worker"), signal.SIGKILL)
            killed_at = time.monotonic()
            await asyncio.sleep(0.5)  # as long as a supervisor takes to notice
            await asyncio.to_thread(product.mend)
    took = time.monotonic() - killed_at
    assert killed_at
    assert steps(events) == list(range(1, events[-1]["sequence"] + 1))
    assert events[-1]["status"] == "PROCESSED"
    assert events[-1]["upload"]["counts"] == {
        "read": ROWS,
        "created": ROWS,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }
    assert (
        await SuiteTemplate.filter(project_id=ACME.project_id, code__gte="S300000", code__lt="S400000").count() == ROWS
    )
    assert took < 35


async def test_a_watcher_whose_api_is_killed_sees_every_step_once(
    product: Product, ada: Client, tmp_path: Path
) -> None:
    path = suites(tmp_path / "watched.csv", 50, first=500_000)
    project = (await ada.projects())[0]["id"]
    events = []
    async for event in ada.upload(path, project):
        events.append(event)
        if len(events) == 1:
            os.kill(product.pid("api"), signal.SIGKILL)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(product.mend)
    assert steps(events) == list(range(1, events[-1]["sequence"] + 1))
    assert events[-1]["status"] == "PROCESSED"
