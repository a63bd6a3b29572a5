"""The whole worker, as `airlock worker` runs it: messages in, records and hints out."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from infra.bus import Hint
from infra.local.port import free_port
from infra.settings import RedisSettings
from models import SuiteTemplate, UploadedTemplateFile, UploadStage, UploadStatus
from tests.worker.office import Office, Project, fresh, suite_rows, suites
from tests.worker.running import SOON, working
from workers.claim import waiting
from workers.main import Settings


async def ended(upload: UploadedTemplateFile) -> UploadedTemplateFile:
    """Return the upload once it is terminal."""
    async with asyncio.timeout(SOON):
        while not (found := await UploadedTemplateFile.get(id=upload.id)).is_terminal:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)
    return await fresh(found)


@asynccontextmanager
async def hearing(office: Office) -> AsyncIterator[list[Hint]]:
    """Collect what is published while the block lasts."""
    heard: list[Hint] = []
    attached = asyncio.Event()

    async def listen() -> None:
        async with office.world.bus.listen() as hints:
            attached.set()
            async for hint in hints:
                heard.append(hint)  # noqa: PERF401 - it never ends

    listening = asyncio.create_task(listen())
    await attached.wait()
    yield heard
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


async def test_a_message_becomes_records_and_every_step_is_told(
    office: Office, project: Project, settings: Settings
) -> None:
    async with hearing(office) as heard, working(settings):
        upload = await office.upload(project)
        message = await office.put(upload, suites({"code": "1A", "name": "One"}, {"code": "1B", "name": "Two"}))
        await office.world.messages.send(message.dump().decode())
        upload = await ended(upload)
    assert (upload.status, upload.stage) == (UploadStatus.PROCESSED, UploadStage.DONE)
    assert upload.counts.created == 2
    assert set(await suite_rows(project)) == {"1A", "1B"}
    assert max(hint.sequence for hint in heard if hint.upload_id == upload.id) == upload.sequence
    assert await office.world.messages.depth() == 0


@asynccontextmanager
async def process(environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker in a process of its own, as `airlock worker` does."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import os; from workers.main import run; run(os.environ)", env={**os.environ, **environ}
    )
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()


async def reached(upload: UploadedTemplateFile, stage: UploadStage) -> None:
    """Return once the upload has come to a stage."""
    async with asyncio.timeout(SOON):
        while (await UploadedTemplateFile.get(id=upload.id)).stage.precedes(stage):  # noqa: ASYNC110 - same
            await asyncio.sleep(0.01)


async def test_an_import_whose_worker_is_killed_is_taken_up_by_another_and_no_row_comes_twice(
    office: Office, project: Project, settings: Settings, environ: dict[str, str]
) -> None:
    rows = [
        {"code": f"S{number}", "name": f"Suite {number}", "area": f"{number % 90 + 10}.5"} for number in range(30_000)
    ]
    upload = await office.upload(project)
    message = await office.put(upload, suites(*rows))
    async with process(environ) as first:
        await office.world.messages.send(message.dump().decode())
        await reached(upload, UploadStage.IMPORTING)
        first.kill()
        await first.wait()
    assert not (await UploadedTemplateFile.get(id=upload.id)).is_terminal
    assert await SuiteTemplate.filter(project_id=project.id).count() == 0
    async with working(settings):
        upload = await ended(upload)
    assert (upload.status, upload.counts.created, upload.attempt) == (UploadStatus.PROCESSED, 30_000, 2)
    assert await SuiteTemplate.filter(project_id=project.id).count() == 30_000


async def test_a_worker_told_to_end_finishes_its_import(
    office: Office, project: Project, environ: dict[str, str]
) -> None:
    rows = [{"code": f"S{number}", "name": f"Suite {number}"} for number in range(20_000)]
    upload = await office.upload(project)
    message = await office.put(upload, suites(*rows))
    async with process(environ) as worker:
        await office.world.messages.send(message.dump().decode())
        await reached(upload, UploadStage.CHECKING)
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), SOON) == 0
    found = await fresh(upload)
    assert (found.status, found.counts.created) == (UploadStatus.PROCESSED, 20_000)


async def test_a_worker_without_time_to_finish_gives_its_import_back_at_once(
    office: Office, project: Project, environ: dict[str, str]
) -> None:
    rows = [{"code": f"S{number}", "name": f"Suite {number}"} for number in range(20_000)]
    upload = await office.upload(project)
    message = await office.put(upload, suites(*rows))
    async with process({**environ, "WORKER_GRACE_SECONDS": "0.01"}) as worker:
        await office.world.messages.send(message.dump().decode())
        await reached(upload, UploadStage.CHECKING)
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), SOON) == 0
    assert await waiting() == [upload.id]
    assert (await fresh(upload)).attempt == 0
    await office.drain()
    assert (await fresh(upload)).counts.created == 20_000


async def test_many_uploads_of_two_organizations_all_end_with_their_own_rows(
    office: Office, settings: Settings
) -> None:
    projects = [await office.project(), await office.project()]
    uploads = []
    async with working(settings):
        for number in range(12):
            upload = await office.upload(projects[number % 2])
            message = await office.put(upload, suites({"code": f"S{number}", "name": "Suite"}))
            await office.world.messages.send(message.dump().decode())
            uploads.append(upload)
        done = [await ended(upload) for upload in uploads]
    assert {row.status for row in done} == {UploadStatus.PROCESSED}
    for project, first in zip(projects, (0, 1), strict=True):
        assert set(await suite_rows(project)) == {f"S{number}" for number in range(first, 12, 2)}


async def test_a_call_wakes_a_worker_that_would_look_much_later(
    office: Office, project: Project, settings: Settings
) -> None:
    patient = replace(settings, work=replace(settings.work, sweep_every=timedelta(minutes=1)))
    async with working(patient):
        await asyncio.sleep(1)  # the looks it takes when it starts
        upload = await office.queued(project, suites({"code": "1", "name": "One"}))
        await office.world.bus.call()
        assert (await ended(upload)).status is UploadStatus.PROCESSED


async def test_imports_go_on_without_redis(office: Office, project: Project, settings: Settings) -> None:
    nowhere = replace(settings, redis=RedisSettings(f"redis://127.0.0.1:{free_port()}/0"))
    async with working(nowhere):
        upload = await office.upload(project)
        message = await office.put(upload, suites({"code": "1", "name": "One"}))
        await office.world.messages.send(message.dump().decode())
        assert (await ended(upload)).status is UploadStatus.PROCESSED
