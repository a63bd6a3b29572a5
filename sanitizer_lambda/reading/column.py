"""What a column's cells look like, learnt from sound rows, and the bits that one more cell of it takes.

A cell is foreseen by its very value, by its shape (``P-0042`` is ``A-9999``), by its shape with runs of letters and
then of digits of any length, and last by its kind and by which class of character follows which. Each way is tried
with the likelihood that the column has shown for it: how often a cell was new where the way before it failed (the
estimate of Good and Turing).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from operator import add
from typing import NamedTuple

from sanitizer_lambda.reading.kinds import STRONG, Kind, kind_of

# What divides or quotes cells elsewhere: whether a column shows such a mark tells much.
MARKS = re.compile(r"[\"';|\t^~\\]")
# Longer text has no shape of its own.
_MAX_OUTLINE = 40
# Costs of cells that are remembered, so that the columns of a wide table stay small.
_MAX_KNOWN, _MAX_KNOWN_CHARS = 300, 80
# Characters whose class is remembered: those of the alphabets, not the signs of East Asia.
_MAX_KNOWN_CODE = 0x2000

_DIGIT = re.compile(r"\d")
_UPPER = re.compile(r"[A-Z]+")
_LOWER = re.compile(r"[^\W\d_A]+")
_DIGITS = re.compile(r"9+")
_OTHER = re.compile(r"[^9Aa ;]")
_RUNS = re.compile(r"9+|A+|a+")

# Bits of a letter or digit where its class is foreseen, of the length of a run, of a mark among all.
_DIGIT_BITS, _UPPER_BITS, _LOWER_BITS, _RUN, _ANY_MARK = math.log2(10), 4.7, 4.2, 2.0, 5.0
# Classes of characters: digit, capital, other letter, blank, other mark, dividing mark, beginning or end.
_CLASSES = "9Aa .;$"
# Cells and the characters of each from which the classes are learnt.
_MAX_CHAINED, _MAX_CHAIN = 200, 200
# Half an observation for what was never seen.
_HALF = 0.5


def outline(cell: str) -> str:
    """Return the outline of a cell: ``P-0042`` and ``Q-1234`` are both ``A-9999``; all long text is alike."""
    text = cell.strip()
    if len(text) > _MAX_OUTLINE:
        return "..."
    return _LOWER.sub("a", _UPPER.sub("A", _DIGIT.sub("9", text)))


class _Classes(dict[int, int]):
    """The class of a character by its code, for ``str.translate``."""

    def __missing__(self, code: int) -> int:
        mark = chr(code)
        capital = "A" <= mark <= "Z"
        found = ord("9" if mark.isdecimal() else "A" if capital else "a") if mark.isalnum() else code
        if code < _MAX_KNOWN_CODE:
            self[code] = found
        return found


_CLASS_OF = _Classes()


def _shape(text: str) -> str:
    """Return the class of each character: the outline with the lengths of its runs."""
    return text.translate(_CLASS_OF)


class Column:
    """The cells of a column. ``marks``: those of ``MARKS`` that they show."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.values = Counter(cell.strip() for cell in cells)
        self.total = max(1, self.values.total())
        self.kinds: Counter[Kind] = Counter()
        self.outlines: Counter[str] = Counter()
        self.marks = {mark for value in self.values for mark in MARKS.findall(value)}
        for value, count in self.values.items():
            self.kinds[kind_of(value)] += count
            self.outlines[outline(value)] += count
        self._known: dict[str, float] = {}
        self._ways: list[_Way] | None = None
        self._pairs: dict[str, float] = {}
        self._kind_bits: dict[Kind, float] = {}

    def bits(self, cell: str) -> float:
        """Return the bits that ``cell`` takes in this column."""
        text = cell.strip()
        found = self._known.get(text)
        if found is None:
            found = self._measure(text)
            if len(self._known) < _MAX_KNOWN and len(text) <= _MAX_KNOWN_CHARS:
                self._known[text] = found
        return found

    def _learn(self) -> list[_Way]:
        """Return the ways to foresee a cell, from its value to its outline."""
        shapes: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
        pairs: Counter[str] = Counter()
        for index, (value, count) in enumerate(self.values.items()):
            look = _look(value)
            for seen, form in zip(shapes, look.forms, strict=False):
                seen[form] += count
            if index < _MAX_CHAINED:
                pairs.update(look.pairs)
        self._pairs = _pair_bits(pairs)
        kinds = self.total + _HALF * len(Kind)
        self._kind_bits = {kind: -math.log2((self.kinds[kind] + _HALF) / kinds) for kind in Kind}
        return [_way(seen) for seen in (self.values, *shapes)]

    def _measure(self, text: str) -> float:
        if self._ways is None:
            self._ways = self._learn()
        look = _look(text)
        (values, before), *ways = self._ways
        best = values.get(text, math.inf)
        more = look.classes
        for form, (seen, failed) in zip(look.forms, ways, strict=False):
            best = min(best, before + seen.get(form, math.inf) + more)
            before += failed
            more = look.classes + look.runs
        return min(best, before + self._kind_bits[kind_of(text)] + (self._by_class(look) if text else 0.0))

    def form_bits(self, cell: str) -> float:
        """Return the bits of ``cell`` by its characters alone, whatever values the column has."""
        if self._ways is None:
            self._ways = self._learn()
        return self._by_class(_look(cell.strip()))

    def _by_class(self, look: _Look) -> float:
        """Return the bits of a text's characters by which class follows which; those of long text by its beginning."""
        return look.classes + look.scale * (look.marks + sum(map(self._pairs.__getitem__, look.pairs)))

    def is_strong(self) -> bool:
        """Whether nearly all cells are of one of the strong kinds."""
        strong = sum(count for kind, count in self.kinds.items() if kind in STRONG)
        filled = self.total - self.kinds[Kind.EMPTY]
        return filled > 0 and strong >= 0.8 * filled


class _Look(NamedTuple):
    """What a text shows, whatever its column.

    ``forms``: shape and outlines. ``runs``, ``classes``, ``marks``: bits of the lengths of its runs, of its letters
    and digits, of its other marks. ``pairs``: which class follows which, of the first part of long text, of which the
    whole is ``scale`` times as much.
    """

    forms: tuple[str, ...]
    runs: float
    classes: float
    marks: float
    pairs: list[str]
    scale: float


def _look(text: str) -> _Look:
    return _look_at(text) if len(text) <= _MAX_OUTLINE else _Look((), 0.0, *_classes(text))


@lru_cache(maxsize=8192)
def _look_at(text: str) -> _Look:
    shape = _shape(text)
    runs = _LOWER.sub("a", _UPPER.sub("A", shape))
    return _Look((shape, runs, _DIGITS.sub("9", runs)), _RUN * len(_RUNS.findall(shape)), *_classes(text))


def _classes(text: str) -> tuple[float, float, list[str], float]:
    shape, scale = _shape(text[:_MAX_CHAIN]), max(1.0, len(text) / _MAX_CHAIN)
    classes = _DIGIT_BITS * shape.count("9") + _UPPER_BITS * shape.count("A") + _LOWER_BITS * shape.count("a")
    chain = _OTHER.sub(".", MARKS.sub(";", shape))
    marks = _ANY_MARK * (chain.count(".") + chain.count(";"))
    return scale * classes, marks, list(map(add, f"${chain}", f"{chain}$")), scale


_Way = tuple[dict[str, float], float]


def _way(seen: Counter[str]) -> _Way:
    """Return the bits of each form seen where the way holds, and the bits where it does not."""
    total = max(1, seen.total())
    once = sum(1 for count in seen.values() if count == 1)
    new = (once + _HALF) / (total + 1)
    return {form: -math.log2((1 - new) * count / total) for form, count in seen.items()}, -math.log2(new)


def _pair_bits(seen: Counter[str]) -> dict[str, float]:
    """Return the bits of each class after each."""
    after: Counter[str] = Counter()
    for pair, count in seen.items():
        after[pair[0]] += count
    return {
        one + other: math.log2((after[one] + _HALF) / (seen[one + other] + _HALF / len(_CLASSES)))
        for one in _CLASSES
        for other in _CLASSES
    }
