from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from tortoise import connections

from infra.queue import Delivery
from models import UploadedTemplateFile, UploadStage, UploadStatus
from sanitizer_lambda.contract import SanitizedMessage, SanitizerStage
from sanitizer_lambda.events import Arrival, arrivals
from tests.worker.office import Office, Project, fresh, key_of, suites
from workers.deadletters import DeadLetters
from workers.sweeper import Effects, sweep

ONE = suites({"code": "1A", "name": "One"})
PAST = timedelta(minutes=-1)


def effects(office: Office) -> Effects:
    bucket = office.settings.storage.quarantine_bucket
    return Effects(office.world.events, bucket, office.now, office.publish, office.nudge)


async def swept(office: Office) -> None:
    assert await sweep(office.settings.uploads, effects(office))


async def events(office: Office) -> list[Delivery]:
    found = await office.world.events.receive(wait=0)
    await office.world.events.delete(found)
    return found


async def overdue(office: Office, upload: UploadedTemplateFile) -> None:
    await UploadedTemplateFile.filter(id=upload.id).update(deadline_at=office.now() + PAST)


async def awaited(office: Office, project: Project) -> UploadedTemplateFile:
    return await office.upload(project)


async def received(office: Office, project: Project) -> UploadedTemplateFile:
    upload = await office.upload(project)
    await office.consumer().handle(SanitizedMessage(key_of(upload).quarantine, stage=SanitizerStage.CLEANING))
    return upload


async def queued(office: Office, project: Project) -> UploadedTemplateFile:
    return await office.queued(project, ONE)


async def claimed(office: Office, project: Project) -> UploadedTemplateFile:
    return (await office.queued(project, ONE)) and (await office.claim()).upload


@pytest.mark.parametrize(
    ("begin", "asks", "code"),
    [
        (awaited, 1, "FILE_NEVER_CAME"),
        (received, 3, "SANITIZER_LOST"),
        (queued, 0, "IMPORT_TIMED_OUT"),
        (claimed, 0, "IMPORT_TIMED_OUT"),
    ],
)
async def test_a_late_upload_is_asked_for_a_bounded_number_of_times_and_then_ends(
    begin: Callable[[Office, Project], Awaitable[UploadedTemplateFile]],
    asks: int,
    code: str,
    office: Office,
    project: Project,
) -> None:
    upload = await begin(office, project)
    for _ in range(asks):
        await overdue(office, upload)
        await swept(office)
        await swept(office)  # twice is as once
        (event,) = await events(office)
        assert arrivals(event.body) == [Arrival(office.settings.storage.quarantine_bucket, key_of(upload))]
        found = await fresh(upload)
        assert not found.is_terminal
        assert found.deadline_at is not None
        assert found.deadline_at > office.now()
    await overdue(office, upload)
    await swept(office)
    found = await fresh(upload)
    assert (found.status, found.failure_code, found.failure_retryable) == (UploadStatus.FAILED, code, True)
    assert office.hints[-1].sequence == found.sequence
    assert await events(office) == []


async def test_an_upload_in_time_is_left_alone(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    await swept(office)
    assert (await fresh(upload)).sequence == 1
    assert await events(office) == []


async def test_a_file_that_comes_after_the_asking_is_imported_like_any_other(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    await overdue(office, upload)
    await swept(office)
    await events(office)
    await office.consumer().handle(await office.put(upload, ONE))
    await office.drain()
    found = await fresh(upload)
    assert (found.status, found.attempt) == (UploadStatus.PROCESSED, 1)


async def test_what_nobody_works_on_is_handed_out(office: Office, project: Project) -> None:
    waiting = await office.queued(project, ONE)
    silent = await office.queued(await office.project(), ONE)
    running = await office.queued(await office.project(), ONE)
    for _ in range(3):
        await office.claim()
    await UploadedTemplateFile.filter(id__in=[waiting.id, silent.id]).update(lease_until=office.now() + PAST)
    office.nudged.clear()
    await swept(office)
    assert set(office.nudged) == {waiting.id, silent.id}
    assert running.id not in office.nudged


async def test_one_sweep_at_a_time(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    await overdue(office, upload)
    done = await asyncio.gather(*(sweep(office.settings.uploads, effects(office)) for _ in range(4)))
    assert any(done)
    assert len(await events(office)) == 1
    async with connections.get("default").acquire_connection() as raw:
        assert await raw.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def dead_letters(office: Office) -> DeadLetters:
    world = office.world
    return DeadLetters(world.dead_events, world.dead_messages, office.consumer(), office.now, office.publish)


async def test_an_event_the_sanitizer_gave_up_on_fails_its_upload_and_stays(office: Office, project: Project) -> None:
    upload, other = await office.upload(project), await office.upload(project)
    body = {"Records": [{"s3": {"object": {"key": key_of(upload).quarantine.replace("/", "%2F")}}}]}
    await office.world.dead_events.send(json.dumps(body))
    (letter,) = await office.world.dead_events.receive()
    await dead_letters(office).bury_event(letter)
    found = await fresh(upload)
    assert (found.status, found.failure_code) == (UploadStatus.FAILED, "SANITIZER_FAILED")
    assert not (await fresh(other)).is_terminal
    (again,) = await office.world.dead_events.receive()
    await dead_letters(office).bury_event(again)
    assert (await fresh(upload)).sequence == found.sequence
    await office.world.dead_events.delete([again])


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"Records": 1}', '{"Records": [{}]}', '{"Records": [{"s3": {"object": {"key": "x"}}}]}']
)
async def test_a_dead_letter_that_names_no_upload_changes_nothing(body: str, office: Office, project: Project) -> None:
    upload = await office.upload(project)
    letter = Delivery("id", "receipt", body, 1)
    await dead_letters(office).bury_event(letter)
    await dead_letters(office).retry_message(letter)
    assert (await fresh(upload)).stage is UploadStage.AWAITING_FILE


async def test_a_dead_message_is_taken_now_if_it_can_be(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    await office.world.dead_messages.send((await office.put(upload, ONE)).dump().decode())
    (letter,) = await office.world.dead_messages.receive()
    await dead_letters(office).retry_message(letter)
    assert (await fresh(upload)).stage is UploadStage.QUEUED
    assert await office.world.dead_messages.receive(wait=2) == []


async def test_a_dead_message_that_cannot_be_taken_fails_its_upload(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    key = key_of(upload)
    letter = Delivery("id", "receipt", SanitizedMessage(key.quarantine, key.clean).dump().decode(), 20)
    await dead_letters(office).retry_message(letter)
    assert (await fresh(upload)).failure_code == "MESSAGE_LOST"
    foreign = key.quarantine.replace(str(project.organization_id), str(uuid.uuid4()))
    other = await office.upload(project)
    await dead_letters(office).retry_message(
        Delivery("id", "r", SanitizedMessage(foreign, stage=SanitizerStage.READING).dump().decode(), 20)
    )
    assert not (await fresh(other)).is_terminal
