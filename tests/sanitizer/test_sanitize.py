"""One file through: what comes out, what is refused, what the report says."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sanitizer_lambda.cleaning.formula import is_live
from sanitizer_lambda.contract import (
    MAX_EXAMPLES,
    ColumnMapping,
    Limits,
    Note,
    ParseHints,
    RefusedRow,
    RejectionCode,
    Report,
    RowErrorCode,
    Rule,
    SanitizeRequest,
    TemplateKind,
    lines_of,
    read_refused,
)
from sanitizer_lambda.sanitize import Sinks, sanitize


class Passed:
    """A file that went through, with all that came out."""

    def __init__(self, data: bytes, limits: Limits | None = None, **request: Any) -> None:
        clean, refused, lines = io.BytesIO(), io.BytesIO(), io.BytesIO()
        declared = {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **request}
        self.steps: list[int] = []
        self.report = sanitize(
            [data[start : start + 1000] for start in range(0, len(data), 1000)],
            SanitizeRequest(**declared),
            Sinks(clean, refused, lines),
            source_version="version",
            limits=limits or Limits(),
            begun=lambda: self.steps.append(clean.tell()),
        )
        self.clean = clean.getvalue()
        self._refused = refused.getvalue().decode()
        self._lines = lines.getvalue()

    @property
    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.clean.decode(), newline=""), strict=True))

    @property
    def refused(self) -> list[RefusedRow]:
        return list(read_refused(io.StringIO(self._refused, newline="")))

    @property
    def lines(self) -> list[int]:
        """The physical line of each clean row."""
        following = lines_of([self._lines])
        return [next(following) for _ in range(self.report.rows_clean)]

    @property
    def code(self) -> RejectionCode:
        assert self.report.rejection is not None
        return self.report.rejection.code


def test_the_clean_file_is_canonical() -> None:
    data = '\ufeffUnit Type;Unit Name;Notes;Secret\r\n"1A";"One ""A""";"a, b";x\r\n2B;Two;"line\r\nbreak";y\r\n'
    passed = Passed(data.encode())
    assert passed.clean == b'code,name,description\n1A,"One ""A""","a, b"\n2B,Two,"line\nbreak"\n'


def test_columns_keep_the_order_of_the_file() -> None:
    assert Passed(b"Area,Name,Code\n1,One,1A\n").clean == b"area,name,code\n1,One,1A\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_clean_file_is_utf_8_whatever_the_encoding(encoding: str) -> None:
    rows = "".join(f"S{number},Zoë's café n° {number},Münchner Straße\r\n" for number in range(40))
    passed = Passed(f"Code,Name,Notes\r\n{rows}".encode(encoding))
    assert passed.rows[1] == ["S0", "Zoë's café n° 0", "Münchner Straße"]


def test_every_clean_row_knows_its_physical_line() -> None:
    data = b'Price list\n\nCode,Name,Notes\n1A,One,x\n\n2B,Two,"a\nb\nc"\n3C,Three,y,z,q\n4D,Four,w\n'
    passed = Passed(data)
    assert [row[0] for row in passed.rows[1:]] == ["1A", "2B", "4D"]
    assert passed.lines == [4, 6, 10]
    assert [row.line for row in passed.refused] == [9]


def test_a_refused_row_shows_its_cells_harmless_and_where_it_stood() -> None:
    data = b"Code,Name,Bedrooms,Area\n1A,One,1,2\n2B,=1+1,<b>y</b>,1,2,3,4,5,6\n3C,Three,1,2\n"
    (row,) = Passed(data).refused
    assert (row.line, row.record, row.code) == (3, 2, RowErrorCode.FIELD_COUNT)
    assert row.cells == ("2B", "'=1+1", "y", "1", "2", "3", "4", "5", "6")


def test_counts_add_up() -> None:
    report = Passed(b"Code,Name,Bedrooms,Area\n1A,One,1,2\n2B,a,b,1,2,3,4,5,6\n3C,Three,1,2\n").report
    assert (report.rows_read, report.rows_clean, report.rows_refused) == (3, 2, 1)
    assert [(count.code, count.rows) for count in report.refused] == [(RowErrorCode.FIELD_COUNT, 1)]


def test_a_changed_cell_is_counted_and_shown() -> None:
    report = Passed(b"Code,Name,Notes\n1A,One,fine\n2B,=1+1,<b>x</b>\n").report
    shown = {count.rule: (count.cells, count.examples[0]) for count in report.rules}
    assert shown.keys() == {Rule.FORMULA_NEUTRALISED, Rule.MARKUP_REMOVED}
    cells, example_ = shown[Rule.FORMULA_NEUTRALISED]
    assert (cells, example_.line, example_.column, example_.before, example_.after) == (1, 3, "name", "=1+1", "'=1+1")


def test_of_many_changed_cells_the_first_are_shown() -> None:
    rows = "".join(f"S{number},=1+{number}\n" for number in range(100))
    (count,) = Passed(f"Code,Name\n{rows}".encode()).report.rules
    assert count.cells == 100
    assert [change.line for change in count.examples] == list(range(2, 2 + MAX_EXAMPLES))


def test_long_texts_are_cut_in_the_report() -> None:
    (count,) = Passed(f"Code,Name\n1A,={'x' * 1000}\n".encode()).report.rules
    assert len(count.examples[0].before) == 200


def test_zero_changes_is_said_too() -> None:
    report = Passed(b"Code,Name\n1A,One\n").report
    assert report.rules == ()
    assert report.notes == ()
    assert report.rejection is None


def test_the_report_has_sizes_and_hashes_of_both_files() -> None:
    data = b"Code,Name\r\n1A,One\r\n"
    passed = Passed(data)
    report = passed.report
    assert (report.bytes_before, report.bytes_after) == (len(data), len(passed.clean))
    assert report.sha256_before == hashlib.sha256(data).hexdigest()
    assert report.sha256_after == hashlib.sha256(passed.clean).hexdigest()


def test_the_report_survives_the_wire() -> None:
    for data in (b"Code,Name\n1A,=1\n2B\n", b"", b"%PDF-1.7 ...", b"a,b\n1,2\n"):
        report = Passed(data).report
        assert Report.parse(report.dump()) == report


def test_lines_set_aside_are_noted() -> None:
    report = Passed(b"Export of today\n\nCode,Name\n1A,One\n\n2B,Two\n").report
    assert {note.note for note in report.notes} == {Note.PREAMBLE, Note.BLANK_ROW}
    assert report.detected is not None
    assert report.detected.header_line == 3


def test_the_kind_and_the_matches_are_said() -> None:
    report = Passed(b"Task ID,Task Name,Duration,Predecessors\nA,Dig,3,\n").report
    assert report.kind is TemplateKind.PHASE_TEMPLATES
    assert [match.column for match in report.columns] == ["code", "name", "duration_days", "predecessors"]


def test_the_clients_map_and_hints_are_followed() -> None:
    mapped = (ColumnMapping("1", "code"), ColumnMapping("2", "name"))
    passed = Passed(b"1A;One\n2B;Two\n", hints=ParseHints(delimiter=";", header_line=0), column_map=mapped)
    assert passed.clean == b"code,name\n1A,One\n2B,Two\n"
    assert passed.lines == [1, 2]


def test_a_file_of_refused_rows_may_be_sent_back() -> None:
    passed = Passed(b"Code,Name,_line,_errors\n1A,One,7,too short\n")
    assert passed.clean == b"code,name\n1A,One\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", RejectionCode.FILE_EMPTY),
        (b"\n\n\n", RejectionCode.FILE_EMPTY),
        (b"Code,Name\n", RejectionCode.HEADER_ONLY),
        (b"Code,Name", RejectionCode.HEADER_ONLY),
        (b"PK\x03\x04" + bytes(100), RejectionCode.NOT_CSV),
        (b"%PDF-1.7\n" + b"x" * 100, RejectionCode.NOT_CSV),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), RejectionCode.NOT_CSV),
        (b"<!DOCTYPE html><html><body>x</body></html>", RejectionCode.NOT_CSV),
        (b'{"a": [1, 2, 3]}', RejectionCode.NOT_CSV),
        (b"Foo,Bar\n1,2\n", RejectionCode.KIND_NOT_RECOGNISED),
        (b"Name,Bedrooms,Area\nOne,1,2\n", RejectionCode.COLUMN_MISSING),
        (b"Code,Name,Area,SF\n1A,One,2,3\n", RejectionCode.COLUMN_DUPLICATED),
    ],
)
def test_what_cannot_come_inside_is_refused_by_name(data: bytes, code: RejectionCode) -> None:
    passed = Passed(data)
    assert passed.code is code
    assert passed.report.sha256_before == hashlib.sha256(data).hexdigest()
    assert passed.report.sha256_after is None


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(max_file_bytes=20), RejectionCode.FILE_TOO_LARGE),
        (Limits(max_rows=2), RejectionCode.TOO_MANY_ROWS),
        (Limits(max_columns=2), RejectionCode.TOO_MANY_COLUMNS),
        (Limits(max_cell_chars=10), RejectionCode.CELL_TOO_LONG),
    ],
)
def test_each_limit_refuses_by_name(limits: Limits, code: RejectionCode) -> None:
    data = b"Code,Name,Notes\n1A,One,x\n2B,Two,more than ten characters\n3C,Three,z\n"
    assert Passed(data, limits).code is code


def test_a_limit_that_is_just_met_refuses_nothing() -> None:
    data = b"Code,Name,Notes\n1A,One,0123456789\n2B,Two,x\n"
    exact = Limits(max_file_bytes=len(data), max_rows=2, max_columns=3, max_cell_chars=10)
    assert Passed(data, exact).report.rejection is None


@pytest.mark.parametrize("data", [b"Code,Name\n1A,One\n", b"PK\x03\x04" + bytes(60)])
@pytest.mark.parametrize("size", [1, 1_000])
def test_a_size_that_differs_explains_every_other_error(data: bytes, size: int) -> None:
    assert Passed(data, size_bytes=size).code is RejectionCode.SIZE_MISMATCH


def test_a_checksum_that_differs_is_refused() -> None:
    assert Passed(b"Code,Name\n1A,One\n", sha256="0" * 64).code is RejectionCode.CHECKSUM_MISMATCH


def test_a_checksum_in_capitals_is_the_same() -> None:
    data = b"Code,Name\n1A,One\n"
    assert Passed(data, sha256=hashlib.sha256(data).hexdigest().upper()).report.rejection is None


def test_no_checksum_is_none_to_compare() -> None:
    assert Passed(b"Code,Name\n1A,One\n", sha256=None).report.rejection is None


def test_cleaning_is_announced_before_the_first_byte_comes_out() -> None:
    assert Passed(b"Code,Name\n1A,One\n").steps == [0]
    assert Passed(b"Foo,Bar\n1,2\n").steps == []


def test_a_hostile_header_never_reaches_the_clean_file_nor_the_report() -> None:
    passed = Passed(b"Code,Name,=cmd|' /C calc'!A0\n1A,One,x\n")
    assert passed.clean == b"code,name\n1A,One\n"
    assert passed.report.columns[2].header == "'=cmd|' /C calc'!A0"


_cells = st.text(alphabet=st.sampled_from("aB1 ,;\"'=+-@<>/&:\n\r\té\u200b\ufeff"), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(_cells, _cells), min_size=1, max_size=30))
def test_no_cell_that_comes_out_is_live_and_a_second_time_changes_nothing(rows: Sequence[tuple[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("Code", "Name"), *(("S" + code, name) for code, name in rows)])
    passed = Passed(text.getvalue().encode(), kind=TemplateKind.SUITE_TEMPLATES)
    if passed.report.rejection is not None:
        return
    assert not any(is_live(cell) for row in passed.rows for cell in row)
    assert not any(is_live(cell) for row in passed.refused for cell in row.cells)
    again = Passed(passed.clean, hints=ParseHints(delimiter=",", quote='"', header_line=1))
    if again.report.rejection is None and not again.report.notes and not again.report.rows_refused:
        assert again.clean == passed.clean


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            [b"Code,Name", b"\n", b"\r", b",", b'"', b"\xff", b"1A", b"\0", b"=1", b"\xef\xbb\xbf", b";", b"x" * 50]
        ),
        max_size=60,
    ).map(b"".join)
)
@example(b"Code,Name\n" + b'"' * 50)
def test_no_bytes_raise_and_the_counts_always_add_up(data: bytes) -> None:
    passed = Passed(data)
    report = passed.report
    assert report.rows_read == report.rows_clean + report.rows_refused
    assert report.bytes_before == len(data)
    json.loads(report.dump())
    if report.rejection is None:
        assert len(passed.rows) == report.rows_clean + 1
        assert len(passed.refused) == report.rows_refused
        assert len(passed.lines) == report.rows_clean


def test_a_second_table_that_names_columns_is_not_imported_as_rows_of_the_first() -> None:
    passed = Passed(b"code,name,description\nM1,a,x\nM2,b,y\n\nphase,duration,trade\nMFND,3,x\nMFRM,4,y\n")
    assert [row[0] for row in passed.rows] == ["code", "M1", "M2"]
    assert [(note.note, note.lines) for note in passed.report.notes if note.note is Note.SECOND_TABLE] == [
        (Note.SECOND_TABLE, 3)
    ]
