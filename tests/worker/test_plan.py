from __future__ import annotations

from decimal import Decimal

import pytest

from models import (
    ChangeAction,
    ChangeSet,
    ImportMode,
    InvalidRowPolicy,
    ProjectProfile,
    RecordChange,
    SuiteTemplate,
    UploadedTemplateFile,
    UploadStage,
    UploadStatus,
)
from tests.worker.office import Office, Project, both, phase_rows, phases, suite_rows, suites

ROWS = InvalidRowPolicy.REJECT_ROWS


async def planned(upload: UploadedTemplateFile) -> list[RecordChange]:
    change_set = await ChangeSet.get(upload_id=upload.id, dry_run=True)
    return await RecordChange.filter(change_set_id=change_set.id).order_by("id")


async def test_a_plan_tells_each_record_as_it_is_and_as_it_would_be(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1", "name": "One", "area": "50"}, {"code": "2", "name": "Two"}))
    clean = suites({"code": "3", "name": "New"}, {"code": "2", "name": "Two"}, {"code": "1", "name": "One", "area": ""})
    plan = await office.imported(project, clean, dry_run=True)
    assert (plan.stage, plan.counts.created, plan.counts.updated) == (UploadStage.PLANNED, 1, 1)
    change_set = await ChangeSet.get(upload_id=plan.id)
    assert (change_set.dry_run, change_set.created, change_set.updated) == (True, 1, 1)
    new, old = await planned(plan)
    assert (new.action, new.code, new.line, new.before) == (ChangeAction.CREATE, "3", 2, None)
    assert (old.action, old.code, old.line) == (ChangeAction.UPDATE, "1", 4)
    assert old.record_id == (await suite_rows(project))["1"].id
    assert old.before is not None
    assert old.after is not None
    assert (old.before["area"], old.after["area"]) == (50.0, None)
    assert "set_at" not in old.after
    assert set(await suite_rows(project)) == {"1", "2"}


async def test_a_dry_run_with_bad_rows_fails_as_the_import_would_or_plans_the_others(
    office: Office, project: Project
) -> None:
    clean = suites({"code": "1", "name": "One"}, {"code": "2", "name": ""})
    refused = await office.imported(project, clean, dry_run=True)
    assert (refused.failure_code, refused.plan_hash) == ("ROWS_REJECTED", None)
    assert await ChangeSet.all().count() == 0
    plan = await office.imported(project, clean, dry_run=True, policy=ROWS)
    assert [change.code for change in await planned(plan)] == ["1"]


async def test_the_same_plan_has_the_same_hash_and_any_other_has_another(office: Office, project: Project) -> None:
    rows = [{"code": code, "name": "N", "area": "50"} for code in "ABC"]
    await office.imported(project, suites(rows[0]))
    first = await office.imported(project, suites(*rows), dry_run=True)
    again = await office.imported(project, suites(*reversed(rows)), dry_run=True)
    assert first.plan_hash is not None
    assert first.plan_hash == again.plan_hash
    others = [
        await office.imported(project, suites(*rows), dry_run=True, policy=ROWS),
        await office.imported(project, suites(*rows[:2]), dry_run=True),
        await office.imported(project, suites(*rows[:2], {**rows[2], "area": "51"}), dry_run=True),
        await office.imported(project, suites(*rows[1:]), dry_run=True, mode=ImportMode.CREATE_ONLY),
    ]
    assert len({first.plan_hash, *(upload.plan_hash for upload in others)}) == 5


async def test_applying_a_plan_does_what_it_says(office: Office, project: Project) -> None:
    await office.imported(project, phases({"code": "B", "name": "B", "duration_days": "1"}))
    clean = both(
        {"suite_code": "1", "suite_name": "One", "phase_code": "A", "phase_name": "A", "phase_duration_days": "1"},
        {"suite_code": "", "suite_name": "", "phase_code": "B", "phase_name": "B", "phase_duration_days": "2"},
    )
    plan = await office.imported(project, clean, dry_run=True)
    assert [(change.kind, change.code) for change in await planned(plan)] == [
        ("SUITE_TEMPLATES", "1"),
        ("PHASE_TEMPLATES", "A"),
        ("PHASE_TEMPLATES", "B"),
    ]
    upload = await office.applied(plan)
    assert (upload.status, upload.stage, upload.counts) == (UploadStatus.PROCESSED, UploadStage.DONE, plan.counts)
    assert (upload.parent_id, upload.plan_hash, upload.dry_run) == (plan.id, plan.plan_hash, False)
    found = await phase_rows(project)
    assert set(found) == {("1", "A"), ("", "B")}
    assert (found["", "B"].duration_days, found["", "B"].set_by_id) == (Decimal(2), upload.id)


@pytest.mark.parametrize("policy", list(InvalidRowPolicy))
async def test_a_plan_whose_records_have_changed_since_writes_nothing(
    policy: InvalidRowPolicy, office: Office, project: Project
) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}))
    clean = suites({"code": "1", "name": "Other"}, {"code": "2", "name": "Two"})
    plan = await office.imported(project, clean, dry_run=True, policy=policy)
    await SuiteTemplate.filter(project_id=project.id).update(name="By hand")
    upload = await office.applied(plan)
    assert (upload.status, upload.failure_code, upload.failure_retryable) == (
        UploadStatus.FAILED,
        "PLAN_OUTDATED",
        False,
    )
    assert {code: row.name for code, row in (await suite_rows(project)).items()} == {"1": "By hand"}


async def test_a_plan_whose_rows_became_invalid_is_outdated_as_well(office: Office, project: Project) -> None:
    clean = suites({"code": "1", "name": "One", "external_id": "X"})
    plan = await office.imported(project, clean, dry_run=True)
    await office.imported(project, suites({"code": "2", "name": "Two", "external_id": "X"}))
    assert (await office.applied(plan)).failure_code == "PLAN_OUTDATED"


async def test_a_plan_applied_twice_is_outdated_the_second_time(office: Office, project: Project) -> None:
    plan = await office.imported(project, suites({"code": "1", "name": "One"}), dry_run=True)
    assert (await office.applied(plan)).stage is UploadStage.DONE
    assert (await office.applied(plan)).failure_code == "PLAN_OUTDATED"


async def test_a_plan_of_nothing_is_applied_without_a_change(office: Office, project: Project) -> None:
    clean = suites({"code": "1", "name": "One"})
    await office.imported(project, clean)
    plan = await office.imported(project, clean, dry_run=True)
    upload = await office.applied(plan)
    assert (upload.stage, upload.counts.unchanged) == (UploadStage.DONE, 1)
    assert await ChangeSet.filter(upload_id=upload.id).count() == 0


async def test_a_deleted_project_leaves_no_image_of_its_records(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}))
    await office.imported(project, suites({"code": "1", "name": "Two"}))
    await office.imported(project, suites({"code": "1", "name": "Three"}), dry_run=True)
    assert await RecordChange.filter(code="1").count() == 2
    await ProjectProfile.filter(id=project.id).delete()
    assert await RecordChange.filter(code="1").count() == 0
    assert await SuiteTemplate.filter(project_id=project.id).count() == 0
