"""What a dry run has planned becomes an upload of its own."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from gql.auth import Viewer
from gql.context import Services
from gql.order import Problem, UploadErrorCode
from gql.uploads import announce, call_workers, has_room, too_many
from models import ChangeSet, UploadedTemplateFile, UploadStatus


async def apply_plan(
    plan_id: UUID, plan_hash: str, viewer: Viewer, services: Services
) -> UploadedTemplateFile | Problem:
    """Queue an upload that does what a dry run has planned, and nothing else.

    Asked again, the answer is the upload that is doing so or has done so: an answer that was lost may be asked for
    anew. Where that one failed, or was reverted since, there is a new one.
    """
    async with in_transaction() as tx:
        plan = await UploadedTemplateFile.locked(plan_id, tx)  # whoever else applies it waits here
        if plan is None or not plan.is_plan or plan.s3_key_final is None:
            message = "The upload is no dry run that came to its end; only such a one can be applied."
            return Problem(UploadErrorCode.NOT_A_PLAN, message, ("uploadId",))
        if plan.plan_hash != plan_hash:
            message = "This is not the hash of the upload's plan; ask for `plan` and look at it again."
            return Problem(UploadErrorCode.PLAN_OUTDATED, message, ("planHash",))
        if (earlier := await _application(plan, tx)) is not None:
            return earlier
        if not await has_room(plan.project_id, services.uploads.max_active, tx):
            return too_many(services, "uploadId")
        now, deadline = services.clock(), services.uploads.import_deadline
        upload = plan.application(by=viewer.user_id, now=now)
        await upload.open(tx)
        await upload.queue(plan.s3_key_final, now=now, deadline=deadline, using=tx)
    await announce(upload, services)
    await call_workers(services)
    return upload


async def _application(plan: UploadedTemplateFile, using: BaseDBAsyncClient) -> UploadedTemplateFile | None:
    """Return the upload that is applying or has applied a plan, if what it wrote stands."""
    found = (
        await UploadedTemplateFile.filter(parent_id=plan.id, plan_hash=plan.plan_hash, dry_run=False)
        .exclude(status=UploadStatus.FAILED)
        .order_by("-uploaded_at", "-id")
        .using_db(using)
        .first()
    )
    if found is None or not found.is_terminal:
        return found
    written = await ChangeSet.filter(upload_id=found.id, undoes_id=None, dry_run=False).using_db(using).first()
    return found if written is None or not await ChangeSet.taken_back([written.id], using) else None
