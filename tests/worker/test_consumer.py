from __future__ import annotations

import asyncio
import json
import uuid

import pytest

from infra.bus import Bus, Hint
from infra.errors import Unavailable
from infra.queue import Delivery
from models import Failure, UploadedTemplateFile, UploadEvent, UploadStage, UploadStatus
from sanitizer_lambda.contract import Rejection, RejectionCode, SanitizedMessage, SanitizerStage, TemplateKind
from tests.worker.office import Office, Project, assert_sound, fresh, key_of, suite_rows, suites
from workers.consumer import Consumer, Effects

ONE = suites({"code": "1A", "name": "One"})


async def receive(office: Office, count: int = 1) -> list[Delivery]:
    found: list[Delivery] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += await office.world.messages.receive(wait=1)
    return found


async def send(office: Office, message: SanitizedMessage | str) -> None:
    await office.world.messages.send(message if isinstance(message, str) else message.dump().decode())


async def test_a_clean_file_is_queued_with_what_the_sanitizer_found(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    consumer = office.consumer()
    await send(office, await office.put(upload, ONE, "version 7"))
    await consumer.take(await receive(office))
    found = await fresh(upload)
    assert (found.status, found.stage) == (UploadStatus.SANITIZING, UploadStage.QUEUED)
    assert (found.s3_key_final, found.source_version) == (key_of(upload).clean, "version 7")
    assert (found.kind, (found.report or {})["rows_clean"]) == (TemplateKind.SUITE_TEMPLATES, 1)
    # The step the sanitizer did not tell is recorded as well.
    stages = [event.stage for event in await UploadEvent.filter(upload_id=upload.id).order_by("sequence")]
    assert stages == [UploadStage.AWAITING_FILE, UploadStage.RECEIVED, UploadStage.QUEUED]
    assert office.nudged == [upload.id]
    assert [hint.sequence for hint in office.hints] == [3]
    assert consumer.counts == {"taken": 1}
    assert await office.world.messages.depth() == 0


async def test_stages_on_the_way_are_steps_and_never_go_back(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    consumer, key = office.consumer(), key_of(upload)
    for stage in ("RECEIVED", "CLEANING", "READING", "RECEIVED"):
        await consumer.handle(SanitizedMessage(key.quarantine, stage=SanitizerStage(stage)))
    found = await fresh(upload)
    assert (found.stage, found.sequence) == (UploadStage.CLEANING, 3)
    assert found.deadline_at is not None


async def test_a_refused_file_fails_with_the_sanitizers_words(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    key = key_of(upload)
    await office.world.storage.final.write(key.report("v1"), ONE.report("v1").dump(), content_type="application/json")
    rejection = Rejection(RejectionCode.NOT_CSV, "This is an Excel workbook; save it as CSV.")
    await office.consumer().handle(SanitizedMessage(key.quarantine, source_version="v1", rejection=rejection))
    found = await fresh(upload)
    assert (found.status, found.stage) == (UploadStatus.FAILED, UploadStage.RECEIVED)
    assert (found.failure_code, found.failure_message) == ("NOT_CSV", "This is an Excel workbook; save it as CSV.")
    assert found.source_version == "v1"
    assert found.report is not None


async def test_the_first_final_message_wins(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    message = await office.put(upload, ONE)
    consumer = office.consumer()
    await consumer.handle(message)
    refused = SanitizedMessage(message.quarantine_s3_key, rejection=Rejection(RejectionCode.FILE_EMPTY, "Empty."))
    assert await consumer.handle(refused) is None
    assert (await fresh(upload)).stage is UploadStage.QUEUED


async def test_a_message_that_comes_after_the_end_changes_nothing(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    message = await office.put(upload, ONE)
    await upload.fail(Failure("CANCELLED", "Cancelled."), now=office.now(), using=upload._meta.db)
    consumer = office.consumer()
    await send(office, message)
    await consumer.take(await receive(office))
    assert (await fresh(upload)).failure_code == "CANCELLED"
    assert consumer.counts == {"repeated": 1}
    assert await office.world.messages.depth() == 0


async def meaningless(office: Office, project: Project, what: str) -> str:
    upload = await office.upload(project)
    key = key_of(upload)
    message = json.loads((await office.put(upload, ONE)).dump())
    if what == "no JSON":
        return "{"
    if what == "keys of two uploads":
        return json.dumps({**message, "final_s3_key": key_of(await office.upload(project)).clean})
    if what == "an upload nobody asked for":
        nobody = f"{project.organization_id}/{project.id}/{uuid.uuid4()}"
        return json.dumps({"quarantine_s3_key": f"{nobody}.csv", "final_s3_key": f"{nobody}/clean.csv"})
    if what == "another tenant's key":
        foreign = f"{uuid.uuid4()}/{project.id}/{upload.id}"
        await office.put_object(
            f"{foreign}/clean.csv", b"", {"source-version": "v1", "report-key": f"{foreign}/report.json"}
        )
        return json.dumps({"quarantine_s3_key": f"{foreign}.csv", "final_s3_key": f"{foreign}/clean.csv"})
    if what == "a clean file that is not there":
        return (
            SanitizedMessage(key_of(other := await office.upload(project)).quarantine, key_of(other).clean)
            .dump()
            .decode()
        )
    assert what == "a clean file of unknown origin"
    await office.put_object(key.clean, b"code,name\n", {})
    return json.dumps(message)


@pytest.mark.parametrize(
    "what",
    [
        "no JSON",
        "keys of two uploads",
        "an upload nobody asked for",
        "another tenant's key",
        "a clean file that is not there",
        "a clean file of unknown origin",
    ],
)
async def test_a_message_without_meaning_stays_in_the_queue_and_moves_nothing(
    what: str, office: Office, project: Project
) -> None:
    body = await meaningless(office, project, what)
    consumer = office.consumer()
    await send(office, body)
    await consumer.take(await receive(office))
    assert consumer.counts == {"meaningless": 1}
    for upload in await UploadedTemplateFile.all():
        assert upload.stage is UploadStage.AWAITING_FILE
        await assert_sound(upload)
    again = await receive(office)
    assert again[0].receive_count == 2
    await office.world.messages.delete(again)


async def test_a_crash_between_commit_and_delete_makes_no_second_step(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    await send(office, await office.put(upload, ONE))
    (delivery,) = await receive(office)
    await office.consumer().handle(SanitizedMessage.parse(delivery.body))  # and here the worker dies
    await office.drain()
    consumer = office.consumer()
    await consumer.take(await receive(office))
    assert consumer.counts == {"repeated": 1}
    found = await fresh(upload)
    assert (found.status, found.counts.created, found.attempt) == (UploadStatus.PROCESSED, 1, 1)


async def test_without_redis_no_step_is_lost(office: Office, project: Project) -> None:
    async def away(_hint: Hint) -> None:
        raise Unavailable("publish")

    upload = await office.upload(project)
    effects = Effects(office.world.storage.final, office.now, away, office.nudge)
    consumer = Consumer(office.world.messages, office.settings.uploads, effects)
    await send(office, await office.put(upload, ONE))
    await consumer.take(await receive(office))
    assert (await fresh(upload)).stage is UploadStage.QUEUED
    assert office.nudged == [upload.id]
    assert isinstance(office.world.bus, Bus)


async def test_the_same_message_five_times_at_three_consumers_has_one_effect(office: Office, project: Project) -> None:
    upload = await office.upload(project)
    message = await office.put(upload, ONE)
    for _ in range(5):
        await send(office, message)
    consumers = [office.consumer() for _ in range(3)]

    async def work(consumer: Consumer) -> None:
        await consumer.take(await office.world.messages.receive(wait=1))

    async with asyncio.timeout(20):
        while sum(consumer.counts.total() for consumer in consumers) < 5:
            await asyncio.gather(*map(work, consumers))
    await asyncio.gather(office.drain(), office.drain(), office.drain())
    assert sum(consumer.counts["taken"] for consumer in consumers) == 1
    found = await fresh(upload)
    assert (found.status, found.counts.created, found.sequence) == (UploadStatus.PROCESSED, 1, 6)
    assert set(await suite_rows(project)) == {"1A"}
