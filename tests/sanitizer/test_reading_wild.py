from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.corpus.case import Outcome, read
from tests.corpus.wild import is_held_out, wild
from tests.corpus.wild_made import made

# Per cent of the files that are read exactly right, and whose dialect is named right, at the least.
_TABLES, _DIALECTS = 93, 97


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [read(case) for case in (*wild(), *made())]


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize(
    ("right", "least"), [(lambda outcome: outcome.table, _TABLES), (lambda outcome: outcome.dialect, _DIALECTS)]
)
def test_files_of_the_wild_are_read_and_named_right(
    outcomes: list[Outcome], right: Callable[[Outcome], bool], least: int, *, held_out: bool
) -> None:
    found = [outcome for outcome in outcomes if is_held_out(outcome.case) is held_out]
    wrong = [outcome.case.id for outcome in found if not right(outcome)]
    assert 100 * (len(found) - len(wrong)) >= least * len(found), wrong


def test_there_are_more_than_three_hundred_of_them_no_two_alike() -> None:
    files = [case.data for case in (*wild(), *made())]
    assert len(files) > 300
    assert len({*files}) == len(files)
