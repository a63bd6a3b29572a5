"""Every name and synonym of one kind's columns, ready to be looked up."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, Self

from sanitizer_lambda.contract import COLUMNS, Column, MatchedBy, TemplateKind
from sanitizer_lambda.header.spelling import Spelling, likeness

# DOMAIN.md: a guess needs this much, and this much more than any other column.
_SIMILAR, _LEAD = 0.9, 0.1
# Less alike than this is no help as a hint.
_HINT = 0.6
# Shorter headers are like everything.
_MIN_GUESSED_CHARS = 3


class Guess(NamedTuple):
    """The columns most like a header: ``column`` None where none is like enough; the nearest is then ``nearest``."""

    column: str | None
    score: float | None
    nearest: str | None


class Vocabulary(NamedTuple):
    """``exact`` and ``synonyms``: for each form of ``Spelling``, the column that form stands for."""

    columns: dict[str, Column]
    exact: tuple[dict[str, str], ...]
    synonyms: tuple[dict[str, str], ...]
    phrases: tuple[tuple[str, str], ...]  # column, phrase

    @classmethod
    def of(cls, columns: Iterable[Column]) -> Self:
        """Return the vocabulary of ``columns``."""
        named = {column.name: column for column in columns}
        names = [(name, Spelling.of(name)) for name in named]
        synonyms = [(name, Spelling.of(word)) for name, column in named.items() for word in column.synonyms]
        phrases = {(name, spelling.words): None for name, spelling in (*names, *synonyms) if spelling.words}
        return cls(named, _index(names), _index(synonyms), tuple(phrases))

    def look_up(self, spelling: Spelling) -> tuple[str, MatchedBy] | None:
        """Return the column whose name or synonym ``spelling`` is, a name before a synonym."""
        for index, matched_by in ((self.exact, MatchedBy.EXACT), (self.synonyms, MatchedBy.SYNONYM)):
            for form, columns in zip(spelling.forms, index, strict=True):
                if form in columns:
                    return columns[form], matched_by
        return None

    def guess(self, spelling: Spelling) -> Guess:
        """Return the column most like ``spelling``, for a header that no name or synonym is."""
        if len(spelling.words) < _MIN_GUESSED_CHARS:
            return Guess(None, None, None)
        best: dict[str, float] = {}
        for name, phrase in self.phrases:
            best[name] = max(best.get(name, 0.0), likeness(spelling.words, phrase, _HINT))
        first, second, *_ = sorted(best, key=lambda name: -best[name])
        sure = best[first] >= _SIMILAR and best[first] - best[second] >= _LEAD
        if sure and self.columns[first].similar:
            return Guess(first, best[first], second if best[second] else None)
        return Guess(None, best[first] or None, first if best[first] else None)


@cache
def vocabulary(kind: TemplateKind) -> Vocabulary:
    """Return the vocabulary of files of ``kind``."""
    return Vocabulary.of(COLUMNS[kind])


def _index(spellings: list[tuple[str, Spelling]]) -> tuple[dict[str, str], ...]:
    """Map each form to its column; a form of two columns stands for the one it is the literal spelling of, or none."""
    literal = dict(reversed([(spelling.forms[0], name) for name, spelling in spellings]))
    index: list[dict[str, str]] = []
    for level in range(len(spellings[0][1].forms)):
        found: dict[str, set[str]] = {}
        for name, spelling in spellings:
            found.setdefault(spelling.forms[level], set()).add(name)
        clear = {form: names for form, names in found.items() if form and (len(names) == 1 or form in literal)}
        index.append({form: literal.get(form, min(names)) for form, names in clear.items()})
    return tuple(index)
