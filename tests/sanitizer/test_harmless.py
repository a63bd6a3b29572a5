"""What comes out is harmless by the rule as it is written (tests.sanitizer.live), and honest data is not spoiled."""

from __future__ import annotations

import csv
import hashlib
import io
import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizer_lambda.cleaning.cells import clean_cell
from sanitizer_lambda.contract import (
    COLUMNS,
    REFUSED_HEADER,
    ContractError,
    ParseHints,
    Report,
    SanitizeRequest,
    TemplateKind,
    read_refused,
)
from sanitizer_lambda.sanitize import Sinks, sanitize
from tests.sanitizer.fuzz_inputs import PIECES
from tests.sanitizer.live import KNOWN, faults, tags

_texts = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=12)
_KEPT = ParseHints(encoding="utf-8", delimiter=",", quote='"', header_line=1)


def clean(data: bytes, hints: ParseHints = _KEPT, kind: TemplateKind | None = None) -> tuple[Report, bytes, str]:
    """Return the report, the clean file and the file of refused rows."""
    out, refused, lines = io.BytesIO(), io.BytesIO(), io.BytesIO()
    request = SanitizeRequest(len(data), hashlib.sha256(data).hexdigest(), kind=kind, hints=hints)
    report = sanitize([data], request, Sinks(out, refused, lines), source_version="v")
    return report, out.getvalue(), refused.getvalue().decode()


def cells_of(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        yield from row


def written(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode(errors="replace")


@given(_texts)
def test_a_clean_cell_is_harmless_by_the_rule(text: str) -> None:
    assert list(faults(clean_cell(text).text)) == []


_row = st.lists(_texts, min_size=4, max_size=9)


@settings(max_examples=150, deadline=None)
@given(st.lists(_texts, min_size=2, max_size=2), st.lists(_row, min_size=1, max_size=12))
def test_no_cell_that_comes_out_is_live_wherever_it_comes_out(headers: list[str], rows: list[list[str]]) -> None:
    data = written([["Code", "Name", *headers], *([f"S{row[0]}", *row[1:]] for row in rows)])
    report, out, refused = clean(data, kind=TemplateKind.SUITE_TEMPLATES)
    shown = [match.header for match in report.columns]
    shown += [example.after for rule in report.rules for example in rule.examples]
    if report.rejection is None:
        shown += cells_of(out.decode())
        shown += cells_of(refused)
        shown += [cell for row in read_refused(io.StringIO(refused, newline="")) for cell in row.cells]
    else:
        shown.append(report.rejection.message)
    assert [(cell, list(faults(cell))) for cell in shown if list(faults(cell))] == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_texts, _texts), min_size=1, max_size=12))
def test_a_clean_file_goes_through_again_unchanged(rows: list[tuple[str, str]]) -> None:
    data = written([("Code", "Name", "Notes"), *((f"S{number}", *row) for number, row in enumerate(rows))])
    report, once, _ = clean(data)
    again, twice, _ = clean(once)
    # What reads as a footer or a blank row is set aside, which is reading and not cleaning.
    if report.rejection is None and again.rejection is None and not again.notes and not again.rows_refused:
        assert twice == once
        assert again.rules == ()


@given(st.integers(-(10**12), 10**12), st.integers(0, 4), st.sampled_from([",", ".", " ", "'", ""]))
def test_a_number_in_any_spelling_is_kept(number: int, places: int, group: str) -> None:
    point = "," if group == "." else "."
    text = f"{number:,}".replace(",", group) + (point + "0" * places if places else "")
    for spelling in (text, f" {text}", f"{text} %", f"{text}\u00a0€", f"{text.replace('-', '-$')}"):
        assert clean_cell(spelling).text == spelling


@pytest.mark.parametrize(
    "text",
    [
        "2001-02-03", "03.02.2001", "12:30", "+44 20 7946 0958", "ann@acme.example", "A & B", "AT&T; R&D",
        "<3", "x < y > z", "<varies>", "<By Category>", "<no name>", "<TBD>", "5 <x> 3",
        "a<b and c=d", "if L<W then b=2", "Ann <ann@acme.example>",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 home", "\U0001f3f3\ufe0f\u200d\U0001f308",
        "\u2764\ufe0f\u200d\U0001f525",
        "\U0001f469\U0001f3fd\u200d\U0001f527", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3", "\u0915\u094d\u200d\u0937", "e\u0301 n\u0303", "\u845b\U000e0100",
        "\u65e5\u672c\u8a9e\uff08\u6ce8\uff09", "\u0634\u0642\u0629 \u0661", "a;b|c",
        "line\n- bullet\n+ more\n= sum", "\u2212 5", "\u2014 see", "\u2022 bullet",
        "100 % = all", "C++", "x@y", "(-5)", "#1", "1/2", "~5", "\u00b15", "$-5", "\u20ac 5",
    ],
)  # fmt: skip
def test_honest_data_is_not_spoiled(text: str) -> None:
    assert clean_cell(text) == (text, ())
    assert list(faults(text)) == []


@pytest.mark.parametrize("text", ["- bullet", "@handle", "-1:30", "-5 m2", "+49 (0)30 12345", "-10 \u00b0C", "--"])
def test_text_that_begins_like_a_formula_gets_its_quote_and_nothing_else(text: str) -> None:
    assert clean_cell(text).text == f"'{text}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u200db", "ab"),
        ("\U0001f468\u200d", "\U0001f468"),
        ("\u200d\U0001f468", "\U0001f468"),
        ("\U0001f468\u200d\u200d\U0001f469", "\U0001f468\U0001f469"),
        ("\U0001f468\u200b\u200d\U0001f469", "\U0001f468\U0001f469"),
        ("\u0645\u200c", "\u0645"),
        ("\u0634\u200f \u0661", "\u0634 \u0661"),
        ("so\u00adft", "soft"),
        ("\u200c=1", "'=1"),
        ("\ufe0f=1", "'\ufe0f=1"),
        ("\u034f=1", "'\u034f=1"),
        ("\U000e0100=1", "'\U000e0100=1"),
    ],
)
def test_a_mark_that_is_not_seen_stays_only_where_it_joins(text: str, expected: str) -> None:
    assert clean_cell(text).text == expected


MARKUP = [
    ("<x@y a<1 onclick=alert(1)>b", "b"),
    ("<x<1 onclick=alert(1)>b", "b"),
    ('<x@y t=">" onclick=alert(1)>b', "b"),
    ("<x@y/a<1/onmouseover=alert(1)", ""),
    ("<x:y:z\tonfocus\n=alert(1) autofocus", ""),
    ("<b style=x", ""),
    ("<B a<1>x", "x"),
    ("<foo>bar</foo>", "bar"),
    ("<foo bar=x>y", "y"),
    ("<foo/>y", "y"),
    ("<b>x</b> <varies>", "x"),
    ("<a href=http://acme.example", ""),
    ("<IMG SRC=x ONERROR=alert(1)>", ""),
    ("<img/src=x/onerror=alert(1)>", ""),
    ("<scr\0ipt>alert(1)</scr\0ipt>x", "x"),
    ("<scr\u200bipt>alert(1)</script>x", "x"),
    ("<scr<script>ipt>alert(1)</script>", "ipt>alert(1)"),
    ("<svg><script>alert(1)</script>x", "x"),
    ('<noscript><p title="</noscript><img src=x onerror=alert(1)>">', ""),
    ("<style><img src=x onerror=alert(1)></style>z", "z"),
    ("<!--><img src=x onerror=alert(1)>-->z", None),
    ("<![CDATA[<img src=x onerror=alert(1)>]]>z", None),
    ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", None),
    ("&amp;lt;script&amp;gt;alert(1)", "&amp;lt;script&amp;gt;alert(1)"),
    ("<i>&amp;lt;script&amp;gt;alert(1)</i>", "&lt;script&gt;alert(1)"),
    ("<i>&lt;script&gt;alert(1)&lt;/script&gt;</i>x", "x"),
    ("[x](javascript:alert(1))", "[x]("),
    ("![x](JAVASCRIPT:alert(1))", "![x]("),
    ("java\nscript:alert(1)", ""),
    ("j\u00ada\u200bvascript:alert(1)", ""),
    ("<a href='java&#10;script:alert(1)'>y</a>", "y"),
    ("x data:text/html;base64,PHNjcmlwdD4= y", "x  y"),
]


@pytest.mark.parametrize(("text", "expected"), MARKUP)
def test_markup_is_reduced_to_text_that_no_browser_acts_on(text: str, expected: str | None) -> None:
    cleaned = clean_cell(text).text
    assert tags(cleaned) == []
    assert list(faults(cleaned)) == []
    assert clean_cell(cleaned).text == cleaned
    if expected is not None:
        assert cleaned == expected


@pytest.mark.parametrize("tag", ["<{}>", "<{} >", "<{}/>", "<{}\na<1>", "</{}>", "<{} title=x>", "<{} hidden>"])
def test_no_element_that_a_browser_knows_is_left(tag: str) -> None:
    texts = [tag.format(name) for name in KNOWN | {name.upper() for name in KNOWN}]
    assert [text for text in texts if tags(clean_cell(text).text) or tags(clean_cell(f"x {text} y").text)] == []


@pytest.mark.parametrize(("text", "_"), MARKUP)
def test_a_header_goes_through_the_same_rule(text: str, _: str | None) -> None:
    report, out, _refused = clean(written([["Code", "Name", text], ["1A", "One", "x"]]))
    assert out == b"code,name\n1A,One\n"
    assert list(faults(report.columns[2].header)) == []


def test_a_line_break_in_a_cell_begins_no_record_and_is_not_live() -> None:
    # Excel, LibreOffice and Sheets look at the beginning of a cell, not of its lines: the cell stays one, in quotes.
    _, out, _ = clean(b'Code,Name,Notes\n1A,One,"sum:\n=1+1"\n')
    assert out == b'code,name,description\n1A,One,"sum:\n=1+1"\n'


def test_a_refused_row_keeps_every_cell_so_that_it_can_be_sent_again() -> None:
    row = ["2B", "=1+1", '<b>y</b> "q", z', "two\tparts", "-5", "", "\u65e5\u672c", "x", ""]
    _, _, refused = clean(written([["Code", "Name", "Notes", "Area"], *[["1A", "One", "", "5"]] * 9, row]))
    (found,) = read_refused(io.StringIO(refused, newline=""))
    assert found.cells == ("2B", "'=1+1", 'y "q", z', "two\tparts", "-5", "", "\u65e5\u672c", "x", "")
    assert tuple(clean_cell(cell).text for cell in found.cells) == found.cells


@pytest.mark.parametrize(
    "cells", ["5", "null", '"x"', "{}", "[1]", '["a", null]', "[[]]", "[" * 100_000, "", '["a"', '"["a"]"x']
)
def test_a_list_of_refused_rows_that_is_none_is_refused(cells: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([REFUSED_HEADER, [1, 1, "FIELD_COUNT", "", "", "", "x", "", cells]])
    with pytest.raises(ContractError):
        list(read_refused(io.StringIO(text.getvalue(), newline="")))


def test_a_list_of_refused_rows_with_a_stray_quote_is_refused() -> None:
    with pytest.raises(ContractError):
        list(read_refused([",".join(REFUSED_HEADER) + "\n", '1,1,"x"y\n']))


def test_an_example_of_a_cell_that_was_no_text_is_harmless_in_a_column_that_is_ignored_too() -> None:
    row = "1A,One,=1+1 \u00e9\n".encode()
    report, _, _ = clean(b"Code,Name,Secret\n" + row * 30 + b"2B,Two,=1+1 \xff\n" + row * 30)
    shown = [example.after for rule in report.rules for example in rule.examples]
    assert shown == ["'=1+1 \ufffd"]


@pytest.mark.parametrize("kind", list(TemplateKind))
def test_no_cell_of_a_sample_file_is_live_or_would_be_changed(kind: TemplateKind) -> None:
    for column in COLUMNS[kind]:
        for cell in (column.name, column.example):
            assert clean_cell(cell) == (cell, ())
            assert list(faults(cell)) == []


@pytest.mark.parametrize(
    "cell",
    [
        "<a " * 43_000,
        "<a@b " + "on" * 60_000,
        "<a@b" + " onclick" * 16_000,
        "\U0001f468\u200d" * 60_000,
        "\u0645\u200c" * 60_000,
        "\ufe0f" * 130_000 + "=",
        "<x@y a<1 onclick=" * 7_000,
        "<b" * 65_000,
        "<b " * 43_000 + ">",
        "<x " * 43_000 + "=",
        "<x/" * 43_000,
        "</x" * 43_000,
        "<x" + "/" * 130_000,
        "<x:y" * 32_000,
    ],
    ids=range(14),
)
def test_no_cell_takes_long_to_clean(cell: str) -> None:
    begin = time.process_time()
    once = clean_cell(cell).text
    assert time.process_time() - begin < 1
    assert clean_cell(once).text == once
