"""What was written is taken back: by a worker, while whoever asked waits for some time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from gql.auth import Viewer
from gql.context import Services
from gql.order import Problem, UploadErrorCode
from gql.uploads import call_workers
from models import ChangeCause, ChangeSet, UploadedTemplateFile

# How long an answer waits for a worker: longer, and proxies on the way give the request up.
ANSWER_WITHIN = timedelta(seconds=20)
# Seconds between two looks at the row, by key: at first as short as a small revert takes, then ever longer.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.3

_FIELD = ("uploadId",)


def nothing_written(upload: UploadedTemplateFile) -> Problem:
    """Return why an upload that wrote nothing can't be reverted."""
    if not upload.is_terminal:
        message = "The upload has not ended yet; cancel it, or wait for its end."
        return Problem(UploadErrorCode.UPLOAD_NOT_FINISHED, message, _FIELD, retryable=True)
    why = "was a dry run and" if upload.dry_run else "failed and" if upload.failure_code else "changed no record: it"
    return Problem(UploadErrorCode.NOT_REVERTIBLE, f"The upload {why} wrote nothing.", _FIELD)


async def revert(
    target_id: UUID, viewer: Viewer, services: Services, *, dry_run: bool, within: timedelta = ANSWER_WITHIN
) -> ChangeSet | Problem:
    """Take a change set back, or with ``dry_run`` find out what that would do; what was edited since is kept.

    The answer is what was done, or where that takes longer than ``within`` the revert that goes on. Of several requests
    at once for the same, one is carried out and all get its answer.
    """
    asked = await _ask(target_id, viewer, services, dry_run=dry_run)
    if isinstance(asked, Problem):
        return asked
    await call_workers(services)
    ended = await _ended(asked, within)
    if ended.failure_code == UploadErrorCode.NOT_REVERTIBLE:
        return Problem(UploadErrorCode.NOT_REVERTIBLE, ended.failure_message or "", _FIELD)
    return ended


async def _ask(target_id: UUID, viewer: Viewer, services: Services, *, dry_run: bool) -> ChangeSet | Problem:
    """Leave a row for the workers, or return the one that is there."""
    async with in_transaction() as tx:
        # Whoever else wants it back waits here.
        target = await ChangeSet.select_for_update(no_key=True).using_db(tx).get(id=target_id)
        if not target.wrote:
            message = "There is nothing to take back: these changes were never made, or not yet."
            return Problem(UploadErrorCode.NOT_REVERTIBLE, message, _FIELD)
        if await ChangeSet.taken_back([target.id], tx):
            message = "It was taken back already; `revertedBy` names the revert, which can be taken back itself."
            return Problem(UploadErrorCode.NOT_REVERTIBLE, message, _FIELD)
        waiting = ChangeSet.filter(undoes_id=target.id, dry_run=dry_run, finished_at=None).using_db(tx)
        if (found := await waiting.first()) is not None:
            return found
        return await ChangeSet.create(
            using_db=tx,
            id=uuid4(),
            organization_id=target.organization_id,
            project_id=target.project_id,
            upload_id=target.upload_id,
            undoes_id=target.id,
            cause=ChangeCause.REVERT,
            dry_run=dry_run,
            by_id=viewer.user_id,
            at=services.clock(),
        )


async def _ended(asked: ChangeSet, within: timedelta) -> ChangeSet:
    """Return the row once it is finished, or as it is when the time is over."""
    loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
    until = loop.time() + within.total_seconds()
    while True:
        asked = await ChangeSet.get(id=asked.id)
        if asked.finished_at is not None or loop.time() >= until:
            return asked
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
