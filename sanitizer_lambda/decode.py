"""Bytes to text: which encoding, and a decoder that replaces what it cannot read and says where."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

REPLACEMENT = "�"

# Longest first: the mark of UTF-16 LE begins the mark of UTF-32 LE.
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """``codec``: Python's name. ``bom_bytes``: length of the mark at the file's start. ``confidence``: 0 to 1."""

    codec: str
    bom_bytes: int = 0
    confidence: float = 1.0


def detect_encoding(sample: bytes, *, complete: bool) -> Encoding:
    """Return the encoding of a file that begins with ``sample``; ``complete`` if there is no more."""
    for mark, codec in _BOMS:
        if sample.startswith(mark):
            return Encoding(codec, len(mark))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, complete)
    except UnicodeDecodeError:
        return Encoding("cp1252", confidence=0.5)
    return Encoding("utf-8")


class Decoder:
    """Decodes a file block by block; what is no text in the encoding becomes U+FFFD and ``broken`` tells of it."""

    def __init__(self, encoding: Encoding) -> None:
        self._codec = encoding.codec
        self._strict = codecs.getincrementaldecoder(encoding.codec)()
        self.broken = False

    def decode(self, data: bytes, *, last: bool) -> str:
        """Return the text of the next bytes; ``broken`` is then whether this block had anything to replace."""
        state = self._strict.getstate()
        self.broken = False
        try:
            return self._strict.decode(data, last)
        except UnicodeDecodeError:
            self.broken = True
            lenient = codecs.getincrementaldecoder(self._codec)("replace")
            lenient.setstate(state)
            text = lenient.decode(data, last)
            self._strict.setstate(lenient.getstate())
            return text
