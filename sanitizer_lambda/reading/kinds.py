"""What a cell looks like: a number, a date, a code, words; and how many bits such a cell is worth.

The bits are what a cell of that look carries: a date of any spelling names one of some 2^15 days, a digit is one of
ten. Reading a file by its true dialect needs the fewest bits, because delimiters, quotes and regular cells are then
foreseen and cost nothing (minimum description length).
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache


class Kind(IntEnum):
    """The look of a cell, without its surrounding blanks."""

    EMPTY = 0
    INTEGER = 1
    DECIMAL = 2
    PERCENT = 3
    MONEY = 4
    DATE = 5
    TIME = 6
    DATETIME = 7
    BOOLEAN = 8
    EMAIL = 9
    URL = 10
    ADDRESS = 11  # of a machine: IPv4, MAC
    UUID = 12
    PHONE = 13
    CODE = 14  # letters and digits without blanks
    WORD = 15  # one run of letters
    TEXT = 16


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.PERCENT, Kind.MONEY})
# Looks that a header or a sentence does not have by chance.
STRONG = NUMBERS | {Kind.DATE, Kind.TIME, Kind.DATETIME, Kind.EMAIL, Kind.URL, Kind.ADDRESS, Kind.UUID, Kind.PHONE}

_MONTH = r"(?:jan|feb|mar|m[aä]r|apr|ma[iy]|ju[nl]|aug|sep|oct|o[ck]t|nov|de[cz])[a-z]*\.?"
_DAY = (
    "(?:"
    + "|".join(
        rf"\d{{4}}{mark}\d{{1,2}}{mark}\d{{1,2}}|\d{{1,2}}{mark}\d{{1,2}}{mark}(?:\d{{4}}|\d{{2}})"
        for mark in ("-", "/", r"\.")
    )
    + rf"|\d{{1,2}}[- ./]?{_MONTH}[- ,./]*(?:\d{{4}}|\d{{2}})|{_MONTH} \d{{1,2}},? \d{{4}}|{_MONTH}[- ]\d{{4}}"
    + r"|\d{4}年\d{1,2}月\d{1,2}日)"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?"
_GROUPED = "|".join(
    rf"\d{{1,3}}(?:{mark}\d{{3}})+(?:{decimal}\d+)?"
    for mark, decimal in ((",", r"\."), (r"\.", ","), ("[ '\u00a0\u202f]", "[.,]"))
)
_NUMBER = rf"(?:{_GROUPED}|\d+(?:[.,]\d+)?|[.,]\d+)"
_COIN = r"(?:[$€£¥₹₽₩]|[A-Z]{2}\$|USD|EUR|GBP|CAD|AUD|CHF|JPY|CNY|SEK|NOK|DKK|PLN|CZK|kr\.?|zł|Fr\.?)"

_PHONE = (
    r"(?:\+|00)?\(?\d{1,4}\)?(?:[ /-]\(?\d{2,7}\)?){2,5}|\d{2,4}(?:\.\d{2,4}){2,4}|\+\d{7,15}"
    r"|\(\d{2,5}\) ?\d{2,5}[ -]?\d{2,6}"
)

_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (Kind.INTEGER, r"[+-]?\d+"),
    (Kind.DATE, _DAY),
    (Kind.TIME, _CLOCK),
    (Kind.DATETIME, rf"{_DAY}[T ,]+{_CLOCK}(?: ?(?:Z|UTC|GMT|[+-]\d{{2}}(?::?\d{{2}})?))?"),
    (Kind.ADDRESS, r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/\d+)?|[\da-f]{2}(?::[\da-f]{2}){2,7}"),
    (Kind.DECIMAL, rf"[+-]?{_NUMBER}(?:e[+-]?\d+)?|\({_NUMBER}\)|-?inf"),
    (Kind.PERCENT, rf"[+-]?{_NUMBER} ?[%‰]"),
    (Kind.MONEY, rf"\(?[+-]?(?:{_COIN} ?-?{_NUMBER}|{_NUMBER} ?{_COIN})\)?"),
    (Kind.EMAIL, r"[^\s@,;|<>\"]+@[^\s@,;|<>\"]+\.[a-z]{2,}"),
    (Kind.URL, r"(?:(?:https?|ftp|s3|file)://|www\.)(?:(?!://)[^\s;|\"])+|[a-z]:\\[^,;|\"]*"),
    (Kind.UUID, r"\{?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}?"),
    (Kind.PHONE, _PHONE),
    (Kind.CODE, r"(?=[^\d_/.#-]*[\d_/.#-])[^\W_][\w./#-]*"),
)

# Cells of nothing but letters that are more than a word.
_LETTERS: dict[str, Kind] = dict.fromkeys(("nan", "inf"), Kind.DECIMAL) | dict.fromkeys(
    ("true", "false", "yes", "no", "y", "n", "t", "f", "ja", "nein", "oui", "non", "si", "sí", "on", "off"),
    Kind.BOOLEAN,
)
# Cells with blanks but none of these are text.
_TELLING = re.compile(r"\d|:\\")

# Bits of a cell of a kind: so many for the cell, so many for each character.
_BITS: dict[Kind, tuple[float, float]] = {
    Kind.EMPTY: (0.0, 0.0),
    Kind.INTEGER: (1.0, 3.4),
    Kind.DECIMAL: (1.5, 3.4),
    Kind.PERCENT: (0.0, 3.4),
    Kind.MONEY: (2.0, 3.0),
    Kind.DATE: (15.0, 0.0),
    Kind.TIME: (13.0, 0.3),
    Kind.DATETIME: (28.0, 0.2),
    Kind.BOOLEAN: (1.5, 0.0),
    Kind.EMAIL: (4.0, 3.8),
    Kind.URL: (6.0, 3.8),
    Kind.ADDRESS: (20.0, 0.8),
    Kind.UUID: (128.0, 0.0),
    Kind.PHONE: (4.0, 3.0),
    Kind.CODE: (3.0, 4.6),
}

# Bits of a character in free text, by its Latin-1 code; whatever lies beyond counts as a letter of a large alphabet.
_RARE = 9.0
_LETTER, _CAPITAL, _DIGIT, _SPACE, _BEYOND = 4.2, 5.5, 4.8, 3.0, 4.8
_MARKS = {
    ".": 6.0,
    ",": 6.0,
    "-": 6.0,
    "'": 7.0,
    "/": 7.0,
    "(": 7.0,
    ")": 7.0,
    ":": 7.0,
    "_": 6.5,
    "\t": 11.0,
    "\n": 4.0,
    "|": 8.0,
}


def _character_bits() -> bytes:
    """Return tenths of bits by byte value."""
    table = []
    for code in range(256):
        mark = chr(code)
        if mark in _MARKS:
            bits = _MARKS[mark]
        elif mark.isalpha():
            bits = (_LETTER if mark.islower() else _CAPITAL) if mark.isascii() else _BEYOND
        else:
            # A question mark also stands for whatever is not in Latin-1.
            bits = _DIGIT if mark.isdigit() else _SPACE if mark == " " else _BEYOND if mark == "?" else _RARE
        table.append(round(bits * 10))
    return bytes(table)


_CHARACTER_BITS = _character_bits()

# Bits of the blanks that fill a cell up to the width of its column.
_MOST_PADDING = 4.5

# Longer cells are text whatever they are; the patterns are not tried on them.
_MAX_LOOK = 80


@cache
def _pattern() -> re.Pattern[str]:
    """Compile on the first use, not on import: one group for each kind, in their order."""
    return re.compile("|".join(f"({pattern})" for _, pattern in _PATTERNS), re.IGNORECASE)


@lru_cache(maxsize=8192)
def kind_of(cell: str) -> Kind:
    """Return how ``cell`` looks; blanks around it do not count."""
    text = cell.strip()
    if not text:
        return Kind.EMPTY
    if len(text) > _MAX_LOOK:
        return Kind.URL if "://" in text[:8] and " " not in text else Kind.TEXT
    if text.isalpha():
        return _LETTERS.get(text.lower(), Kind.WORD)
    if " " in text and not _TELLING.search(text):
        return Kind.TEXT
    found = _pattern().fullmatch(text)
    return _PATTERNS[found.lastindex - 1][0] if found and found.lastindex else Kind.TEXT


def text_bits(text: str) -> float:
    """Return the bits of ``text`` as free text."""
    return sum(text.encode("latin-1", "replace").translate(_CHARACTER_BITS)) / 10


@lru_cache(maxsize=8192)
def bits_of(cell: str) -> float:
    """Return the bits that ``cell`` is worth by its kind, blanks around it included."""
    kind = kind_of(cell)
    text = cell.strip()
    padding = min(_MOST_PADDING, _SPACE * (len(cell) - len(text)))
    if kind in {Kind.TEXT, Kind.WORD}:
        return (4.0 if kind is Kind.TEXT else 2.0) + text_bits(text) + padding
    each, more = _BITS[kind]
    return each + more * len(text) + padding
