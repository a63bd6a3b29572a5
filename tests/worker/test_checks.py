from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from models import ImportMode, InvalidRowPolicy, UploadStatus
from sanitizer_lambda.contract import RefusedRow, RowErrorCode
from tests.worker.office import Cells, Clean, Office, Project, both, errors, phase_rows, phases, suites, told

Told = list[tuple[str, int, str | None]]


def suite(code: str, **cells: str) -> Cells:
    return {"code": code, "name": f"Suite {code}", **cells}


def phase(code: str, **cells: str) -> Cells:
    return {"code": code, "name": f"Phase {code}", "duration_days": "1", **cells}


def pair(suite_code: str, code: str, **cells: str) -> Cells:
    return {
        "suite_code": suite_code, "suite_name": f"Suite {suite_code}", "phase_code": code, "phase_name": code,
        "phase_duration_days": "1", **cells,
    }  # fmt: skip


# What stands in the project before, the file, and what is told: code, line, column.
CASES: dict[str, tuple[Sequence[Clean], Clean, Told]] = {
    "the same suite twice": (
        [], suites(suite("1A"), suite("1B"), suite("1a")), [("DUPLICATE_IN_FILE", 4, "code")],
    ),
    "the same phase twice in one group": (
        [suites(suite("1A"))],
        phases(phase("A"), phase("A", suite_code="1A"), phase("a")),
        [("DUPLICATE_IN_FILE", 4, "code")],
    ),
    "a suite that differs between its rows": (
        [],
        both(pair("1A", "A", suite_area="50"), pair("1A", "B", suite_area="50.0"), pair("1a", "C", suite_area="51")),
        [("DUPLICATE_IN_FILE", 4, "suite_code")],
    ),
    "an external id twice in the file": (
        [], suites(suite("1", external_id="X"), suite("2", external_id="X")), [("DUPLICATE_IN_FILE", 3, "external_id")],
    ),
    "an external id that another record has": (
        [suites(suite("1", external_id="X"))], suites(suite("2", external_id="X")),
        [("EXISTS_ALREADY", 2, "external_id")],
    ),
    "an external id that goes from one record to another": (
        [suites(suite("1", external_id="X"), suite("2", external_id="Y"))],
        suites(suite("1", external_id="Y"), suite("2", external_id="X"), suite("3", external_id="")),
        [],
    ),
    "floors in the wrong order": (
        [], suites(suite("1", floor_from="3", floor_to="2")), [("OUT_OF_RANGE", 2, "floor_from")],
    ),
    "floors in the wrong order with what was there": (
        [suites(suite("1", floor_from="3", floor_to="5"))], suites(suite("1", floor_to="2")),
        [("OUT_OF_RANGE", 2, "floor_to")],
    ),
    "a suite nobody knows": (
        [suites(suite("1A"))], phases(phase("A", suite_code="1B")), [("UNKNOWN_REFERENCE", 2, "suite_code")],
    ),
    "a parent nobody knows": (
        [], phases(phase("A", parent_code="B")), [("UNKNOWN_REFERENCE", 2, "parent_code")],
    ),
    "a parent in another group": (
        [suites(suite("1A"))], phases(phase("A"), phase("B", suite_code="1A", parent_code="A")),
        [("UNKNOWN_REFERENCE", 3, "parent_code")],
    ),
    "its own parent": ([], phases(phase("A", parent_code="a")), [("SELF_REFERENCE", 2, "parent_code")]),
    "parents in a circle": (
        [], phases(phase("A", parent_code="C"), phase("B", parent_code="A"), phase("C", parent_code="B")),
        [("CYCLE", 2, "parent_code"), ("CYCLE", 3, "parent_code"), ("CYCLE", 4, "parent_code")],
    ),
    "eight levels": (
        [], phases(phase("L1"), *(phase(f"L{n}", parent_code=f"L{n - 1}") for n in range(2, 9))), [],
    ),
    "nine levels": (
        [], phases(phase("L1"), *(phase(f"L{n}", parent_code=f"L{n - 1}") for n in range(2, 10))),
        [("OUT_OF_RANGE", 10, "parent_code")],
    ),
    "a level pushed below the eighth": (
        [phases(phase("L1"), *(phase(f"L{n}", parent_code=f"L{n - 1}") for n in range(2, 9)))],
        phases(phase("L0"), phase("L1", parent_code="L0")),
        [("OUT_OF_RANGE", 3, "parent_code")],
    ),
    "a predecessor nobody knows": (
        [], phases(phase("A", predecessors="B")), [("UNKNOWN_REFERENCE", 2, "predecessors")],
    ),
    "a predecessor in another suite": (
        [suites(suite("1"), suite("2"))],
        phases(phase("A", suite_code="1"), phase("B", suite_code="2", predecessors="A")),
        [("UNKNOWN_REFERENCE", 3, "predecessors")],
    ),
    "a predecessor of an all-suites phase in a suite": (
        [suites(suite("1"))],
        phases(phase("A", suite_code="1"), phase("B", predecessors="A")),
        [("UNKNOWN_REFERENCE", 3, "predecessors")],
    ),
    "a predecessor by a name that two have": (
        [], phases(phase("A", name="Paint"), phase("B", name="Paint"), phase("C", predecessors="Paint")),
        [("AMBIGUOUS_VALUE", 4, "predecessors")],
    ),
    "its own predecessor": ([], phases(phase("A", predecessors="A FS+1d")), [("SELF_REFERENCE", 2, "predecessors")]),
    "predecessors in a circle": (
        [], phases(phase("A", predecessors="C"), phase("B", predecessors="A"), phase("C", predecessors="B")),
        [("CYCLE", 2, "predecessors"), ("CYCLE", 3, "predecessors"), ("CYCLE", 4, "predecessors")],
    ),
    "a circle closed by what was there": (
        [phases(phase("A"), phase("B", predecessors="A"))],
        phases(phase("A", predecessors="B")),
        [("CYCLE", 2, "predecessors")],
    ),
    "a place that another phase has": (
        [phases(phase("A", sequence="10"))], phases(phase("B", sequence="10")), [("SEQUENCE_CONFLICT", 2, "sequence")],
    ),
    "a place twice in the file": (
        [], phases(phase("A", sequence="10"), phase("B", sequence="10")), [("SEQUENCE_CONFLICT", 3, "sequence")],
    ),
    "two phases that change places": (
        [phases(phase("A", sequence="10"), phase("B", sequence="20"))],
        phases(phase("A", sequence="20"), phase("B", sequence="10")),
        [],
    ),
    "the same place in two groups": (
        [suites(suite("1"))], phases(phase("A", sequence="10"), phase("A", sequence="10", suite_code="1")), [],
    ),
    "a milestone that lasts": (
        [], phases(phase("A", is_milestone="yes", duration_days="3")), [("MILESTONE_DURATION", 2, "duration_days")],
    ),
    "a milestone that lasts by what was there": (
        [phases(phase("A", is_milestone="yes", duration_days=""))], phases(phase("A", duration_days="3")),
        [("MILESTONE_DURATION", 2, "duration_days")],
    ),
    "a milestone without duration": ([], phases(phase("A", is_milestone="yes", duration_days="")), []),
    "no milestone and no duration": ([], phases(phase("A", duration_days="")), [("REQUIRED", 2, "duration_days")]),
    "a number that can be read in two ways": (
        [], suites(suite("1", area="1,234")), [("AMBIGUOUS_VALUE", 2, "area")],
    ),
    "a number that its column settles": ([], suites(suite("1", area="1,234"), suite("2", area="78,5")), []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_a_file_is_refused_for(case: str, office: Office, project: Project) -> None:
    earlier, clean, expected = CASES[case]
    for before in earlier:
        assert (await office.imported(project, before)).status is UploadStatus.PROCESSED
    upload = await office.imported(project, clean)
    assert await told(upload) == expected
    assert (upload.failure_code == "ROWS_REJECTED") == bool(expected)
    assert upload.counts.rejected == len({line for _, line, _ in expected})
    assert sum(group["count"] for group in upload.row_error_counts or []) == len(expected)


async def only_error(office: Office, project: Project, clean: Clean, **order: Any) -> Any:
    (error,) = await errors(await office.imported(project, clean, **order))
    return error


async def test_a_duplicate_names_both_lines_of_the_users_own_file(office: Office, project: Project) -> None:
    error = await only_error(
        office, project, suites(suite("1A"), suite("1a"), lines=[7, 12], headers={"code": "Unit Type"})
    )
    assert (error.line, error.related_line, error.record, error.header, error.value) == (12, 7, 2, "Unit Type", "1a")
    assert "line 7" in error.message


async def test_an_unknown_reference_gets_the_nearest_codes(office: Office, project: Project) -> None:
    await office.imported(project, suites(suite("TWR-1A"), suite("POOL")))
    error = await only_error(office, project, phases(phase("A", suite_code="TWR1A")))
    assert (error.value, error.hint) == ("TWR1A", "Nearest: TWR-1A.")


async def test_a_cycle_is_told_as_a_path(office: Office, project: Project) -> None:
    upload = await office.imported(
        project, phases(phase("FRM", predecessors="DRY"), phase("DRY", predecessors="FRM SS+1d"))
    )
    first, second = await errors(upload)
    assert "FRM -> DRY -> FRM" in first.message
    assert "DRY -> FRM -> DRY" in second.message


async def test_a_sequence_conflict_names_who_has_the_place(office: Office, project: Project) -> None:
    error = await only_error(office, project, phases(phase("A", sequence="10"), phase("B", sequence="10")))
    assert (error.related_line, error.value) == (2, "10")
    assert "phase A" in error.message


async def test_what_refers_to_a_refused_row_says_where_that_is(office: Office, project: Project) -> None:
    upload = await office.imported(
        project,
        phases(phase("A", duration_days="x"), phase("B", predecessors="A"), phase("C", predecessors="B")),
        policy=InvalidRowPolicy.REJECT_ROWS,
    )
    assert await told(upload) == [
        ("NOT_A_NUMBER", 2, "duration_days"),
        ("UNKNOWN_REFERENCE", 3, "predecessors"),
        ("UNKNOWN_REFERENCE", 4, "predecessors"),
    ]
    messages = [error.message for error in await errors(upload)]
    assert "line 2" in messages[1]
    assert upload.counts.rejected == upload.counts.read == 3


async def test_a_refused_file_is_not_reproached_with_what_follows_from_its_errors(
    office: Office, project: Project
) -> None:
    upload = await office.imported(
        project, phases(phase("A", duration_days="x"), phase("B", predecessors="A"), phase("C", parent_code="a"))
    )
    assert await told(upload) == [("NOT_A_NUMBER", 2, "duration_days")]


async def test_the_rows_the_sanitizer_refused_are_told_and_counted_among_the_files(
    office: Office, project: Project
) -> None:
    refused = RefusedRow(3, 2, RowErrorCode.FIELD_COUNT, None, None, None, "Too many cells.", None, ("a", "b"))
    clean = suites(suite("1"), suite("2", area="x"), refused=[refused], lines=[2, 4])
    upload = await office.imported(project, clean, policy=InvalidRowPolicy.REJECT_ROWS)
    assert await told(upload) == [("FIELD_COUNT", 3, None), ("NOT_A_NUMBER", 4, "area")]
    assert [error.record for error in await errors(upload)] == [2, 3]
    assert (upload.counts.read, upload.counts.created, upload.counts.rejected) == (3, 1, 2)


async def test_of_very_many_errors_the_first_are_kept_and_all_are_counted(office: Office, project: Project) -> None:
    rows = [suite(str(number), area="x") for number in range(10_100)]
    upload = await office.imported(project, suites(*rows, suite("0"), suite("1", floor_from="2", floor_to="1")))
    assert upload.counts.rejected == 10_101
    assert upload.row_error_counts == [
        {"code": "NOT_A_NUMBER", "column": "area", "count": 10_100},
        {"code": "OUT_OF_RANGE", "column": "floor_from", "count": 1},
    ]
    assert [error.code.value for error in (await errors(upload))[-2:]] == ["NOT_A_NUMBER", "OUT_OF_RANGE"]
    assert len(await errors(upload)) == 10_001


@pytest.mark.parametrize(
    ("mode", "code", "line"),
    [(ImportMode.CREATE_ONLY, "EXISTS_ALREADY", 2), (ImportMode.UPDATE_ONLY, "NOT_FOUND_FOR_UPDATE", 3)],
)
async def test_a_mode_refuses_what_it_may_not_touch(
    mode: ImportMode, code: str, line: int, office: Office, project: Project
) -> None:
    await office.imported(project, suites(suite("1")))
    await office.imported(project, phases(phase("A")))
    for clean in (suites(suite("1", area="5"), suite("2")), phases(phase("A", trade="x"), phase("B"))):
        upload = await office.imported(project, clean, mode=mode, policy=InvalidRowPolicy.REJECT_ROWS)
        assert await told(upload) == [(code, line, "code")]
        done = upload.counts.created if mode is ImportMode.CREATE_ONLY else upload.counts.updated
        assert (done, upload.counts.rejected) == (1, 1)


async def test_refused_rows_take_with_them_only_what_needs_them(office: Office, project: Project) -> None:
    upload = await office.imported(
        project,
        phases(
            phase("A", predecessors="B"), phase("B", predecessors="A"), phase("C", predecessors="A"), phase("D"),
            phase("E", predecessors="D"), phase("F", parent_code="C"),
        ),
        policy=InvalidRowPolicy.REJECT_ROWS,
    )  # fmt: skip
    assert set(await phase_rows(project)) == {("", "D"), ("", "E")}
    assert (upload.counts.created, upload.counts.rejected) == (2, 4)


async def test_time_does_not_grow_by_the_square_of_a_file(office: Office, project: Project) -> None:
    """Each of these took minutes where a check compared every row with every other."""
    count = 3_000
    rows = [pair(f"S{number // 10}", f"P{number % 10}", phase_predecessors="") for number in range(count)]
    circle = [phase(f"Q{number}", predecessors=f"Q{(number or count) - 1}") for number in range(count)]
    async with asyncio.timeout(20):
        assert (await office.imported(project, both(*rows))).counts.created == count
        upload = await office.imported(project, phases(*circle))
    assert upload.row_error_counts == [{"code": "CYCLE", "column": "predecessors", "count": count}]
