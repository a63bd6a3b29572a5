from __future__ import annotations

from datetime import timedelta

from models import ChangeSet, RecordChange, UploadedTemplateFile
from tests.worker.office import Office, Project, suites
from workers.forget import forget_plans

ONE = suites({"code": "1A", "name": "One"})


async def test_old_plans_are_forgotten_with_what_they_would_change_and_nothing_else(
    office: Office, project: Project
) -> None:
    old = await office.imported(project, ONE, dry_run=True)
    await ChangeSet.filter(upload_id=old.id).update(at=office.now() - timedelta(days=31))
    young = await office.imported(project, ONE, dry_run=True)
    written = await office.imported(project, ONE)
    await ChangeSet.filter(upload_id=written.id).update(at=office.now() - timedelta(days=31))
    gone = await ChangeSet.get(upload_id=old.id)
    assert await RecordChange.filter(change_set_id=gone.id).count() == 1
    assert await forget_plans(office.now()) == 1
    assert await RecordChange.filter(change_set_id=gone.id).count() == 0
    left = await ChangeSet.filter(project_id=project.id).values_list("upload_id", flat=True)
    assert {*left} == {young.id, written.id}
    assert await UploadedTemplateFile.filter(id=old.id).count() == 1
