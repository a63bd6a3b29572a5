"""Words that stand for a value: choices, yes and no, units; compared without case, width and punctuation."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from sanitizer_lambda.contract import Column, RowErrorCode
from workers.rows.fault import Fault

# Spellings of a truth value that every column of that type reads.
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "on"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "off"), False),
}
# Words shown in a hint: as many as one reads at a glance.
_MAX_SHOWN = 12
# How alike a word must be to be suggested, as difflib counts: `Apartement` to `APARTMENT` is 0.95.
_ALIKE = 0.6


def fold(text: str) -> str:
    """Return the form under which two words are the same."""
    return re.sub(r"[\s_.\-]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def nearest(text: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the few known words that look most like the text, the likeliest first."""
    spellings = {fold(word): word for word in known}
    return [spellings[word] for word in difflib.get_close_matches(fold(text), list(spellings), count, _ALIKE)]


class Choices:
    """The spellings of one column's choices."""

    def __init__(self, column: Column) -> None:
        self._values = column.choices
        self._spellings = {fold(choice): choice for choice in column.choices}
        self._spellings.update((fold(word), choice) for word, choice in column.words)

    def get(self, text: str) -> str | None:
        """Return the choice, or None where the text is no spelling of one."""
        return self._spellings.get(fold(text))

    def read(self, text: str) -> str | Fault:
        """Return the choice the text stands for."""
        if (choice := self.get(text)) is not None:
            return choice
        return Fault(RowErrorCode.NOT_A_CHOICE, "This is none of the values of the column.", self._hint(text))

    def _hint(self, text: str) -> str:
        if near := nearest(text, self._spellings, 1):
            return f"Did you mean {self._spellings[fold(near[0])]}?"
        return f"One of {', '.join(self._values[:_MAX_SHOWN])}."


class Booleans:
    """The spellings of one column's yes and no."""

    def __init__(self, column: Column) -> None:
        self._own = [word for word, _ in column.words]
        self._spellings: Mapping[str, bool] = {
            **_BOOLEANS,
            **{fold(word): value == "true" for word, value in column.words},
        }

    def read(self, text: str) -> bool | Fault:
        """Return the truth value the text stands for."""
        value = self._spellings.get(fold(text))
        if value is not None:
            return value
        return Fault(
            RowErrorCode.NOT_A_BOOLEAN,
            "Yes or no is expected.",
            f"One of {', '.join(['yes', 'no', 'true', 'false', '1', '0', *self._own])}.",
        )
