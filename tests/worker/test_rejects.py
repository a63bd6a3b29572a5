"""The file of refused rows that people get: their own layout, every refused row once, and nothing of the others."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import ObjectMissing
from models import InvalidRowPolicy, UploadedTemplateFile, UploadStatus
from sanitizer_lambda.contract import RefusedRow, RowErrorCode
from tests.worker.office import WRITTEN, Office, Project, key_of, suites
from workers.rejects import Layout

GOOD = {"code": "A", "name": "One", "bedrooms": "1"}
HEADERS = {"code": "Unit Type", "name": "Título", "bedrooms": "# Beds"}
SHORT = RefusedRow(
    line=4,
    record=3,
    code=RowErrorCode.FIELD_COUNT,
    column=None,
    header=None,
    value=None,
    message="This row has 2 cells where the header has 3.",
    hint=None,
    cells=("C", "Drei"),
)


async def rejects(office: Office, upload: UploadedTemplateFile) -> bytes:
    return await office.world.storage.final.read(key_of(upload).rejects)


def table(data: bytes, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


@pytest.mark.parametrize("policy", InvalidRowPolicy)
async def test_every_refused_row_is_there_in_the_order_of_the_file(
    office: Office, project: Project, policy: InvalidRowPolicy
) -> None:
    clean = suites(
        GOOD,
        {"code": "B", "name": "", "bedrooms": "many"},
        {"code": "a", "name": "Twice", "bedrooms": "2"},
        {"code": "D", "name": "Four", "bedrooms": "4"},
        headers=HEADERS,
        refused=[SHORT],
        lines=[2, 3, 5, 6],
    )
    upload = await office.imported(project, clean, policy=policy)
    found = await rejects(office, upload)
    header, *rows = table(found)
    assert header == ["Unit Type", "Título", "# Beds", "_line", "_errors"]
    assert [row[:4] for row in rows] == [["B", "", "many", "3"], ["C", "Drei", "", "4"], ["a", "Twice", "2", "5"]]
    assert "REQUIRED name" in rows[0][4]
    assert "NOT_A_NUMBER bedrooms" in rows[0][4]
    assert rows[1][4].startswith("FIELD_COUNT:")
    assert rows[1][4].endswith("Put the row right, then empty this cell.")
    assert "line 2" in rows[2][4]
    assert (upload.rejects_rows, upload.rejects_bytes) == (3, len(found))


async def test_the_file_is_written_as_the_user_writes(office: Office, project: Project) -> None:
    written = replace(WRITTEN, encoding="utf-16-le", bom=True, delimiter=";", newline="CRLF")
    clean = suites({"code": "B;1", "name": 'Größe "5"', "bedrooms": "x"}, headers=HEADERS, written=written)
    upload = await office.imported(project, clean)
    found = await rejects(office, upload)
    assert found.startswith(codecs.BOM_UTF16_LE)
    text = found.decode("utf-16")
    assert text.splitlines()[0] == "Unit Type;Título;# Beds;_line;_errors"
    assert text.endswith("\r\n")
    assert table(found, "utf-16", ";")[1][:4] == ["B;1", 'Größe "5"', "x", "2"]


async def test_a_sign_that_the_encoding_lacks_does_not_lose_the_row(office: Office, project: Project) -> None:
    clean = suites({"code": "B", "name": "Größe", "bedrooms": "x\ufffd"}, written=replace(WRITTEN, encoding="cp1252"))
    upload = await office.imported(project, clean)
    assert table(await rejects(office, upload), "cp1252")[1][:3] == ["B", "Größe", "x?"]


async def test_a_file_without_a_refused_row_leaves_none(office: Office, project: Project) -> None:
    upload = await office.imported(project, suites(GOOD))
    assert upload.status is UploadStatus.PROCESSED
    assert upload.rejects_rows is None
    with pytest.raises(ObjectMissing):
        await rejects(office, upload)


async def test_more_refused_rows_than_reasons_are_kept_are_all_there(office: Office, project: Project) -> None:
    bad = suites(*({"code": f"S{number}", "name": "x", "bedrooms": "many"} for number in range(12_000)))
    upload = await office.imported(project, bad)
    rows = table(await rejects(office, upload))[1:]
    assert [row[0] for row in rows] == [f"S{number}" for number in range(12_000)]
    assert rows[-1][-1].startswith("NOT_A_NUMBER bedrooms")


CELLS = st.text(st.sampled_from("ab ;,|\t\"'\n") | st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


DELIMITERS = st.sampled_from([",", ";", "\t", "|", "||", ", "])


@given(DELIMITERS, st.sampled_from([None, "'", '"']), st.lists(CELLS, min_size=3))
def test_a_line_reads_back_as_it_was(delimiter: str, quote: str | None, cells: list[str]) -> None:
    written = replace(WRITTEN, delimiter=delimiter, quote=quote)
    layout = Layout(suites(GOOD, written=written).report("v"))
    line = layout.line(cells, "7", "why")
    mark = '"'
    # Undone in two steps, as the csv module knows no delimiter of two characters.
    plain, inside = "", False
    rest = line.removesuffix("\n")
    while rest:
        if not inside and rest.startswith(delimiter):
            plain, rest = plain + "\0", rest.removeprefix(delimiter)
            continue
        sign, rest = rest[0], rest[1:]
        if sign == mark and inside and rest.startswith(mark):
            plain, rest = plain + mark, rest[1:]
        elif sign == mark:
            inside = not inside
        else:
            plain += sign
    assert plain.split("\0") == [*cells[:3], "7", "why", *cells[3:]]


@pytest.mark.parametrize("quote", [None, "'", '"'])
@pytest.mark.parametrize("cell", ["a,=1+1,b", "two\n=1+1,lines", "'=1,=1+1", "it's,=1+1"])
def test_a_spreadsheet_finds_no_formula_in_the_second_half_of_a_cell(quote: str | None, cell: str) -> None:
    layout = Layout(suites(GOOD, written=replace(WRITTEN, delimiter=",", quote=quote)).report("v"))
    line = layout.line(["A", cell, "1"], "7", "why")
    assert table(line.encode()) == [["A", cell, "1", "7", "why"]]
