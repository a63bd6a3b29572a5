from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest

from infra.local.cloud import LocalCloud
from models import ImportMode, InvalidRowPolicy, UploadStatus
from tests.worker.office import Cells, Clean, Office, Project, both, errors, fresh, phase_rows, phases, suites

ROWS = InvalidRowPolicy.REJECT_ROWS
PHASES = 10


def pairs(count: int, **changed: Callable[[int, int], str]) -> Clean:
    """Return suites of ten phases, each after the one before; ``changed`` makes other cells of suite and step."""
    made: list[Cells] = []
    for row in range(count):
        number, step = divmod(row, PHASES)
        cells = {
            "suite_code": f"S{number}", "suite_name": "Suite", "phase_code": f"P{step}", "phase_name": "Phase",
            "phase_duration_days": "1", "phase_predecessors": f"P{step - 1}" if step else "",
        }  # fmt: skip
        made.append({**cells, **{name: cell(number, step) for name, cell in changed.items()}})
    return both(*made)


def chain(count: int) -> Clean:
    """Return phases in one long chain, whose first is refused when it is seen beside its own milestone."""
    first = {"code": "C0", "name": "P", "duration_days": "1", "is_milestone": "yes", "sequence": "1"}
    rest = (
        {"code": f"C{n}", "name": "P", "duration_days": "1", "sequence": str(n + 1), "predecessors": f"C{n - 1}"}
        for n in range(1, count)
    )
    return phases(first, *rest)


def strangers(count: int) -> Clean:
    """Return phases of one name, each of which waits for one that is nowhere."""
    return phases(
        *(
            {"code": f"C{n}", "name": "P", "duration_days": "1", "sequence": str(n + 1), "predecessors": f"X{n}"}
            for n in range(count)
        )
    )


# What is imported in so many rows, and under what order.
FILES: dict[str, tuple[Callable[[int], Clean], int, InvalidRowPolicy]] = {
    "suites with phases": (pairs, 3000, ROWS),
    "suites that differ between their rows": (
        lambda count: pairs(count, suite_name=lambda _, step: f"Suite {step}"), 3000, InvalidRowPolicy.REJECT_FILE,
    ),
    "suites with their floors in the wrong order": (
        lambda count: pairs(count, suite_floor_from=lambda *_: "3", suite_floor_to=lambda *_: "2"), 2000, ROWS,
    ),
    "a chain whose first link is refused": (chain, 1500, ROWS),
    "predecessors that are nowhere": (strangers, 2000, ROWS),
    "bad cells": (lambda count: suites(*({"code": str(n), "name": "", "area": "x"} for n in range(count))), 3000, ROWS),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
async def test_four_times_the_rows_take_less_than_eight_times_the_work(
    office: Office, cloud: LocalCloud, name: str
) -> None:
    make, rows, policy = FILES[name]
    assert cloud.postgres.pid is not None
    server = psutil.Process(cloud.postgres.pid)

    async def work(count: int) -> float:
        """Return the processor's seconds an import takes, here and in Postgres: others may be busy meanwhile."""
        upload = await office.queued(await office.project(), make(count), policy=policy)
        begin, here = busy(), time.process_time()
        await office.drain()
        assert (await fresh(upload)).is_terminal
        return busy() - begin + time.process_time() - here

    def busy() -> float:
        return sum(times.user + times.system for times in (child.cpu_times() for child in server.children()))

    await work(100)
    small, large = await work(rows), await work(4 * rows)
    assert large < 8 * small + 0.2, (small, large)


async def test_what_waits_for_a_refused_phase_falls_with_it_however_far(office: Office, project: Project) -> None:
    upload = await office.imported(project, chain(40), policy=ROWS)
    assert (upload.status, upload.counts.rejected, upload.counts.created) == (UploadStatus.PROCESSED, 40, 0)
    told = await errors(upload)
    assert [error.line for error in told] == list(range(2, 42))
    assert told[-1].message == "The phase template stands on line 40, which was refused."


async def test_a_phase_stays_whose_predecessor_means_another_when_the_first_is_refused(
    office: Office, project: Project
) -> None:
    first = {"code": "A", "name": "Own", "duration_days": "1", "is_milestone": "yes", "suite_code": "1"}
    await office.imported(project, suites({"code": "1", "name": "One"}))
    upload = await office.imported(
        project,
        phases(
            first,
            {"code": "A", "name": "Every", "duration_days": "1"},
            {"code": "B", "name": "After", "duration_days": "1", "suite_code": "1", "predecessors": "A"},
        ),
        policy=ROWS,
    )
    assert (upload.counts.rejected, upload.counts.created) == (1, 2)


async def test_phases_in_the_order_of_the_file_stand_closer_where_there_are_many(
    office: Office, project: Project
) -> None:
    rows = [{"code": f"C{n}", "name": "P", "duration_days": "1"} for n in range(1001)]
    upload = await office.imported(project, phases(*rows[:999]))
    assert upload.counts.created == 999
    found = await phase_rows(project)
    assert (found["", "C0"].sequence, found["", "C998"].sequence) == (10, 9990)
    other = await office.project()
    await office.imported(other, phases(*rows))
    found = await phase_rows(other)
    assert (found["", "C0"].sequence, found["", "C1000"].sequence) == (9, 9009)


async def test_phases_for_which_a_group_has_no_place_are_refused(office: Office, project: Project) -> None:
    last = {"code": "LAST", "name": "P", "duration_days": "1", "sequence": "9998"}
    await office.imported(project, phases(last, {**last, "code": "FIRST", "sequence": "10"}))
    rows = ({"code": f"C{n}", "name": "P", "duration_days": "1"} for n in range(11))
    upload = await office.imported(project, phases(*rows), policy=ROWS)
    assert (upload.counts.created, upload.counts.rejected) == (1, 10)
    told = await errors(upload)
    assert {(error.code.value, error.column) for error in told} == {("OUT_OF_RANGE", "sequence")}
    assert told[-1].message == "The phase's place by the order of the file would be 10009, and 9999 is the last."


async def test_a_suite_that_may_not_be_there_is_told_on_each_of_its_rows(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "S0", "name": "Suite"}))
    upload = await office.imported(project, pairs(3), mode=ImportMode.CREATE_ONLY)
    assert [(error.line, error.column, error.message) for error in await errors(upload)] == [
        (line, "suite_code", "There is such a suite template already.") for line in (2, 3, 4)
    ]


async def test_a_row_without_any_cell_that_is_imported_is_refused_and_counted(office: Office, project: Project) -> None:
    clean = pairs(2)
    blank = [""] * len(clean.header)
    upload = await office.imported(project, Clean(clean.kind, clean.header, [*clean.rows, blank]), policy=ROWS)
    assert (upload.counts.created, upload.counts.rejected, upload.counts.unchanged) == (2, 1, 0)
    (error,) = await errors(upload)
    assert (error.code, error.line, error.column) == ("REQUIRED", 4, None)
