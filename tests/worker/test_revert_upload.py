"""`revertUpload` with a worker that does it."""

from __future__ import annotations

import asyncio
from typing import Any

from gql.ids import Kind, global_id
from models import ChangeSet, InvalidRowPolicy, SuiteTemplate, UploadedTemplateFile, UploadStage
from tests.worker.client import Client, told
from tests.worker.office import Office, Project, records, suite_rows, suites
from tests.worker.running import working
from workers.main import Settings


def codes(answer: Any) -> list[str]:
    assert answer["changeSet"] is None
    return [error["code"] for error in answer["userErrors"]]


async def test_a_revert_is_looked_at_done_and_undone(
    office: Office, project: Project, client: Client, settings: Settings
) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}, {"code": "3", "name": "Three"}))
    before = await records(project)
    clean = suites({"code": "1", "name": "Uno"}, {"code": "2", "name": "Due"}, {"code": "3", "name": "Tre"})
    upload = await office.imported(project, clean)
    after = await records(project)
    async with working(settings):
        dry = (await client.revert(upload, dry_run=True))["changeSet"]
        assert (dry["dryRun"], dry["revertible"], dry["failure"]) == (True, False, None)
        assert sorted(told(dry)) == [("DELETE", "2"), ("UPDATE", "1"), ("UPDATE", "3")]
        assert await records(project) == after
        looked_at = {edge["node"]["code"]: edge["node"]["fields"] for edge in dry["changes"]["edges"]}
        assert looked_at["1"] == [{"field": "name", "before": "Uno", "after": "One"}]
        assert {"field": "name", "before": "Due", "after": None} in looked_at["2"]

        done = (await client.revert(upload))["changeSet"]
        assert done["counts"] == {"created": 0, "updated": 2, "deleted": 1, "keptBecauseEditedSince": 0}
        assert {edge["node"]["code"]: edge["node"]["fields"] for edge in done["changes"]["edges"]} == looked_at
        assert await records(project) == before
        wrote = await client.change_set(upload)
        assert (done["undoes"]["id"], wrote["revertedBy"]["id"]) == (wrote["id"], done["id"])
        assert (wrote["revertible"], done["revertible"]) == (False, True)
        # What it created is told though it is gone, as it was.
        assert told(wrote) == [("CREATE", "2"), ("UPDATE", "1"), ("UPDATE", "3")]
        assert {"field": "name", "before": None, "after": "Due"} in wrote["changes"]["edges"][0]["node"]["fields"]

        answer = await client.revert(upload)
        assert codes(answer) == ["NOT_REVERTIBLE"]
        assert "revertedBy" in answer["userErrors"][0]["message"]

        back = (await client.revert(done["id"]))["changeSet"]
        assert sorted(told(back)) == [("CREATE", "2"), ("UPDATE", "1"), ("UPDATE", "3")]
        assert await records(project) == after
        assert (await client.change_set(upload))["revertedBy"] is None
        again = (await client.revert(upload))["changeSet"]
        assert (again["counts"]["deleted"], await records(project)) == (1, before)


async def test_what_is_kept_says_why(office: Office, project: Project, client: Client, settings: Settings) -> None:
    upload = await office.imported(project, suites({"code": "1", "name": "One"}, {"code": "2", "name": "Two"}))
    await SuiteTemplate.filter(project_id=project.id, code="1").update(name="By hand")
    async with working(settings):
        done = (await client.revert(upload))["changeSet"]
    assert done["counts"] == {"created": 0, "updated": 0, "deleted": 1, "keptBecauseEditedSince": 1}
    (kept,) = [edge["node"] for edge in done["changes"]["edges"] if edge["node"]["action"] == "KEEP"]
    assert (kept["code"], kept["reason"], kept["fields"]) == ("1", "It was edited since.", [])


async def test_a_dry_run_comes_first_by_default(
    office: Office, project: Project, client: Client, settings: Settings
) -> None:
    upload = await office.imported(project, suites({"code": "1", "name": "One"}))
    query = "mutation ($id: ID!) { revertUpload(input: {uploadId: $id}) { changeSet { dryRun } } }"
    async with working(settings):
        data = await client.ask(query, id=global_id(Kind.UPLOAD, upload.id))
    assert data["revertUpload"]["changeSet"] == {"dryRun": True}
    assert set(await suite_rows(project)) == {"1"}


async def test_of_many_reverts_at_once_one_is_done(
    office: Office, project: Project, client: Client, settings: Settings
) -> None:
    upload = await office.imported(project, suites({"code": "1", "name": "One"}))
    async with working(settings):
        answers = await asyncio.gather(*(client.revert(upload) for _ in range(5)))
    done = {answer["changeSet"]["id"] for answer in answers if answer["changeSet"]}
    assert len(done) == 1
    assert {error["code"] for answer in answers for error in answer["userErrors"]} <= {"NOT_REVERTIBLE"}
    assert await ChangeSet.filter(undoes_id__isnull=False, failure_code=None).count() == 1
    assert await suite_rows(project) == {}


async def test_a_revert_waits_for_the_imports_of_its_project(
    office: Office, project: Project, client: Client, settings: Settings
) -> None:
    upload = await office.imported(project, suites({"code": "1", "name": "One"}))
    rows = [{"code": f"S{number}", "name": "Suite"} for number in range(20_000)]
    later = await office.queued(project, suites({"code": "1", "name": "Later"}, *rows))
    async with working(settings):
        while (await UploadedTemplateFile.get(id=later.id)).stage is UploadStage.QUEUED:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)
        done = (await client.revert(upload))["changeSet"]
    await later.refresh_from_db()
    assert done["counts"]["keptBecauseEditedSince"] == 1
    assert later.counts.updated == 1


async def test_what_wrote_nothing_is_not_reverted(office: Office, project: Project, client: Client) -> None:
    clean = suites({"code": "1", "name": "One"})
    dry = await office.imported(project, clean, dry_run=True)
    assert codes(await client.revert(dry)) == ["NOT_REVERTIBLE"]
    await office.imported(project, clean)
    assert codes(await client.revert(await office.imported(project, clean))) == ["NOT_REVERTIBLE"]
    failed = await office.imported(project, suites({"code": "2", "name": ""}), policy=InvalidRowPolicy.REJECT_FILE)
    assert codes(await client.revert(failed)) == ["NOT_REVERTIBLE"]
    assert codes(await client.revert(await office.upload(project))) == ["UPLOAD_NOT_FINISHED"]
    elsewhere = await office.imported(await office.project(), clean)
    assert codes(await client.revert(elsewhere)) == ["UPLOAD_NOT_FOUND"]
    hidden = await ChangeSet.get(upload_id=elsewhere.id)
    assert codes(await client.revert(global_id(Kind.CHANGE_SET, hidden.id))) == ["UPLOAD_NOT_FOUND"]
    assert codes(await client.revert("nothing")) == ["UPLOAD_NOT_FOUND"]
    planned = await ChangeSet.get(upload_id=dry.id)
    assert codes(await client.revert(global_id(Kind.CHANGE_SET, planned.id))) == ["NOT_REVERTIBLE"]
