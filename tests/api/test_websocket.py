from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.api.running import Running
from tests.api.wire import Wire
from tests.api.world import Tenant, User

SLOW = "subscription { uploadActivity { sequence } }"


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "1",
        "[]",
        '"x"',
        "{}",
        "{",
        "not json",
        "[" * 50_000,
        '{"type":1}',
        '{"type":"start"}',
        '{"type":"connection_terminate"}',
        '{"type":"ping","payload":1}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","id":1,"payload":{"query":"{ __typename }"}}',
        '{"type":"subscribe","id":{},"payload":{"query":"{ __typename }"}}',
        '{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}',
        '{"type":"subscribe","id":"a","payload":"{ __typename }"}',
        '{"type":"subscribe","id":"a","payload":{"query":1}}',
        '{"type":"subscribe","id":"a","payload":{"query":"{ __typename }","variables":[]}}',
        '{"type":"subscribe","id":"a","payload":{"query":"{ __typename }","operationName":{}}}',
        '{"type":"subscribe","id":"a","payload":{"query":"{ __typename }","extensions":"x"}}',
        '{"type":"subscribe","id":"a","payload":{"query":"\\ud800"}}',
        '{"type":"complete","id":7}',
        '{"type":"ping","payload":{"n":%s}}' % ("9" * 10_000),
    ],
)
async def test_a_malformed_message_closes_the_socket_as_a_bad_request(ada: User, text: str) -> None:
    async with ada.socket() as wire:
        await wire.connection.send(text)
        assert (await wire.closed())[0] == 4400


async def test_a_binary_message_closes_the_socket_as_a_bad_request(ada: User) -> None:
    async with ada.socket() as wire:
        await wire.connection.send(b'{"type":"ping"}')
        assert (await wire.closed())[0] == 4400


async def test_a_message_that_is_too_large_closes_the_socket(ada: User, api: Running) -> None:
    for size in (api.settings.queries.max_body_bytes, 6 * api.settings.queries.max_body_bytes):
        async with ada.socket() as wire:
            await wire.connection.send(json.dumps({"type": "ping", "payload": {"x": "x" * size}}))
            assert (await wire.closed())[0] == 1009


async def test_a_subscription_before_the_acknowledgement_is_unauthorized(api: Running) -> None:
    async with Wire.opened(api.socket_url) as wire:
        await wire.subscribe("{ __typename }")
        assert (await wire.closed())[0] == 4401


async def test_a_second_initialisation_closes_the_socket(ada: User) -> None:
    async with ada.socket() as wire:
        await wire.send(type="connection_init", payload={"Authorization": f"Bearer {ada.token}"})
        assert (await wire.closed())[0] == 4429


async def test_an_id_in_use_closes_the_socket(ada: User) -> None:
    async with ada.socket() as wire:
        await wire.subscribe(SLOW, key="a")
        await wire.subscribe(SLOW, key="a")
        assert await wire.closed() == (4409, "Subscriber for a already exists")


async def test_an_id_is_free_again_once_its_operation_has_ended(ada: User) -> None:
    async with ada.socket() as wire:
        for _ in range(3):
            await wire.subscribe("{ __typename }", key="a")
            assert [(await wire.receive())["type"] for _ in range(2)] == ["next", "complete"]
        for _ in range(3):
            await wire.subscribe(SLOW, key="a")
            await wire.send(type="complete", id="a")
        await wire.subscribe("{ __typename }", key="a")
        assert [(await wire.receive())["type"] for _ in range(2)] == ["next", "complete"]


async def test_who_does_not_initialise_is_closed_in_time(api: Running) -> None:
    async with Wire.opened(api.socket_url) as wire:
        await wire.send(type="ping")
        assert await wire.receive() == {"type": "pong"}
        assert (await wire.closed())[0] == 4408


@pytest.mark.parametrize("protocol", ["graphql-ws", "something", None])
async def test_another_protocol_is_not_spoken(api: Running, protocol: str | None) -> None:
    async with Wire.opened(api.socket_url, protocol) as wire:
        assert (await wire.closed())[0] == 4406


async def test_a_page_of_another_origin_may_not_open_a_socket(api: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with Wire.opened(api.socket_url, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with Wire.opened(api.socket_url, origin=api.url):
        pass


async def test_a_ping_is_answered_with_its_own_payload(ada: User) -> None:
    async with ada.socket() as wire:
        await wire.send(type="ping", payload={"n": 1})
        assert await wire.receive() == {"type": "pong", "payload": {"n": 1}}
        await wire.send(type="pong")
        await wire.send(type="ping")
        assert await wire.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query ($id: ID!) { upload(id: $id) { id } }"}, "BAD_USER_INPUT"),
        ({"query": "subscription ($id: ID!) { uploadStatus(uploadId: $id) { sequence } }"}, "BAD_USER_INPUT"),
        ({"query": 'subscription { uploadStatus(uploadId: "x") { sequence } }'}, "NOT_FOUND"),
    ],
)
async def test_a_bad_operation_ends_alone(ada: User, payload: dict[str, Any], code: str) -> None:
    async with ada.socket() as wire:
        await wire.subscribe(SLOW, key="other")
        await wire.send(id="bad", type="subscribe", payload=payload)
        message = await wire.receive()
        assert (message["id"], message["type"]) == ("bad", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == [code]
        await wire.subscribe("{ __typename }", key="bad")
        assert (await wire.receive())["payload"] == {"data": {"__typename": "Query"}}


async def test_a_mutation_may_be_sent_over_a_socket(ada: User, acme: Tenant) -> None:
    given = {"projectId": acme.project_id, "filename": "a.csv", "sizeBytes": 1}
    async with ada.socket() as wire:
        await wire.subscribe(
            "mutation ($input: RequestUploadInput!) { requestUpload(input: $input) { upload { status } } }", input=given
        )
        assert (await wire.next("requestUpload"))["upload"] == {"status": "PENDING"}


async def test_a_socket_has_a_bounded_number_of_operations(ada: User, api: Running) -> None:
    allowed = api.settings.queries.max_operations
    async with ada.socket() as wire:
        for number in range(allowed + 1):
            await wire.subscribe(SLOW, key=str(number))
        message = await wire.receive()
        assert (message["id"], message["payload"][0]["extensions"]["code"]) == (str(allowed), "LIMIT_EXCEEDED")


async def test_a_socket_that_is_cut_leaves_nothing_behind(ada: User, api: Running) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(5):
        async with ada.socket() as wire:
            await wire.subscribe(SLOW)
            await wire.subscribe("{ __typename }")
            assert (await wire.receive())["type"] == "next"
            wire.connection.transport.abort()
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > before or len(api.server.sessions):  # noqa: ASYNC110 - tasks give no event
            await asyncio.sleep(0.05)
    assert api.services.hub.watching == 0
