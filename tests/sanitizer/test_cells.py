"""What makes a cell harmless."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizer_lambda.cleaning.cells import clean_cell, is_suspect
from sanitizer_lambda.cleaning.formula import SKIPPED, STARTERS, WIDE_STARTERS, is_live
from sanitizer_lambda.cleaning.markup import has_markup
from sanitizer_lambda.cleaning.unseen import CONTROLS, INVISIBLES
from sanitizer_lambda.contract import Rule

# What attacks are made of, so that hypothesis meets their joints and not only letters.
_PIECES = (
    *"=+-@'\"<>&;:,.|!?/ \t\n\r\0#%()[]",
    *WIDE_STARTERS, "\uff02", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u0338", "\u00a8", "\x1b",
    "\x9b", "\x1b[31m", "\x1b]0;t\x07", "\x7f", "\x85", "\ud800", "<b>", "</b>", "<script>", "</script>",
    "<img src=x onerror=", "<!--", "-->", "<svg/onload=", "&lt;", "&gt;", "&amp;", "&#60;",
    "&#x3c;", "&colon;", "&Tab;", "&#0000106;", "javascript:", "java", "script:", "JaVaScRiPt", "vbscript:",
    "data:", "text/html", "1", "12", "555",
    "1e5", "€", "$", "A", "b", "cmd|' /C calc'!A0", "é", "\uff4a", "日本",
)  # fmt: skip
_texts = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join) | st.text(max_size=20)

HONEST = [
    "", " ", "-", " - ", "-5", "+5", "-1,234.50", "-1.234,50", "-1 234,5", "-1'234.5", "-.5", "-5%", "-1e5", "-1.5E-3",
    "-$1,200.00", "-€5", "+49 30 1234567", "+1 416 555 0199", "+1-416-555-0199", "+442079460958", "- 5", "\u22125",
    "2BR < 60 m2", "<3", "a < b > c", "x<5", "AT&T", "R&D", "Q&A: yes", "fish &amp; chips", "&lt;b&gt;",
    "Ann <ann@acme.example>", "see <https://acme.example/a>", "1+1", "2+1", "10-12", "a=b", "mail@acme.example",
    '5" pipe',
    '"quoted"', "O'Brien", "'=1+1", "'", "line one\nline two", "a\tb", "Note: see plan", "Unit: 5", "data: none",
    "Zoë", "日本語", "👷", "a  b",
    "50 %", "#3366CC", "FND FS+3d;20", "C:\\plans\\a", "10:30", "text/html", "myjavascript:x",
    "JavaScript basics", "e\u0301",
]  # fmt: skip

HOSTILE = [
    ("=1+1", "'=1+1"),
    ("+1-1", "'+1-1"),
    ("-1*2", "'-1*2"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("  =1+1", "'  =1+1"),
    ('"=1+1', "'\"=1+1"),
    ('""=1+1', '\'""=1+1'),
    ("\t=1", "'\t=1"),
    ("\thello", "'\thello"),
    ("\nhello", "'\nhello"),
    ("\rhello", "'\nhello"),
    ("\0hello", "'hello"),
    ("\t", ""),
    ("\ufeff=1", "'=1"),
    ("\u200b=1", "'=1"),
    ("\u00a0=1", "'\u00a0=1"),
    ("\u3000=1", "'\u3000=1"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("\uff0bcmd", "'\uff0bcmd"),
    ("﹣x", "'﹣x"),
    ("\uff20SUM(A1)", "'\uff20SUM(A1)"),
    ("\uff02=1", "'\uff02=1"),
    ("=\u0338x", "'=\u0338x"),
    ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("-", "-"),
    ("--", "'--"),
    ("+", "'+"),
    ("-5-3", "'-5-3"),
    ("+1-1-1-1-1-1-1", "'+1-1-1-1-1-1-1"),
    ("+49  30 1234567", "'+49  30 1234567"),
    ("-5.6.7", "'-5.6.7"),
    ("-2+3+cmd", "'-2+3+cmd"),
    ("\x1b[31mred\x1b[0m", "red"),
    ("\x1b]0;owned\x07safe", "safe"),
    ("\x9b31mred", "red"),
    ("\x1b[31m=1", "'=1"),
    ("a\x00b\x08c\x7fd\x9ee", "abcde"),
    ("a\u202eb\u2066c\u200bd\u200de\ufefff", "abcdef"),
    ("a\r\nb\rc", "a\nb\nc"),
    ("<b>Corner</b> unit", "Corner unit"),
    ("<script>alert(1)</script>Corner", "Corner"),
    ("<b>2BR</b> < 60 m2", "2BR < 60 m2"),
    ("<b>AT&amp;T</b>", "AT&T"),
    ("Corner<br>South view", "Corner South view"),
    ("<p>one</p><p>two</p>", "one two"),
    ("x<img src=x onerror=alert(1)", "x"),
    ("<svg/onload=alert(1)>", ""),
    ("<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>", ""),
    ("<<b>script>alert(1)</script>", ""),
    ("<!-- x -->y", "y"),
    ("<b>=1+1</b>", "'=1+1"),
    ("<o:p>word</o:p>", "word"),
    ("javascript:alert(1)", ""),
    ("JaVaScRiPt:alert(1)", ""),
    ("java\tscript:alert(1)", ""),
    (" javascript: alert(1)", ""),
    ("see javascript:alert(1) here", "see  here"),
    ("vbscript:msgbox(1)", ""),
    ("data:text/html;base64,PHNjcmlwdD4=", ""),
    ("DATA: text/html,<b>", ""),
    ("&#106;avascript:alert(1)", ""),
    ("&#0000000000106;avascript&colon;alert(1)", ""),
    ("java&Tab;script:alert(1)", ""),
    ("javascript:x =1", "' =1"),
    ("java\u200bscript:alert(1)", ""),
    ("a\ud800b", "ab"),
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_data_stays_as_it_is(text: str) -> None:
    clean = clean_cell(text)
    assert (clean.text, clean.rules) == (text, ())


@pytest.mark.parametrize(("text", "expected"), HOSTILE)
def test_a_hostile_cell_becomes_harmless(text: str, expected: str) -> None:
    assert clean_cell(text).text == expected


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("=1", {Rule.FORMULA_NEUTRALISED}),
        ("a\x00b", {Rule.CONTROL_REMOVED}),
        ("a\u200bb", {Rule.INVISIBLE_REMOVED}),
        ("\x1b[1mb", {Rule.ESCAPE_REMOVED}),
        ("<b>x</b>", {Rule.MARKUP_REMOVED}),
        ("javascript:x", {Rule.LINK_REMOVED}),
        ("\u200b<b>=javascript:x</b>", {Rule.INVISIBLE_REMOVED, Rule.MARKUP_REMOVED, Rule.LINK_REMOVED,
                                        Rule.FORMULA_NEUTRALISED}),
    ],
)  # fmt: skip
def test_every_rule_that_changed_a_cell_is_named(text: str, rules: set[Rule]) -> None:
    assert set(clean_cell(text).rules) == rules


@given(_texts)
def test_cleaning_twice_equals_cleaning_once(text: str) -> None:
    once = clean_cell(text).text
    assert clean_cell(once) == type(clean_cell(""))(once)


@given(_texts)
def test_no_clean_cell_is_live_or_holds_markup_or_what_cannot_be_seen(text: str) -> None:
    clean = clean_cell(text).text
    assert not is_live(clean)
    assert not has_markup(clean)
    assert not any(unicodedata.category(c) == "Cc" and c not in "\t\n" for c in clean)
    assert not any(0x200B <= ord(c) <= 0x200F or 0x202A <= ord(c) <= 0x202E for c in clean)
    clean.encode()


@given(_texts)
def test_a_cell_that_is_not_suspect_needs_no_cleaning(text: str) -> None:
    if is_suspect(text) is None:
        assert clean_cell(text).text == text


@given(_texts)
def test_a_rule_is_named_exactly_where_the_cell_changed_beyond_its_line_breaks(text: str) -> None:
    clean = clean_cell(text)
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    assert bool(clean.rules) == (clean.text != unified)


@given(st.text(alphabet="0123456789+-*/(). ,eE=", max_size=12))
def test_arithmetic_is_live_unless_it_is_one_number_or_a_phone_number(text: str) -> None:
    clean = clean_cell(text).text
    if re.sub(f"\\A[{SKIPPED}]+", "", clean).startswith(tuple(STARTERS)):
        assert not any(sign in clean.strip()[1:].lower().replace("e-", "").replace("e+", "") for sign in "*/(=")


def test_the_look_alikes_are_all_characters_whose_compatibility_form_begins_a_formula() -> None:
    found = {
        chr(point)
        for point in range(0x80, 0x110000)
        if re.sub(f"\\A[{SKIPPED}]+", "", unicodedata.normalize("NFKC", chr(point))).startswith(tuple(STARTERS))
    }
    assert found == set(WIDE_STARTERS)


def test_whatever_is_removed_because_it_cannot_be_seen_is_not_printable() -> None:
    unseen = re.compile(f"[{CONTROLS}{INVISIBLES}]")
    assert not any(chr(point).isprintable() for point in range(0x110000) if unseen.match(chr(point)))


def test_what_is_skipped_holds_all_white_space_and_what_becomes_a_quote() -> None:
    found = {
        chr(point)
        for point in range(0x110000)
        if chr(point).isspace() or unicodedata.normalize("NFKC", chr(point)) == '"'
    }
    assert re.fullmatch(f"[{SKIPPED}]*", "".join(found))


@pytest.mark.parametrize(
    "cell",
    [
        "<div>" * 26_000,
        "<" * 131_000,
        "&" * 131_000 + "<b>",
        "<a " + "x=1 " * 30_000 + ">",
        "<b>" + "&amp;lt;b&amp;gt;" * 7_000,
        "\x90" * 131_000,
        "\x1b]" * 65_000,
        "java\t(" * 10_000 + "javascript:x" + "\tscript:x)" * 6_000,
        "&#" + "9" * 131_000,
        "j\t" * 65_000,
        "<b " * 43_000,
        "=" * 131_000,
        " " * 131_000 + "=",
        "-" + "1,000" * 26_000,
        "<b>" + "".join("&" + "amp;" * depth + "lt;b&" + "amp;" * depth + "gt;" for depth in range(120)),
    ],
    ids=range(15),
)
def test_no_cell_takes_long_however_it_is_built(cell: str) -> None:
    begin = time.perf_counter()
    once = clean_cell(cell).text
    assert time.perf_counter() - begin < 1
    assert clean_cell(once).text == once
