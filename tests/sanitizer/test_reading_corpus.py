from __future__ import annotations

from collections import defaultdict

import pytest

from tests.corpus.case import Case, Outcome, read
from tests.corpus.catalogue import cases

# Per cent of a category's files that are read exactly right at the least; what is not named must be all of them.
# One damaged row often leaves room for two readings, and then a careful reader keeps the row as it stands.
FLOORS = {
    "cell left out": 75,
    "cells cut off": 94,
    "dialect": 99,
    "missing delimiter": 88,
    "missing delimiter quoted": 90,
    "one other delimiter": 95,
    "other delimiter": 96,
    "quote unclosed": 97,
    "two rows damaged": 88,
}


def _by_category() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases():
        found[case.category].append(case)
    return found


CASES = _by_category()


def test_the_corpus_holds_at_least_a_thousand_awkward_files() -> None:
    assert sum(map(len, CASES.values())) >= 1000
    assert {case.data for found in CASES.values() for case in found}


@pytest.mark.parametrize("category", sorted(CASES))
def test_awkward_files_are_read_exactly_right(category: str) -> None:
    outcomes = [read(case) for case in CASES[category]]
    wrong = [outcome for outcome in outcomes if not outcome.table]
    assert 100 * (len(outcomes) - len(wrong)) >= FLOORS.get(category, 100) * len(outcomes), _explain(wrong)


@pytest.mark.parametrize("category", sorted(CASES))
def test_dialect_and_encoding_of_awkward_files_are_named_right(category: str) -> None:
    outcomes = [read(case) for case in CASES[category]]
    wrong = [outcome for outcome in outcomes if not outcome.dialect]
    assert 100 * len(wrong) <= len(outcomes), _explain(wrong)


def _explain(wrong: list[Outcome]) -> str:
    return "\n".join(f"{outcome.case.id}: {outcome.found} {outcome.rows[:3]}" for outcome in wrong[:5])
