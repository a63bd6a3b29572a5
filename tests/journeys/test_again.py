"""An upload tried again without its file, and refused rows that come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from airlock.client import Client
from models import SuiteTemplate, UploadedTemplateFile

pytestmark = pytest.mark.usefixtures("database")

RETRY = """mutation($input: RetryUploadInput!) {
  retryUpload(input: $input) {
    upload { id status target { __typename } parent { id } } userErrors { code field message }
  }
}"""
LOOK = """query($id: ID!) {
  upload(id: $id) {
    status filename parent { id } counts { read created rejected } rejectsFile { url rows } failure { code }
  }
}"""


async def ended(client: Client, path: Path, **options: Any) -> dict[str, Any]:
    project = str((await client.projects())[0]["id"])
    door = await client.request_upload(path, project, **options)
    await client.send(door, path)
    return {**await watched(client, door.upload_id), "uploadId": door.upload_id}


async def watched(client: Client, upload_id: str) -> dict[str, Any]:
    last: dict[str, Any] = {}
    async for event in client.watch(upload_id):
        last = event
    return last


async def test_a_file_with_headers_nobody_knows_is_tried_again_with_a_column_map(ada: Client, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Zeichen,Bezeichner,Beds\nRETRY1,Eins,1\nRETRY2,Zwei,2\n")
    first = await ended(ada, path)
    assert first["failure"]["code"] in {"KIND_NOT_RECOGNISED", "COLUMN_MISSING"}
    mapped = [{"header": "Zeichen", "column": "code"}, {"header": "Bezeichner", "column": "name"}]
    answer = await ada.execute(
        RETRY, {"input": {"uploadId": first["uploadId"], "kind": "SUITE_TEMPLATES", "columnMap": mapped}}
    )
    payload = answer["retryUpload"]
    assert payload["userErrors"] == []
    assert payload["upload"]["parent"] == {"id": first["uploadId"]}
    assert payload["upload"]["target"] is None
    last = await watched(ada, payload["upload"]["id"])
    assert last["status"] == "PROCESSED"
    assert await SuiteTemplate.filter(code__in=["RETRY1", "RETRY2"]).count() == 2
    # What was a retry itself may be tried again, from the same file.
    again = (await ada.execute(RETRY, {"input": {"uploadId": payload["upload"]["id"], "mode": "CREATE_ONLY"}}))[
        "retryUpload"
    ]
    last = await watched(ada, again["upload"]["id"])
    assert last["failure"]["code"] == "ROWS_REJECTED"


async def test_refused_rows_come_back_as_they_are_and_name_where_they_were_refused(ada: Client, tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes("Unit Type;Name;Remark\r\nBACK1;Größe;x\r\nBACK2;;y\r\nBACK3\r\n".encode("cp1252"))
    first = await ended(ada, path, invalidRows="REJECT_ROWS")
    assert first["status"] == "PROCESSED"
    upload = (await ada.execute(LOOK, {"id": first["uploadId"]}))["upload"]
    assert upload["rejectsFile"]["rows"] == upload["counts"]["rejected"] == 2
    async with httpx.AsyncClient() as http:
        rows = (await http.get(upload["rejectsFile"]["url"])).content
    assert rows.decode("cp1252").splitlines()[0] == "Unit Type;Name;Remark;_line;_errors"
    back = tmp_path / "whatever they call it.csv"
    back.write_bytes(rows)
    second = await ended(ada, back, invalidRows="REJECT_ROWS")
    told = (await ada.execute(LOOK, {"id": second["uploadId"]}))["upload"]
    assert told["parent"] == {"id": first["uploadId"]}
    assert told["counts"] == {"read": 2, "created": 0, "rejected": 2}
    mended = rows.decode("cp1252").replace("BACK2;;", "BACK2;Zwei;")
    back.write_bytes(mended.encode("cp1252"))
    third = await ended(ada, back, invalidRows="REJECT_ROWS")
    told = (await ada.execute(LOOK, {"id": third["uploadId"]}))["upload"]
    assert told["counts"] == {"read": 2, "created": 1, "rejected": 1}
    assert told["parent"] == {"id": first["uploadId"]}
    assert await SuiteTemplate.filter(code="BACK2", name="Zwei").count() == 1


async def test_only_an_upload_that_ended_and_had_a_file_is_tried_again(ada: Client) -> None:
    project = str((await ada.projects())[0]["id"])
    asked = await ada.execute(
        "mutation($input: RequestUploadInput!) { requestUpload(input: $input) { upload { id } } }",
        {"input": {"projectId": project, "filename": "a.csv", "sizeBytes": 5}},
    )
    key = asked["requestUpload"]["upload"]["id"]
    answer = await ada.execute(RETRY, {"input": {"uploadId": key}})
    assert [error["code"] for error in answer["retryUpload"]["userErrors"]] == ["UPLOAD_NOT_FINISHED"]
    await ada.execute(
        "mutation($input: CancelUploadInput!) { cancelUpload(input: $input) { upload { id } } }",
        {"input": {"uploadId": key}},
    )
    answer = await ada.execute(RETRY, {"input": {"uploadId": key}})
    assert [error["code"] for error in answer["retryUpload"]["userErrors"]] == ["UPLOAD_EXPIRED"]
    assert await UploadedTemplateFile.filter(parent_id__not_isnull=True, filename="a.csv").count() == 0
