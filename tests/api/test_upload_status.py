from __future__ import annotations

import asyncio
from typing import Any

from gql.ids import Kind, global_id
from infra.bus import Progress
from models import Failure, Membership, RowCounts, UploadStage
from tests.api.wire import Wire
from tests.api.world import Tenant, User, World

WATCH = """
subscription ($id: ID!, $after: Long) {
  uploadStatus(uploadId: $id, afterSequence: $after) {
    sequence status stage replayed progress { revision rowsRead percent } failure { code } upload { counts { created } }
  }
}
"""


def steps(events: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(event["sequence"], event["status"], event["stage"]) for event in events]


async def heard(wire: Wire) -> list[Any]:
    """Return what a socket says until it is silent: each message's type, or the field and upload it tells of."""
    found: list[Any] = []
    while (message := await wire.receive_or_none(within=0.8)) is not None:
        if message["type"] != "next":
            found.append(message["type"])
            continue
        ((name, event),) = message["payload"]["data"].items()
        found.append((name, event.get("uploadId")))
    return sorted(found, key=str)


async def test_a_watcher_gets_a_snapshot_then_every_step_in_order_and_the_end(
    ada: User, acme: Tenant, world: World
) -> None:
    upload = await world.upload(acme)
    async with ada.socket() as wire:
        key = await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id))
        events = [await wire.next("uploadStatus")]
        for stage in (UploadStage.RECEIVED, UploadStage.READING, UploadStage.QUEUED):
            await world.reach(upload, stage)
        await world.finish(upload, RowCounts(read=3, created=3))
        events += [await wire.next("uploadStatus") for _ in range(4)]
        assert await wire.receive() == {"id": key, "type": "complete"}
    assert steps(events) == [
        (1, "PENDING", "AWAITING_FILE"),
        (2, "SANITIZING", "RECEIVED"),
        (3, "SANITIZING", "READING"),
        (4, "SANITIZING", "QUEUED"),
        (5, "PROCESSED", "DONE"),
    ]
    assert events[-1]["upload"]["counts"]["created"] == 3


async def test_steps_whose_hints_were_lost_come_with_the_next_one(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id))
        await wire.next("uploadStatus")
        await world.reach(upload, UploadStage.RECEIVED, hint=False)
        await world.reach(upload, UploadStage.READING, hint=False)
        await world.reach(upload, UploadStage.CLEANING)
        assert [(await wire.next("uploadStatus"))["sequence"] for _ in range(3)] == [2, 3, 4]


async def test_a_step_comes_even_if_every_hint_was_lost(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id))
        await wire.next("uploadStatus")
        await world.fail(upload, Failure("EXPIRED", "The file never came."), hint=False)
        event = await wire.next("uploadStatus")
        assert (event["status"], event["failure"]) == ("FAILED", {"code": "EXPIRED"})


async def test_a_watcher_that_comes_again_gets_what_it_missed(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    await world.reach(upload, UploadStage.RECEIVED)
    await world.reach(upload, UploadStage.READING)
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id), after=1)
        events = [await wire.next("uploadStatus") for _ in range(2)]
        assert [(event["sequence"], event["replayed"]) for event in events] == [(2, True), (3, True)]
        await world.finish(upload, RowCounts())
        event = await wire.next("uploadStatus")
        assert (event["sequence"], event["replayed"]) == (4, False)


async def test_a_watcher_that_knows_the_end_is_told_nothing_more(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    await world.fail(upload, Failure("EXPIRED", "The file never came."))
    async with ada.socket() as wire:
        key = await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id), after=2)
        assert await wire.receive() == {"id": key, "type": "complete"}


async def test_progress_repeats_the_sequence_and_never_goes_back(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    await world.reach(upload, UploadStage.CHECKING)
    upload.sequence = 3
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id))
        assert (await wire.next("uploadStatus"))["sequence"] == 3
        for revision, rows in ((1, 10), (3, 30), (2, 20), (4, 40)):
            await world.hint(upload, progress=Progress(revision, 0, None, rows, 40))
            await asyncio.sleep(0.05)
        events = [await wire.next("uploadStatus") for _ in range(3)]
        assert [event["progress"]["revision"] for event in events] == [1, 3, 4]
        assert [event["progress"]["percent"] for event in events] == [25.0, 75.0, 100.0]
        assert {event["sequence"] for event in events} == {3}


async def test_a_foreign_upload_answers_exactly_as_a_missing_one(
    ada: User, acme: Tenant, globex: Tenant, world: World
) -> None:
    upload = await world.upload(globex)
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, key="a", id=global_id(Kind.UPLOAD, upload.id))
        foreign = await wire.receive()
        await wire.subscribe(WATCH, key="a", id=global_id(Kind.UPLOAD, acme.project.id))
        missing = await wire.receive()
    assert foreign == missing
    assert foreign["type"] == "error"
    assert foreign["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_each_event_goes_to_those_who_may_see_it_and_to_nobody_else(
    ada: User, bob: User, acme: Tenant, globex: Tenant, world: World
) -> None:
    """Users of two organizations on open sockets; one who belongs to both sees both."""
    both = await world.user(acme, globex)
    async with ada.socket() as hers, bob.socket() as his, both.socket() as ours:
        uploads = [await world.upload(acme), await world.upload(globex)]
        for wire, tenants in ((hers, [acme]), (his, [globex]), (ours, [acme, globex])):
            for tenant in tenants:
                await wire.subscribe(
                    "subscription ($p: ID!) { uploadActivity(projectId: $p) { uploadId sequence } }",
                    p=tenant.project_id,
                )
        for wire, index in ((hers, 0), (his, 1), (hers, 1), (his, 0)):
            await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, uploads[index].id))
        told = {name: [await wire.receive() for _ in range(2)] for name, wire in (("hers", hers), ("his", his))}
        assert [sorted(message["type"] for message in messages) for messages in told.values()] == [
            ["error", "next"],
            ["error", "next"],
        ]
        for upload in uploads:
            await world.finish(upload, RowCounts(read=1, created=1))
        mine, theirs = (("uploadActivity", global_id(Kind.UPLOAD, upload.id)) for upload in uploads)
        status = ("uploadStatus", None)
        assert await heard(hers) == sorted([mine, status, "complete"], key=str)
        assert await heard(his) == sorted([theirs, status, "complete"], key=str)
        assert await heard(ours) == sorted([mine, theirs])


async def test_a_member_who_loses_the_right_loses_the_stream(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id))
        await wire.next("uploadStatus")
        await Membership.filter(user_id=ada.id).delete()
        message = await wire.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"
