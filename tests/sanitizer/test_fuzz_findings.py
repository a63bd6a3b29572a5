"""What the fuzz harness found, one plain test each."""

from __future__ import annotations

import csv
import io

import pytest

from sanitizer_lambda.cleaning.cells import clean_cell
from sanitizer_lambda.contract import ParseHints
from tests.sanitizer.fuzz import check_file, clean
from tests.sanitizer.live import faults


@pytest.mark.parametrize("blank", [10, 63, 64, 65, 66, 200, 2_480])
@pytest.mark.parametrize("rows", [0, 3, 100, 3_000])
def test_both_ways_agree_on_what_is_below_a_table_however_many_blank_lines_follow_it(rows: int, blank: int) -> None:
    data = b"Code,Name\n" + b"1A,One\n" * rows + b"\n?\n" + b"\n" * blank
    for seed in range(3):
        check_file(data, seed)


@pytest.mark.parametrize("mark", ["\ufe0f", "\u034f", "\u180b", "\U000e0100", "\u17b4"])
def test_a_formula_behind_a_mark_that_takes_no_room_is_neutralised_both_ways(mark: str) -> None:
    data = f"Name~Code\r=cmd|''~{mark}=1+1\r".replace("~", ",").replace("\r", "\n").encode() * 3
    check_file(data)
    _, streams = clean(data, 4_096, quick=True, hints=ParseHints(header_line=1))
    cells = {cell for row in csv.reader(io.StringIO(streams[0].decode())) for cell in row}
    assert f"'{mark}=1+1" in cells


@pytest.mark.parametrize("text", ["<x@y a<1 onclick=alert(1)>", "<x@y on<1 onclick=1", "<x<1 onfocus=1"])
def test_an_element_of_any_name_loses_its_handler(text: str) -> None:
    assert list(faults(clean_cell(text).text)) == []


def test_an_attribute_that_only_looks_like_a_handler_is_none() -> None:
    assert clean_cell("<x@y on~2P=5").text == "<x@y on~2P=5"


def test_a_header_of_an_open_tag_is_text() -> None:
    check_file(b'Name:Code:\r"<a\r":')
