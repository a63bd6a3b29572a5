"""Where physical lines end: LF, CRLF and CR alike."""

from __future__ import annotations

import re

_ENDS = re.compile(r"(\r\n|\n|\r)")


def cut_lines(text: str) -> tuple[list[str], list[str]]:
    """Return the physical lines of ``text`` and, for each, what ended it (empty for a last line without an end)."""
    if "\r" not in text:
        lines = text.split("\n")
        ends = ["\n"] * (len(lines) - 1)
    elif text.count("\r\n") == text.count("\r") == text.count("\n"):
        lines = text.split("\r\n")
        ends = ["\r\n"] * (len(lines) - 1)
    else:
        pieces = _ENDS.split(text)
        lines, ends = pieces[::2], pieces[1::2]
    if lines[-1]:
        ends.append("")
    else:
        lines.pop()
    return lines, ends


def whole_lines(text: str, *, last: bool) -> int:
    """Return how much of ``text`` is whole lines; all of it where it is the ``last`` of the file.

    A CR at the very end may be half of a CRLF and is not taken yet.
    """
    if last:
        return len(text)
    return max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1


def newline_of(text: str) -> str:
    """Return ``LF``, ``CRLF``, ``CR`` or ``MIXED``; ``LF`` where there is no line end at all."""
    pairs = text.count("\r\n")
    counts = {"CRLF": pairs, "LF": text.count("\n") - pairs, "CR": text.count("\r") - pairs}
    used = [name for name, count in counts.items() if count]
    return "LF" if not used else used[0] if len(used) == 1 else "MIXED"
