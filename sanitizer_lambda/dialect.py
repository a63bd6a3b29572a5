"""How text becomes cells: delimiter, quote, escape, record ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """``quote`` None: no cell is quoted. ``escape`` None: a quote inside quotes is doubled.

    ``newline``: ``LF``, ``CRLF``, ``CR`` or ``MIXED``; whatever it says, each of the three ends a record.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    newline: str = "LF"

    @property
    def is_plain(self) -> bool:
        """One ASCII byte as the delimiter, cells in double quotes, quotes doubled: bytes may be copied through."""
        return (
            len(self.delimiter) == 1
            and self.delimiter.isascii()
            and self.quote == '"'
            and self.escape is None
            and self.newline in {"LF", "CRLF"}
        )
