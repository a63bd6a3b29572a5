from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from gql.ids import Kind, global_id
from models import (
    EVERY_SUITE,
    ChangeSet,
    Failure,
    PhaseTemplate,
    RecordChange,
    RowError,
    SuiteTemplate,
    UploadedTemplateFile,
    id_prefix,
)
from sanitizer_lambda import contract
from sanitizer_lambda.contract.wire import to_json
from tests.api.world import Tenant, User, World

NOW = datetime(2026, 3, 31, 14, 5, 0, 250_000, tzinfo=UTC)
FAILURE = Failure("EXPIRED", "The file never came.", retryable=True)
REPORT = contract.Report(
    rule_set_version="1",
    source_version="v1",
    bytes_before=100,
    sha256_before="a" * 64,
    sha256_after="b" * 64,
    detected=contract.DetectedFormat("cp1252", False, ";", '"', None, "CRLF", 3, 0.97),
    kind=contract.TemplateKind.SUITE_TEMPLATES,
    columns=(
        contract.ColumnMatch(0, "Nr.", "code", contract.MatchedBy.MAPPED),
        contract.ColumnMatch(1, "Remark", None, contract.MatchedBy.IGNORED, 0.6, "description"),
    ),
    rules=(
        contract.RuleCount(contract.Rule.FORMULA_NEUTRALISED, 2, (contract.CellChange(5, "name", "=1+1", "'=1+1"),)),
    ),
)


async def suite(tenant: Tenant, code: str, **columns: Any) -> SuiteTemplate:
    values = {"name": f"Suite {code}", "is_active": True, "tags": [], "set_at": NOW, **columns}
    return await SuiteTemplate.create(
        organization=tenant.organization, project=tenant.project, code=code, code_key=code.casefold(), **values
    )


async def phase(tenant: Tenant, code: str, of: SuiteTemplate | None = None, **columns: Any) -> PhaseTemplate:
    values = {
        "name": f"Phase {code}",
        "sequence": 10,
        "duration_days": Decimal(5),
        "duration_unit": "WORKDAYS",
        "is_milestone": False,
        "predecessors": [],
        "is_active": True,
        "set_at": NOW,
        "suite": of,
        "suite_key": of.code_key if of else EVERY_SUITE,
        **columns,
    }
    return await PhaseTemplate.create(
        organization=tenant.organization, project=tenant.project, code=code, code_key=code.casefold(), **values
    )


async def row_error(upload: UploadedTemplateFile, line: int, code: str = "REQUIRED", column: str = "name") -> RowError:
    return await RowError.create(upload=upload, code=code, line=line, record=line - 1, column=column, message="Empty.")


async def change_set(tenant: Tenant, upload: UploadedTemplateFile, **columns: Any) -> ChangeSet:
    values = {"cause": "IMPORT", "dry_run": False, "at": NOW, "finished_at": NOW, "created": 1, "updated": 1, **columns}
    return await ChangeSet.create(organization=tenant.organization, project=tenant.project, upload=upload, **values)


class Counter(logging.Handler):
    """Counts the statements that the ORM says it runs."""

    count = 0

    def emit(self, _record: logging.LogRecord) -> None:
        self.count += 1


@pytest.fixture
def statements() -> Iterator[Counter]:
    """Count the statements of the server, which runs in this process."""
    counter, log = Counter(), logging.getLogger("tortoise.db_client")
    level = log.level
    log.setLevel(logging.DEBUG)
    log.addHandler(counter)
    yield counter
    log.removeHandler(counter)
    log.setLevel(level)


async def test_a_list_is_paged_without_a_gap_or_a_repetition(ada: User, acme: Tenant, world: World) -> None:
    made = [await world.upload(acme, filename=f"{n}.csv", uploaded_at=NOW) for n in range(7)]
    query = """
    query ($p: ID!, $after: String) {
      uploads(projectId: $p, first: 3, after: $after) {
        totalCount edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
    """
    seen: list[str] = []
    after, pages = None, []
    while True:
        page = (await ada.ask(query, p=acme.project_id, after=after)).data["uploads"]
        pages.append((len(page["edges"]), page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]))
        seen += [edge["node"]["id"] for edge in page["edges"]]
        assert page["totalCount"] == 7
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert pages == [(3, True, False), (3, True, True), (1, False, True)]
    assert seen == [global_id(Kind.UPLOAD, key) for key in sorted((upload.id for upload in made), reverse=True)]


async def test_the_newest_upload_comes_first_and_may_be_asked_for_by_status_and_kind(
    ada: User, acme: Tenant, world: World
) -> None:
    old = await world.upload(acme, filename="old.csv", uploaded_at=NOW, kind="PHASE_TEMPLATES")
    await world.upload(acme, filename="new.csv", uploaded_at=NOW + timedelta(seconds=1))
    await world.fail(old, FAILURE)
    query = """
    query ($p: ID!, $status: [UploadStatus!], $kind: TemplateKind) {
      uploads(projectId: $p, status: $status, kind: $kind) { edges { node { filename } } }
    }
    """

    async def names(**variables: Any) -> list[str]:
        edges = (await ada.ask(query, p=acme.project_id, **variables)).data["uploads"]["edges"]
        return [edge["node"]["filename"] for edge in edges]

    assert await names() == ["new.csv", "old.csv"]
    assert await names(status=["FAILED", "PROCESSED"]) == ["old.csv"]
    assert await names(status=[]) == []
    assert await names(kind="PHASE_TEMPLATES") == ["old.csv"]
    assert await names(kind="SUITE_TEMPLATES") == []


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "x" * 5_000,
        *(
            base64.urlsafe_b64encode(text.encode()).decode()
            for text in (
                "[]",
                "1",
                "{}",
                "[" * 900,
                '["uploads"]',
                '["suites","a","b"]',
                '["uploads","yesterday","x"]',
                '["uploads","2026-01-01T00:00:00","00000000-0000-0000-0000-000000000000"]',
                '["uploads",1,2]',
            )
        ),
    ],
)
async def test_a_bad_cursor_is_a_clear_error(ada: User, acme: Tenant, cursor: str) -> None:
    query = "query ($p: ID!, $after: String) { uploads(projectId: $p, after: $after) { totalCount } }"
    answer = await ada.ask(query, p=acme.project_id, after=cursor)
    assert [error["message"] for error in answer.body["errors"]] == ["`after` is no cursor of this list."]
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_number_that_no_column_holds_is_a_bad_cursor(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    for list_name, tag in (("rowErrors", "row-errors"), ("events", "events")):
        cursor = base64.urlsafe_b64encode(f'["{tag}",{2**64}]'.encode()).decode()
        wanted = f"{list_name}(after: $after) {{ totalCount }}"
        query = f"query ($id: ID!, $after: String) {{ upload(id: $id) {{ {wanted} }} }}"
        answer = await ada.ask(query, id=global_id(Kind.UPLOAD, upload.id), after=cursor)
        assert answer.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "cursor", ["", "x", '["created","x"]', '["changes",1.5]', '["changes"]', '["history",null]', "[0]"]
)
async def test_a_bad_cursor_of_changes_or_of_a_history_is_a_clear_error(
    ada: User, acme: Tenant, world: World, cursor: str
) -> None:
    upload = await world.upload(acme)
    await change_set(acme, upload)
    record = await suite(acme, "1A")
    given = base64.urlsafe_b64encode(cursor.encode()).decode() if cursor.startswith("[") else cursor
    changes = "... on TemplateUpload { changeSet { changes(after: $after) { totalCount } } }"
    history = "... on SuiteTemplate { history(after: $after) { totalCount } }"
    for kind, key, wanted in ((Kind.UPLOAD, upload.id, changes), (Kind.SUITE, record.id, history)):
        query = f"query ($id: ID!, $after: String) {{ node(id: $id) {{ {wanted} }} }}"
        answer = await ada.ask(query, id=global_id(kind, key), after=given)
        assert [error["message"] for error in answer.body["errors"]] == ["`after` is no cursor of this list."]
        assert answer.codes == ["BAD_USER_INPUT"]


async def test_an_upload_tells_all_that_is_known_of_it(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme, by=ada, report=to_json(REPORT), sha256="a" * 64)
    await row_error(upload, 3)
    await row_error(upload, 4)
    await row_error(upload, 4, "NOT_A_NUMBER", "bedrooms")
    await world.fail(upload, FAILURE)
    counts = [
        {"code": "REQUIRED", "column": "name", "count": 20},
        {"code": "NOT_A_NUMBER", "column": "bedrooms", "count": 1},
    ]
    await UploadedTemplateFile.filter(id=upload.id).update(row_error_counts=counts, rows_read=25, rows_rejected=21)
    query = """
    query ($id: ID!) { upload(id: $id) {
      id filename sizeBytes sha256 kind mode invalidRows dryRun status stage sequence finishedAt deadlineAt
      project { id } uploadedBy { email } parent { id } target { __typename }
      progress { revision percent bytesTotal }
      detected { encoding bom delimiter quote newline headerLine confidence }
      columns { header column matchedBy score runnerUp }
      counts { read created updated unchanged rejected }
      sanitization {
        ruleSetVersion sha256Before sha256After rules { rule cells examples { line column before after } }
      }
      rowErrors(first: 2, code: REQUIRED) { totalCount edges { node { code line record column message relatedLine } } }
      rowErrorSummary { code column count first { line } }
      failure { code message stage retryable correlationId }
      events { totalCount edges { node { sequence status stage } } }
    } }
    """
    found = (await ada.ask(query, id=global_id(Kind.UPLOAD, upload.id))).data["upload"]
    assert found.pop("finishedAt") is not None
    error = {"code": "REQUIRED", "record": 2, "column": "name", "message": "Empty.", "relatedLine": None}
    assert found == {
        "id": global_id(Kind.UPLOAD, upload.id),
        "filename": "suites.csv",
        "sizeBytes": 100,
        "sha256": "a" * 64,
        "kind": "SUITE_TEMPLATES",
        "mode": "UPSERT",
        "invalidRows": "REJECT_FILE",
        "dryRun": False,
        "status": "FAILED",
        "stage": "AWAITING_FILE",
        "sequence": 2,
        "deadlineAt": None,
        "project": {"id": acme.project_id},
        "uploadedBy": {"email": ada.email},
        "parent": None,
        "target": None,
        "progress": {"revision": 0, "percent": None, "bytesTotal": 100},
        "detected": {
            "encoding": "cp1252",
            "bom": False,
            "delimiter": ";",
            "quote": '"',
            "newline": "CRLF",
            "headerLine": 3,
            "confidence": 0.97,
        },
        "columns": [
            {"header": "Nr.", "column": "code", "matchedBy": "MAPPED", "score": None, "runnerUp": None},
            {"header": "Remark", "column": None, "matchedBy": "IGNORED", "score": 0.6, "runnerUp": "description"},
        ],
        "counts": {"read": 25, "created": 0, "updated": 0, "unchanged": 0, "rejected": 21},
        "sanitization": {
            "ruleSetVersion": "1",
            "sha256Before": "a" * 64,
            "sha256After": "b" * 64,
            "rules": [
                {
                    "rule": "FORMULA_NEUTRALISED",
                    "cells": 2,
                    "examples": [{"line": 5, "column": "name", "before": "=1+1", "after": "'=1+1"}],
                }
            ],
        },
        "rowErrors": {
            "totalCount": 2,
            "edges": [{"node": {**error, "line": 3}}, {"node": {**error, "line": 4, "record": 3}}],
        },
        "rowErrorSummary": [
            {"code": "REQUIRED", "column": "name", "count": 20, "first": {"line": 3}},
            {"code": "NOT_A_NUMBER", "column": "bedrooms", "count": 1, "first": {"line": 4}},
        ],
        "failure": {
            "code": "EXPIRED",
            "message": "The file never came.",
            "stage": "AWAITING_FILE",
            "retryable": True,
            "correlationId": str(upload.id),
        },
        "events": {
            "totalCount": 2,
            "edges": [
                {"node": {"sequence": 1, "status": "PENDING", "stage": "AWAITING_FILE"}},
                {"node": {"sequence": 2, "status": "FAILED", "stage": "AWAITING_FILE"}},
            ],
        },
    }


async def test_a_suite_and_its_phases_are_shown_with_exact_numbers(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    one = await suite(
        acme,
        "1A",
        suite_type="LOFT",
        bathrooms=Decimal("1.5"),
        area=Decimal("52.4000"),
        area_unit="SQM",
        base_price=Decimal("349000.00"),
        currency="CAD",
        tags=["corner", "view"],
        set_by=upload,
        set_by_line=7,
    )
    await phase(acme, "ALL")
    framing = await phase(acme, "FRM", one)
    await phase(
        acme,
        "DRY",
        one,
        sequence=20,
        parent_key="frm",
        predecessors=[
            {"suite_key": "1a", "code_key": "frm", "type": "FS", "lag_days": "-1.5"},
            {"suite_key": "", "code_key": "all", "type": "SS", "lag_days": "0"},
        ],
    )
    query = """
    query ($p: ID!) {
      suiteTemplates(projectId: $p) { edges { node {
        code suiteType bathrooms area areaUnit basePrice currency tags provenance { line at upload { filename } }
        phases { totalCount edges { node {
          code sequence durationDays parent { code } suite { code }
          predecessors { type lagDays phase { code } }
        } } }
      } } }
      phaseTemplates(projectId: $p) { edges { node { code suite { code } } } }
    }
    """
    data = (await ada.ask(query, p=acme.project_id)).data
    (edge,) = data["suiteTemplates"]["edges"]
    phases = edge["node"].pop("phases")
    assert edge["node"] == {
        "code": "1A",
        "suiteType": "LOFT",
        "bathrooms": "1.5",
        "area": "52.4000",
        "areaUnit": "SQM",
        "basePrice": "349000.00",
        "currency": "CAD",
        "tags": ["corner", "view"],
        "provenance": {"line": 7, "at": "2026-03-31T14:05:00.250000Z", "upload": {"filename": "suites.csv"}},
    }
    assert phases["totalCount"] == 2
    assert [edge["node"] for edge in phases["edges"]] == [
        {
            "code": "FRM",
            "sequence": 10,
            "durationDays": "5.00",
            "parent": None,
            "suite": {"code": "1A"},
            "predecessors": [],
        },
        {
            "code": "DRY",
            "sequence": 20,
            "durationDays": "5.00",
            "parent": {"code": framing.code},
            "suite": {"code": "1A"},
            "predecessors": [
                {"type": "FS", "lagDays": "-1.5", "phase": {"code": "FRM"}},
                {"type": "SS", "lagDays": "0", "phase": {"code": "ALL"}},
            ],
        },
    ]
    assert [(edge["node"]["code"], edge["node"]["suite"]) for edge in data["phaseTemplates"]["edges"]] == [
        ("ALL", None),
        ("FRM", {"code": "1A"}),
        ("DRY", {"code": "1A"}),
    ]


async def test_templates_may_be_searched_and_filtered(ada: User, acme: Tenant, world: World) -> None:
    upload = await world.upload(acme)
    loft = await suite(acme, "L1", name="Löft 100%", suite_type="LOFT", set_by=upload)
    await suite(acme, "S1", name="Studio", suite_type="STUDIO", is_active=False)
    await phase(acme, "P1", loft, is_milestone=True)
    await phase(acme, "P2")

    async def codes(kind: str, **wanted: Any) -> list[str]:
        given = f"$p: ID!, $f: {kind[0].upper()}{kind[1:-1]}Filter"
        query = f"query ({given}) {{ {kind}(projectId: $p, filter: $f) {{ edges {{ node {{ code }} }} }} }}"
        found = (await ada.ask(query, p=acme.project_id, f=wanted)).data[kind]["edges"]
        return [edge["node"]["code"] for edge in found]

    assert await codes("suiteTemplates", search="LÖFT") == ["L1"]
    assert await codes("suiteTemplates", search="%") == ["L1"]
    assert await codes("suiteTemplates", search="_") == []
    assert await codes("suiteTemplates", search="\0") == []
    assert await codes("suiteTemplates", suiteType=["LOFT", "OTHER"]) == ["L1"]
    assert await codes("suiteTemplates", isActive=False) == ["S1"]
    assert await codes("suiteTemplates", uploadId=global_id(Kind.UPLOAD, upload.id)) == ["L1"]
    assert await codes("suiteTemplates", uploadId="x") == []
    assert await codes("phaseTemplates", suiteId=global_id(Kind.SUITE, loft.id)) == ["P1"]
    assert await codes("phaseTemplates", isMilestone=False) == ["P2"]


async def test_a_foreign_node_answers_exactly_as_a_missing_one(
    ada: User, bob: User, globex: Tenant, world: World
) -> None:
    upload = await world.upload(globex)
    error = await row_error(upload, 2)
    suites = await suite(globex, "1A")
    phases = await phase(globex, "P1")
    theirs = [
        (Kind.USER, bob.id),
        (Kind.ORGANIZATION, globex.organization.id),
        (Kind.PROJECT, globex.project.id),
        (Kind.UPLOAD, upload.id),
        (Kind.ROW_ERROR, error.id),
        (Kind.SUITE, suites.id),
        (Kind.PHASE, phases.id),
        (Kind.CHANGE_SET, (await change_set(globex, upload)).id),
    ]
    query = "query ($id: ID!) { node(id: $id) { __typename id } }"
    for kind, key in theirs:
        name = global_id(kind, key)
        assert (await bob.ask(query, id=name)).data == {"node": {"__typename": kind.value, "id": name}}
        missing = 2**40 if kind is Kind.ROW_ERROR else uuid4()
        foreign = await ada.ask(query, id=name)
        absent = await ada.ask(query, id=global_id(kind, missing))
        assert (foreign.status, foreign.body) == (absent.status, absent.body) == (200, {"data": {"node": None}})
    for text in ("", "x", "VXNlcjp4", "é", global_id(Kind.ROW_ERROR, 2**70), global_id(Kind.UPLOAD, 7)):
        assert (await ada.ask(query, id=text)).data == {"node": None}


async def test_a_foreign_project_has_no_lists(ada: User, globex: Tenant) -> None:
    query = """
    query ($p: ID!) {
      uploads(projectId: $p) { totalCount } suiteTemplates(projectId: $p) { totalCount }
      phaseTemplates(projectId: $p) { totalCount } uploadLimits(projectId: $p) { maxBytes }
    }
    """
    data = (await ada.ask(query, p=globex.project_id)).data
    assert data == {"uploads": None, "suiteTemplates": None, "phaseTemplates": None, "uploadLimits": None}


async def test_the_limits_are_those_that_are_kept(ada: User, acme: Tenant, world: World) -> None:
    await world.upload(acme)
    query = """
    query ($p: ID!) {
      uploadLimits(projectId: $p) { maxBytes maxRows maxColumns maxActiveUploads activeUploads encodings extensions }
    }
    """
    found = (await ada.ask(query, p=acme.project_id)).data["uploadLimits"]
    assert "utf-8" in found.pop("encodings")
    assert found == {
        "maxBytes": 2_000_000_000,
        "maxRows": 2_000_000,
        "maxColumns": 1_000,
        "maxActiveUploads": ada.api.settings.uploads.max_active,
        "activeUploads": 1,
        "extensions": [".csv", ".tsv", ".txt"],
    }


@pytest.mark.parametrize("kind", list(contract.TemplateKind))
async def test_the_columns_of_a_kind_are_those_of_the_contract(ada: User, kind: contract.TemplateKind) -> None:
    query = (
        "query ($k: TemplateKind!) { importSchema(kind: $k) { kind columns { name required key values } sampleCsv } }"
    )
    found = (await ada.ask(query, k=kind.value)).data["importSchema"]
    assert [column["name"] for column in found["columns"]] == [column.name for column in contract.COLUMNS[kind]]
    assert {column["name"] for column in found["columns"] if column["required"]} == {
        column.name for column in contract.COLUMNS[kind] if column.required
    }
    header, row, rest = found["sampleCsv"].split("\n")
    assert header.split(",") == [column.name for column in contract.COLUMNS[kind]]
    assert (len(row) > 10, rest) == (True, "")


async def test_the_number_of_queries_does_not_grow_with_the_number_of_items(
    ada: User, acme: Tenant, world: World, statements: Counter
) -> None:
    query = """
    query ($p: ID!) {
      uploads(projectId: $p) { edges { node {
        project { organization { name } } uploadedBy { name } parent { id } kind detected { encoding }
        rowErrors(first: 5) { totalCount edges { node { line } } } rowErrorSummary { count }
        events(first: 5) { totalCount edges { node { sequence } } }
        changeSet { revertible revertedBy { id } changes(first: 5) { edges { node { fields { after } } } } }
      } } }
      suiteTemplates(projectId: $p) { edges { node { project { id } provenance { upload { id } }
        phases(first: 5) { totalCount edges { node { suite { code } parent { code } predecessors { phase { code } }
          history(first: 3) { totalCount edges { node { fields { before } } } } } } }
        history(first: 5) { totalCount edges { node { fields { after } changeSet { upload { id } by { id } } } } }
      } } }
    }
    """

    async def made(number: int) -> None:
        parent = await world.upload(acme, by=ada)
        upload = await world.upload(acme, by=await world.user(acme), parent_id=parent.id, report=to_json(REPORT))
        await row_error(upload, 2)
        written = await change_set(acme, upload)
        key = UUID(f"{id_prefix(NOW)}{number:03x}8{number:015x}")
        of = await suite(acme, f"S{number}", set_by=upload, id=key, created_by_id=written.id, created_line=2)
        await phase(acme, "A", of, created_by_id=written.id)
        for _ in range(2):
            await RecordChange.create(
                change_set_id=written.id, kind="SUITE_TEMPLATES", record_id=of.id, action="UPDATE", code=of.code,
                before={"code": of.code, "area": 7.5},
            )  # fmt: skip
        dependency = {"suite_key": of.code_key, "code_key": "a", "type": "FS", "lag_days": "0"}
        await phase(acme, "B", of, sequence=20, parent_key="a", predecessors=[dependency])

    async def queries() -> int:
        before = statements.count
        answer = await ada.ask(query, p=acme.project_id)
        node = answer.data["suiteTemplates"]["edges"][0]["node"]
        assert (node["phases"]["totalCount"], node["history"]["totalCount"]) == (2, 3)
        assert len(answer.data["uploads"]["edges"][0]["node"]["changeSet"]["changes"]["edges"]) == 3
        return statements.count - before

    await made(1)
    few = await queries()
    for number in range(2, 8):
        await made(number)
    # Loaders gather what is asked for at the same moment, which may differ by a query.
    assert await queries() <= few + 2
