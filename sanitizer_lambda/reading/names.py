"""A header row of another width than its table: which name belongs to which column.

No column tells what its name looks like. What there is: how the names of this very row are written (``x28x29`` is the
only one with a letter behind a digit), and words that say what a column holds (a date does not stand above prices).
"""

from __future__ import annotations

import re
from functools import cache

from sanitizer_lambda.reading.align import Way, few_best, ways_to_align
from sanitizer_lambda.reading.column import Column
from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.kinds import NUMBERS, Kind
from sanitizer_lambda.reading.mend import ways_to_mend
from sanitizer_lambda.reading.profile import Profile

# Bits by which a name is better, or worse, above a column that holds what the name says, or does not.
_TELLING = 6.0
# Bits of a name that was left out; rather two ran together.
_LOST = 14.0
# Bits of a first column without a name, in a table whose rows have names.
_NAMELESS = 2.0
# Bits of a name of one letter where the row has no other.
_LETTER = 6.0
# A column holds a kind where so much of it is of that kind.
_MOSTLY = 0.7

_DAYS = frozenset({Kind.DATE, Kind.DATETIME})
_CLOCKS = frozenset({Kind.TIME, Kind.DATETIME})
_TEXTS = frozenset({Kind.TEXT, Kind.WORD, Kind.CODE})
_WORDS: tuple[tuple[str, frozenset[Kind]], ...] = (
    ("date day datum fecha data jour dob birthday due issued opened updated start finish", _DAYS),
    ("time hour clock zeit uhrzeit hora heure", _CLOCKS),
    ("timestamp ts datetime modified", _DAYS | _CLOCKS),
    ("qty quantity count number age year rank score votes attendance menge anzahl jahr", NUMBERS),
    ("price cost amount total sum balance net gross area lat latitude lon lng longitude elevation", NUMBERS),
    ("preis betrag summe prix montant importe precio depth height width weight length", NUMBERS),
    ("share percent percentage rate % vat tax", NUMBERS),
    ("email mail e-mail", frozenset({Kind.EMAIL})),
    ("url link website homepage", frozenset({Kind.URL})),
    ("phone tel telephone mobile fax telefon", frozenset({Kind.PHONE, Kind.INTEGER})),
    ("ip", frozenset({Kind.ADDRESS})),
    ("name title description comment comments note notes remark remarks message text summary", _TEXTS),
    ("city street country address author customer bemerkung ort strasse", _TEXTS),
)
_WORD = re.compile(r"[A-Z]?[a-zäöüß]+|[A-Z]+(?![a-z])|%")


class Names:
    """The columns of a table as places for their names; to be used as a ``Profile``."""

    def __init__(self, cells: list[str], profile: Profile) -> None:
        self.width = profile.width
        self.rows = profile.rows
        self.lost = _LOST
        self._style = Column(cells)
        self._letters = any(len(cell) == 1 for cell in cells)
        self._held = [_held(profile, position) for position in range(profile.width)]

    def bits(self, cell: str, position: int) -> float:
        """Return the bits of ``cell`` as the name of a column."""
        told = _told(cell)
        held = self._held[position]
        telling = -_TELLING if told & held else _TELLING if told and held else 0.0
        short = _LETTER if len(cell) == 1 and not self._letters else 0.0
        return self._style.form_bits(cell) + telling + short

    def row_bits(self, cells: list[str]) -> float:
        """Return the bits of a row of names."""
        return sum(map(self.bits, cells, range(self.width)))

    def shows(self, mark: str) -> bool:  # noqa: ARG002 - as a ``Profile`` does, which knows cells with marks
        """Whether names use to hold a mark that divides cells elsewhere: they do not."""
        return False


def lay_names(
    cells: list[str], text: str | None, dialect: Dialect, profile: Profile, *, nameless: bool = False
) -> list[str] | None:
    """Return the names of a header row, one a column, in the best reading of it; None where there is none.

    ``cells``: those of the row that are not empty. ``text``: the row as written, None where that is not known.
    ``nameless``: the first column may well have no name.
    """
    names = Names(cells, profile)
    ways = ways_to_mend(text, dialect, names) if text is not None else []
    ways += ways_to_align(cells, names, dialect.delimiter)
    if nameless:
        ways.append(Way(sum(map(names.bits, cells, range(1, names.width))) + _NAMELESS, ("", *cells)))
    best = few_best(ways)
    return list(best[0].cells) if best else None


def _held(profile: Profile, position: int) -> frozenset[Kind]:
    kinds = profile.kinds(position)
    filled = kinds.total() - kinds[Kind.EMPTY]
    return frozenset(kind for kind, count in kinds.items() if kind is not Kind.EMPTY and count > _MOSTLY * filled)


@cache
def _vocabulary() -> dict[str, frozenset[Kind]]:
    return {word: kinds for words, kinds in _WORDS for word in words.split()}


def _told(name: str) -> frozenset[Kind]:
    words = _WORD.findall(name)
    known = _vocabulary()
    # The last word says what it is: an order date is a date.
    return next((known[word.casefold()] for word in reversed(words) if word.casefold() in known), frozenset())
