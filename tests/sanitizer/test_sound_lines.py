"""Lines that are read at the speed of the csv module are read as character by character."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.lines import Lines
from sanitizer_lambda.reading.scan import Scanner

_PIECES = ['"', "'", "\\", ",", "\n", "\r\n", "a", "b c", " ", '","', '""', '"\n"', '\\"', "\\\\", "\\,"]


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("escape", [None, "\\"])
@settings(max_examples=2_000, deadline=None)
@given(pieces=st.lists(st.sampled_from(_PIECES), min_size=1, max_size=14))
def test_sound_lines_are_the_same_to_the_csv_module(quote: str, escape: str | None, pieces: list[str]) -> None:
    scanner = Scanner(",", quote, escape)
    lines = Lines("".join(pieces), Dialect(",", quote, escape), scanner, inner_quotes=False)
    sound = lines.lines[: lines.sound_until(0)]
    found = [scanner.scan(line) for line in sound]
    rows = csv.reader(sound, quotechar=quote, escapechar=escape)
    assert [row or [""] for row in rows] == [scan.cells for scan in found]
    assert not any(scan.strays or scan.inner or scan.open_at is not None for scan in found)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("escape", [None, "\\"])
def test_cells_in_quotes_with_quotes_in_them_are_sound(quote: str, escape: str | None) -> None:
    inner = f"{escape or quote}{quote}"
    line = f"{quote}a {inner}b{inner}{quote},{quote}{quote},c,{quote}d, e{quote}"
    text = f"{line}\n{line}\r\n{line}"
    lines = Lines(text, Dialect(",", quote, escape), Scanner(",", quote, escape), inner_quotes=False)
    assert lines.sound_until(0) == 3
