"""Spellings of a header that mean the same (DOMAIN.md, Header matching), and how alike two of them are."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from sanitizer_lambda.cleaning.unseen import without_controls, without_invisibles
from sanitizer_lambda.header.units import without_unit

# Longer headers are sentences; comparing them with every name costs time and finds nothing.
_MAX_COMPARED_CHARS = 64

_DROPPED = str.maketrans(dict.fromkeys("#.*?!\"'’“”", "") | dict.fromkeys("()[]{}/-–_:", " "))  # noqa: RUF001 - a dash


class Spelling(NamedTuple):
    """``forms`` from the most to the least literal: a header means a name where one form of both is the same.

    Trimmed and casefolded; that without spaces; without marks and unit; that without spaces. ``unit``: of the suffix.
    """

    forms: tuple[str, str, str, str]
    unit: str | None = None

    @property
    def words(self) -> str:
        """The form without marks and unit."""
        return self.forms[2]

    @classmethod
    def of(cls, header: str) -> Spelling:
        """Return the spelling of a header or a column's name."""
        visible = without_invisibles(without_controls(header.replace("\n", " ").replace("\t", " ")))
        literal = _collapse(unicodedata.normalize("NFKC", visible).casefold())
        bare, unit = without_unit(literal)
        words = _collapse(bare.translate(_DROPPED))
        return cls((literal, literal.replace(" ", ""), words, words.replace(" ", "")), unit)


def likeness(one: str, other: str, at_least: float = 0.0) -> float:
    """Return how alike two phrases are, 0 to 1: twice the characters in common over those of both.

    Below ``at_least`` it is 0.
    """
    if max(len(one), len(other)) > _MAX_COMPARED_CHARS or not one or not other:
        return 0.0
    if 2 * min(len(one), len(other)) < at_least * (len(one) + len(other)):
        return 0.0
    from difflib import SequenceMatcher  # noqa: PLC0415 - takes 5 ms to import, and few files need it

    matcher = SequenceMatcher(None, one, other, autojunk=False)
    ratio = matcher.ratio() if matcher.quick_ratio() >= at_least else 0.0
    return round(ratio, 3) if ratio >= at_least else 0.0


def _collapse(text: str) -> str:
    return " ".join(text.split())
