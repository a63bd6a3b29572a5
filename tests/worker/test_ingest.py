from __future__ import annotations

from decimal import Decimal

from models import UploadStage, UploadStatus
from tests.worker.office import Office, Project, both, errors, phase_rows, phases, suite_rows, suites, told


async def test_new_suites_become_records_with_their_values(office: Office, project: Project) -> None:
    upload = await office.imported(
        project,
        suites(
            {"code": "1A", "name": "One A", "area": "52.4 m²", "bedrooms": "2BR + Den", "tags": "corner;view"},
            {"code": "007", "name": "Agent", "base_price": "349000.50", "currency": "cad", "is_active": "archived"},
        ),
    )
    assert (upload.status, upload.stage, upload.counts.created) == (UploadStatus.PROCESSED, UploadStage.DONE, 2)
    found = await suite_rows(project)
    one, agent = found["1A"], found["007"]
    assert (one.area, one.area_unit, one.bedrooms, one.has_den, one.tags) == (
        Decimal("52.4000"), "SQM", 2, True, ["corner", "view"],
    )  # fmt: skip
    assert (agent.base_price, agent.currency, agent.is_active) == (Decimal("349000.50"), "CAD", False)
    assert (one.set_by_id, one.set_by_line, agent.set_by_line) == (upload.id, 2, 3)


async def test_phases_find_their_suite_and_their_predecessors(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1A", "name": "One"}))
    upload = await office.imported(
        project,
        phases(
            {"code": "FND", "name": "Foundation", "duration_days": "10"},
            {
                "code": "FRM",
                "name": "Framing",
                "suite_code": "1a",
                "duration_days": "2 wks",
                "predecessors": "FND FS+2d",
            },
            {"code": "DRY", "name": "Drywall", "suite_code": "1A", "duration_days": "5d", "predecessors": "10SS-1w"},
            {"code": "TOP", "name": "Topping out", "is_milestone": "yes", "predecessors": "Foundation"},
        ),
    )
    assert upload.status is UploadStatus.PROCESSED, await told(upload)


async def test_one_file_of_both_kinds_makes_both(office: Office, project: Project) -> None:
    suite = {"suite_code": "1A", "suite_name": "One", "suite_area": "50"}
    upload = await office.imported(
        project,
        both(
            {**suite, "phase_code": "FND", "phase_name": "Foundation", "phase_duration_days": "10"},
            {
                **suite,
                "phase_code": "FRM",
                "phase_name": "Framing",
                "phase_duration_days": "5",
                "phase_predecessors": "FND",
            },
        ),
    )
    assert upload.status is UploadStatus.PROCESSED, [(e.code, e.message) for e in await errors(upload)]
    assert upload.counts.created == 2
    found = await phase_rows(project)
    assert found["1a", "FRM"].predecessors == [{"suite_key": "1a", "code_key": "fnd", "type": "FS", "lag_days": "0"}]
    assert [found["1a", code].sequence for code in ("FND", "FRM")] == [10, 20]
