"""Bytes to text, block by block: bytes that are no text in the file's encoding are kept apart until they are shown.

Each stands in the text as one lone surrogate, which no encoding makes, so that it is told from a U+FFFD that the file
itself holds, and what was lost can be said: ``visible`` is what a reader gets, ``spelled`` what a report shows.
"""

from __future__ import annotations

import codecs
import re

from sanitizer_lambda.reading.encoding import Encoding, detect_encoding

REPLACEMENT = "\ufffd"
# Stand for the first byte of what cannot be decoded, and for each that follows it.
_FIRST, _NEXT = 0xDC00, 0xDD00
_ERRORS = "airlock.keep"
_LOST = re.compile("[\udc00-\udcff][\udd00-\uddff]*|[\udd00-\uddff]+")
_LOST_BYTE = re.compile("[\udc00-\uddff]")


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(chr((_NEXT if index else _FIRST) + byte) for index, byte in enumerate(lost)), error.end


codecs.register_error(_ERRORS, _keep)


def lost_in(text: str) -> int:
    """Return in how many places of ``text`` bytes could not be decoded."""
    return 0 if text.isascii() else len(_LOST.findall(text))


def visible(text: str) -> str:
    """Return ``text`` with U+FFFD in each place where bytes could not be decoded."""
    return text if text.isascii() else _LOST.sub(REPLACEMENT, text)


def spelled(text: str) -> str:
    r"""Return ``text`` with each byte that could not be decoded as ``\xE9``."""
    return _LOST_BYTE.sub(lambda lost: f"\\x{ord(lost[0]) & 0xFF:02X}", text)


class Decoder:
    """Decodes a file. ``broken``: whether bytes of the last block are no text. ``encoding`` may be settled late.

    A file whose sample is ASCII alone is read as UTF-8 until a byte says otherwise, and then as what the block with
    that byte is detected to be.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.broken = False
        self._strict = codecs.getincrementaldecoder(encoding.codec)()
        self._skip = encoding.bom_bytes

    def decode(self, data: bytes, *, last: bool) -> str:
        """Return the text of the next bytes of the file, the first of which may be a mark that is skipped."""
        data, self._skip = data[self._skip :], max(0, self._skip - len(data))
        state = self._strict.getstate()
        self.broken = False
        try:
            text = self._strict.decode(data, last)
        except UnicodeDecodeError:
            return self._mend(data, state, last=last)
        if not self.encoding.settled and not text.isascii():
            self.encoding = Encoding(self.encoding.codec)
        return text

    def _mend(self, data: bytes, state: tuple[bytes, int], *, last: bool) -> str:
        if not self.encoding.settled:
            self.encoding = detect_encoding(state[0] + data, complete=last)
            self._strict = codecs.getincrementaldecoder(self.encoding.codec)()
            data, state = state[0] + data, self._strict.getstate()
        lenient = codecs.getincrementaldecoder(self.encoding.codec)(_ERRORS)
        lenient.setstate(state)
        text = lenient.decode(data, last)
        self._strict.setstate(lenient.getstate())
        self.broken = lost_in(text) > 0
        return text
