from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airlock.client import Client, ClientError
from airlock.demo import ACME, GLOBEX
from airlock.product import Product
from airlock.samples import EXAMPLES
from models import SuiteTemplate
from tests.journeys.files import suites
from tests.journeys.steps import steps

pytestmark = pytest.mark.usefixtures("database")

FORWARD = ["AWAITING_FILE", "RECEIVED", "READING", "CLEANING", "QUEUED", "CHECKING", "IMPORTING", "DONE"]


async def project_of(client: Client) -> str:
    return str((await client.projects())[0]["id"])


async def events_of(client: Client, path: Path, **options: Any) -> list[dict[str, Any]]:
    return [event async for event in client.upload(path, await project_of(client), **options)]


async def test_a_file_goes_all_the_way_and_each_step_is_told_in_order(ada: Client, tmp_path: Path) -> None:
    events = await events_of(ada, suites(tmp_path / "all.csv", 25, first=1000))
    assert steps(events) == list(range(1, events[-1]["sequence"] + 1))
    stages = list(dict.fromkeys(event["stage"] for event in events))
    assert stages == [stage for stage in FORWARD if stage in stages]
    assert stages[0] == "AWAITING_FILE"
    assert stages[-1] == "DONE"
    assert events[-1]["upload"]["counts"] == {"read": 25, "created": 25, "updated": 0, "unchanged": 0, "rejected": 0}
    assert await SuiteTemplate.filter(project_id=ACME.project_id, code="S001007", name="Suite 1007").count() == 1


async def test_the_same_file_again_changes_nothing(ada: Client, tmp_path: Path) -> None:
    path = suites(tmp_path / "again.csv", 10, first=2000)
    await events_of(ada, path)
    counts = (await events_of(ada, path))[-1]["upload"]["counts"]
    assert counts == {"read": 10, "created": 0, "updated": 0, "unchanged": 10, "rejected": 0}


async def test_the_awful_sample_comes_through_with_its_bad_rows_explained(ada: Client) -> None:
    events = await events_of(ada, EXAMPLES / "awful.csv", invalidRows="REJECT_ROWS")
    assert events[-1]["status"] == "PROCESSED"
    counts = events[-1]["upload"]["counts"]
    assert counts["rejected"] >= 2
    assert counts["read"] == sum(counts[name] for name in ("created", "updated", "unchanged", "rejected"))
    suite = await SuiteTemplate.get(project_id=ACME.project_id, code="007")
    assert suite.name.startswith("Café")
    assert suite.description is not None
    assert suite.description.startswith("'=")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04" + b"\0" * 60, "NOT_CSV"),
        (b"%PDF-1.7\n" + b"x" * 60, "NOT_CSV"),
        (b"code,name\n", "HEADER_ONLY"),
        (b"flavour,mood\nsweet,good\n", "KIND_NOT_RECOGNISED"),
    ],
)
async def test_what_cannot_come_in_fails_by_name_with_a_sentence(
    ada: Client, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    last = (await events_of(ada, path))[-1]
    assert last["status"] == "FAILED"
    assert last["failure"]["code"] == code
    assert last["failure"]["message"].endswith(".")


async def test_one_bad_row_keeps_the_whole_file_out_unless_the_client_says_otherwise(
    ada: Client, tmp_path: Path
) -> None:
    path = tmp_path / "one-bad.csv"
    path.write_text("code,name,bedrooms\nZ1,Good,1\nZ2,Bad,many\n")
    last = (await events_of(ada, path))[-1]
    assert (last["status"], last["upload"]["counts"]["rejected"]) == ("FAILED", 1)
    assert await SuiteTemplate.filter(project_id=ACME.project_id, code="Z1").count() == 0
    last = (await events_of(ada, path, invalidRows="REJECT_ROWS"))[-1]
    assert last["status"] == "PROCESSED"
    assert await SuiteTemplate.filter(project_id=ACME.project_id, code="Z1").count() == 1


async def test_a_dry_run_counts_and_writes_nothing(ada: Client, tmp_path: Path) -> None:
    last = (await events_of(ada, suites(tmp_path / "dry.csv", 7, first=3000), dryRun=True))[-1]
    assert (last["status"], last["stage"]) == ("PROCESSED", "PLANNED")
    assert last["upload"]["counts"]["created"] == 7
    assert await SuiteTemplate.filter(project_id=ACME.project_id, code__startswith="S00300").count() == 0


async def test_a_viewer_may_watch_but_not_upload(ada: Client, vera: Client, tmp_path: Path) -> None:
    path = suites(tmp_path / "watched.csv", 3, first=4000)
    with pytest.raises(ClientError, match="FORBIDDEN"):
        await vera.request_upload(path, await project_of(vera))
    door = await ada.request_upload(path, await project_of(ada))
    watching = asyncio.create_task(collect(vera, door.upload_id))
    await ada.send(door, path)
    assert (await watching)[-1]["status"] == "PROCESSED"


async def test_another_tenant_sees_neither_the_project_nor_the_upload(ada: Client, bob: Client, tmp_path: Path) -> None:
    path = suites(tmp_path / "mine.csv", 3, first=5000)
    with pytest.raises(ClientError, match="PROJECT_NOT_FOUND"):
        await bob.request_upload(path, await project_of(ada))
    door = await ada.request_upload(path, await project_of(ada))
    foreign = await bob.execute("query($id: ID!) { upload(id: $id) { id } }", {"id": door.upload_id})
    assert foreign == {"upload": None}
    with pytest.raises(ClientError):
        await collect(bob, door.upload_id)


async def test_a_viewer_gets_no_door_of_somebody_elses(ada: Client, vera: Client, tmp_path: Path) -> None:
    door = await ada.request_upload(suites(tmp_path / "door.csv", 3, first=7000), await project_of(ada))
    question = "query($id: ID!) { upload(id: $id) { status target { ... on PostTarget { url } } } }"
    seen = await vera.execute(question, {"id": door.upload_id})
    assert seen == {"upload": {"status": "PENDING", "target": None}}
    own = await ada.execute(question, {"id": door.upload_id})
    assert own["upload"]["target"] is not None


async def test_a_file_with_nuls_comes_through_like_any_other(ada: Client, tmp_path: Path) -> None:
    path = tmp_path / "nul.csv"
    path.write_bytes(b"code,name\nN1,a\0b\nN2,plain\n")
    last = (await events_of(ada, path))[-1]
    assert (last["status"], last["upload"]["counts"]["created"]) == ("PROCESSED", 2)


async def test_utf_16_without_its_mark_is_read_as_the_client_says(ada: Client, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes("code,name\nW1,Größe\nW2,plain\n".encode("utf-16-le"))
    last = (await events_of(ada, path, parse={"encoding": "utf-16"}))[-1]
    assert (last["status"], last["upload"]["counts"]["created"]) == ("PROCESSED", 2)


async def collect(client: Client, upload_id: str) -> list[dict[str, Any]]:
    return [event async for event in client.watch(upload_id)]


async def test_200_uploads_at_once_all_end_with_exact_counts_and_each_watcher_sees_its_own(
    product: Product, tmp_path: Path
) -> None:
    emails = ["ada@acme.example", "bob@globex.example"] * 2
    paths: Iterator[Path] = (suites(tmp_path / f"{number}.csv", 5, first=100_000 + number * 5) for number in range(200))
    clients = [Client(product.environment["AIRLOCK_URL"], product.token(email)) for email in emails]
    async with clients[0], clients[1], clients[2], clients[3]:
        limit = asyncio.Semaphore(50)  # sockets and transfers at one time; all 200 are under way within seconds

        async def one(client: Client, path: Path) -> list[dict[str, Any]]:
            async with limit:
                return await events_of(client, path)

        runs = await asyncio.gather(*(one(clients[number % 4], path) for number, path in enumerate(paths)))
    for events in runs:
        assert steps(events) == list(range(1, events[-1]["sequence"] + 1))
        assert events[-1]["status"] == "PROCESSED"
        assert events[-1]["upload"]["counts"]["created"] == 5
    created = {
        demo.name: await SuiteTemplate.filter(
            project_id=demo.project_id, code__gte="S100000", code__lt="S101000"
        ).count()
        for demo in (ACME, GLOBEX)
    }
    assert created == {ACME.name: 500, GLOBEX.name: 500}
