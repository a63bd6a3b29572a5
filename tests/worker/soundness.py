"""What must be true of a project's templates however they came about."""

from __future__ import annotations

from typing import Any

from models import PhaseTemplate, SuiteTemplate
from tests.worker.office import Project


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
