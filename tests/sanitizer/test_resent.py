"""A file of refused rows that is sent back as it is."""

from __future__ import annotations

import pytest

from sanitizer_lambda.contract import (
    ColumnMapping,
    MatchedBy,
    ParseHints,
    Report,
    ResentRow,
    RowErrorCode,
    TemplateKind,
)
from tests.sanitizer.test_sanitize import Passed

HEADER = "Unit Type;Name;Beds;_line;_errors\n"


def test_its_two_columns_are_known_and_left_aside() -> None:
    passed = Passed(f"{HEADER}A;One;1;14;REQUIRED name: A value is required.\nB;Two;2;20;\n".encode())
    assert passed.rows == [["code", "name", "bedrooms"], ["A", "One", "1"], ["B", "Two", "2"]]
    ours = [match for match in passed.report.columns if match.header.startswith("_")]
    assert [(match.matched_by, match.runner_up) for match in ours] == [(MatchedBy.IGNORED, None)] * 2
    assert passed.report.resent == (ResentRow(14, "REQUIRED name: A value is required."), ResentRow(20, ""))


@pytest.mark.parametrize("code", ["FIELD_COUNT", "UNCLOSED_QUOTE", "UNDECODABLE_BYTES", "DUPLICATE_IN_FILE"])
def test_a_row_that_does_not_show_its_fault_is_refused_until_somebody_says_it_is_mended(code: str) -> None:
    passed = Passed(f"{HEADER}A;One;1;14;{code}: what was wrong\nB;Two;2;20;\n".encode())
    assert passed.rows[1:] == [["B", "Two", "2"]]
    (row,) = passed.refused
    assert row.code is RowErrorCode(code)
    assert "empty its _errors cell" in row.message
    assert row.line == 2


def test_lines_that_are_no_numbers_are_not_remembered() -> None:
    passed = Passed(f"{HEADER}A;One;1;about 14;\nB;Two;2;{'9' * 30};\n".encode())
    assert passed.report.resent == ()
    assert passed.report.rows_clean == 2


def test_one_of_the_two_columns_alone_is_any_file() -> None:
    assert Passed(b"code,name,_line\nA,One,3\nB,Two,4\n").report.resent == ()


def test_refused_rows_of_a_file_without_header_come_back_below_one_of_ours() -> None:
    mapped = [ColumnMapping("1", "code"), ColumnMapping("2", "name")]
    sent = b"1,2,_line,_errors\nHL1,,1,REQUIRED name: A value is required.\n"
    passed = Passed(sent, kind=TemplateKind.SUITE_TEMPLATES, hints=ParseHints(header_line=0), column_map=mapped)
    assert passed.rows == [["code", "name"], ["HL1", ""]]


def test_what_comes_back_broken_can_still_be_told() -> None:
    broken = f"{HEADER}A;Größe mit Äpfeln übermütig;1;14;REQUIRED \0caf".encode() + b"\xe9 was said\nB;Two;2;20;\n"
    report = Passed(broken).report
    assert [row.errors for row in report.resent] == ["REQUIRED caf\ufffd was said", ""]
    assert Report.parse(report.dump()) == report
