"""A project's records as a file that says all of them, in the layout of the samples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models import PhaseTemplate, SuiteTemplate
from sanitizer_lambda.contract import PHASE_COLUMNS, SUITE_COLUMNS
from tests.worker.office import Clean, Project, phases, suites


async def exported(project: Project) -> list[Clean]:
    """Return the files of a project, suites first; none for a kind of which there is nothing."""
    made = [suites(*map(_suite, await SuiteTemplate.filter(project_id=project.id)))]
    rows = await PhaseTemplate.filter(project_id=project.id).order_by("suite_key", "sequence")
    of_suites = {row.code_key: row.code for row in await SuiteTemplate.filter(project_id=project.id)}
    codes = {(row.suite_key, row.code_key): row.code for row in rows}
    made.append(phases(*(_phase(row, of_suites, codes) for row in rows)))
    return [clean for clean in made if clean.rows]


async def is_sayable(project: Project) -> bool:
    """Whether codes say which phases are meant: one of every suite hides behind one of the same code of its own."""
    rows = await PhaseTemplate.filter(project_id=project.id)
    keys = {(row.suite_key, row.code_key) for row in rows}
    return not any(
        item["suite_key"] != row.suite_key and (row.suite_key, item["code_key"]) in keys
        for row in rows
        for item in row.predecessors
    )


def _suite(row: SuiteTemplate) -> dict[str, str]:
    return {column.name: _said(getattr(row, column.name)) for column in SUITE_COLUMNS}


def _phase(row: PhaseTemplate, suites_: dict[str, str], codes: dict[tuple[str, str], str]) -> dict[str, str]:
    special = {
        "suite_code": suites_.get(row.suite_key, ""),
        "parent_code": codes[row.suite_key, row.parent_key] if row.parent_key else "",
        "predecessors": ";".join(_dependency(item, codes) for item in row.predecessors),
    }
    names = [column.name for column in PHASE_COLUMNS if column.name not in special]
    return {**{name: _said(getattr(row, name)) for name in names}, **special}


def _dependency(item: dict[str, Any], codes: dict[tuple[str, str], str]) -> str:
    lag = item["lag_days"]
    return f"{codes[item['suite_key'], item['code_key']]} {item['type']}{lag if lag.startswith('-') else '+' + lag}d"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ";".join(value)
    return "" if value is None else str(value)
