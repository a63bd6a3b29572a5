from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from gql.ids import Kind, global_id, uuid_of
from models import Role, UploadedTemplateFile, UploadEvent
from sanitizer_lambda.contract import ParseHints, SanitizeRequest, TemplateKind, UploadKey
from tests.api.world import Answer, Tenant, User, World

REQUEST = """
mutation ($input: RequestUploadInput!) {
  requestUpload(input: $input) {
    upload { id status stage sequence filename deadlineAt }
    target { ... on PostTarget { url fields { name value } maxBytes expiresAt curl } }
    userErrors { code message field retryable }
  }
}
"""
CSV = b"code,name\n1A,One Bedroom A\n"


async def request(user: User, tenant: Tenant, **changes: Any) -> Any:
    given = {"projectId": tenant.project_id, "filename": "suites.csv", "sizeBytes": len(CSV), **changes}
    return (await user.ask(REQUEST, input=given)).data["requestUpload"]


async def stored(payload: Any) -> UploadedTemplateFile:
    key = uuid_of(payload["upload"]["id"], Kind.UPLOAD)
    assert key is not None
    return await UploadedTemplateFile.get(id=key)


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def test_a_request_opens_an_upload_with_its_first_event(ada: User, acme: Tenant) -> None:
    payload = await request(ada, acme)
    assert payload["userErrors"] == []
    assert payload["upload"]["status"] == "PENDING"
    assert payload["upload"]["stage"] == "AWAITING_FILE"
    upload = await stored(payload)
    assert (upload.uploaded_by_id, upload.organization_id) == (ada.id, acme.organization.id)
    assert await UploadEvent.filter(upload_id=upload.id).values_list("sequence", "status") == [(1, "pending")]


async def test_the_order_stands_in_storage_before_the_answer_is_given(ada: User, acme: Tenant, world: World) -> None:
    payload = await request(
        ada, acme, kind="SUITE_TEMPLATES", parse={"delimiter": ";"}, columnMap=[{"header": "Nr.", "column": "code"}]
    )
    upload = await stored(payload)
    key = UploadKey(upload.organization_id, upload.project_id, upload.id)
    order = SanitizeRequest.parse(await world.api.services.storage.final.read(key.request))
    assert order.kind is TemplateKind.SUITE_TEMPLATES
    assert order.hints == ParseHints(delimiter=";")
    assert [(item.header, item.column) for item in order.column_map] == [("Nr.", "code")]
    assert order.size_bytes == len(CSV)


async def test_the_form_brings_the_file_into_quarantine(ada: User, acme: Tenant, world: World) -> None:
    payload = await request(ada, acme)
    target = payload["target"]
    async with httpx.AsyncClient() as client:
        form = {field["name"]: field["value"] for field in target["fields"]}
        answer = await client.post(target["url"], data=form, files={"file": ("suites.csv", CSV)})
    assert answer.status_code == 204
    upload = await stored(payload)
    assert await world.api.services.storage.quarantine.read(upload.s3_key_quarantine) == CSV


async def test_the_curl_command_brings_a_file_of_any_name_into_quarantine(
    ada: User, acme: Tenant, world: World, tmp_path: Path
) -> None:
    name = "$(touch x) 'a' \"b\" \\ ;é,.csv"
    (tmp_path / name).write_bytes(CSV)
    payload = await request(ada, acme, filename=name)
    shell = await asyncio.create_subprocess_exec("sh", "-c", payload["target"]["curl"], cwd=tmp_path)
    assert await shell.wait() == 0
    upload = await stored(payload)
    assert await world.api.services.storage.quarantine.read(upload.s3_key_quarantine) == CSV
    assert {name} == {path.name for path in tmp_path.glob("*")}  # noqa: ASYNC240 - a folder of one file


async def test_the_policy_allows_exactly_one_key_and_no_more_than_the_declared_size(ada: User, acme: Tenant) -> None:
    payload = await request(ada, acme)
    fields = {field["name"]: field["value"] for field in payload["target"]["fields"]}
    policy = json.loads(base64.b64decode(fields["policy"]))
    upload = await stored(payload)
    assert ["content-length-range", 1, len(CSV)] in policy["conditions"]
    assert {"key": upload.s3_key_quarantine} in policy["conditions"]
    assert payload["target"]["maxBytes"] == len(CSV)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"filename": "  "}, "FILENAME_INVALID", ["filename"]),
        ({"filename": "a\u0000.csv"}, "FILENAME_INVALID", ["filename"]),
        ({"filename": "a" * 252 + ".csv"}, "FILENAME_INVALID", ["filename"]),
        ({"filename": "plan.xlsx"}, "TYPE_NOT_ALLOWED", ["filename"]),
        ({"filename": "plan.csv.zip"}, "TYPE_NOT_ALLOWED", ["filename"]),
        ({"filename": "plan"}, "TYPE_NOT_ALLOWED", ["filename"]),
        ({"sizeBytes": 0}, "FILE_EMPTY", ["sizeBytes"]),
        ({"sizeBytes": -1}, "FILE_EMPTY", ["sizeBytes"]),
        ({"sizeBytes": 2_000_000_001}, "FILE_TOO_LARGE", ["sizeBytes"]),
        ({"parse": {"encoding": "klingon"}}, "HINT_INVALID", ["parse", "encoding"]),
        ({"parse": {"encoding": "base64"}}, "HINT_INVALID", ["parse", "encoding"]),
        ({"parse": {"delimiter": ""}}, "HINT_INVALID", ["parse", "delimiter"]),
        ({"parse": {"delimiter": "\n"}}, "HINT_INVALID", ["parse", "delimiter"]),
        ({"parse": {"quote": "''"}}, "HINT_INVALID", ["parse", "quote"]),
        ({"parse": {"headerLine": -1}}, "HINT_INVALID", ["parse", "headerLine"]),
        ({"parse": {"decimalMark": ";"}}, "HINT_INVALID", ["parse", "decimalMark"]),
        ({"columnMap": [{"header": "Nr", "column": "number"}]}, "COLUMN_UNKNOWN", ["columnMap", "0", "column"]),
        ({"columnMap": [{"header": "", "column": "code"}]}, "COLUMN_UNKNOWN", ["columnMap", "0", "header"]),
    ],
)
async def test_what_a_user_can_mend_is_said_as_data(
    ada: User, acme: Tenant, change: dict[str, Any], code: str, field: list[str]
) -> None:
    payload = await request(ada, acme, **change)
    assert (payload["upload"], payload["target"]) == (None, None)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, field)]
    assert await UploadedTemplateFile.filter(project_id=acme.project.id).count() == 0


async def test_a_column_of_another_kind_is_unknown(ada: User, acme: Tenant) -> None:
    mapping = [{"header": "Beds", "column": "bedrooms"}]
    assert codes(await request(ada, acme, columnMap=mapping)) == []
    assert codes(await request(ada, acme, columnMap=mapping, kind="PHASE_TEMPLATES")) == ["COLUMN_UNKNOWN"]


async def test_everything_that_is_wrong_is_said_at_once(ada: User, acme: Tenant) -> None:
    payload = await request(ada, acme, filename="a.pdf", sizeBytes=0, parse={"decimalMark": "x"})
    assert codes(payload) == ["TYPE_NOT_ALLOWED", "FILE_EMPTY", "HINT_INVALID"]


async def test_a_file_name_is_trimmed_and_put_into_one_form(ada: User, acme: Tenant) -> None:
    payload = await request(ada, acme, filename="  Büro.csv ")
    assert payload["upload"]["filename"] == "Büro.csv"


async def test_a_foreign_project_answers_exactly_as_a_missing_one(ada: User, acme: Tenant, globex: Tenant) -> None:
    foreign = await request(ada, globex)
    missing = await request(ada, acme, projectId="UHJvamVjdDpub3RoaW5n")
    assert codes(foreign) == ["PROJECT_NOT_FOUND"]
    assert foreign == missing


async def test_a_viewer_role_may_not_upload(world: World, acme: Tenant) -> None:
    vera = await world.user((acme, Role.VIEWER))
    assert codes(await request(vera, acme)) == ["FORBIDDEN"]


async def test_the_same_key_and_body_give_the_same_upload(ada: User, acme: Tenant) -> None:
    first = await request(ada, acme, idempotencyKey="k1")
    again = await request(ada, acme, idempotencyKey="k1")
    assert again["upload"]["id"] == first["upload"]["id"]
    assert again["target"]["url"] == first["target"]["url"]
    assert await UploadedTemplateFile.filter(project_id=acme.project.id).count() == 1


async def test_the_same_key_with_another_body_is_a_conflict(ada: User, acme: Tenant) -> None:
    await request(ada, acme, idempotencyKey="k1")
    assert codes(await request(ada, acme, idempotencyKey="k1", dryRun=True)) == ["IDEMPOTENCY_CONFLICT"]


async def test_the_same_key_at_the_same_time_gives_one_upload(ada: User, acme: Tenant) -> None:
    answers = await asyncio.gather(*(request(ada, acme, idempotencyKey="k1") for _ in range(8)))
    assert len({payload["upload"]["id"] for payload in answers}) == 1
    assert await UploadedTemplateFile.filter(project_id=acme.project.id).count() == 1


async def test_two_users_may_use_the_same_key(ada: User, acme: Tenant, world: World) -> None:
    eve = await world.user(acme)
    mine = await request(ada, acme, idempotencyKey="k1")
    hers = await request(eve, acme, idempotencyKey="k1")
    assert mine["upload"]["id"] != hers["upload"]["id"]


async def test_an_idempotency_key_has_bounds(ada: User, acme: Tenant) -> None:
    given = {"projectId": acme.project_id, "filename": "a.csv", "sizeBytes": 1, "idempotencyKey": "k" * 129}
    answer: Answer = await ada.ask(REQUEST, input=given)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_target_is_given_again_while_the_file_is_awaited(ada: User, acme: Tenant) -> None:
    payload = await request(ada, acme)
    query = "query ($id: ID!) { upload(id: $id) { target { ... on PostTarget { url expiresAt } } deadlineAt } }"
    again = (await ada.ask(query, id=payload["upload"]["id"])).data["upload"]
    assert again["target"]["url"] == payload["target"]["url"]
    assert datetime.now(UTC) < datetime.fromisoformat(again["target"]["expiresAt"])
    assert again["target"]["expiresAt"] < again["deadlineAt"]


async def test_no_target_is_given_past_the_deadline(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme, deadline_at=datetime.now(UTC) + timedelta(seconds=1))
    query = "query ($id: ID!) { upload(id: $id) { target { __typename } } }"
    assert (await ada.ask(query, id=global_id(Kind.UPLOAD, upload.id))).data["upload"] == {"target": None}
