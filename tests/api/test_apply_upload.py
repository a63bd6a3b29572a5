from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from gql.ids import Kind, global_id, uuid_of
from models import ChangeCause, ChangeSet, Failure, Role, RowCounts, UploadedTemplateFile, UploadEvent, UploadStage
from tests.api.world import Tenant, User, World

HASH = "a" * 64
APPLY = """
mutation ($id: ID!, $hash: String!) { applyUpload(input: {uploadId: $id, planHash: $hash}) {
  upload { id status stage sequence dryRun mode invalidRows kind filename parent { id } target { __typename }
    uploadedBy { email } }
  userErrors { code field retryable }
} }
"""


async def plan(world: World, tenant: Tenant, **columns: Any) -> UploadedTemplateFile:
    """Make a dry run that came to its end."""
    more = {"dry_run": True, "plan_hash": HASH, "s3_key_final": "the/clean/file", "report": {}, **columns}
    upload = await world.upload(tenant, kind="SUITE_TEMPLATES", mode="UPDATE_ONLY", invalid_rows="REJECT_ROWS", **more)
    await world.finish(upload, RowCounts(1, 1, 0, 0, 0))
    return upload


async def applied(user: User, upload: UploadedTemplateFile, plan_hash: str = HASH) -> Any:
    name = global_id(Kind.UPLOAD, upload.id)
    return (await user.ask(APPLY, id=name, hash=plan_hash)).data["applyUpload"]


async def refused(user: User, upload: UploadedTemplateFile, plan_hash: str = HASH) -> list[str]:
    answer = await applied(user, upload, plan_hash)
    assert answer["upload"] is None
    return [error["code"] for error in answer["userErrors"]]


async def row(answer: Any) -> UploadedTemplateFile:
    key = uuid_of(answer["upload"]["id"], Kind.UPLOAD)
    return await UploadedTemplateFile.get(id=key)


async def test_a_plan_becomes_an_upload_that_waits_for_a_worker(ada: User, acme: Tenant, world: World) -> None:
    dry = await plan(world, acme)
    answer = await applied(ada, dry)
    assert answer["userErrors"] == []
    assert answer["upload"].pop("id") != global_id(Kind.UPLOAD, dry.id)
    assert answer["upload"] == {
        "status": "SANITIZING",
        "stage": "QUEUED",
        "sequence": 3,
        "dryRun": False,
        "mode": "UPDATE_ONLY",
        "invalidRows": "REJECT_ROWS",
        "kind": "SUITE_TEMPLATES",
        "filename": "suites.csv",
        "parent": {"id": global_id(Kind.UPLOAD, dry.id)},
        "target": None,
        "uploadedBy": {"email": ada.email},
    }
    made = await UploadedTemplateFile.get(parent_id=dry.id)
    assert (made.plan_hash, made.s3_key_final, made.deadline_at is None) == (HASH, "the/clean/file", False)
    assert made.report is not None
    assert made.s3_key_quarantine != dry.s3_key_quarantine
    steps = await UploadEvent.filter(upload_id=made.id).order_by("sequence")
    assert [step.stage for step in steps] == [UploadStage.AWAITING_FILE, UploadStage.RECEIVED, UploadStage.QUEUED]


async def test_workers_are_called(ada: User, acme: Tenant, world: World) -> None:
    dry = await plan(world, acme)
    async with asyncio.timeout(5), world.api.services.bus.listen_for_calls() as calls:
        await applied(ada, dry)
        await anext(calls)


async def test_an_application_asked_for_again_is_the_same_upload(ada: User, acme: Tenant, world: World) -> None:
    dry = await plan(world, acme)
    answers = await asyncio.gather(*(applied(ada, dry) for _ in range(4)))
    assert len({answer["upload"]["id"] for answer in answers}) == 1
    first = await row(answers[0])
    await world.finish(first, RowCounts(1, 0, 0, 1, 0))
    assert (await row(await applied(ada, dry))).id == first.id


async def test_an_application_that_failed_or_was_reverted_may_be_tried_again(
    ada: User, acme: Tenant, world: World
) -> None:
    dry = await plan(world, acme)
    first = await row(await applied(ada, dry))
    await world.fail(first, Failure("CANCELLED", "The upload was cancelled."))
    second = await row(await applied(ada, dry))
    assert second.id != first.id
    await world.finish(second, RowCounts(1, 1, 0, 0, 0))
    now = datetime.now(UTC)
    common: dict[str, Any] = {
        "organization_id": acme.organization.id,
        "project_id": acme.project.id,
        "upload_id": second.id,
        "dry_run": False,
        "at": now,
        "finished_at": now,
    }
    written = await ChangeSet.create(cause=ChangeCause.IMPORT, created=1, **common)
    assert (await row(await applied(ada, dry))).id == second.id
    revert = await ChangeSet.create(cause=ChangeCause.REVERT, undoes_id=written.id, deleted=1, **common)
    third = await row(await applied(ada, dry))
    assert third.id not in {first.id, second.id}
    await world.fail(third, Failure("CANCELLED", "The upload was cancelled."))
    await ChangeSet.create(cause=ChangeCause.REVERT, undoes_id=revert.id, created=1, **common)
    assert (await row(await applied(ada, dry))).id == second.id


async def test_only_a_finished_dry_run_with_its_own_hash_is_applied(
    ada: User, acme: Tenant, globex: Tenant, world: World
) -> None:
    assert await refused(ada, await world.upload(acme)) == ["NOT_A_PLAN"]
    assert await refused(ada, await world.upload(acme, dry_run=True)) == ["NOT_A_PLAN"]
    failed = await world.upload(acme, dry_run=True)
    await world.fail(failed, Failure("ROWS_REJECTED", "No."))
    assert await refused(ada, failed) == ["NOT_A_PLAN"]
    done = await world.upload(acme)
    await world.finish(done, RowCounts(1, 1, 0, 0, 0))
    assert await refused(ada, done) == ["NOT_A_PLAN"]
    dry = await plan(world, acme)
    assert await refused(ada, dry, "b" * 64) == ["PLAN_OUTDATED"]
    assert await refused(ada, dry, "") == ["PLAN_OUTDATED"]
    assert await refused(ada, await plan(world, globex)) == ["UPLOAD_NOT_FOUND"]
    looking = await world.user((acme, Role.VIEWER))
    assert await refused(looking, dry) == ["FORBIDDEN"]
    assert await UploadedTemplateFile.filter(parent_id=dry.id).count() == 0
