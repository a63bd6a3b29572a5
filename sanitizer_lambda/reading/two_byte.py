"""Which encoding of two bytes a character a text is in: the one that makes everyday characters of it."""

from __future__ import annotations

import codecs
import math
import re
from functools import cache

from sanitizer_lambda.reading.letters import EVERYDAY

# Codec -> the bytes that lead its everyday characters, of which real text is nearly all made, in order of their use.
_LEADS: dict[str, tuple[int, int]] = {
    "gb18030": (0xB0, 0xD7),
    "big5": (0xA4, 0xC6),
    "cp932": (0x88, 0x97),
    "cp949": (0xB0, 0xC8),
    "euc_jp": (0xB0, 0xCF),
}
# Bits by which a character is likelier than two bytes by chance.
_FREQUENT, _USUAL, _RARE, _KANA, _SIGN, _HALF, _NONE = 8.0, 3.5, -4.0, 6.0, 3.0, -3.0, -15.0
# Kana where no Japanese is written, Hangul where no Korean is.
_ODD = -5.0
# An ideograph beside a Latin letter, as accented letters look when read so.
_BESIDE_LATIN = -2.5
# The second byte of all characters in the national standards; vendors added others, rarely written, below.
_STANDARD = 0xA1
_LOW_TRAILS = frozenset({"big5", "cp932"})
# Of what an encoding of two bytes cannot read, so much may be broken.
_MAX_BROKEN = 0.01
# Characters looked at; more would not change the answer.
_MAX_CHARACTERS = 4_000
_JAPANESE = frozenset({"cp932", "euc_jp"})
# First and last of characters that weigh alike: punctuation, wide ASCII, kana, half-width kana, private use, no
# character.
_RANGES = (
    ("\u3000", "\u303f", _SIGN),
    ("\uff01", "\uff5e", _SIGN),
    ("\u2010", "\u2027", _SIGN),
    ("\u3041", "\u30fe", _KANA),
    ("\uff61", "\uff9f", _HALF),
    ("\ue000", "\uf8ff", _NONE),
    ("\ufffd", "\ufffd", _NONE),
)
# Bits by which each is rarer than the first.
_RARITY = {"gb18030": 4.0, "big5": 4.5, "cp932": 4.0, "cp949": 4.0, "euc_jp": 5.5}


def best_two_byte(sample: bytes) -> tuple[str, float]:
    """Return the likeliest codec of ``sample`` and its bits, which are below zero where it is in none."""
    scores = {codec: _score(sample, codec) for codec in _LEADS}
    codec = max(scores, key=lambda name: scores[name])
    return codec, scores[codec]


def _score(sample: bytes, codec: str) -> float:
    text = codecs.getincrementaldecoder(codec)("replace").decode(sample)
    characters = re.sub("[\x00-\x7f]+", "", text)[:_MAX_CHARACTERS]
    if characters.count("\ufffd") > _MAX_BROKEN * len(characters):
        return -math.inf
    # Each character once: what looks like one may be a sign that stands in every row.
    bits = sum(_bits(mark, codec) for mark in {*characters})
    bits += _BESIDE_LATIN * len(re.findall("[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]", text)[:_MAX_CHARACTERS])
    return bits - _RARITY[codec]


@cache
def _frequent(codec: str) -> frozenset[str]:
    return frozenset(EVERYDAY[codec])


def _bits(mark: str, codec: str) -> float:
    kind = next((bits for first, last, bits in _RANGES if first <= mark <= last), None)
    if kind is not None:
        return _ODD if kind == _KANA and codec not in _JAPANESE else kind
    if mark in _frequent(codec):
        return _FREQUENT
    return _of_standard(mark, codec)


def _of_standard(mark: str, codec: str) -> float:
    """Weigh an ideograph or a syllable by where its encoding's standard has it: the everyday ones stand first."""
    first, last = _LEADS[codec]
    lead, trail, *_ = mark.encode(codec, "replace") + b"?"
    everyday = first <= lead <= last and (trail >= _STANDARD or codec in _LOW_TRAILS)
    if codec == "cp949":
        return _USUAL + 1 if everyday and "가" <= mark <= "힣" else _ODD
    return _USUAL if everyday and "\u4e00" <= mark <= "\u9fff" else _RARE
