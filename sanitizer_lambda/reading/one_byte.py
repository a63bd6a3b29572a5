"""Which one-byte encoding a text is in: the one that makes the likeliest letters in the likeliest places of it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from sanitizer_lambda.reading.letters import ALPHABETS, MARKS

# How fast letters get rarer by rank; Russian's thirty-third is then a twenty-fifth of the first, as it is.
_FALL = 0.1
# Part of what is beyond ASCII that is marks, capitals, letters of another language of the same script.
_MARKS, _CAPITALS, _FOREIGN = 0.15, 0.15, 0.01
# Bytes from 128 on, each as likely as another: what a letter's likelihood is compared with.
_ASCII = _BYTES = 128
# Bits of a sign that no table has, of a sign to draw boxes with where programs for DOS wrote, of what is no character.
_SIGN, _BOX, _NONE = -5.0, -0.5, -15.0
# The codec that most files are in, and the bits by which another must be better where both are poor.
_USUAL, _NEAR = "cp1252", 4.0
# The first letter of a script that is not Latin.
_GREEK = "\u0370"
_BOXES = "─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬█▓▒░▀▄■"
_DOS = frozenset({"cp437", "cp850", "cp852", "cp866", "cp737", "cp857", "cp862"})
# Bits of the same letter three times in a row, as lines to draw with look when read as letters, and of such lines.
_THRICE, _LINE = -8.0, 3.0
# Bits of a letter that stands alone, as marks look when read as letters; words of one letter are small ones.
_ALONE = {"l": -2.0, "L": -3.0, "s": -0.5, "S": -2.0}

# Kinds of character: ASCII letters `a A`, figures `1`, other ASCII ` `; accented Latin letters `l L`, letters of
# another script `s S`, combining marks `k`; marks by where they stand (see MARKS); other signs `x`, boxes `b`, nothing
# at all `z`.
_LETTERS = "aAlLsSk"
_SIGNS = dict.fromkeys(_BOXES, "b") | {"\u00a0": " ", "\ufffd": "z", "ƒ": "x"} | MARKS
_SCRIPTS = (("\u0300", "\u0323", "k"), ("\u0e01", "\u0e4e", "s"), ("\x80", "\x9f", "z"))


@cache
def _costs() -> dict[str, float]:
    """Return bits of two neighbours, by their kinds; where there are none they are as good as any."""
    costs: dict[str, float] = {}
    costs |= {one + other: -5.0 for one in "aAlL" for other in "sS"} | {
        one + other: -5.0 for one in "sS" for other in "aAlL"
    }
    costs |= dict.fromkeys(("aL", "lL", "lA"), -4.0) | {"sS": -4.0}
    costs |= {"ll": -1.5, "lL": -5.0, "LL": -2.5, "Ll": -2.0, "ss": 0.7, "Ss": 0.5, "SS": 0.2, "al": 0.4, "la": 0.4}
    costs |= {f"1{letter}": -3.0 for letter in "lLsS"} | {f"{letter}1": -2.5 for letter in "lLsS"}
    costs |= {f"{mark}{letter}": -4.0 for mark in "xbc" for letter in _LETTERS}
    costs |= {f"{letter}{mark}": -4.0 for mark in "xbo" for letter in _LETTERS}
    costs |= {f"{letter}{mark}": -1.5 for mark in "dhe" for letter in "lLsS"}
    costs |= {f"{mark}{letter}": -1.5 for mark in "dhe" for letter in "alLsS"}
    costs |= {"1d": 1.5, "d1": 1.0, " d": 0.3, "d ": 0.3, " h": 0.5, "h ": 0.5, "ap": 1.5, "pa": 1.5, " p": -1.0}
    costs |= {
        " o": 1.0,
        "oa": 0.5,
        "oA": 0.5,
        "ac": 0.5,
        "c ": 0.5,
        "bb": 0.5,
        " k": -6.0,
        "kk": -6.0,
        "ak": 0.5,
        "lk": 0.5,
    }
    costs |= {"1k": -6.0, " L": 0.8, " S": 0.3, "L ": -1.0, "S ": -0.5, "pp": -1.0}
    return costs


@cache
def _kinds(codec: str) -> str:
    return "".join(_kind(byte, codec) for byte in range(256))


def _kind(byte: int, codec: str) -> str:
    mark = bytes([byte]).decode(codec, "replace")
    if byte < _ASCII:
        return ("A" if mark.isupper() else "a") if mark.isalpha() else "1" if mark.isdigit() else " "
    if mark in _SIGNS:
        return "x" if mark in _BOXES and codec not in _DOS else _SIGNS[mark]
    script = next((kind for first, last, kind in _SCRIPTS if first <= mark <= last), None)
    if script is not None or not mark.isalpha():
        return script or "x"
    letters = "lL" if mark < _GREEK else "sS"
    return letters[mark.isupper()]


@cache
def _bits(codec: str, alphabet: str) -> list[float]:
    """Return how much likelier than chance each byte is in a text that is written with ``alphabet``."""
    part = {letter: math.exp(-_FALL * rank) for rank, letter in enumerate(alphabet)}
    whole = sum(part.values())
    likely = {mark: _MARKS * math.exp(-_FALL * rank) / 10 for rank, mark in enumerate(MARKS)}
    for letter, share in part.items():
        likely[letter.upper()] = _CAPITALS * share / whole
    likely |= {letter: share / whole for letter, share in part.items()}
    return [0.0] * 128 + [
        _bit(bytes([byte]).decode(codec, "replace"), _kind(byte, codec), likely) for byte in range(128, 256)
    ]


def _bit(mark: str, kind: str, likely: dict[str, float]) -> float:
    if kind in "xbz":
        return {"x": _SIGN, "b": _BOX, "z": _NONE}[kind]
    return math.log2(_BYTES * likely.get(mark, _FOREIGN / (30 if kind in "LS" else 10)))


def best_one_byte(text: bytes) -> tuple[str, float, float]:
    """Return the likeliest codec of ``text``, its bits, and by how many it leads one that reads otherwise."""
    seen = _Seen.of(text)
    scores = [(seen.score(codec, rarity, alphabets), codec) for codec, (rarity, alphabets) in ALPHABETS.items()]
    scores.sort(key=lambda item: -item[0])
    best, codec = scores[0]
    # Where nothing speaks for any, the most usual one is meant.
    usual = next(score for score, other in scores if other == _USUAL)
    if best < 0 and usual > best - _NEAR:
        best, codec = usual, _USUAL
    as_read = text.decode(codec, "replace")
    rivals = (score for score, other in scores if text.decode(other, "replace") != as_read)
    return codec, best, max(0.0, best - next(rivals, 0.0))


@dataclass(frozen=True, slots=True)
class _Seen:
    """How often each byte beyond ASCII stands in a text, beside which others, three times, and alone."""

    single: Counter[int]
    pairs: list[tuple[int, int, int]]
    thrice: Counter[int]
    alone: Counter[int]

    @classmethod
    def of(cls, text: bytes) -> _Seen:
        text = b" " + text + b" "
        pairs = Counter(pairwise(text)).items()
        triples = Counter(zip(text, text[1:], text[2:], strict=False)).items()
        thrice: Counter[int] = Counter()
        alone: Counter[int] = Counter()
        for (one, two, three), count in triples:
            if two < _ASCII:
                continue
            if one == two == three:
                thrice[two] += count
            elif one < _ASCII > three and not chr(one).isalpha() and not chr(three).isalpha():
                alone[two] += count
        return cls(
            Counter(byte for byte in text if byte >= _ASCII),
            [(one, two, count) for (one, two), count in pairs if one >= _ASCII or two >= _ASCII],
            thrice,
            alone,
        )

    def score(self, codec: str, rarity: float, alphabets: tuple[str, ...]) -> float:
        """Return how many bits speak for ``codec``."""
        kinds, costs = _kinds(codec), _costs()
        bits = -rarity + sum(costs.get(kinds[one] + kinds[two], 0.0) * count for one, two, count in self.pairs)
        bits += sum(
            (_LINE if kinds[byte] == "b" else _THRICE) * n for byte, n in self.thrice.items() if kinds[byte] in "blLsS"
        )
        bits += sum(_ALONE.get(kinds[byte], 0.0) * count for byte, count in self.alone.items())
        likely = (_bits(codec, alphabet) for alphabet in alphabets)
        return bits + max(sum(each[byte] * count for byte, count in self.single.items()) for each in likely)
