"""What holds of plans, reverts and exports, whatever the tables."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import (
    ChangeAction,
    ChangeSet,
    ImportMode,
    InvalidRowPolicy,
    RecordChange,
    UploadedTemplateFile,
    UploadStatus,
)
from tests.worker.export import exported, is_sayable
from tests.worker.office import Clean, Office, Project, records, written
from tests.worker.soundness import assert_sound
from tests.worker.tables import tables

ROWS = InvalidRowPolicy.REJECT_ROWS


async def images(project: Project) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return what files say of each record, by its key."""
    own = {"id", "organization_id", "project_id", "suite_id", "created_by_id", "created_line"}
    return {
        (row.get("suite_key"), row["code_key"]): {
            name: row[name] for name in row if name not in own and not name.startswith("set_")
        }
        for row in await records(project)
    }


def same(image: dict[str, Any] | None, row: dict[str, Any] | None) -> bool:
    """Whether an image says of a record what its row says; numbers may be written in another way."""
    if image is None or row is None:
        return image is row
    return all(
        image[name] == value or str(image[name]) == str(value) or float(image[name]) == float(value)
        for name, value in row.items()
    )


async def assert_done_as_planned(
    plan: UploadedTemplateFile, before: dict[tuple[Any, ...], Any], after: dict[tuple[Any, ...], Any]
) -> None:
    planned = await RecordChange.filter(change_set_id=(await ChangeSet.get(upload_id=plan.id)).id)
    keys = set()
    for change in planned:
        assert change.after is not None
        key = (change.after.get("suite_key"), change.after["code_key"])
        keys.add(key)
        assert (change.action is ChangeAction.CREATE) == (key not in before)
        assert same(change.before, before.get(key))
        assert same(change.after, after[key])
    assert keys == {key for key in after if before.get(key) != after[key]}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tables(), max_size=2), tables(), st.sampled_from(ImportMode), st.sampled_from(InvalidRowPolicy))
async def test_a_plan_is_what_is_done_and_a_revert_takes_it_back_and_its_revert_brings_it_again(
    office: Office, earlier: list[Clean], clean: Clean, mode: ImportMode, policy: InvalidRowPolicy
) -> None:
    project = await office.project()
    for table in earlier:
        await office.imported(project, table, policy=ROWS)
    before, images_before = await records(project), await images(project)
    plan = await office.imported(project, clean, mode=mode, policy=policy, dry_run=True)
    assert await records(project) == before
    if plan.status is UploadStatus.FAILED:
        assert plan.plan_hash is None
        return
    upload = await office.applied(plan)
    assert (upload.status, upload.counts) == (UploadStatus.PROCESSED, plan.counts)
    after = await records(project)
    await assert_done_as_planned(plan, images_before, await images(project))
    if after == before:
        assert await ChangeSet.filter(upload_id=upload.id).count() == 0
        return
    change_set = await written(upload)
    looked_at = await office.reverted(change_set, dry_run=True)
    assert await records(project) == after
    revert = await office.reverted(change_set)
    assert (revert.failure_code, revert.kept) == (None, 0)
    assert await records(project) == before
    told = [(item.created, item.updated, item.deleted) for item in (looked_at, revert)]
    assert told[0] == told[1]
    again = await office.reverted(revert)
    assert (again.kept, await records(project)) == (0, after)
    assert (await office.reverted(change_set)).kept == 0
    assert await records(project) == before


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tables(), min_size=1, max_size=3))
async def test_an_export_imported_again_changes_nothing(office: Office, earlier: list[Clean]) -> None:
    project = await office.project()
    for table in earlier:
        await office.imported(project, table, policy=ROWS)
    if not await is_sayable(project):
        return
    state = await records(project, versions=True)
    for clean in await exported(project):
        upload = await office.imported(project, clean)
        assert (upload.status, upload.counts.unchanged) == (UploadStatus.PROCESSED, len(clean.rows))
    assert await records(project, versions=True) == state


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tables(), max_size=1), tables(), st.lists(tables(), min_size=1, max_size=2))
async def test_a_revert_after_other_imports_leaves_the_project_sound(
    office: Office, earlier: list[Clean], clean: Clean, later: list[Clean]
) -> None:
    project = await office.project()
    for table in earlier:
        await office.imported(project, table, policy=ROWS)
    upload = await office.imported(project, clean, policy=ROWS)
    for table in later:
        await office.imported(project, table, policy=ROWS)
    if await ChangeSet.filter(upload_id=upload.id).count() == 0:
        return
    state = await records(project)
    revert = await office.reverted(await written(upload))
    assert revert.failure_code is None
    await assert_sound(project)
    touched = revert.created + revert.updated + revert.deleted
    assert bool(touched) == (await records(project) != state)
    if touched:
        again = await office.reverted(revert)
        assert (again.failure_code, again.kept, await records(project)) == (None, 0, state)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tables(), min_size=2, max_size=4))
async def test_uploads_taken_back_from_the_last_to_the_first_leave_nothing(office: Office, files: list[Clean]) -> None:
    project = await office.project()
    stack = []
    for clean in files:
        before = await records(project)
        upload = await office.imported(project, clean, policy=ROWS)
        if await records(project) != before:
            stack.append((await written(upload), before))
    for change_set, before in reversed(stack):
        revert = await office.reverted(change_set)
        assert (revert.failure_code, revert.kept, await records(project)) == (None, 0, before)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(tables(), st.integers(0, 3)), min_size=2, max_size=5))
async def test_reverts_in_any_order_between_imports_leave_the_project_sound(
    office: Office, moves: list[tuple[Clean, int]]
) -> None:
    project = await office.project()
    written_so_far: list[ChangeSet] = []
    for clean, place in moves:
        upload = await office.imported(project, clean, policy=ROWS)
        written_so_far += await ChangeSet.filter(upload_id=upload.id)
        if place >= len(written_so_far):
            continue
        state = await records(project)
        revert = await office.reverted(written_so_far[place])
        assert revert.failure_code in (None, "NOT_REVERTIBLE")
        assert revert.wrote == (await records(project) != state)
        await assert_sound(project)
        if revert.wrote:
            written_so_far.append(revert)
