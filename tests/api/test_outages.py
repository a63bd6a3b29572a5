from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from gql.auth import mint
from gql.ids import Kind, global_id
from infra.local.valkey import Valkey
from infra.settings import AuthSettings
from models import RowCounts, UploadStage
from tests.api.running import SECRET, SOON, Running, running, spawned
from tests.api.wire import Wire
from tests.api.world import World

WATCH = "subscription ($id: ID!, $after: Long) { uploadStatus(uploadId: $id, afterSequence: $after) { sequence } }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("valkey")


@pytest.fixture(scope="module")
def valkey(folder: Path) -> Iterator[Valkey]:
    """A server of these tests alone, to be taken away from the API."""
    with Valkey(folder) as server:
        yield server


@pytest.fixture(scope="module")
async def api(environ: dict[str, str], valkey: Valkey) -> AsyncIterator[Running]:
    async with running({**environ, "REDIS_URL": valkey.url()}) as server:
        yield server


async def ready(api: Running, http: httpx.AsyncClient) -> tuple[int, dict[str, str]]:
    answer = await http.get(f"{api.url}/readyz")
    return answer.status_code, answer.json()


async def test_a_process_that_lives_and_can_work_says_so(api: Running, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"{api.url}/healthz")).text == "ok"
    assert await ready(api, http) == (200, dict.fromkeys(("database", "redis", "quarantine", "final"), "ok"))


async def test_a_server_that_goes_tells_its_sockets_and_who_comes_again_misses_nothing(
    environ: dict[str, str], world: World
) -> None:
    acme = await world.tenant()
    ada = await world.user(acme)
    upload = await world.upload(acme)
    name = global_id(Kind.UPLOAD, upload.id)
    settings = AuthSettings(secret=SECRET)
    token = mint(ada.email, timedelta(hours=1), settings, datetime.now(UTC))
    async with spawned(environ) as other, Wire.opened(other.url.replace("http", "ws") + "/graphql") as wire:
        await wire.send(type="connection_init", payload={"token": token})
        assert (await wire.receive())["type"] == "connection_ack"
        await wire.subscribe(WATCH, id=name)
        assert await wire.next("uploadStatus") == {"sequence": 1}
        other.process.send_signal(signal.SIGTERM)
        assert (await wire.closed())[0] == 1001
    await world.reach(upload, UploadStage.RECEIVED)
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, id=name, after=1)
        assert await wire.next("uploadStatus") == {"sequence": 2}


async def test_watchers_lose_nothing_while_the_bus_is_away(
    api: Running, http: httpx.AsyncClient, world: World, valkey: Valkey, folder: Path
) -> None:
    acme = await world.tenant()
    ada = await world.user(acme)
    upload = await world.upload(acme)
    async with ada.socket() as wire:
        await wire.subscribe(WATCH, id=global_id(Kind.UPLOAD, upload.id))
        assert await wire.next("uploadStatus") == {"sequence": 1}
        port = valkey.port
        valkey.stop()
        status, said = await ready(api, http)
        assert (status, said["database"]) == (503, "ok")
        assert said["redis"] != "ok"
        await world.reach(upload, UploadStage.RECEIVED, hint=False)
        assert await wire.next("uploadStatus") == {"sequence": 2}
        given = {"projectId": acme.project_id, "filename": "a.csv", "sizeBytes": 1}
        query = "mutation ($i: RequestUploadInput!) { requestUpload(input: $i) { upload { status } } }"
        assert (await ada.ask(query, i=given)).data["requestUpload"]["upload"] == {"status": "PENDING"}
        with Valkey(folder, port=port):
            async with asyncio.timeout(2 * SOON):
                await api.services.hub.attached.wait()
            await world.finish(upload, RowCounts())
            assert await wire.next("uploadStatus") == {"sequence": 3}
            assert (await ready(api, http))[0] == 200
