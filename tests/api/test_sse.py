from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx

from gql.ids import Kind, global_id
from models import RowCounts, UploadStage
from tests.api.running import SOON, Running
from tests.api.world import Tenant, User, World

WATCH = "subscription ($id: ID!) { uploadStatus(uploadId: $id) { sequence status } }"


@asynccontextmanager
async def stream(user: User, query: str, **variables: Any) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    headers = {"Authorization": f"Bearer {user.token}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with user.http.stream("POST", f"{user.api.url}/graphql", headers=headers, json=body) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield events(answer)


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            yield name, json.loads(value) if value.strip() else None


async def test_a_subscription_streams_its_events_and_says_when_it_is_complete(
    ada: User, acme: Tenant, world: World
) -> None:
    upload = await world.upload(acme)
    async with asyncio.timeout(SOON), stream(ada, WATCH, id=global_id(Kind.UPLOAD, upload.id)) as told:
        assert await anext(told) == ("next", {"data": {"uploadStatus": {"sequence": 1, "status": "PENDING"}}})
        await world.reach(upload, UploadStage.RECEIVED)
        await world.finish(upload, RowCounts())
        rest = [item async for item in told]
    assert [payload["data"]["uploadStatus"]["sequence"] for name, payload in rest[:-1] if name == "next"] == [2, 3]
    assert rest[-1] == ("complete", None)


async def test_a_query_may_be_streamed_as_well(ada: User) -> None:
    async with stream(ada, "{ __typename }") as told:
        assert [item async for item in told] == [("next", {"data": {"__typename": "Query"}}), ("complete", None)]


async def test_a_subscription_that_cannot_begin_says_so_in_the_stream(ada: User) -> None:
    async with stream(ada, WATCH, id="x") as told:
        (name, payload), end = [item async for item in told]
    assert (name, payload["errors"][0]["extensions"]["code"]) == ("next", "NOT_FOUND")
    assert end == ("complete", None)


async def test_a_stream_ends_with_its_token(acme: Tenant, world: World, api: Running) -> None:
    eve = await world.user(acme, ttl=timedelta(seconds=1) - api.settings.auth.leeway)
    async with asyncio.timeout(SOON), stream(eve, "subscription { uploadActivity { sequence } }") as told:
        (name, payload), end = [item async for item in told]
    assert (name, payload["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
    assert end == ("complete", None)


async def test_a_stream_that_is_cut_leaves_nothing_behind(ada: User, acme: Tenant, world: World, api: Running) -> None:
    upload = await world.upload(acme)
    async with stream(ada, WATCH, id=global_id(Kind.UPLOAD, upload.id)) as told:
        await anext(told)
        assert api.services.hub.watching == 1
    async with asyncio.timeout(SOON):
        while api.services.hub.watching or len(api.server.sessions):  # noqa: ASYNC110 - the server's end gives no event
            await asyncio.sleep(0.02)
