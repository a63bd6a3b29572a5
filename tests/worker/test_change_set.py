from __future__ import annotations

from typing import Any

from gql.ids import Kind, global_id
from models import SuiteTemplate
from tests.worker.client import Client, told
from tests.worker.office import Office, Project, both, phases, suites


def fields(edge: Any) -> dict[str, tuple[str | None, str | None]]:
    return {change["field"]: (change["before"], change["after"]) for change in edge["node"]["fields"]}


async def test_what_an_upload_wrote_is_told_column_by_column(office: Office, project: Project, client: Client) -> None:
    await office.imported(
        project, suites({"code": "1", "name": "One", "area": "50.25", "tags": "a;b", "is_active": "no"})
    )
    again = suites(
        {"code": "2", "name": "Two", "area": "7"},
        {"code": "1", "name": "One", "area": "", "tags": "b", "is_active": "yes"},
    )
    upload = await office.imported(project, again)
    found = await client.change_set(upload)
    assert (found["dryRun"], found["revertible"], found["undoes"], found["revertedBy"]) == (False, True, None, None)
    assert found["upload"]["id"] == global_id(Kind.UPLOAD, upload.id)
    assert found["counts"] == {"created": 1, "updated": 1, "deleted": 0, "keptBecauseEditedSince": 0}
    assert told(found) == [("CREATE", "2"), ("UPDATE", "1")]
    new, old = found["changes"]["edges"]
    assert (new["node"]["line"], old["node"]["line"]) == (2, 3)
    assert fields(new) == {
        "code": (None, "2"),
        "name": (None, "Two"),
        "area": (None, "7.0000"),
        "is_active": (None, "yes"),
    }
    assert fields(old) == {"area": ("50.2500", None), "is_active": ("no", "yes"), "tags": ("a; b", "b")}


async def test_what_a_record_became_stays_told_when_it_changes_again(
    office: Office, project: Project, client: Client
) -> None:
    first = await office.imported(project, suites({"code": "1", "name": "One"}))
    second = await office.imported(project, suites({"code": "1", "name": "Two"}))
    await office.imported(project, suites({"code": "1", "name": "Three"}))
    (made,) = (await client.change_set(first))["changes"]["edges"]
    (changed,) = (await client.change_set(second))["changes"]["edges"]
    assert fields(made)["name"] == (None, "One")
    assert fields(changed) == {"name": ("One", "Two")}


async def test_phases_are_told_as_a_file_says_them(office: Office, project: Project, client: Client) -> None:
    upload = await office.imported(
        project,
        both(
            {
                "suite_code": "1A", "suite_name": "One", "phase_code": "FND", "phase_name": "F",
                "phase_duration_days": "2",
            },
            {
                "suite_code": "1A", "suite_name": "One", "phase_code": "FRM", "phase_name": "F",
                "phase_duration_days": "1.5", "phase_predecessors": "FND SS-1d", "phase_parent_code": "FND",
            },
        ),
    )  # fmt: skip
    found = await client.change_set(upload)
    assert sorted(told(found)) == [("CREATE", "1A"), ("CREATE", "FND"), ("CREATE", "FRM")]
    frame = next(edge for edge in found["changes"]["edges"] if edge["node"]["code"] == "FRM")
    assert frame["node"]["kind"] == "PHASE_TEMPLATES"
    assert {name: after for name, (_, after) in fields(frame).items()} == {
        "code": "FRM", "name": "F", "suite_code": "1a", "sequence": "20", "parent_code": "fnd", "duration_days": "1.50",
        "duration_unit": "WORKDAYS", "is_milestone": "no", "predecessors": "fnd SS-1d", "is_active": "yes",
    }  # fmt: skip


async def test_changes_come_in_pages_without_a_gap_or_a_repetition(
    office: Office, project: Project, client: Client
) -> None:
    await office.imported(project, suites(*({"code": f"A{n}", "name": "Old"} for n in range(5))))
    rows = [{"code": f"{kind}{n}", "name": "New"} for n in range(5) for kind in "BA"]
    upload = await office.imported(project, suites(*rows))
    seen, after = [], None
    while True:
        page = await client.change_set(upload, first=3, after=after)
        assert page["changes"]["totalCount"] == 10
        seen += told(page)
        after = page["changes"]["pageInfo"]["endCursor"]
        if not page["changes"]["pageInfo"]["hasNextPage"]:
            break
    assert seen == [("CREATE", f"B{n}") for n in range(5)] + [("UPDATE", f"A{n}") for n in range(5)]


async def test_a_plan_tells_what_its_application_then_does(office: Office, project: Project, client: Client) -> None:
    await office.imported(project, suites({"code": "1", "name": "One", "base_price": "1.50"}))
    clean = suites({"code": "1", "name": "One", "base_price": "2"}, {"code": "2", "name": "Two", "base_price": ""})
    dry = await office.imported(project, clean, dry_run=True)
    plan = await client.plan(dry)
    assert plan["planHash"] == dry.plan_hash
    assert plan["counts"] == {"read": 2, "created": 1, "updated": 1, "unchanged": 0, "rejected": 0}
    assert told(plan) == [("UPDATE", "1"), ("CREATE", "2")]
    assert await client.change_set(dry) is None
    upload = await client.apply(dry)
    await office.drain()
    done = await client.change_set(upload)
    by_code = {edge["node"]["code"]: edge["node"] for edge in plan["changes"]["edges"]}
    assert {edge["node"]["code"]: edge["node"]["fields"] for edge in done["changes"]["edges"]} == {
        code: node["fields"] for code, node in by_code.items()
    }
    assert await client.plan(upload) is None


async def test_an_upload_that_changed_nothing_wrote_nothing(office: Office, project: Project, client: Client) -> None:
    clean = suites({"code": "1", "name": "One"})
    await office.imported(project, clean)
    assert await client.change_set(await office.imported(project, clean)) is None


async def test_the_history_of_a_record_goes_back_to_its_creation(
    office: Office, project: Project, client: Client
) -> None:
    first = await office.imported(project, suites({"code": "1", "name": "One"}, {"code": "2", "name": "Other"}))
    for name in ("Two", "Three"):
        last = await office.imported(project, suites({"code": "1", "name": name}))
    await office.imported(project, suites({"code": "1", "name": "Four"}), dry_run=True)
    query = """
    query ($p: ID!, $first: Int!, $after: String) { suiteTemplates(projectId: $p) { edges { node { code
      history(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node {
        action line fields { field before after } changeSet { at upload { id } } } } } } } } }
    """
    name = global_id(Kind.PROJECT, project.id)
    data = await client.ask(query, p=name, first=2, after=None)
    one, two = (edge["node"]["history"] for edge in data["suiteTemplates"]["edges"])
    assert (one["totalCount"], two["totalCount"]) == (3, 1)
    assert [edge["node"]["action"] for edge in one["edges"]] == ["UPDATE", "UPDATE"]
    assert [fields(edge)["name"] for edge in one["edges"]] == [("Two", "Three"), ("One", "Two")]
    assert one["edges"][0]["node"]["changeSet"]["upload"]["id"] == global_id(Kind.UPLOAD, last.id)
    assert [edge["node"]["action"] for edge in two["edges"]] == ["CREATE"]
    data = await client.ask(query, p=name, first=2, after=one["pageInfo"]["endCursor"])
    (rest,) = data["suiteTemplates"]["edges"][0]["node"]["history"]["edges"]
    assert (rest["node"]["action"], fields(rest)["name"]) == ("CREATE", (None, "One"))
    assert rest["node"]["changeSet"]["upload"]["id"] == global_id(Kind.UPLOAD, first.id)


async def test_an_edit_by_hand_is_no_part_of_a_later_plan(office: Office, project: Project, client: Client) -> None:
    await office.imported(project, phases({"code": "A", "name": "A", "duration_days": "1"}))
    await office.imported(project, suites({"code": "1", "name": "One"}))
    await SuiteTemplate.filter(project_id=project.id).update(name="By hand")
    dry = await office.imported(project, suites({"code": "1", "name": "One"}), dry_run=True)
    (edge,) = (await client.plan(dry))["changes"]["edges"]
    assert fields(edge) == {"name": ("By hand", "One")}
