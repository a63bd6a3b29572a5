"""The whole worker, as `airlock worker` runs it: messages in, records and hints out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from infra.bus import Hint
from models import UploadedTemplateFile, UploadStage, UploadStatus
from tests.worker.office import Office, Project, fresh, suite_rows, suites
from workers.main import Settings, main

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
