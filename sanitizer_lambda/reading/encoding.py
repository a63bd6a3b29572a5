"""Which encoding a file is in, from its first bytes."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

# Longest first: the mark of UTF-16 LE begins the mark of UTF-32 LE.
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# Runs of bytes looked at to tell one-byte encodings apart; more would not change the answer.
_MAX_RUNS = 600
# Matches looked through for them.
_MAX_MATCHES = 6_000
_MAX_RUN_BYTES = 60
_RUN = rb"[\x20-\x7e]{0,2}(?:[\x80-\xff]++[\x20-\x7e]{0,2}+)++"
_HIGH = re.compile(rb"[\x80-\xff]")
# The first bytes of a character of UTF-8 that lacks its last ones, at the end.
_BEGUN = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
# Bits by which a character of UTF-8 is likelier than so many bytes by chance, and a byte that is in none.
_UTF8_BITS = {2: 6.5, 3: 9.0, 4: 12.0}
_BROKEN_BITS = -4.0
# The part of bytes that are ASCII text in a file that is in no wide encoding.
_MOSTLY_ASCII = 0.8
_ASCII_TEXT = re.compile(rb"[\t\n\r\x20-\x7e]")
# Characters that text read in the wrong unit is full of: controls, private use, never assigned.
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff]")
# What begins another script in 7-bit text, and its encoding.
_ESCAPED = ((b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b$)C", "iso2022_kr"))
# How sure a guess is at most, and where it makes text that is like no language's.
_SUREST, _POOR = 0.95, 0.3
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
        escaped = _escaped(sample)
        return Encoding(escaped, confidence=_SUREST) if escaped else Encoding("utf-8", settled=complete)
    whole = sample if complete else sample[: len(sample) - _cut_off(sample)]
    with suppress(UnicodeDecodeError):
        whole.decode()
        return Encoding("utf-8")
    return _likeliest(sample, *_as_utf8(whole))


def _likeliest(sample: bytes, sound: float, bits: float) -> Encoding:
    """Weigh UTF-8 with broken bytes, of which ``sound`` is the part that is not, against all other encodings."""
    from sanitizer_lambda.reading.one_byte import best_one_byte  # noqa: PLC0415 - most files are UTF-8
    from sanitizer_lambda.reading.two_byte import best_two_byte  # noqa: PLC0415 - most files are UTF-8

    one, one_bits, lead = best_one_byte(_runs(sample))
    two, two_bits = best_two_byte(sample)
    if bits > max(one_bits, two_bits, 0.0):
        return Encoding("utf-8", confidence=round(sound, 3))
    if two_bits > max(one_bits, 0.0):
        return Encoding(two, confidence=_sure(two_bits - one_bits))
    return Encoding(one, confidence=_POOR if one_bits < 0 else _sure(lead))


def _sure(lead: float) -> float:
    return round(min(_SUREST, 0.5 + lead / 20), 3)


def _as_utf8(sample: bytes) -> tuple[float, float]:
    """Return which part of the bytes beyond ASCII is sound UTF-8, and how many bits speak for it."""
    high = sum(1 for _ in _HIGH.finditer(sample))
    sizes = Counter(map(len, re.findall(_UTF8_CHARACTER, sample)))
    sound = sum(size * count for size, count in sizes.items())
    bits = sum(_UTF8_BITS[size] * count for size, count in sizes.items()) + _BROKEN_BITS * (high - sound)
    return sound / max(1, high), bits


def _escaped(sample: bytes) -> str | None:
    """Return the encoding that writes other scripts in ASCII between escape sequences, if the file is in one."""
    for mark, codec in _ESCAPED:
        if mark in sample:
            with suppress(UnicodeDecodeError):
                if not codecs.getincrementaldecoder(codec)().decode(sample).isascii():
                    return codec
    return None


def _cut_off(sample: bytes) -> int:
    """Return how many bytes of a character the end of the sample cut off."""
    begun = _BEGUN.search(sample[-3:])
    return len(begun[0]) if begun else 0


def _wide(sample: bytes) -> Encoding | None:
    """Recognise UTF-16 and UTF-32 without a mark by where their zero bytes stand."""
    zeros = sample.count(0)
    if zeros == 0:
        return None
    quarters = [sample[offset::4].count(0) for offset in range(4)]
    full = len(sample) // 4
    for codec, quiet in (("utf-32-le", (2, 3)), ("utf-32-be", (0, 1))):
        if all(quarters[index] > full * 0.95 for index in quiet) and zeros > full * 1.9:
            return _checked(sample, codec, 4)
    halves = {"utf-16-le": quarters[1] + quarters[3], "utf-16-be": quarters[0] + quarters[2]}
    codec, most = max(halves.items(), key=lambda item: item[1])
    # Scripts but Latin have zeros only where a line or a cell ends, and no script has much that reads as ASCII.
    telling = len(_ASCII_TEXT.findall(sample)) < len(sample) * _MOSTLY_ASCII
    return _checked(sample, codec, 2) if telling and most > zeros * 0.6 else None


def _checked(sample: bytes, codec: str, unit: int) -> Encoding | None:
    try:
        text = sample[: len(sample) // unit * unit].decode(codec, "strict")
    except UnicodeDecodeError as error:
        # A pair that the end of the sample cut off is no fault.
        if error.start < len(sample) - 2 * unit:
            return None
        text = sample[: error.start].decode(codec)
    return Encoding(codec, confidence=_SUREST) if len(_NO_TEXT.findall(text)) <= len(text) * 0.01 else None


def _runs(sample: bytes) -> bytes:
    """Return what is beyond ASCII with its neighbours, as much of it as decides.

    Each run once: a word that stands in every row says no more than it says in one.
    """
    found: dict[bytes, None] = {}
    for match in islice(re.finditer(_RUN, sample), _MAX_MATCHES):
        found[match[0][:_MAX_RUN_BYTES]] = None
        if len(found) >= _MAX_RUNS:
            break
    return b" ".join(found)
