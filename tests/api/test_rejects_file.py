"""The refused rows as a file: signed for whoever may see the upload, and fetched without a token."""

from __future__ import annotations

from datetime import datetime

import pytest

from gql.ids import Kind, global_id
from models import Failure
from sanitizer_lambda.contract import UploadKey
from tests.api.world import Tenant, User, World

QUERY = "query($id: ID!) { upload(id: $id) { rejectsFile { url expiresAt rows bytes } } }"
ROWS = b"code;name;_line;_errors\r\nA;;2;REQUIRED name\r\n"


@pytest.mark.parametrize(
    ("filename", "saved_as"),
    [
        ("Spring 2026.csv", "Spring-2026-rejects.csv"),
        ("žluťoučký.csv", "zlutoucky-rejects.csv"),
        ("報告.csv", "upload-rejects.csv"),
    ],
)
async def test_the_url_gives_the_file_under_a_name_that_tells_what_it_is(
    ada: User, acme: Tenant, world: World, filename: str, saved_as: str
) -> None:
    upload = await world.upload(acme, ada, filename=filename, rejects_rows=1, rejects_bytes=len(ROWS))
    key = UploadKey(upload.organization_id, upload.project_id, upload.id)
    await world.api.services.storage.final.write(key.rejects, ROWS, content_type="text/csv")
    await world.fail(upload, Failure("ROWS_REJECTED", "1 row is not valid."))
    answer = await ada.ask(QUERY, id=global_id(Kind.UPLOAD, upload.id))
    file = answer.data["upload"]["rejectsFile"]
    assert (file["rows"], file["bytes"]) == (1, len(ROWS))
    assert datetime.fromisoformat(file["expiresAt"]) > upload.uploaded_at
    response = await world.http.get(file["url"])
    assert response.content == ROWS
    assert response.headers["content-disposition"] == f'attachment; filename="{saved_as}"'


async def test_an_upload_without_refused_rows_has_none(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme, ada)
    answer = await ada.ask(QUERY, id=global_id(Kind.UPLOAD, upload.id))
    assert answer.data["upload"]["rejectsFile"] is None
