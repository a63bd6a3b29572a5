"""A header read as one kind of file: by the client's map, by name, by synonym, and last by likeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Self

from sanitizer_lambda.contract import COLUMNS, ERRORS_HEADER, LINE_HEADER, Column, ColumnMatch, MatchedBy, TemplateKind
from sanitizer_lambda.header.spelling import Spelling
from sanitizer_lambda.header.units import fits, unit_named, without_bare_unit
from sanitizer_lambda.header.vocabulary import Vocabulary, vocabulary

# Columns of a file of refused rows, which may be sent back as it is.
_OF_REJECTS = frozenset({LINE_HEADER, ERRORS_HEADER})
# What may be missing where the other column says that the row takes no time: DOMAIN.md, "unless milestone".
_INSTEAD = {"duration_days": "is_milestone", "phase_duration_days": "phase_is_milestone"}
# Guesses cost time; a file with more unknown columns than this is not one of a few slips of the pen.
_MAX_GUESSES = 100


class Candidate(NamedTuple):
    """``matches``: one for each header, in the file's order."""

    kind: TemplateKind
    matches: tuple[ColumnMatch, ...]

    @classmethod
    def of(cls, kind: TemplateKind, names: Sequence[str], mapped: Mapping[int, str], *, named: bool) -> Self:
        """Match ``names`` by the client's map and, where they are ``named``, by name and synonym."""
        words = vocabulary(kind)
        own = {column for column in mapped.values() if column in words.columns}
        matches: list[ColumnMatch] = []
        for position, name in enumerate(names):
            if mapped.get(position) in own:
                match = ColumnMatch(position, name, mapped[position], MatchedBy.MAPPED, 1.0)
                matches.append(_with_unit(match, Spelling.of(name).unit))
            elif named:
                matches.append(_unless_mapped(_by_name(position, name, words), own))
            else:
                matches.append(ColumnMatch(position, name, None, MatchedBy.IGNORED))
        return cls(kind, tuple(matches))

    @property
    def found(self) -> set[str]:
        """The columns that a header is."""
        return {match.column for match in self.matches if match.column is not None}

    @property
    def missing(self) -> list[Column]:
        """The required columns that no header is."""
        found = self.found
        required = [column for column in COLUMNS[self.kind] if column.required and column.name not in found]
        return [column for column in required if _INSTEAD.get(column.name) not in found]

    @property
    def rank(self) -> tuple[int, bool]:
        """How well the kind fits; greater is better."""
        return len(self.found), not self.missing

    def guessed(self) -> Self:
        """Match by likeness what is still unknown. A guess never claims a column that a header names outright."""
        words, taken = vocabulary(self.kind), self.found
        unknown = [match for match in self.matches if match.matched_by is MatchedBy.IGNORED and match.runner_up is None]
        guesses = {match.position: _by_likeness(match, words, taken) for match in unknown[:_MAX_GUESSES]}
        return self._replace(matches=tuple(guesses.get(match.position, match) for match in self.matches))


def _by_name(position: int, name: str, words: Vocabulary) -> ColumnMatch:
    spelling = Spelling.of(name)
    if (known := words.look_up(spelling)) is not None:
        match = ColumnMatch(position, name, known[0], known[1], 1.0)
        return _with_unit(match, spelling.unit or unit_named(spelling.words))
    bare, unit = without_bare_unit(spelling.words)
    known = None if unit is None else words.look_up(Spelling.of(bare))
    if known is not None and fits(unit, known[0]):
        return ColumnMatch(position, name, known[0], known[1], 1.0, unit=unit)
    return ColumnMatch(position, name, None, MatchedBy.IGNORED)


def _unless_mapped(match: ColumnMatch, mapped: set[str]) -> ColumnMatch:
    """Give way to the client's own word: another header may not claim a column that is mapped."""
    if match.column not in mapped:
        return match
    return ColumnMatch(match.position, match.header, None, MatchedBy.IGNORED, runner_up=match.column)


def _by_likeness(match: ColumnMatch, words: Vocabulary, taken: set[str]) -> ColumnMatch:
    spelling = Spelling.of(match.header)
    if spelling.forms[0] in _OF_REJECTS:
        return match
    guess = words.guess(spelling)
    if guess.column is None or guess.column in taken:
        return replace(match, score=guess.score, runner_up=guess.column or guess.nearest)
    similar = replace(match, column=guess.column, matched_by=MatchedBy.SIMILAR, score=guess.score)
    return _with_unit(replace(similar, runner_up=guess.nearest), spelling.unit)


def _with_unit(match: ColumnMatch, unit: str | None) -> ColumnMatch:
    return replace(match, unit=unit) if match.column is not None and fits(unit, match.column) else match
