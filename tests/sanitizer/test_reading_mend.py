from __future__ import annotations

import pytest

from sanitizer_lambda.contract import ParseHints
from sanitizer_lambda.reading.reader import open_table, read_structure
from tests.corpus.case import Case, read, trimmed
from tests.corpus.row_damage import (
    DAMAGES,
    MANNERS,
    Damage,
    every,
    extra_delimiter,
    line_break_inside,
    missing_delimiter,
    missing_delimiter_quoted,
    one_other_delimiter,
    quote_unclosed,
)
from tests.corpus.tables import original

_ROWS = [f"{100 + number},P-{number:04},{number}.50,Desk lamp,https://shop.example/p/{number}" for number in range(30)]
_HEADER = "no,part,price,what,link"


def _rows(*lines: str) -> list[list[str]]:
    return list(read_structure(["\n".join([_HEADER, *_ROWS, *lines, *_ROWS]).encode()], ParseHints()).rows())


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("140P-0040,8.50,Desk lamp,https://shop.example/p/1", ["140", "P-0040", "8.50", "Desk lamp"]),
        ("140,P-0040,8.50,Desk lamphttps://shop.example/p/1", ["140", "P-0040", "8.50", "Desk lamp"]),
        ("140,P-0040;8.50,Desk lamp,https://shop.example/p/1", ["140", "P-0040", "8.50", "Desk lamp"]),
        ("140,P-0040,1,008.50,Desk lamp,https://shop.example/p/1", ["140", "P-0040", "1,008.50", "Desk lamp"]),
        ("140,8.50,Desk lamp,https://shop.example/p/1", ["140", "", "8.50", "Desk lamp"]),
    ],
)
def test_a_row_of_another_width_is_laid_by_the_shape_of_its_columns(line: str, cells: list[str]) -> None:
    row = [cell.strip() for cell in _rows(line)[len(_ROWS) + 1]]
    assert row[:4] == cells


def test_a_row_that_ends_early_is_filled_up_at_its_end() -> None:
    assert _rows("140,P-0040,8.50")[len(_ROWS) + 1] == ["140", "P-0040", "8.50", "", ""]


def test_two_cells_whose_border_is_not_to_be_seen_stay_together() -> None:
    lines = [f"{number},word{number} and more,more of word{number}" for number in range(20)]
    data = "\n".join(["a,b,c", *lines, "7,some wordsmany words", *lines]).encode()
    assert list(read_structure([data]).rows())[21] == ["7", "some wordsmany words", ""]


def test_names_that_ran_together_keep_the_others_above_their_columns() -> None:
    data = "\n".join(["no,part,pricewhat,link", *_ROWS]).encode()
    header = next(read_structure([data]).rows())
    assert (header[:2], header[4]) == (["no", "part"], "link")
    assert open_table([data]).header == header


_SURE: tuple[Damage, ...] = (extra_delimiter, one_other_delimiter, quote_unclosed, line_break_inside)
_TOLD: tuple[Damage, ...] = (*_SURE, missing_delimiter, missing_delimiter_quoted)


@pytest.mark.parametrize("table", ["orders", "sensors", "invoices", "stock", "places"])
@pytest.mark.parametrize("damage", _TOLD)
def test_one_damaged_row_of_a_sound_table_is_read_as_it_was_meant(table: str, damage: Damage) -> None:
    found = [read(case) for case in _damaged(table, damage, step=13)]
    wrong = [outcome.case.name for outcome in found if not outcome.table]
    assert len(wrong) <= 0.02 * len(found), wrong


@pytest.mark.parametrize("table", ["people", "matches", "survey", "invoices"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_is_mended_or_refused_but_never_shifted_in_silence(table: str, damage: Damage) -> None:
    cases = _damaged(table, damage, step=17)
    wrong = [case.name for case in cases if _is_shifted(case)]
    # A glued "50" may also be a score whose neighbour was left out.
    assert len(wrong) <= max(1, 0.01 * len(cases)), wrong


def _damaged(name: str, damage: Damage, step: int) -> list[Case]:
    cases = every(original(name, 3, 40), MANNERS[0], damage, step)
    return [case for case in cases if " row 0 " not in case.name]


def _is_shifted(case: Case) -> bool:
    records = list(open_table([case.data]).records())
    tables = [trimmed(table)[1:] for table in (case.expected, case.or_else or case.expected)]
    found = trimmed(record.cells for record in records)
    return not any(
        len(table) == len(found)
        and all(record.error or cells == row for record, cells, row in zip(records, found, table, strict=True))
        for table in tables
    )
