"""What holds of any table over any earlier state."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import ImportMode, InvalidRowPolicy, PhaseTemplate, SuiteTemplate, UploadStatus
from tests.worker.office import Clean, Office, Project, both, phases, suites

# Few codes and few values, so that rows meet: duplicates, references, conflicts, cycles and changes are the rule.
CODES = st.sampled_from(["A", "a", "B", "C", "D"])
OPTIONAL_SUITES = {
    "area": ["", "50", "50.5 m2", "-1", "1,234"],
    "bedrooms": ["", "1", "2+1"],
    "floor_from": ["", "1", "5"],
    "floor_to": ["", "3", "4"],
    "external_id": ["", "X", "Y", "Z"],
    "is_active": ["", "no"],
    "tags": ["", "a;b"],
}
OPTIONAL_PHASES = {
    "suite_code": ["", "A", "B", "Q"],
    "sequence": ["", "10", "20", "30", "40"],
    "parent_code": ["", "A", "B", "C"],
    "predecessors": ["", "A", "B FS+1d", "C;D", "10", "Name A"],
    "is_milestone": ["", "yes"],
    "external_id": ["", "X", "Y"],
    "trade": ["", "Paint"],
}


@st.composite
def tables(draw: st.DrawFn) -> Clean:
    kind = draw(st.sampled_from(["suites", "phases", "both"]))
    count = draw(st.integers(1, 6))
    if kind == "suites":
        columns = draw(columns_of(OPTIONAL_SUITES))
        return suites(*[draw(row(columns, {"code": CODES, "name": names()})) for _ in range(count)])
    columns = draw(columns_of(OPTIONAL_PHASES))
    needed = {"code": CODES, "name": names(), "duration_days": st.sampled_from(["", "0", "1", "2 wks"])}
    if kind == "phases":
        return phases(*[draw(row(columns, needed)) for _ in range(count)])
    columns.pop("suite_code", None)
    prefixed = {f"phase_{name}": values for name, values in {**columns, **needed}.items()}
    suite = {"suite_code": CODES, "suite_name": st.just("S"), "suite_area": st.sampled_from(["50", "50", "50", "60"])}
    return both(*[draw(st.fixed_dictionaries({**suite, **prefixed})) for _ in range(count)])


def names() -> st.SearchStrategy[str]:
    return st.sampled_from(["Name A", "Name B", ""])


def columns_of(optional: dict[str, list[str]]) -> Any:
    chosen = st.sets(st.sampled_from(sorted(optional)))
    return chosen.map(lambda names: {name: st.sampled_from(optional[name]) for name in sorted(names)})


def row(columns: dict[str, Any], needed: dict[str, Any]) -> Any:
    return st.fixed_dictionaries({**needed, **columns})


async def state(project: Project) -> list[tuple[Any, ...]]:
    """Return every value of every record of the project."""
    found: list[tuple[Any, ...]] = []
    for model in (SuiteTemplate, PhaseTemplate):
        found += [tuple(row.items()) for row in await model.filter(project_id=project.id).order_by("id").values()]
    return [tuple((name, str(value)) for name, value in row) for row in found]


async def assert_sound(project: Project) -> None:
    """Hold what must be true of a project's templates however they came about."""
    phases = {(phase.suite_key, phase.code_key): phase for phase in await PhaseTemplate.filter(project_id=project.id)}
    suites = {suite.code_key: suite for suite in await SuiteTemplate.filter(project_id=project.id)}
    for suite in suites.values():
        assert suite.floor_from is None or suite.floor_to is None or suite.floor_from <= suite.floor_to
    for (suite_key, code_key), phase in phases.items():
        assert phase.suite_id == (suites[suite_key].id if suite_key else None)
        assert phase.parent_key is None or (suite_key, phase.parent_key) in phases
        assert not phase.is_milestone or phase.duration_days == 0
        for before in phase.predecessors:
            assert before["suite_key"] in (suite_key, "")
            assert (before["suite_key"], before["code_key"]) in phases
        for follow in (_before, _above):
            assert (suite_key, code_key) not in _closure((suite_key, code_key), phases, follow)


def _before(phase: PhaseTemplate) -> list[tuple[str, str]]:
    return [(item["suite_key"], item["code_key"]) for item in phase.predecessors]


def _above(phase: PhaseTemplate) -> list[tuple[str, str]]:
    return [] if phase.parent_key is None else [(phase.suite_key, phase.parent_key)]


def _closure(start: tuple[str, str], phases: dict[tuple[str, str], PhaseTemplate], follow: Any) -> set[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    front = follow(phases[start])
    while front:
        node = front.pop()
        if node not in seen:
            seen.add(node)
            front += follow(phases[node])
    return seen


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
