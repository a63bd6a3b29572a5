from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tortoise.connection import get_connection

from gql.negotiation import Form
from tests.api.running import Running, spawned
from tests.api.world import Tenant, User

QUERY = "{ __typename }"
RESPONSE = Form.RESPONSE
# What urql sends with every query.
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


async def send(user: User, **options: Any) -> httpx.Response:
    method = options.pop("method", "POST")
    headers = {"Authorization": f"Bearer {user.token}", **options.pop("headers", {})}
    return await user.http.request(method, f"{user.api.url}/graphql", headers=headers, **options)


def codes(answer: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("application/json, application/graphql-response+json", "application/json"),
        ("application/json;q=0.5, application/graphql-response+json", "application/graphql-response+json"),
        (URQL, "application/graphql-response+json"),
        ("text/event-stream;q=0.1, application/json", "application/json"),
        ("text/event-stream", "text/event-stream"),
    ],
)
async def test_the_answer_has_the_form_the_client_prefers(ada: User, accept: str | None, kind: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = await send(ada, json={"query": QUERY}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert "Query" in answer.text


async def test_a_form_that_there_is_not_is_refused_as_json(ada: User) -> None:
    answer = await send(ada, json={"query": QUERY}, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert codes(answer) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query ($id: ID!) { upload(id: $id) { id } }", "variables": {}}, "BAD_USER_INPUT"),
    ],
)
async def test_an_operation_that_cannot_begin_has_no_data_and_is_400_only_in_the_newer_form(
    ada: User, body: dict[str, Any], code: str
) -> None:
    for accept, status in ((RESPONSE, 400), ("application/json", 200)):
        answer = await send(ada, json=body, headers={"Accept": accept})
        assert (answer.status_code, codes(answer)) == (status, [code])
        assert "data" not in answer.json()


async def test_an_error_of_a_field_leaves_the_other_fields(ada: User, acme: Tenant) -> None:
    query = "query ($p: ID!) { viewer { user { email } } uploads(projectId: $p, first: 0) { totalCount } }"
    answer = await ada.ask(query, p=acme.project_id)
    assert (answer.status, answer.codes) == (200, ["BAD_USER_INPUT"])
    assert answer.body["data"] == {"viewer": {"user": {"email": ada.email}}, "uploads": None}
    assert answer.body["errors"][0]["path"] == ["uploads"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"1",
        b'"{ __typename }"',
        b"true",
        b"[]",
        b'[{"query":"{ __typename }"}]',
        b"{}",
        b'{"query":null}',
        b'{"query":1}',
        b'{"query":{}}',
        b'{"query":[]}',
        b'{"query":""}',
        b'{"query":"{ __typename }","operationName":1}',
        b'{"query":"{ __typename }","operationName":[]}',
        b'{"query":"{ __typename }","variables":1}',
        b'{"query":"{ __typename }","variables":[]}',
        b'{"query":"{ __typename }","variables":""}',
        b'{"query":"{ __typename }","extensions":[]}',
        b'{"query":"{ __typename }","extensions":0}',
        b'{"query":"{ __typename }"',
        b'{"query":"\xff"}',
        b'{"query":"\\ud800"}',
        b'{"query":"{ __typename }","variables":{"a":NaN}}',
        b'{"query":"{ __typename }","variables":{"a":' + b"9" * 10_000 + b"}}",
        b"[" * 50_000 + b"]" * 50_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    ],
)
async def test_a_malformed_request_is_a_bad_request_as_json(ada: User, content: bytes) -> None:
    answer = await send(ada, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert codes(answer) == ["BAD_REQUEST"]
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin-1",
    ],
)
async def test_a_body_that_any_web_page_may_send_is_not_taken(ada: User, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await send(ada, content=json.dumps({"query": QUERY}).encode(), headers=headers)
    assert answer.status_code == 415
    assert codes(answer) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"']
)
async def test_json_in_utf_8_is_taken_however_it_is_spelt(ada: User, kind: str) -> None:
    answer = await send(ada, content=json.dumps({"query": QUERY}).encode(), headers={"Content-Type": kind})
    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_a_body_that_is_too_large_is_refused_in_one_piece_and_in_chunks(ada: User, api: Running) -> None:
    limit = api.settings.queries.max_body_bytes

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 8192

    assert limit < 40 * 8192
    for content in (b" " * (limit + 1), b" " * (10 * limit), chunks()):
        answer = await send(ada, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert codes(answer) == ["BAD_REQUEST"]


async def test_a_query_may_be_sent_by_get_and_a_mutation_may_not(ada: User, acme: Tenant) -> None:
    answer = await send(ada, method="GET", params={"query": QUERY, "operationName": "", "variables": ""})
    assert answer.json() == {"data": {"__typename": "Query"}}
    query = "query ($p: ID!) { uploads(projectId: $p) { totalCount } }"
    variables = json.dumps({"p": acme.project_id})
    answer = await send(ada, method="GET", params={"query": query, "variables": variables, "extensions": "{}"})
    assert answer.json() == {"data": {"uploads": {"totalCount": 0}}}
    mutation = 'mutation { cancelUpload(input: {uploadId: "x"}) { userErrors { code } } }'
    answer = await send(ada, method="GET", params={"query": mutation})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "parameters", [{}, {"query": ""}, {"query": QUERY, "variables": "{"}, {"query": QUERY, "variables": "[]"}]
)
async def test_a_malformed_get_is_a_bad_request_as_json(ada: User, parameters: dict[str, str]) -> None:
    answer = await send(ada, method="GET", params=parameters)
    assert (answer.status_code, codes(answer)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_another_method_is_not_allowed_and_told_which_are(ada: User, method: str) -> None:
    answer = await send(ada, method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_subscription_without_a_stream_is_told_where_to_go(ada: User) -> None:
    answer = await send(ada, json={"query": "subscription { uploadActivity { sequence } }"})
    assert (answer.status_code, codes(answer)) == (406, ["BAD_REQUEST"])


async def test_what_we_did_not_expect_is_masked_and_can_be_quoted(ada: User, acme: Tenant) -> None:
    """A lost table is as unexpected as it gets."""
    connection = get_connection("default")
    await connection.execute_script("ALTER TABLE suite_template RENAME TO hidden")
    try:
        answer = await ada.ask("query ($p: ID!) { suiteTemplates(projectId: $p) { totalCount } }", p=acme.project_id)
    finally:
        await connection.execute_script("ALTER TABLE hidden RENAME TO suite_template")
    (error,) = answer.body["errors"]
    assert error["message"] == "Something went wrong on our side."
    assert error["extensions"]["code"] == "INTERNAL"
    assert len(error["extensions"]["correlationId"]) == 36
    assert "suite_template" not in json.dumps(answer.body)


async def test_only_allowed_origins_may_read_an_answer(environ: dict[str, str], http: httpx.AsyncClient) -> None:
    async with spawned({**environ, "ALLOWED_ORIGINS": "https://app.example"}) as other:
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        for origin, allowed in (("https://app.example", True), ("https://evil.example", False)):
            preflight = await http.options(f"{other.url}/graphql", headers={**asked, "Origin": origin})
            assert preflight.is_success is allowed
            answer = await http.post(f"{other.url}/graphql", headers={"Origin": origin}, json={})
            assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
            assert "access-control-allow-credentials" not in answer.headers
