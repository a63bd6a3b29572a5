from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from models import Failure, UploadedTemplateFile, UploadStage, UploadStatus
from tests.worker.office import Office, Project, fresh, phases, suite_rows, suites
from workers import ingest
from workers.claim import Abandoned, Lease, LeaseLostError, claim, keep, release, waiting

ONE = suites({"code": "1A", "name": "One"})
LONG_AGO = timedelta(minutes=5)


async def expire(upload: UploadedTemplateFile, office: Office) -> None:
    await UploadedTemplateFile.filter(id=upload.id).update(lease_until=office.now() - LONG_AGO)


async def test_an_import_is_claimed_once(office: Office, project: Project) -> None:
    upload = await office.queued(project, ONE)
    claims = await asyncio.gather(*(claim(office.terms(f"w{number}"), office.now()) for number in range(5)))
    (lease,) = [found for found in claims if isinstance(found, Lease)]
    found = await fresh(upload)
    assert (found.stage, found.attempt, found.lease_owner) == (UploadStage.CHECKING, 1, lease.owner)


async def test_who_has_the_fewest_running_imports_comes_first_then_who_waits_longest(office: Office) -> None:
    busy = [await office.project()]
    busy += [await office.project(busy[0].organization_id) for _ in range(3)]
    for place in busy:
        await office.queued(place, ONE)
    late = await office.queued(await office.project(), ONE)
    first, second, third = [await office.claim() for _ in range(3)]
    assert first.upload.project_id == busy[0].id
    assert second.upload.id == late.id
    assert third.upload.project_id == busy[1].id


async def test_a_project_with_a_running_import_waits_for_its_end(office: Office, project: Project) -> None:
    await office.queued(project, ONE)
    second = await office.queued(project, ONE)
    lease = await office.claim()
    assert await claim(office.terms(), office.now()) is None
    await ingest.ingest(lease, office.effects())
    assert (await office.claim()).upload.id == second.id


async def test_a_lease_that_ran_out_is_claimed_by_another_and_the_first_may_not_commit(
    office: Office, project: Project
) -> None:
    upload = await office.queued(project, ONE)
    slow = await office.claim("slow")
    await expire(upload, office)
    assert await waiting() == [upload.id]
    quick = await office.claim("quick")
    assert quick.upload.attempt == 2
    with pytest.raises(LeaseLostError):
        await ingest.ingest(slow, office.effects())
    assert await suite_rows(project) == {}
    await ingest.ingest(quick, office.effects())
    found = await fresh(upload)
    assert (found.status, found.counts.created) == (UploadStatus.PROCESSED, 1)


async def test_a_lease_is_renewed_until_it_is_lost(office: Office, project: Project) -> None:
    upload = await office.queued(project, ONE)
    lease = await office.claim()
    keeping = asyncio.create_task(keep(lease, timedelta(seconds=0.6)))
    await asyncio.sleep(0.5)
    renewed = await fresh(upload)
    assert renewed.lease_until is not None
    assert lease.upload.lease_until is not None
    assert renewed.lease_until != lease.upload.lease_until
    await UploadedTemplateFile.filter(id=upload.id).update(lease_owner="another")
    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(keeping, 2)


async def test_an_import_that_was_cancelled_meanwhile_rolls_back(office: Office, project: Project) -> None:
    upload = await office.queued(project, ONE)
    lease = await office.claim()
    async with in_transaction() as tx:
        row = await UploadedTemplateFile.locked(upload.id, tx)
        assert row is not None
        await row.fail(Failure("CANCELLED", "Cancelled."), now=office.now(), using=tx)
    with pytest.raises(LeaseLostError):
        await ingest.ingest(lease, office.effects())
    assert await suite_rows(project) == {}
    assert (await fresh(upload)).failure_code == "CANCELLED"


async def test_an_import_that_fails_each_time_is_given_up_and_its_neighbour_is_not(
    office: Office, project: Project
) -> None:
    poison = await office.queued(project, ONE)
    for attempt in range(1, office.settings.work.max_attempts + 1):
        lease = await office.claim()
        assert (lease.upload.id, lease.upload.attempt) == (poison.id, attempt)
        await release(lease, counted=True)
    neighbour = await office.queued(await office.project(), ONE)
    abandoned = await claim(office.terms(), office.now())
    assert isinstance(abandoned, Abandoned)
    found = await fresh(poison)
    assert (found.status, found.failure_code, found.failure_retryable) == (
        UploadStatus.FAILED, "IMPORT_ABANDONED", False,
    )  # fmt: skip
    assert abandoned.hint.sequence == found.sequence
    await office.drain()
    assert (await fresh(neighbour)).status is UploadStatus.PROCESSED


async def test_an_import_given_back_is_no_attempt(office: Office, project: Project) -> None:
    upload = await office.queued(project, ONE)
    for _ in range(office.settings.work.max_attempts + 2):
        await release(await office.claim())
    assert (await fresh(upload)).attempt == 0


async def test_an_import_given_back_for_later_is_not_claimed_before(office: Office, project: Project) -> None:
    upload = await office.queued(project, ONE)
    await release(await office.claim(), after=timedelta(seconds=30))
    assert await claim(office.terms(), office.now()) is None
    await expire(upload, office)
    assert (await office.claim()).upload.id == upload.id


async def seized(office: Office, upload: UploadedTemplateFile) -> Lease:
    """Claim this upload, past the rule that keeps imports into one project apart."""
    async with in_transaction() as tx:
        row = await UploadedTemplateFile.locked(upload.id, tx)
        assert row is not None
        row.attempt, row.lease_owner = 1, f"seized:{upload.id.hex}"
        await row.reach(UploadStage.CHECKING, now=office.now(), deadline=LONG_AGO, using=tx)
    return Lease(row.lease_owner, row)


async def test_two_imports_into_one_project_end_as_if_one_came_after_the_other(
    office: Office, project: Project
) -> None:
    uploads = []
    for name in ("first", "second"):
        rows = [{"code": f"S{number}", "name": f"{name} {number}"} for number in range(300)]
        uploads.append(await office.queued(project, suites(*rows)))
    leases = [await seized(office, upload) for upload in uploads]
    await asyncio.gather(*(ingest.ingest(lease, office.effects()) for lease in leases))
    ended = [await fresh(upload) for upload in uploads]
    assert sorted((row.counts.created, row.counts.updated) for row in ended) == [(0, 300), (300, 0)]
    last = next(row for row in ended if row.counts.updated)
    assert {row.set_by_id for row in (await suite_rows(project)).values()} == {last.id}


async def test_of_two_imports_that_would_close_a_circle_together_one_is_refused(
    office: Office, project: Project
) -> None:
    def row(code: str, predecessors: str = "") -> dict[str, str]:
        return {"code": code, "name": code, "duration_days": "1", "predecessors": predecessors}

    await office.imported(project, phases(row("A"), row("B")))
    uploads = [await office.queued(project, phases(row("A", "B"))), await office.queued(project, phases(row("B", "A")))]
    leases = [await seized(office, upload) for upload in uploads]
    await asyncio.gather(*(ingest.ingest(lease, office.effects()) for lease in leases))
    ended = [await fresh(upload) for upload in uploads]
    assert sorted(row.status.value for row in ended) == ["failed", "processed"]
