"""From a sample to records and back, through the whole product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airlock.client import Client
from airlock.demo import GLOBEX
from models import PhaseTemplate, SuiteTemplate
from sanitizer_lambda.contract import TemplateKind
from tests.journeys.steps import steps

pytestmark = pytest.mark.usefixtures("database")

APPLY = """
mutation ($id: ID!, $hash: String!) {
  applyUpload(input: {uploadId: $id, planHash: $hash}) { upload { id parent { id } } userErrors { code } }
}
"""
REVERT = """
mutation ($id: ID!) {
  revertUpload(input: {uploadId: $id, dryRun: false}) {
    changeSet { finishedAt counts { created updated deleted } } userErrors { code message }
  }
}
"""


async def planned(client: Client, path: Path, kind: TemplateKind) -> str:
    """Return the id of a dry run that came to its end."""
    door = await client.request_upload(path, (await client.projects())[0]["id"], dryRun=True, kind=kind.value)
    await client.send(door, path)
    assert [event async for event in client.watch(door.upload_id)][-1]["stage"] == "PLANNED"
    return door.upload_id


async def count() -> int:
    own = {"project_id": GLOBEX.project_id}
    return await SuiteTemplate.filter(**own).count() + await PhaseTemplate.filter(**own).count()


@pytest.mark.parametrize("kind", list(TemplateKind))
async def test_a_sample_is_planned_applied_told_and_taken_back(bob: Client, tmp_path: Path, kind: TemplateKind) -> None:
    before = await count()
    query = "query ($kind: TemplateKind!) { importSchema(kind: $kind) { sampleCsv } }"
    sample = tmp_path / "sample.csv"
    sample.write_text((await bob.execute(query, {"kind": kind.value}))["importSchema"]["sampleCsv"])
    dry = await planned(bob, sample, kind)
    query = "query ($id: ID!) { upload(id: $id) { plan { planHash changes { totalCount } } } }"
    plan = (await bob.execute(query, {"id": dry}))["upload"]["plan"]
    records = 2 if kind is TemplateKind.SUITES_WITH_PHASES else 1
    assert plan["changes"]["totalCount"] == records
    answer = (await bob.execute(APPLY, {"id": dry, "hash": plan["planHash"]}))["applyUpload"]
    assert (answer["userErrors"], answer["upload"]["parent"]["id"]) == ([], dry)
    events = [event async for event in bob.watch(answer["upload"]["id"], 0)]
    assert events[-1]["stage"] == "DONE"
    assert steps(events) == list(range(1, events[-1]["sequence"] + 1))
    assert events[-1]["upload"]["counts"]["created"] == 1
    assert await count() == before + records
    again = await planned(bob, sample, kind)
    query = "query ($id: ID!) { upload(id: $id) { counts { read unchanged } } }"
    assert (await bob.execute(query, {"id": again}))["upload"]["counts"] == {"read": 1, "unchanged": 1}
    done: Any = (await bob.execute(REVERT, {"id": answer["upload"]["id"]}))["revertUpload"]
    assert done["userErrors"] == []
    assert done["changeSet"]["finishedAt"] is not None
    assert done["changeSet"]["counts"] == {"created": 0, "updated": 0, "deleted": records}
    assert await count() == before
