"""What holds of any table over any earlier state."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import ImportMode, InvalidRowPolicy, PhaseTemplate, SuiteTemplate, UploadStatus
from tests.worker.office import Clean, Office, Project
from tests.worker.soundness import assert_sound
from tests.worker.tables import tables


async def state(project: Project) -> list[tuple[Any, ...]]:
    """Return every value of every record of the project."""
    found: list[tuple[Any, ...]] = []
    for model in (SuiteTemplate, PhaseTemplate):
        found += [tuple(row.items()) for row in await model.filter(project_id=project.id).order_by("id").values()]
    return [tuple((name, str(value)) for name, value in row) for row in found]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tables(), max_size=2), tables(), st.sampled_from(ImportMode), st.sampled_from(InvalidRowPolicy))
async def test_counts_add_up_and_the_same_file_again_changes_nothing(
    office: Office, earlier: list[Clean], clean: Clean, mode: ImportMode, policy: InvalidRowPolicy
) -> None:
    project = await office.project()
    for before in earlier:
        await office.imported(project, before, policy=InvalidRowPolicy.REJECT_ROWS)
    start = await state(project)
    plan = await office.imported(project, clean, mode=mode, policy=policy, dry_run=True)
    assert await state(project) == start
    first = await office.imported(project, clean, mode=mode, policy=policy)
    await assert_sound(project)
    assert (plan.counts, plan.status, plan.failure_code) == (first.counts, first.status, first.failure_code)
    if first.status is UploadStatus.FAILED:
        assert await state(project) == start
        return
    done = await state(project)
    again = await office.imported(project, clean, mode=ImportMode.UPSERT, policy=InvalidRowPolicy.REJECT_ROWS)
    if mode is ImportMode.UPSERT:
        assert again.counts.unchanged == first.counts.read - first.counts.rejected
        assert again.counts.rejected == first.counts.rejected
        assert await state(project) == done
