"""The physical lines of a block of text, and which of them can be read without care."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, cached_property
from itertools import accumulate

from sanitizer_lambda.reading.cut import cut_lines
from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.scan import BLANKS, Scanner

# How often each character may be looked at for the end of an open cell. Sound cells need it once; a file made of
# nothing but quotes would need it again from every line.
_LOOKS = 4
# Characters' worth of work in looking at all.
_LOOK = 12


class Lines:
    """The lines of ``text``, which ends with a whole line.

    A line is sound if its quotes stand only around whole cells and doubled inside them; with ``inner_quotes`` also
    inside cells that do not begin with one.
    """

    def __init__(self, text: str, dialect: Dialect, scanner: Scanner | None, *, inner_quotes: bool) -> None:
        self.text = text
        self.lines, self.ends = cut_lines(text)
        self.longest = max(map(len, self.lines))
        self._sound = _sound_pattern(dialect, inner_quotes=inner_quotes)
        self._scanner = scanner
        self._budget = _LOOKS * len(text)

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins in the text, and the end of the text."""
        return [0, *accumulate(map(len, map(str.__add__, self.lines, self.ends)))]

    def join(self, first: int, last: int) -> str:
        """Return the text of lines ``first`` to ``last`` without the end of the last one."""
        if first == last:
            return self.lines[first]
        return self.text[self.starts[first] : self.starts[last] + len(self.lines[last])]

    def sound_until(self, index: int) -> int:
        """Return the first line from ``index`` on that is not sound."""
        if self._sound is None:
            return index
        match = self._sound.match(self.text, self.starts[index] if index else 0)
        end = match.end() if match else 0
        return len(self.lines) if end == len(self.text) else max(index, bisect_right(self.starts, end) - 1)

    def closing(self, index: int, reach: int) -> tuple[int, bool] | None:
        """Return the next line after ``index`` with a quote that closes a cell, or opens one: (line, closes).

        None where no line of this text has one within ``reach`` characters; (``index``, False) where it is further.
        """
        line = self._next_marks[index]
        if self.starts[line] - self.starts[index] > reach:
            return index, False
        return (line, bool(self._marks[line])) if line < len(self.lines) else None

    def spend(self, characters: int) -> bool:
        """Whether so many more characters may be looked at for the ends of open cells."""
        self._budget -= characters + _LOOK
        return self._budget >= 0

    @cached_property
    def _marks(self) -> list[bool | None]:
        return [self._scanner.closes(line) if self._scanner else None for line in self.lines]

    @cached_property
    def _next_marks(self) -> list[int]:
        """For each line the next one that closes a cell or opens one; the number of lines where there is none."""
        following = len(self.lines)
        found = [following] * following
        for index in range(following - 1, -1, -1):
            found[index] = following
            if self._marks[index] is not None:
                following = index
        return found


@cache
def _sound_pattern(dialect: Dialect, *, inner_quotes: bool) -> re.Pattern[str] | None:
    if dialect.quote is None or len(dialect.delimiter) != 1:
        return None
    cut, mark = re.escape(dialect.delimiter), re.escape(dialect.quote)
    if dialect.escape is not None:
        return _escaped_pattern(cut, mark, re.escape(dialect.escape))
    inside = rf"[^{mark}\r\n]*+"
    # Cells in quotes that follow one another are one step.
    quoted = rf"(?<![^{cut}\r\n]){mark}{inside}(?:{mark}{cut}?+{mark}{inside})*+{mark}(?![^{cut}\r\n])"
    if not inner_quotes:
        return re.compile(rf"(?:[^{mark}]++|{quoted})*+")
    blank = "".join(mark for mark in BLANKS if mark != dialect.delimiter)
    bare = rf"[{blank}]*+[^{blank}{mark}{cut}\r\n][^{cut}\r\n]*+|[{blank}]++(?![^{cut}\r\n])"
    return re.compile(rf"(?:[{cut}\r\n]++|{bare}|{quoted})*+")


def _escaped_pattern(cut: str, mark: str, skip: str) -> re.Pattern[str]:
    """Return the pattern of sound lines whose escapes all stand before what they are for.

    Before anything else an escape is text, which the csv module does not know; and after an escaped delimiter a quote
    begins no cell.
    """
    escaped = rf"{skip}[{mark}{cut}{skip}]"
    inside = rf"[^{mark}{skip}\r\n]*+"
    within = rf"(?:(?:{mark}{cut}?+{mark}|{escaped}){inside})*+"
    quoted = rf"(?<![^{cut}\r\n])(?<!{skip}{cut}){mark}{inside}{within}{mark}(?![^{cut}\r\n])"
    return re.compile(rf"(?:[^{mark}{skip}]++|{escaped}|{quoted})*+")
