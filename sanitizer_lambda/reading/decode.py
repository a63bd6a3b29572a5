"""Bytes to text, block by block: what is no text in the file's encoding is replaced visibly and told of."""

from __future__ import annotations

import codecs

from sanitizer_lambda.reading.encoding import Encoding, detect_encoding

REPLACEMENT = "\ufffd"


class Decoder:
    """Decodes a file. ``broken``: whether the last block had something to replace. ``encoding`` may be settled late.

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
        data, self._skip = data[self._skip :], 0
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
        lenient = codecs.getincrementaldecoder(self.encoding.codec)("replace")
        lenient.setstate(state)
        text = lenient.decode(data, last)
        self._strict.setstate(lenient.getstate())
        self.broken = REPLACEMENT in text
        return text
