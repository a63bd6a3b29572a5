"""How text becomes cells: delimiter, quote, escape, record ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sanitizer_lambda.cut import cut_lines, newline_of


@dataclass(frozen=True, slots=True)
class Dialect:
    """``quote`` None: there are no quoted cells. ``escape`` None: a quote inside quotes is doubled.

    ``newline``: ``LF``, ``CRLF``, ``CR`` or ``MIXED``; whatever it says, each of the three ends a record.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    newline: str = "LF"

    @property
    def is_plain(self) -> bool:
        """One ASCII byte as the delimiter, cells in double quotes or none, quotes doubled: what may be spliced."""
        return (
            len(self.delimiter) == 1
            and self.delimiter.isascii()
            and self.quote in {'"', None}
            and self.escape is None
            and self.newline in {"LF", "CRLF"}
        )


# In the order in which ties are broken.
DELIMITERS = (",", "\t", ";", "|", ":", " ", "^", "~", "||", ", ")


def detect_dialect(text: str) -> tuple[Dialect, float]:
    """Return the dialect in which ``text`` becomes the most regular table, and how sure that is, 0 to 1."""
    lines = [line for line in cut_lines(text)[0] if line][:200]
    best, best_score = Dialect(newline=newline_of(text)), 0.0
    for delimiter in DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        width, rows = counts.most_common(1)[0] if counts else (0, 0)
        score = rows / len(lines) if width else 0.0
        if score > best_score:
            best, best_score = Dialect(delimiter, newline=newline_of(text)), score
    return best, best_score
