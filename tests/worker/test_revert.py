from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

from tortoise import connections
from tortoise.transactions import in_transaction

from models import ChangeAction, ChangeSet, PhaseTemplate, RecordChange, SuiteTemplate
from tests.worker.office import (
    Cells,
    Office,
    Project,
    both,
    phase_rows,
    phases,
    records,
    suite_rows,
    suites,
    written,
)
from workers.reverting import Effects, revert_next
from workers.staging import Desk

KEEP = ChangeAction.KEEP


def phase(code: str, **more: str) -> Cells:
    return {"code": code, "name": code, "duration_days": "1", **more}


async def kept(change_set: ChangeSet) -> dict[str, str | None]:
    """Return what a revert left alone, with the reasons."""
    return {
        change.code: change.reason for change in await RecordChange.filter(change_set_id=change_set.id, action=KEEP)
    }


def counts(change_set: ChangeSet) -> tuple[int, int, int, int]:
    return change_set.created, change_set.updated, change_set.deleted, change_set.kept


async def test_what_an_upload_made_and_changed_is_given_back_to_the_last_column(
    office: Office, project: Project
) -> None:
    await office.imported(
        project, suites({"code": "1", "name": "One", "area": "50.25", "base_price": "123456789012345.67", "tags": "a"})
    )
    await office.imported(project, phases(phase("A"), phase("B", predecessors="A SS-1d")))
    before = await records(project)
    assert len(before) == 3
    upload = await office.imported(
        project,
        both(
            {"suite_code": "1", "suite_name": "Other", "suite_area": "", "suite_base_price": "", "suite_tags": ""},
            {"suite_code": "2", "suite_name": "Two", "phase_code": "X", "phase_name": "X", "phase_duration_days": "1"},
            {"phase_code": "B", "phase_name": "Bee", "phase_duration_days": "2"},
        ),
    )
    assert await records(project) != before
    revert = await office.reverted(await written(upload))
    assert counts(revert) == (0, 2, 2, 0)
    assert await records(project) == before


async def test_a_revert_can_be_reverted_again_and_again(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}))
    before = await records(project)
    upload = await office.imported(
        project,
        both(
            {"suite_code": "1", "suite_name": "Other"},
            {"suite_code": "2", "suite_name": "Two", "phase_code": "X", "phase_name": "X", "phase_duration_days": "1"},
        ),
    )
    after = await records(project)
    change_set = await written(upload)
    for _ in range(2):
        revert = await office.reverted(change_set)
        assert (counts(revert), await records(project)) == ((0, 1, 2, 0), before)
        back = await office.reverted(revert)
        assert (counts(back), await records(project)) == ((2, 1, 0, 0), after)
    # What a revert brought back may be taken back by its own name as well.
    assert counts(await office.reverted(back)) == (0, 1, 2, 0)
    assert await records(project) == before


async def test_uploads_are_taken_back_one_after_the_other_the_last_first(office: Office, project: Project) -> None:
    states, uploads = [await records(project)], []
    for name in ("One", "Two", "Three"):
        rows = [{"code": "1", "name": name}, {"code": name, "name": name}]
        uploads.append(await office.imported(project, suites(*rows)))
        states.append(await records(project))
    for number in (2, 1, 0):
        revert = await office.reverted(await written(uploads[number]))
        assert (revert.kept, await records(project)) == (0, states[number])


async def test_a_version_is_never_used_twice(office: Office, project: Project) -> None:
    change_set = await written(await office.imported(project, suites({"code": "1", "name": "One"})))
    await office.reverted(await office.reverted(change_set))
    assert (await suite_rows(project))["1"].revision == 2


async def test_a_dry_run_tells_what_would_be_done_and_does_nothing(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}))
    upload = await office.imported(project, suites({"code": "1", "name": "Other"}, {"code": "2", "name": "Two"}))
    state = await records(project, versions=True)
    dry = await office.reverted(await written(upload), dry_run=True)
    assert (dry.dry_run, counts(dry)) == (True, (0, 1, 1, 0))
    changed, deleted = await RecordChange.filter(change_set_id=dry.id).order_by("code")
    assert (changed.before is not None, changed.after is not None) == (True, True)
    assert (changed.before or {})["name"] == "Other"
    assert (changed.after or {})["name"] == "One"
    assert (deleted.action, deleted.after) == (ChangeAction.DELETE, None)
    assert await records(project, versions=True) == state
    real = await office.reverted(await written(upload))
    assert counts(real) == counts(dry)


async def test_what_was_edited_since_is_kept(office: Office, project: Project) -> None:
    await office.imported(project, suites(*({"code": code, "name": "Old"} for code in "ABC")))
    upload = await office.imported(project, suites(*({"code": code, "name": "New"} for code in "ABCDEF")))
    await SuiteTemplate.filter(project_id=project.id, code="A").update(name="By hand")
    await office.imported(project, suites({"code": "D", "name": "Later"}))
    await SuiteTemplate.filter(project_id=project.id, code__in=["B", "E"]).delete()
    revert = await office.reverted(await written(upload))
    assert counts(revert) == (0, 1, 1, 3)
    assert await kept(revert) == {
        "A": "It was edited since.",
        "B": "It was deleted since.",
        "D": "It was edited since.",
    }
    assert {code: row.name for code, row in (await suite_rows(project)).items()} == {
        "A": "By hand",
        "C": "Old",
        "D": "Later",
    }


async def test_a_suite_with_phases_of_others_is_kept(office: Office, project: Project) -> None:
    upload = await office.imported(project, suites({"code": "1", "name": "One"}, {"code": "2", "name": "Two"}))
    await office.imported(project, phases(phase("A", suite_code="1")))
    revert = await office.reverted(await written(upload))
    assert counts(revert) == (0, 0, 1, 1)
    assert await kept(revert) == {"1": "The phase A still belongs to it."}
    assert set(await phase_rows(project)) == {("1", "A")}


async def test_phases_that_others_need_are_kept_with_all_that_they_need(office: Office, project: Project) -> None:
    upload = await office.imported(
        project,
        both(
            *(
                {"suite_code": "1", "suite_name": "One", "phase_duration_days": "1", **row}
                for row in (
                    {"phase_code": "A", "phase_name": "A", "phase_predecessors": "", "phase_parent_code": ""},
                    {"phase_code": "B", "phase_name": "B", "phase_predecessors": "A", "phase_parent_code": ""},
                    {"phase_code": "C", "phase_name": "C", "phase_predecessors": "", "phase_parent_code": "B"},
                    {"phase_code": "D", "phase_name": "D", "phase_predecessors": "C", "phase_parent_code": ""},
                )
            )
        ),
    )
    await office.imported(project, phases(phase("X", suite_code="1", predecessors="C")))
    revert = await office.reverted(await written(upload))
    assert await kept(revert) == {
        "1": "The phase X still belongs to it.",
        "A": "The phase B waits for it.",
        "B": "The phase C is a part of it.",
        "C": "The phase X waits for it.",
    }
    assert {code for _, code in await phase_rows(project)} == {"A", "B", "C", "X"}


async def test_phases_of_every_suite_that_a_suite_needs_are_kept(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}))
    upload = await office.imported(project, phases(phase("ALL"), phase("FREE")))
    await office.imported(project, phases(phase("X", suite_code="1", predecessors="ALL")))
    revert = await office.reverted(await written(upload))
    assert await kept(revert) == {"ALL": "The phase X waits for it."}
    assert {code for _, code in await phase_rows(project)} == {"ALL", "X"}


async def test_what_refers_to_something_that_is_gone_is_not_brought_back(office: Office, project: Project) -> None:
    first = await office.imported(project, phases(phase("A"), phase("P")))
    await office.imported(
        project,
        phases(phase("B", predecessors="A", parent_code="", sequence="50"), phase("C", parent_code="P", sequence="60")),
    )
    upload = await office.imported(
        project,
        phases(phase("B", predecessors="", parent_code="", sequence="50"), phase("C", parent_code="", sequence="60")),
    )
    assert counts(await office.reverted(await written(first))) == (0, 0, 2, 0)
    revert = await office.reverted(await written(upload))
    assert await kept(revert) == {"B": "A phase it waits for is gone.", "C": "Its parent is gone."}


async def test_a_long_chain_that_comes_apart_leaves_the_rest_alone(office: Office, project: Project) -> None:
    chain = [phase(f"C{n}", sequence=f"{n}0", predecessors=f"C{n - 1}" if n > 1 else "") for n in range(1, 61)]
    upload = await office.imported(project, phases(*chain, phase("FREE", sequence="1000", predecessors="")))
    revert = await office.reverted(await written(upload))
    await office.imported(project, phases(phase("N", sequence="10")))
    again = await office.reverted(revert)
    reasons = await kept(again)
    assert reasons.pop("C1") == "The phase N has its place in the group now."
    assert reasons == dict.fromkeys((f"C{n}" for n in range(2, 61)), "A phase it waits for is gone.")
    assert {code for _, code in await phase_rows(project)} == {"N", "FREE"}


async def test_a_shifted_group_stays_shifted_from_where_one_of_it_was_edited(office: Office, project: Project) -> None:
    def rows(by: int) -> list[Cells]:
        return [phase(f"C{n}", sequence=str(10 * (n + by))) for n in range(1, 61)]

    await office.imported(project, phases(*rows(0)))
    upload = await office.imported(project, phases(*rows(1)))
    await PhaseTemplate.filter(project_id=project.id, code="C10").update(name="By hand")
    revert = await office.reverted(await written(upload))
    assert counts(revert) == (0, 9, 0, 51)
    found = {code: row.sequence for (_, code), row in (await phase_rows(project)).items()}
    assert found == {f"C{n}": 10 * (n + (n >= 10)) for n in range(1, 61)}
    assert (await kept(revert))["C60"] == "The phase C59 has its place in the group now."


async def test_a_place_or_an_id_that_was_taken_meanwhile_stays_with_who_has_it(
    office: Office, project: Project
) -> None:
    await office.imported(project, phases(phase("A", sequence="10", external_id="X"), phase("B", sequence="20")))
    await office.imported(project, suites({"code": "1", "name": "One", "external_id": "S"}))
    moved = await office.imported(
        project, phases(phase("A", sequence="30", external_id="X"), phase("B", sequence="20", external_id=""))
    )
    renamed = await office.imported(project, suites({"code": "1", "name": "One", "external_id": "T"}))
    await office.imported(project, phases(phase("N", sequence="10")))
    await office.imported(project, suites({"code": "2", "name": "Two", "external_id": "S"}))
    assert await kept(await office.reverted(await written(moved))) == {
        "A": "The phase N has its place in the group now."
    }
    assert await kept(await office.reverted(await written(renamed))) == {"1": "Its external id belongs to 2 now."}


async def test_a_code_that_was_given_away_meanwhile_is_not_given_back(office: Office, project: Project) -> None:
    upload = await office.imported(
        project,
        both({"suite_code": "1", "suite_name": "S", "phase_code": "A", "phase_name": "A", "phase_duration_days": "1"}),
    )
    revert = await office.reverted(await written(upload))
    await office.imported(
        project,
        both({"suite_code": "1", "suite_name": "T", "phase_code": "A", "phase_name": "B", "phase_duration_days": "1"}),
    )
    again = await office.reverted(revert)
    assert await kept(again) == {"1": "Another suite has its code now.", "A": "Another phase has its code now."}


async def test_a_phase_comes_back_into_the_suite_that_has_its_key_now(office: Office, project: Project) -> None:
    await office.imported(project, suites({"code": "1", "name": "One"}))
    upload = await office.imported(project, phases(phase("A", suite_code="1")))
    revert = await office.reverted(await written(upload))
    await SuiteTemplate.filter(project_id=project.id).delete()
    again = await office.reverted(revert)
    assert await kept(again) == {"A": "Its suite is gone."}
    await office.imported(project, suites({"code": "1", "name": "Another"}))
    again = await office.reverted(revert)
    assert counts(again) == (1, 0, 0, 0)
    assert (await phase_rows(project))["1", "A"].suite_id == (await suite_rows(project))["1"].id


async def test_a_circle_is_not_closed(office: Office, project: Project) -> None:
    def row(code: str, sequence: str, before: str, above: str = "") -> Cells:
        return phase(code, sequence=sequence, predecessors=before, parent_code=above)

    await office.imported(project, phases(row("A", "10", ""), row("B", "20", "A"), row("C", "30", "B")))
    upload = await office.imported(project, phases(row("B", "20", ""), row("D", "40", "")))
    await office.imported(project, phases(row("A", "10", "C")))
    assert await kept(await office.reverted(await written(upload))) == {
        "B": "It would come before itself: b -> c -> a -> b."
    }
    await office.imported(project, phases(row("A", "10", ""), row("B", "20", "", "A"), row("C", "30", "")))
    upload = await office.imported(project, phases(row("B", "20", "", "")))
    await office.imported(project, phases(row("A", "10", "", "B")))
    assert await kept(await office.reverted(await written(upload))) == {
        "B": "It would be a part of itself: b -> a -> b."
    }


async def test_nothing_is_brought_back_to_a_level_too_deep(office: Office, project: Project) -> None:
    def row(code: str, above: str) -> Cells:
        return phase(code, parent_code=above)

    await office.imported(project, phases(row("P", ""), row("X", "P")))
    upload = await office.imported(project, phases(row("X", "")))
    chain = ["X", *(f"Y{level}" for level in range(2, 9))]
    await office.imported(project, phases(*(row(code, above) for above, code in pairwise(chain))))
    assert await kept(await office.reverted(await written(upload))) == {
        "X": "A part of it would stand on level 9, of at most 8."
    }


async def test_records_that_exchanged_places_and_ids_exchange_them_again(office: Office, project: Project) -> None:
    await office.imported(
        project, phases(*(phase(code, sequence=f"{n}0", external_id=code) for n, code in enumerate("ABC", 1)))
    )
    before = await records(project)
    upload = await office.imported(
        project, phases(*(phase(code, sequence=f"{n}0", external_id="BCA"[n - 1]) for n, code in enumerate("CAB", 1)))
    )
    after = await records(project)
    revert = await office.reverted(await written(upload))
    assert (counts(revert), await records(project)) == ((0, 3, 0, 0), before)
    assert counts(await office.reverted(revert)) == (0, 3, 0, 0)
    assert await records(project) == after


async def test_a_second_revert_of_the_same_finds_nothing_to_take_back(office: Office, project: Project) -> None:
    change_set = await written(await office.imported(project, suites({"code": "1", "name": "One"})))
    await office.reverted(change_set)
    second = await office.reverted(change_set)
    assert (second.failure_code, counts(second)) == ("NOT_REVERTIBLE", (0, 0, 0, 0))


async def test_a_revert_that_nobody_could_carry_out_in_time_ends(office: Office, project: Project) -> None:
    change_set = await written(await office.imported(project, suites({"code": "1", "name": "One"})))
    old: dict[str, Any] = {name: getattr(change_set, name) for name in ("organization_id", "project_id", "upload_id")}
    late = await ChangeSet.create(
        **old, undoes_id=change_set.id, cause="REVERT", dry_run=False, at=office.now() - timedelta(hours=2)
    )
    assert await revert_next(Effects(office.now, office.settings.uploads.import_deadline))
    assert (await ChangeSet.get(id=late.id)).failure_code == "REVERT_TIMED_OUT"
    assert not await revert_next(Effects(office.now, office.settings.uploads.import_deadline))
    assert set(await suite_rows(project)) == {"1"}


@asynccontextmanager
async def held(project: Project) -> AsyncIterator[None]:
    """Hold a project as a running import does."""
    holding, enough = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with in_transaction() as tx, tx.acquire_connection() as raw:
            await Desk(raw, project.id).prepare()
            holding.set()
            await enough.wait()

    holder = asyncio.create_task(hold())
    await holding.wait()
    yield
    enough.set()
    await holder


async def waiting_for_a_lock() -> bool:
    rows = await connections.get("default").execute_query_dict("SELECT FROM pg_locks WHERE NOT granted")
    return bool(rows)


async def test_a_revert_that_is_stopped_is_done_by_the_next_worker(office: Office, project: Project) -> None:
    change_set = await written(await office.imported(project, suites({"code": "1", "name": "One"})))
    own: dict[str, Any] = {name: getattr(change_set, name) for name in ("organization_id", "project_id", "upload_id")}
    asked = await ChangeSet.create(**own, undoes_id=change_set.id, cause="REVERT", dry_run=False, at=office.now())
    effects = Effects(office.now, office.settings.uploads.import_deadline)
    async with held(project):
        first = asyncio.create_task(revert_next(effects))
        while not await waiting_for_a_lock():  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)
        assert not await revert_next(effects)  # the first one has it
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert (await ChangeSet.get(id=asked.id)).finished_at is None
    assert await revert_next(effects)
    assert counts(await ChangeSet.get(id=asked.id)) == (0, 0, 1, 0)
    assert await suite_rows(project) == {}


async def test_an_edit_that_is_under_way_is_waited_for_and_kept(office: Office, project: Project) -> None:
    change_set = await written(await office.imported(project, suites({"code": "1", "name": "One"})))
    edited, enough = asyncio.Event(), asyncio.Event()

    async def edit() -> None:
        async with in_transaction() as tx:
            await SuiteTemplate.filter(project_id=project.id).using_db(tx).update(name="By hand")
            edited.set()
            await enough.wait()

    editing = asyncio.create_task(edit())
    await edited.wait()
    reverting = asyncio.create_task(office.reverted(change_set))
    while not await waiting_for_a_lock():  # noqa: ASYNC110 - same
        await asyncio.sleep(0.01)
    enough.set()
    await editing
    assert await kept(await reverting) == {"1": "It was edited since."}
    assert (await suite_rows(project))["1"].name == "By hand"


async def test_other_projects_are_not_touched(office: Office, project: Project) -> None:
    other = await office.project(project.organization_id)
    for where in (project, other):
        upload = await office.imported(where, both(
            {"suite_code": "1", "suite_name": "S", "phase_code": "A", "phase_name": "A", "phase_duration_days": "1"}
        ))  # fmt: skip
    await office.reverted(await written(upload))
    assert len(await records(project)) == 2
    assert await records(other) == []
    assert await PhaseTemplate.filter(project_id=other.id).count() == 0
