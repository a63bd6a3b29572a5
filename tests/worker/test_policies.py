from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from models import ImportMode, InvalidRowPolicy, UploadStage, UploadStatus
from tests.worker.office import Office, Project, both, errors, phase_rows, phases, suite_rows, suites

ROWS = InvalidRowPolicy.REJECT_ROWS


async def test_one_bad_row_refuses_the_file_and_nothing_is_written(office: Office, project: Project) -> None:
    upload = await office.imported(project, suites({"code": "1", "name": "One"}, {"code": "2", "name": ""}))
    assert (upload.status, upload.failure_code) == (UploadStatus.FAILED, "ROWS_REJECTED")
    assert upload.failure_message == "1 row is not valid, of 2, so nothing was imported."
    assert (upload.counts.read, upload.counts.rejected, upload.counts.created) == (2, 1, 0)
    assert await suite_rows(project) == {}
    assert len(await errors(upload)) == 1


async def test_bad_rows_alone_are_refused_where_the_client_says_so(office: Office, project: Project) -> None:
    upload = await office.imported(
        project, suites({"code": "1", "name": "One"}, {"code": "2", "name": ""}), policy=ROWS
    )
    assert upload.status is UploadStatus.PROCESSED
    assert (upload.counts.created, upload.counts.rejected) == (1, 1)
    assert set(await suite_rows(project)) == {"1"}
    assert len(await errors(upload)) == 1


async def test_an_unchanged_record_is_not_touched(office: Office, project: Project) -> None:
    clean = suites({"code": "1", "name": "One", "area": "50"}, {"code": "2", "name": "Two", "area": "60.5"})
    first = await office.imported(project, clean)
    again = suites({"code": "1", "name": "One", "area": "50.00"}, {"code": "2", "name": "Two", "area": "61"})
    second = await office.imported(project, again)
    assert (second.counts.updated, second.counts.unchanged) == (1, 1)
    found = await suite_rows(project)
    assert (found["1"].set_by_id, found["2"].set_by_id) == (first.id, second.id)
    assert found["1"].set_at < found["2"].set_at
    assert found["2"].area == Decimal(61)


async def test_an_empty_cell_clears_a_value_and_a_missing_column_does_not(office: Office, project: Project) -> None:
    await office.imported(
        project,
        suites({"code": "1", "name": "One", "area": "50", "area_unit": "SQM", "tags": "a", "is_active": "no"}),
    )
    await office.imported(project, suites({"code": "1", "name": "One", "area": ""}))
    found = (await suite_rows(project))["1"]
    assert (found.area, found.area_unit, found.tags, found.is_active) == (None, "SQM", ["a"], False)
    await office.imported(project, suites({"code": "1", "name": "One", "area_unit": "", "tags": "", "is_active": ""}))
    cleared = (await suite_rows(project))["1"]
    assert cleared.area_unit is None
    assert (cleared.tags, cleared.is_active) == ([], True)


async def test_a_unit_from_a_cell_sets_the_unit_and_its_absence_leaves_it(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1", "name": "One", "area": "50 m2"}))
    upload = await office.imported(project, suites({"code": "1", "name": "One", "area": "50"}))
    assert upload.counts.unchanged == 1
    assert (await suite_rows(project))["1"].area_unit == "SQM"


async def test_phases_keep_what_their_file_does_not_say(office: Office, project: Project) -> None:
    await office.imported(
        project,
        phases(
            {"code": "A", "name": "A", "duration_days": "1", "sequence": "5"},
            {"code": "B", "name": "B", "duration_days": "2", "sequence": "7", "predecessors": "A FF-1d", "trade": "x"},
        ),
    )
    upload = await office.imported(project, phases({"code": "B", "name": "B", "duration_days": "2"}))
    assert upload.counts.unchanged == 1
    upload = await office.imported(
        project, phases({"code": "B", "name": "B", "duration_days": "2", "predecessors": ""})
    )
    assert upload.counts.updated == 1
    found = (await phase_rows(project))["", "B"]
    assert (found.sequence, found.predecessors, found.trade) == (7, [], "x")


async def test_phases_without_a_sequence_take_their_place_in_the_file(office: Office, project: Project) -> None:
    for codes in ("ABC", "CDAE"):
        rows = [{"code": code, "name": code, "duration_days": "1"} for code in codes]
        await office.imported(project, phases(*rows))
    found = {code: row.sequence for (_, code), row in (await phase_rows(project)).items()}
    # D would have place 20, which B has: what is new goes behind the last.
    assert found == {"A": 10, "B": 20, "C": 30, "D": 40, "E": 50}


async def test_a_row_of_both_kinds_counts_once_by_what_it_did_most(office: Office, project: Project) -> None:
    def row(code: str, area: str, days: str) -> dict[str, str]:
        suite = {"suite_code": "1", "suite_name": "One", "suite_area": area}
        return {**suite, "phase_code": code, "phase_name": code, "phase_duration_days": days}

    first = await office.imported(project, both(row("A", "50", "1"), row("B", "50", "1")))
    assert (first.counts.created, first.counts.updated) == (2, 0)
    second = await office.imported(project, both(row("A", "51", "1"), row("B", "51", "1"), row("C", "51", "1")))
    assert (second.counts.created, second.counts.updated, second.counts.unchanged) == (1, 1, 1)


async def test_a_file_of_both_kinds_may_hold_suites_alone_and_phases_for_all(office: Office, project: Project) -> None:
    upload = await office.imported(
        project,
        both(
            {"suite_code": "1", "suite_name": "One"},
            {"phase_code": "A", "phase_name": "A", "phase_duration_days": "1"},
        ),
    )
    assert upload.counts.created == 2
    assert (set(await suite_rows(project)), set(await phase_rows(project))) == ({"1"}, {("", "A")})


@pytest.mark.parametrize("policy", list(InvalidRowPolicy))
async def test_a_dry_run_counts_as_if_and_writes_nothing(
    policy: InvalidRowPolicy, office: Office, project: Project
) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}, {"code": "2", "name": "Two"}))
    clean = suites({"code": "1", "name": "Other"}, {"code": "2", "name": "Two"}, {"code": "3", "name": "New"})
    upload = await office.imported(project, clean, dry_run=True, policy=policy)
    assert (upload.status, upload.stage) == (UploadStatus.PROCESSED, UploadStage.PLANNED)
    assert (upload.counts.created, upload.counts.updated, upload.counts.unchanged) == (1, 1, 1)
    assert {code: row.name for code, row in (await suite_rows(project)).items()} == {"1": "One", "2": "Two"}


async def test_a_dry_run_of_a_bad_file_fails_as_the_file_would(office: Office, project: Project) -> None:
    upload = await office.imported(project, suites({"code": "1", "name": ""}), dry_run=True)
    assert (upload.status, upload.failure_code) == (UploadStatus.FAILED, "ROWS_REJECTED")


async def test_two_projects_do_not_see_each_others_codes(office: Office, project: Project) -> None:
    other = await office.project(project.organization_id)
    await office.imported(other, suites({"code": "1", "name": "One", "external_id": "X"}))
    upload = await office.imported(
        project, suites({"code": "1", "name": "One", "external_id": "X"}), mode=ImportMode.CREATE_ONLY
    )
    assert upload.counts.created == 1
    refused = await office.imported(
        await office.project(project.organization_id),
        phases({"code": "A", "name": "A", "duration_days": "1", "suite_code": "1"}),
    )
    assert refused.failure_code == "ROWS_REJECTED"


async def test_a_hint_of_the_client_settles_its_numbers(office: Office, project: Project) -> None:
    clean = suites({"code": "1", "name": "One", "area": "1,234"})
    await office.imported(project, clean, decimal_mark=",")
    assert (await suite_rows(project))["1"].area == Decimal("1.234")


async def test_a_clean_file_that_is_not_what_its_report_says_ends_the_upload(office: Office, project: Project) -> None:
    upload = await office.queued(project, suites({"code": "1", "name": "One"}))
    await office.put(upload, suites({"code": "1", "name": "One"}, {"code": "2", "name": "Two"}))
    await office.drain()
    found = await type(upload).get(id=upload.id)
    assert (found.status, found.failure_code, found.failure_retryable) == (
        UploadStatus.FAILED, "CLEAN_FILE_INVALID", True,
    )  # fmt: skip


async def test_a_tag_is_kept_letter_by_letter(office: Office, project: Project) -> None:
    tags = ['say "hi"', "back\\slash", "{brace}", "comma, comma", "NULL"]
    await office.imported(project, suites({"code": "1", "name": "One", "tags": ";".join(tags)}))
    assert (await suite_rows(project))["1"].tags == tags


async def test_progress_only_grows_comes_a_few_times_a_second_and_ends_at_the_whole(
    office: Office, project: Project
) -> None:
    upload = await office.imported(project, suites(*({"code": str(n), "name": "N"} for n in range(25_000))))
    told = [hint.progress for hint in office.hints if hint.progress is not None]
    assert told
    assert all(before.revision < after.revision for before, after in pairwise(told))
    assert all(before.rows_read <= after.rows_read for before, after in pairwise(told))
    assert (told[-1].rows_read, told[-1].rows_total) == (25_000, 25_000)
    assert told[-1].bytes_read == told[-1].bytes_total
    assert upload.finished_at is not None
    assert len(told) <= 4 * (upload.finished_at - upload.uploaded_at).total_seconds() + 2
    sequences = [hint.sequence for hint in office.hints]
    assert sequences == sorted(sequences)


async def test_weights_over_100_percent_are_taken_and_told(office: Office, project: Project) -> None:
    first = await office.imported(
        project,
        phases(
            {"code": "FND", "name": "Foundation", "duration_days": "5", "weight_pct": "60"},
            {"code": "FRM", "name": "Framing", "duration_days": "5", "weight_pct": "40"},
        ),
    )
    assert first.warnings == []
    second = await office.imported(
        project, phases({"code": "DRY", "name": "Drywall", "duration_days": "5", "weight_pct": "0.5"})
    )
    assert second.status is UploadStatus.PROCESSED
    assert second.warnings == [
        {
            "code": "WEIGHT_OVER_100",
            "message": "The weights of the phases of all suites come to 100.5 percent, which is more than 100.",
            "line": 2,
            "column": "weight_pct",
            "value": "100.5",
        }
    ]
