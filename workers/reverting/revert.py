"""One revert from its row to its end: what the project held before comes back, all or nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from models import TERMINAL, ChangeCause, ChangeSet, Failure, UploadStage
from workers.away import AWAY
from workers.reverting.conflicts import TABLES as LOOKED_AT
from workers.reverting.conflicts import Conflicts
from workers.reverting.undo import TABLES as DONE
from workers.reverting.undo import Undo
from workers.staging.desk import Desk

# Seconds after which a revert waits for an import in its project at a worker's place, rather than for the end of all
# imports there: so long its place is of more use to others.
_PATIENCE = 5

UNDONE_ALREADY = Failure("NOT_REVERTIBLE", "Another revert has taken this back in the meantime.")
FAILED = Failure("REVERT_FAILED", "The changes could not be taken back; nothing was done.")
TIMED_OUT = Failure("REVERT_TIMED_OUT", "No worker could take the changes back in time; nothing was done.")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Effects:
    """What reverting touches beside the database; ``deadline`` is how long a revert may wait for its end."""

    now: Callable[[], datetime]
    deadline: timedelta


async def revert_next(effects: Effects) -> bool:
    """Take the next revert to its end; whether there was one. Raises what a database that is away raises.

    Its row is locked meanwhile: no other worker takes it, and one that dies leaves it as it was.
    """
    taken: UUID | None = None
    try:
        async with in_transaction() as tx:
            _, rows = await tx.execute_query(_next_query())
            if not rows:
                return False
            revert = await ChangeSet.get(id=rows[0]["id"], using_db=tx)
            taken = revert.id
            await _run(revert, effects, tx)
    except AWAY:
        raise
    except Exception:
        if taken is None:
            raise
        _log.exception("revert failed", extra={"change_set": str(taken)})
        async with in_transaction() as tx:
            revert = await ChangeSet.select_for_update().using_db(tx).get(id=taken)
            await _fail(revert, FAILED, effects, tx)
    _log.info("revert ended", extra={"change_set": str(taken)})
    return True


async def _run(revert: ChangeSet, effects: Effects, tx: Any) -> None:
    if revert.at < effects.now() - effects.deadline:
        await _fail(revert, TIMED_OUT, effects, tx)
        return
    async with tx.acquire_connection() as raw:
        await Desk(raw, revert.project_id).prepare()
    assert revert.undoes_id is not None, "a revert undoes something"
    target = await ChangeSet.get(id=revert.undoes_id, using_db=tx)
    if not target.wrote or await ChangeSet.taken_back([target.id], tx):
        await _fail(revert, UNDONE_ALREADY, effects, tx)
        return
    async with tx.acquire_connection() as raw:
        desk = Desk(raw, revert.project_id)
        await _undo(revert, Undo(desk, target, revert.id), Conflicts(desk), desk)
    revert.finished_at = effects.now()
    await revert.save(using_db=tx)


async def _undo(revert: ChangeSet, undo: Undo, conflicts: Conflicts, desk: Desk) -> None:
    """Do it, or for a dry run try it out; note on the row how many records that are."""
    await desk.create({**DONE, **LOOKED_AT})
    if await undo.gather():
        await conflicts.settle()
    if revert.dry_run:
        await desk.raw.execute("SAVEPOINT tried")
        await undo.write()
        await desk.raw.execute("ROLLBACK TO SAVEPOINT tried")
        await undo.keep(dry_run=True)
    else:
        await undo.keep(dry_run=False)
        await undo.write()
    counts = await undo.count()
    revert.created, revert.updated = counts.created, counts.updated
    revert.deleted, revert.kept = counts.deleted, counts.kept


async def _fail(revert: ChangeSet, failure: Failure, effects: Effects, tx: Any) -> None:
    revert.failure_code, revert.failure_message = failure.code, failure.message
    revert.finished_at = effects.now()
    await revert.save(using_db=tx)


def _next_query() -> str:
    """Return the query for the oldest revert, but for those that would only wait for an import in their project."""
    begun = f"'{UploadStage.CHECKING}', '{UploadStage.IMPORTING}'"
    ended = ", ".join(f"'{status}'" for status in sorted(TERMINAL))
    return (
        f"SELECT c.id FROM change_set c WHERE c.cause = '{ChangeCause.REVERT}' AND c.finished_at IS NULL AND "
        f"(c.at < now() - interval '{_PATIENCE} seconds' OR NOT EXISTS (SELECT FROM uploaded_template_file u "
        f"WHERE u.project_id = c.project_id AND u.stage IN ({begun}) AND u.status NOT IN ({ended}) "
        "AND u.lease_until > now() AND u.lease_owner IS NOT NULL)) "
        "ORDER BY c.at, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED"
    )
