"""Who works on what: a lease on one import, taken fairly between organizations, kept alive, and given back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from infra.bus import Hint
from infra.database import DATABASE_ERRORS
from models import CLAIMABLE, TERMINAL, Failure, UploadedTemplateFile, UploadStage

# Renewals a lease outlives: two may fail before another worker may take the import.
_RENEWALS = 3
_TABLE = "uploaded_template_file"
_BEGUN = (UploadStage.CHECKING, UploadStage.IMPORTING)

POISON = Failure(
    "IMPORT_ABANDONED",
    "The import ended without a result each time it was tried, and was given up; the file itself may be the cause.",
)


class LeaseLostError(Exception):
    """Another worker has the import, or it was ended: what this one did must not be committed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to import one upload, for as long as it is renewed; ``upload`` is its row as it was when claimed."""

    owner: str
    upload: UploadedTemplateFile

    @property
    def hint(self) -> Hint:
        """What to publish when the claim is committed."""
        return hint_of(self.upload)


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An import that was given up instead of being claimed once more."""

    hint: Hint


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what conditions a worker claims: ``worker`` is its name, at most 40 characters."""

    worker: str
    lease: timedelta
    max_attempts: int
    deadline: timedelta


def hint_of(upload: UploadedTemplateFile) -> Hint:
    """Return what tells others where an upload is now."""
    return Hint(upload.id, upload.project_id, upload.sequence)


async def claim(terms: Terms, now: datetime) -> Lease | Abandoned | None:
    """Take the next import, or None where there is nothing to do."""
    async with in_transaction() as tx:
        _, rows = await tx.execute_query(_next_query())
        if not rows:
            return None
        upload = await UploadedTemplateFile.locked(rows[0]["id"], tx)
        assert upload is not None, "its row is locked"
        if upload.attempt >= terms.max_attempts:
            await upload.fail(POISON, now=now, using=tx)
            return Abandoned(hint_of(upload))
        upload.attempt += 1
        upload.lease_owner = f"{terms.worker}:{upload.attempt}"
        # The database's clock rules leases: those of the workers may differ.
        upload.lease_until = rows[0]["clock"] + terms.lease
        if not await upload.reach(UploadStage.CHECKING, now=now, deadline=terms.deadline, using=tx):
            await upload.save(using_db=tx, update_fields=["attempt", "lease_owner", "lease_until"])
        return Lease(upload.lease_owner, upload)


async def waiting() -> list[UUID]:
    """Return the uploads that nobody works on though somebody could."""
    async with in_transaction() as tx:
        query = f"SELECT u.id FROM {_TABLE} u WHERE {_free()} ORDER BY u.uploaded_at LIMIT 100"  # noqa: S608 - our own words
        _, rows = await tx.execute_query(query)
    return [row["id"] for row in rows]


async def keep(lease: Lease, term: timedelta) -> None:
    """Renew a lease for ever. Raises LeaseLostError."""
    while True:
        await asyncio.sleep(term.total_seconds() / _RENEWALS)
        try:
            renewed = await _set_until(lease, f"now() + interval '{term.total_seconds()} seconds'")
        except DATABASE_ERRORS:
            continue  # it is away for the import as well; the next renewal is still in time
        if not renewed:
            raise LeaseLostError


async def release(lease: Lease, *, after: timedelta = timedelta(0), counted: bool = False) -> None:
    """Give the import to another worker, not before ``after``; ``counted`` as an attempt if it is its own fault."""
    back = "" if counted else ", attempt = attempt - 1"
    await _set_until(lease, f"now() + interval '{after.total_seconds()} seconds', lease_owner = NULL{back}")


async def held(lease: Lease, using: Any) -> UploadedTemplateFile:
    """Return the upload's row, locked, if the lease still holds. Raises LeaseLostError."""
    upload = await UploadedTemplateFile.locked(lease.upload.id, using)
    if upload is None or upload.is_terminal or upload.lease_owner != lease.owner:
        raise LeaseLostError
    return upload


async def _set_until(lease: Lease, until: str) -> bool:
    async with in_transaction() as tx:
        touched, _ = await tx.execute_query(
            f"UPDATE {_TABLE} SET lease_until = {until} "  # noqa: S608 - our own words
            f"WHERE id = $1 AND lease_owner = $2 AND status NOT IN ({_listed(TERMINAL)})",
            [lease.upload.id, lease.owner],
        )
    return touched == 1


def _next_query() -> str:
    """Return the query for the next import: of the organization with the fewest running, the oldest.

    A project with a running import is left out: the next one would only wait for it, and hold a place meanwhile.
    """
    return (
        "WITH running AS (SELECT organization_id, project_id FROM "  # noqa: S608 - our own words
        f"{_TABLE} WHERE stage IN ({_listed(_BEGUN)}) AND status NOT IN ({_listed(TERMINAL)}) AND lease_until > now() "
        "AND lease_owner IS NOT NULL) "
        f"SELECT u.id, now() AS clock FROM {_TABLE} u WHERE {_free()} "
        "AND u.project_id NOT IN (SELECT project_id FROM running) "
        "ORDER BY (SELECT count(*) FROM running r WHERE r.organization_id = u.organization_id), u.uploaded_at, u.id "
        "LIMIT 1 FOR UPDATE OF u SKIP LOCKED"
    )


def _free() -> str:
    return (
        f"u.stage IN ({_listed(CLAIMABLE)}) AND u.status NOT IN ({_listed(TERMINAL)}) "
        "AND (u.lease_until IS NULL OR u.lease_until <= now())"
    )


def _listed(words: Any) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))
