"""All awkward files, made anew from their seeds: the same files every time."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus import damage, row_damage, tongues
from tests.corpus.case import Case
from tests.corpus.handwritten import handwritten
from tests.corpus.tables import NAMES, original
from tests.corpus.trades import TRADES


def cases(seeds: int = 1) -> Iterator[Case]:
    """Yield every case for the seeds 0, 1, ..., ``seeds`` - 1."""
    yield from handwritten()
    for seed in range(seeds):
        yield from tongues.encodings(seed)
        yield from tongues.broken(seed)
        for name in NAMES:
            yield from _damaged_rows(name, seed)
            # Further trades show how rows are mended; whole files are damaged often enough by the others.
            for count in (24, 4) if name not in TRADES else ():
                table = original(name, seed, count)
                yield from damage.dialects(table)
                yield from damage.heads(table)
                yield from damage.tails(table)


def _damaged_rows(name: str, seed: int) -> Iterator[Case]:
    for number, manner in enumerate(row_damage.MANNERS):
        if name not in TRADES or number == seed % 2:
            yield from row_damage.rows(original(name, seed), manner, seed, 4 if number == 0 else 2)
    yield from row_damage.rows(original(name, seed, 5), row_damage.MANNERS[0], seed, 1)
