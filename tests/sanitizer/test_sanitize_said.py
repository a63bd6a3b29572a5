"""What the report says of a file: every change with its rule, line, column, before and after."""

from __future__ import annotations

import io
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizer_lambda.contract import CellChange, Report, Rule, SanitizeRequest, read_refused
from sanitizer_lambda.sanitize import Sinks, sanitize

_PLAIN = "".join(f"S{number},Suite {number},Küche und Bad\n" for number in range(30))


def passed(data: bytes, *, quick: bool = True, size: int = 1_000) -> tuple[Report, str, str]:
    """Return the report, the clean file and the refused rows."""
    clean, refused, lines = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    sinks = Sinks(clean, refused, lines)
    report = sanitize(pieces, SanitizeRequest(len(data)), sinks, source_version="v", quick=quick)
    return report, clean.getvalue().decode(), refused.getvalue().decode()


def changes(report: Report, rule: Rule) -> tuple[CellChange, ...]:
    """Return the examples of one rule, of which there are no more cells."""
    (count,) = [count for count in report.rules if count.rule is rule]
    assert count.cells == len(count.examples)
    return count.examples


@pytest.mark.parametrize("quick", [True, False])
def test_a_byte_that_is_no_text_is_told_by_line_column_and_value(quick: bool) -> None:  # noqa: FBT001 - a parameter
    data = f"Code,Name,Notes\n{_PLAIN}".encode() + b"X1,One,caf\xe9 noir\nX2,Two \x80 a,plain\n"
    report, clean, _ = passed(data, quick=quick)
    assert changes(report, Rule.BYTES_REPLACED) == (
        CellChange(32, "description", r"caf\xE9 noir", "caf\ufffd noir"),
        CellChange(33, "name", r"Two \x80 a", "Two \ufffd a"),
    )
    assert "X1,One,caf\ufffd noir\nX2,Two \ufffd a,plain\n" in clean


def test_a_replacement_character_of_the_file_itself_is_no_lost_byte() -> None:
    report, clean, _ = passed(f"Code,Name,Notes\n{_PLAIN}X1,One,\ufffd?\n".encode())
    assert report.rules == ()
    assert "X1,One,\ufffd?" in clean


def test_a_replacement_character_beside_a_lost_byte_is_not_counted() -> None:
    data = f"Code,Name,Notes\n{_PLAIN}".encode() + "X1,\ufffd,".encode() + b"caf\xe9 noir\n"
    assert [change.column for change in changes(passed(data)[0], Rule.BYTES_REPLACED)] == ["description"]


def test_bytes_lost_in_a_column_that_is_ignored_and_in_the_header_are_told_too() -> None:
    data = b"Code,Name,Secr\xe9t\n" + _PLAIN.encode() + b"X1,One,caf\xe9 noir\n"
    assert changes(passed(data)[0], Rule.BYTES_REPLACED) == (
        CellChange(1, None, r"Code,Name,Secr\xE9t", "Code,Name,Secr\ufffdt"),
        CellChange(32, None, r"caf\xE9 noir", "caf\ufffd noir"),
    )


def test_a_cell_with_lost_bytes_that_is_made_harmless_shows_both() -> None:
    data = f"Code,Name,Notes\n{_PLAIN}".encode() + b"X1,=caf\xe9 noir,plain\n"
    report, clean, _ = passed(data)
    assert changes(report, Rule.BYTES_REPLACED) == (CellChange(32, "name", r"=caf\xE9 noir", "'=caf\ufffd noir"),)
    assert "X1,'=caf\ufffd noir,plain" in clean


def test_a_file_joined_of_two_encodings_tells_each_cell_of_the_second() -> None:
    data = f"Code,Name,Notes\n{_PLAIN}".encode() + "".join(
        f"T{number},Suite {number},Küche und Bad\n" for number in range(10)
    ).encode("cp1252")
    found = changes(passed(data)[0], Rule.BYTES_REPLACED)
    assert [change.line for change in found] == list(range(32, 42))
    assert {change.before for change in found} == {r"K\xFCche und Bad"}


def test_a_row_that_is_mostly_no_text_is_refused_with_its_bytes() -> None:
    data = f"Code,Name,Notes\n{_PLAIN}".encode() + "X1,Да,Кухня и баня\n".encode("cp1251")
    report, _, refused = passed(data)
    (row,) = read_refused(io.StringIO(refused))
    assert (row.line, row.code, row.column, row.value) == (32, "UNDECODABLE_BYTES", "name", r"\xC4\xE0")
    assert [(count.code, count.rows) for count in report.refused] == [("UNDECODABLE_BYTES", 1)]
    assert row.hint is not None
    assert "UTF-8" in row.hint


def test_every_row_that_reading_refuses_says_what_to_do() -> None:
    data = f"Code,Name,Notes\n{_PLAIN}X1,One,plain,more,and,more\n".encode() + b"X2,\x81\x8d,\x8f\x90\x9d\x81\n"
    rows = list(read_refused(io.StringIO(passed(data)[2])))
    assert {row.code for row in rows} == {"FIELD_COUNT", "UNDECODABLE_BYTES"}
    assert all(row.hint and row.message and row.line > 31 for row in rows)


def test_bytes_lost_beyond_the_last_column_refuse_the_row() -> None:
    data = f"Code,Name,Notes\n{_PLAIN}X1,One,x,y,z,".encode() + b"\x81\x8d\x8f\x90\x9d\x81\x81\x8d\x8f\x90\n"
    (row,) = read_refused(io.StringIO(passed(data)[2]))
    assert (row.code, row.column, row.line) == ("UNDECODABLE_BYTES", None, 32)


def test_a_byte_order_mark_in_the_middle_is_removed_and_told() -> None:
    report, clean, _ = passed(f"Code,Name,Notes\n{_PLAIN}\ufeffX1,One,plain\n".encode())
    assert changes(report, Rule.INVISIBLE_REMOVED) == (CellChange(32, "code", "\ufeffX1", "X1"),)
    assert "\nX1,One,plain\n" in clean


@pytest.mark.parametrize(
    ("row", "rule", "after"),
    [
        ('X1,"One,plain', Rule.QUOTE_REPAIRED, "X1,One,plain"),
        ("X1,One,plain,,", Rule.CELLS_ALIGNED, "X1,One,plain"),
    ],
)
def test_a_repaired_row_shows_how_it_stood(row: str, rule: Rule, after: str) -> None:
    quoted = 'Q1,"One, quoted",plain\n'
    report, *_ = passed(f"Code,Name,Notes\n{_PLAIN}{row}\n{quoted * 9}".encode())
    assert CellChange(32, None, row, after) in changes(report, rule)


def test_a_repaired_row_is_shown_harmless_and_cut() -> None:
    row = f"=1+1,One,<b>{'x' * 300}</b>,,"
    (change,) = changes(passed(f"Code,Name,Notes\n{_PLAIN}{row}\n".encode())[0], Rule.CELLS_ALIGNED)
    assert change.before.startswith("'=1+1,One,xxx")
    assert len(change.before) <= 200


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"caf\xe9", "Küche".encode(), b"\xe2\x82", b"ok", b"\xff", b"\xef\xbf\xbd", b" "]), max_size=8
    )
)
def test_what_is_told_of_lost_bytes_is_the_bytes(parts: list[bytes]) -> None:
    text = b"plain text before and long enough " + b"".join(parts)
    report, clean, _ = passed(f"Code,Name,Notes\n{_PLAIN}".encode() + b"X1,One," + text + b"\n" + _PLAIN.encode())
    told = [change for count in report.rules if count.rule is Rule.BYTES_REPLACED for change in count.examples]
    try:
        text.decode()
    except UnicodeDecodeError:
        (change,) = told
        spelled = (
            change.before.encode("latin-1", "ignore").decode("unicode_escape") if change.before.isascii() else None
        )
        assert spelled is None or spelled.encode("latin-1") == text
        assert change.after == text.decode(errors="replace").rstrip() or change.after == text.decode(errors="replace")
        assert change.after in clean
    else:
        assert told == []


def test_the_whole_report_is_filled() -> None:
    data = (
        "Price list\n\nSuite Code;Name;Net Area (m2);Descriptio;Colour;Code2\n"
        + "".join(f"S{number};Suite {number};7{number},5;fine;red;x\n" for number in range(20))
        + "X1;=1+1;1;<b>y</b>;red;x\nX2;a;b;c;d;e;f;g;h;i\n"
    )
    report, *_ = passed(data.encode())
    said = json.loads(report.dump())
    assert report.detected is not None
    assert (report.detected.encoding, report.detected.delimiter, report.detected.header_line) == ("utf-8", ";", 3)
    assert 0.5 < report.detected.confidence <= 1
    by_header = {match.header: match for match in report.columns}
    assert by_header["Net Area (m2)"].unit == "SQM"
    similar, unknown = by_header["Descriptio"], by_header["Code2"]
    assert (similar.column, similar.matched_by, similar.score is not None and 0.9 <= similar.score < 1) == (
        "description", "SIMILAR", True,
    )  # fmt: skip
    assert (unknown.column, unknown.runner_up) == (None, "code")
    assert unknown.score is not None
    assert {rule["rule"] for rule in said["rules"]} == {"FORMULA_NEUTRALISED", "MARKUP_REMOVED"}
    assert (said["rows_read"], said["rows_clean"], said["rows_refused"]) == (22, 21, 1)
    assert {note["note"]: note["first_line"] for note in said["notes"]} == {"PREAMBLE": 1, "BLANK_ROW": 2}
    lines = [change["line"] for rule in said["rules"] for change in rule["examples"]]
    assert set(lines) == {24}
    assert all(one.rule != other.rule for one, other in pairwise(report.rules))
