"""Print how many files are read exactly right: ``python -m tests.corpus.score [--seeds N] [--show CATEGORY]``."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from itertools import chain

from tests.corpus.case import Outcome, read
from tests.corpus.catalogue import cases
from tests.corpus.wild import is_held_out, wild
from tests.corpus.wild_made import made


def main() -> None:
    """Read every case and print a table of the categories."""
    options = _options()
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    start = time.perf_counter()
    for case in chain(cases(options.seeds), wild(), made()):
        if not options.only or options.only in case.id:
            outcomes[case.category].append(read(case))
    print(f"{'category':28}{'files':>7}{'table %':>9}{'dialect %':>11}")
    for category, found in sorted(outcomes.items()):
        _line(category, found)
        if options.show and options.show in category:
            _explain(found, options.limit)
    everything = [outcome for found in outcomes.values() for outcome in found]
    found_wild = [outcome for outcome in everything if outcome.case.category.startswith("wild")]
    if found_wild:
        _line("WILD", found_wild)
        _line("WILD, held out", [outcome for outcome in found_wild if is_held_out(outcome.case)])
    _line("ALL", everything)
    print(f"{time.perf_counter() - start:.1f} s")


def _line(category: str, found: list[Outcome]) -> None:
    count = max(1, len(found))
    table = 100 * sum(outcome.table for outcome in found) / count
    dialect = 100 * sum(outcome.dialect for outcome in found) / count
    print(f"{category:28}{len(found):7}{table:9.1f}{dialect:11.1f}")


def _explain(found: list[Outcome], limit: int) -> None:
    wrong = [outcome for outcome in found if not (outcome.table and outcome.dialect)]
    for outcome in wrong[:limit]:
        print(f"  {outcome.case.name}: table {outcome.table}, dialect {outcome.dialect}: {outcome.found}")
        for expected, row in zip(outcome.case.expected, outcome.rows, strict=False):
            if expected != row:
                print(f"    expected {expected}\n    found    {row}")
                break


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", default="")
    parser.add_argument("--limit", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    main()
