from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizer_lambda.contract import FileRejectedError, Note, ParseHints
from sanitizer_lambda.reading.reader import open_table, read_structure
from tests.corpus.case import pieces, trimmed
from tests.corpus.tables import NAMES, Rows, original
from tests.corpus.write import Manner

MANNERS = st.builds(
    Manner,
    delimiter=st.sampled_from([",", ";", "\t", "|", "^", "~", "||", "::", ", ", "; ", " | ", "\t|\t"]),
    quote=st.sampled_from(['"', "'"]),
    escape=st.sampled_from([None, "\\"]),
    quoting=st.sampled_from(["needed", "all"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    final_newline=st.booleans(),
)
CODECS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), max_size=12)
CELLS = st.one_of(
    TEXT, st.integers().map(str), st.dates().map(str), st.sampled_from(["", 'a "b"', "x,y", "1;2", "l1\nl2"])
)
# What a table of any cells is read as when its dialect is told: the reading itself, without the guess.
TABLES = st.integers(2, 6).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=2, max_size=12)
)


@given(
    name=st.sampled_from(NAMES), seed=st.integers(100, 10**6), count=st.integers(2, 40), manner=MANNERS, codec=CODECS
)
@settings(max_examples=150, deadline=None)
def test_an_ordinary_table_in_any_dialect_and_encoding_comes_back_or_is_called_doubtful(
    name: str, seed: int, count: int, manner: Manner, codec: str
) -> None:
    rows = original(name, seed, count).rows
    structure = read_structure([manner.text(rows).encode(codec)])
    assert trimmed(structure.rows()) == trimmed(rows) or structure.detected.confidence < 0.9


@given(rows=TABLES, newline=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from(["needed", "all"]))
@settings(max_examples=150, deadline=None)
def test_any_sound_table_comes_back_when_its_dialect_is_told(rows: Rows, newline: str, quoting: str) -> None:
    rows = [["h" + str(index) for index in range(len(rows[0]))], *([*row[:-1], row[-1] + "."] for row in rows)]
    manner = Manner(newline=newline, quoting=quoting)
    table = open_table([manner.text(rows).encode()], ParseHints(delimiter=",", quote='"', header_line=1))
    found = [record.cells for record in table.records()]
    assert table.header == rows[0]
    assert found == rows[1:]


@given(data=st.binary(max_size=400), size=st.sampled_from([1, 3, 100]))
@settings(max_examples=300, deadline=2000)
def test_no_bytes_raise_anything_but_a_refusal(data: bytes, size: int) -> None:
    for read in (lambda: list(open_table(pieces(data, size)).records()), lambda: list(read_structure([data]).rows())):
        with contextlib.suppress(FileRejectedError):
            read()


@given(parts=st.lists(st.sampled_from(['"', ",", "\n", "\r", ";", "'", "\\", "a", "1", " ", '""', "é"]), max_size=80))
@settings(max_examples=300, deadline=2000)
def test_no_mixture_of_marks_is_lost(parts: list[str]) -> None:
    text = "".join(parts)
    structure = read_structure([text.encode()])
    kept = "".join("".join(row) for row in structure.rows())
    aside = {count.note for count in structure.notes.counts()} - {Note.BLANK_ROW}
    for mark in "a1é":
        assert aside or kept.count(mark) == text.count(mark)
