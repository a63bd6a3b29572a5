"""Which encoding a file is in, from its first bytes."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from sanitizer_lambda.reading.letters import ALPHABETS, MARKS

# Longest first: the mark of UTF-16 LE begins the mark of UTF-32 LE.
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# Of UTF-8 text with broken bytes this part of what is not ASCII must still be sound.
_MOSTLY_UTF8 = 0.5
# Runs of bytes looked at to tell one-byte encodings apart; more would not change the answer.
_MAX_RUNS = 600
_MAX_RUN_BYTES = 60
_RUN = rb"(?<![A-Za-z\x80-\xff])[A-Za-z]*+[\x80-\xff][A-Za-z\x80-\xff]*+"
_HIGH = re.compile(rb"[\x80-\xff]")
# One whole character of UTF-8 beyond ASCII, overlong forms and surrogates left out.
_UTF8_CHARACTER = (
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """``codec``: Python's name. ``bom_bytes``: length of the mark at the file's start. ``confidence``: 0 to 1.

    ``settled`` False: nothing but ASCII has been seen, the rest of the file may decide otherwise.
    """

    codec: str
    bom_bytes: int = 0
    confidence: float = 1.0
    settled: bool = True


def detect_encoding(sample: bytes, *, complete: bool) -> Encoding:
    """Return the encoding of a file that begins with ``sample``; ``complete`` if there is no more."""
    for mark, codec in _BOMS:
        if sample.startswith(mark):
            return Encoding(codec, len(mark))
    wide = _wide(sample)
    if wide is not None:
        return wide
    if not _HIGH.search(sample):
        return Encoding("utf-8", settled=complete)
    sound = _utf8_share(sample)
    if sound > _MOSTLY_UTF8:
        return Encoding("utf-8", confidence=round(sound, 3))
    runs = _runs(sample)
    return _multibyte(sample, runs) or _single_byte(runs)


def _utf8_share(sample: bytes) -> float:
    """Return which part of the bytes beyond ASCII is sound UTF-8."""
    high = sum(1 for _ in _HIGH.finditer(sample))
    return sum(len(match[0]) for match in re.finditer(_UTF8_CHARACTER, sample)) / max(1, high - _cut_off(sample))


def _cut_off(sample: bytes) -> int:
    """Return how many bytes of a character the end of the sample cut off."""
    tail = sample[-3:]
    start = next((index for index in range(len(tail) - 1, -1, -1) if tail[index] >= 0xC0), None)  # noqa: PLR2004 - a leading byte
    return 0 if start is None or re.match(_UTF8_CHARACTER, tail[start:]) else len(tail) - start


def _wide(sample: bytes) -> Encoding | None:
    """Recognise UTF-16 and UTF-32 without a mark by where their zero bytes stand."""
    zeros = sample.count(0)
    if zeros < max(2, len(sample) * 0.02):
        return None
    quarters = [sample[offset::4].count(0) for offset in range(4)]
    full = len(sample) // 4
    for codec, quiet in (("utf-32-le", (2, 3)), ("utf-32-be", (0, 1))):
        if all(quarters[index] > full * 0.95 for index in quiet) and zeros > full * 1.9:
            return _checked(sample, codec, 4)
    halves = {"utf-16-le": quarters[1] + quarters[3], "utf-16-be": quarters[0] + quarters[2]}
    codec, most = max(halves.items(), key=lambda item: item[1])
    return _checked(sample, codec, 2) if most > zeros * 0.8 and most > 1 else None


def _checked(sample: bytes, codec: str, unit: int) -> Encoding | None:
    try:
        text = sample[: len(sample) // unit * unit].decode(codec, "strict")
    except UnicodeDecodeError as error:
        # A pair that the end of the sample cut off is no fault.
        if error.start < len(sample) - 2 * unit:
            return None
        text = sample[: error.start].decode(codec)
    zeros = text.count("\x00")
    return Encoding(codec, confidence=0.95) if zeros <= len(text) * 0.01 else None


def _runs(sample: bytes) -> list[bytes]:
    found = []
    for match in re.finditer(_RUN, sample):
        found.append(match[0][:_MAX_RUN_BYTES])
        if len(found) >= _MAX_RUNS:
            break
    return found


# Codec -> the bytes that lead its everyday characters, of which real text is nearly all made.
_MULTIBYTE: dict[str, tuple[int, int]] = {
    "cp949": (0xB0, 0xC8),
    "euc_jp": (0xA4, 0xCF),
    "gb18030": (0xB0, 0xD7),
    "big5": (0xA4, 0xC6),
    "cp932": (0x82, 0x97),
}
_EVERYDAY = 0.85
# Marks and letters of the languages that each encoding writes, outside its everyday ideographs.
_OWN = {
    "cp949": "[가-힣]",
    "euc_jp": "[ぁ-ヿ]",
    "cp932": "[ぁ-ヿ]",
}
_IDEOGRAPH = "[\u3041-\u30ff\u4e00-\u9fff가-힣]"
_PUNCTUATION = "[\u3000-\u303f\uff00-\uffef\u2010-\u2027·]"
# So many characters are needed before two bytes a character is more than chance.
_FEW = 4


def _multibyte(sample: bytes, runs: list[bytes]) -> Encoding | None:
    scores = {codec: score for codec in _MULTIBYTE if (score := _everyday(sample, codec)) >= _EVERYDAY}
    if not scores:
        return None
    codec = max(scores, key=lambda name: scores[name])
    high = sum(len(_HIGH.findall(run)) for run in runs)
    if high < 2 * _FEW and _single_byte(runs).confidence > 0.5:  # noqa: PLR2004 - as likely one-byte text
        return None
    return Encoding(codec, confidence=0.9)


def _everyday(sample: bytes, codec: str) -> float:
    """Return how much of the text read by ``codec`` is everyday characters; more than 1 for its own script."""
    text = codecs.getincrementaldecoder(codec)("replace").decode(sample)
    broken = text.count("\ufffd")
    characters = [mark for mark in text if mark > "\x7f"]
    if not characters or broken > 0.01 * len(characters):
        return 0.0
    first, last = _MULTIBYTE[codec]
    punctuation, ideograph = re.compile(_PUNCTUATION), re.compile(_IDEOGRAPH)
    plain = [mark for mark in characters if not punctuation.match(mark)]
    everyday = sum(1 for mark in plain if ideograph.match(mark) and first <= mark.encode(codec, "replace")[0] <= last)
    share = everyday / len(plain) if plain else 0.0
    own = _OWN.get(codec)
    if own is None:
        return share
    native = sum(1 for mark in plain if re.match(own, mark)) / max(1, len(plain))
    if codec == "cp949":
        return share * 1.2 if native > 0.95 else 0.0  # noqa: PLR2004 - Korean is written in Hangul nearly alone
    return share * 1.1 if native > 0.1 else 0.0  # noqa: PLR2004 - no Japanese table is without kana


# Weights of a character: the letters of a language by rank, common marks, other letters, other signs, no character.
_BEST, _STEP, _LEAST = 5.0, 0.25, 1.0
_CAPITAL, _MARK, _FOREIGN, _SIGN, _NONE = -1.0, 1.5, -4.0, -6.0, -15.0
# A sign between two letters, a capital after a small letter: what the wrong codec makes of a word.
_INSIDE, _CASE = -6.0, -4.0


@cache
def _weights(alphabet: str) -> dict[str, float]:
    weights = dict.fromkeys(MARKS, _MARK)
    for rank, letter in enumerate(alphabet):
        weight = max(_LEAST, _BEST - _STEP * rank)
        weights[letter.upper()] = weight + _CAPITAL
        weights[letter] = weight
    return weights


def _single_byte(runs: list[bytes]) -> Encoding:
    joined = b" ".join(runs)
    scores: list[tuple[float, str]] = []
    for codec, alphabets in ALPHABETS.items():
        text = joined.decode(codec, "replace")
        marks = Counter(mark for mark in text if mark > "\x7f")
        shape = _shape(text)
        best = max(sum(count * _weight(mark, alphabet) for mark, count in marks.items()) for alphabet in alphabets)
        scores.append(((best + shape) / max(1, marks.total()), codec))
    ranked = sorted(scores, key=lambda item: -item[0])
    best, codec = ranked[0]
    lead = best - ranked[1][0]
    return Encoding(codec, confidence=0.3 if best < 0 else round(min(0.95, 0.6 + lead / 8), 3))


def _weight(mark: str, alphabet: str) -> float:
    weight = _weights(alphabet).get(mark)
    if weight is not None:
        return weight
    if mark == "\ufffd" or "\x80" <= mark <= "\x9f":
        return _NONE
    return _FOREIGN if mark.isalpha() else _SIGN


def _shape(text: str) -> float:
    """Return what speaks against the way words are made: signs inside them, capitals after small letters."""
    total = 0.0
    before, last = " ", " "
    for mark in f"{text} ":
        if before.isalpha() and mark.isalpha() and last > "\x7f" and not last.isalpha() and last not in "\u2019·":
            total += _INSIDE
        if last.islower() and mark.isupper() and (last > "\x7f" or mark > "\x7f"):
            total += _CASE
        before, last = last, mark
    return total
