"""Which dialect a text is written in: the one in which it is the most regular table.

Each candidate cuts the sample into rows; the candidate whose table takes the fewest bits wins (``weight``). Nothing is
decided by counting characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sanitizer_lambda.contract import ParseHints
from sanitizer_lambda.reading.cut import newline_of, whole_lines
from sanitizer_lambda.reading.dialect import NO_DELIMITER, Dialect
from sanitizer_lambda.reading.weight import Guess, weigh

Candidate = tuple[Dialect, float]

# Bits against a delimiter before the file is looked at: how rarely it is meant as one.
_DELIMITERS: dict[str, float] = {
    ",": 0.0, "\t": 0.0,
    NO_DELIMITER: 14.0, ";": 1.0, "|": 2.0, "^": 5.0, "~": 5.0, "\x1f": 0.0, "\x01": 0.0, "¦": 5.0, ":": 12.0,
    " ": 15.0, "#": 18.0, "&": 18.0, "*": 18.0, "!": 18.0,
}  # fmt: skip
_QUOTES: dict[str | None, float] = {
    '"': 0.0,
    None: 0.0,
    "'": 6.0,
    "`": 8.0,
    "~": 14.0,
    "|": 14.0,
    "^": 14.0,
    "*": 14.0,
    "$": 14.0,
    "%": 14.0,
}

# Detection reads the head of the sample: enough rows to know a column by, few enough for a tenth of a second.
_MAX_CHARS = 24_000
_MAX_LINES = 160
# A first look at some lines from the top and as many from the middle leaves out the candidates far behind the best: by
# this part of its bits and so many more.
_FIRST_LINES, _FEW = 20, 2
_FAR, _FAR_BITS = 1.05, 60.0
# Bits against a delimiter of several characters, a run of blanks, a backslash as the escape.
_WIDE, _RUNS, _TWO_BLANKS, _ESCAPE = 1.0, 1.0, 3.0, 4.0
# Part of the cells that may have blanks at their ends where a blank belongs to the delimiter.
_MAX_PADDED = 0.1
# Part of a mark's places at which it stands twice where two of them are the delimiter.
_PAIRED = 0.7
# Part of the lines in which a mark that is rarely meant as a quote must open and close cells.
_QUOTED_LINES = 0.5
# Lines weighed around the first quote below the head of the sample.
_LATE_LINES = 40

# The first line by which a spreadsheet is told the delimiter.
_SEPARATOR = '(?i)\ufeff?"?sep=([^"\r\n]{1,2})"?(?:\r\n|\r|\n)'


def guess_dialect(text: str, hints: ParseHints, *, complete: bool) -> tuple[Guess, float]:
    """Return the best dialect for a file that begins with ``text``, and how sure that is, 0 to 1."""
    sample = _head(text, complete=complete)
    below = text[len(sample) :]
    separator = re.match(_SEPARATOR, sample)
    if separator is not None and hints.delimiter is None:
        hints, sample = replace(hints, delimiter=separator[1]), sample[separator.end() :]
    guesses = _weighed(sample, list(_candidates(sample, hints, newline_of(text))))
    best = _refined(sample, guesses[0], hints)
    if not best.quoted and hints.quote is None and not best.dialect.runs:
        best = _with_late_quote(below, best)
    rivals = [guess.bits for guess in guesses if not _same(guess, best)]
    gap = min(rivals) - best.bits if rivals else _FAR_BITS
    return best, round(1 - 2 ** (-max(gap, 0.5) / 12), 3)


def _weighed(sample: str, candidates: list[Candidate]) -> list[Guess]:
    """Return the candidates that are near the best, the best first."""
    lines = sample.splitlines(keepends=True)
    middle = len(lines) // 2
    if middle > _FIRST_LINES and len(candidates) > _FEW:
        some = "".join([*lines[:_FIRST_LINES], *lines[middle : middle + _FIRST_LINES]])
        looks = [weigh(some, *candidate).bits for candidate in candidates]
        most = _FAR * min(looks) + _FAR_BITS
        candidates = [candidate for candidate, bits in zip(candidates, looks, strict=True) if bits <= most]
    return sorted((weigh(sample, *candidate) for candidate in candidates), key=_bits)


def _refined(sample: str, best: Guess, hints: ParseHints) -> Guess:
    """Return the best of ``best`` and its variants: a wider delimiter, an escape, no delimiter at all."""
    wide: list[Guess] = []
    if hints.delimiter is None:
        wide = [weigh(sample, *candidate) for candidate in _wider(sample, best.dialect, hints)]
        wide = [guess for guess in wide if not _is_padded(guess)]
    for known in (best, *wide):
        escaped = (weigh(sample, dialect, _ESCAPE) for dialect in _escaped(sample, known.dialect))
        wide += [guess for guess in escaped if not known.sound or guess.quoted > known.quoted]
    pairs = [] if best.sound else [guess for guess in wide if _is_pairs(sample, guess, best.dialect.delimiter)]
    best = min(pairs or [best, *wide], key=_bits)
    if hints.quote is None and best.slips and _is_text(sample, best):
        best = weigh(sample, replace(best.dialect, quote=None), 0.0)
    if best.width == 1 and hints.delimiter is None:
        return weigh(sample, replace(best.dialect, delimiter=NO_DELIMITER, runs=False), 0.0)
    return best


def _bits(guess: Guess) -> float:
    return guess.bits


def _same(one: Guess, other: Guess) -> bool:
    if (one.quoted or other.quoted) and one.dialect.quote != other.dialect.quote:
        return False
    return one.width == other.width == 1 or one.dialect.delimiter[:1] == other.dialect.delimiter[:1]


def _is_pairs(sample: str, wide: Guess, mark: str) -> bool:
    """Whether the mark nearly always stands twice, and all is sound when it is read so."""
    twice = wide.dialect.delimiter == mark * 2
    return twice and wide.sound and 2 * sample.count(mark * 2) >= _PAIRED * sample.count(mark)


def _is_text(sample: str, guess: Guess) -> bool:
    """Whether quotes stand in pairs around words, seldom around cells."""
    quote = guess.dialect.quote or '"'
    paired = not any(line.count(quote) % 2 for line in sample.splitlines())
    return guess.dialect.escape is None and paired and guess.slips > guess.quoted


def _head(text: str, *, complete: bool) -> str:
    short = complete and len(text) <= _MAX_CHARS
    text = text[:_MAX_CHARS]
    whole = whole_lines(text, last=short)
    return "".join(text[: whole or len(text)].splitlines(keepends=True)[:_MAX_LINES])


def _candidates(sample: str, hints: ParseHints, newline: str) -> Iterator[Candidate]:
    delimiters: Iterable[str] = (
        [hints.delimiter]
        if hints.delimiter
        else [mark for mark in _DELIMITERS if mark in {",", NO_DELIMITER} or mark in sample]
    )
    for delimiter in delimiters:
        prior = _DELIMITERS.get(delimiter, 0.0)
        for quote in _quotes(sample, delimiter, hints):
            yield Dialect(delimiter, quote, None, newline), prior + _QUOTES.get(quote, 0.0)
    if hints.delimiter is None and hints.quote is None and "  " in sample:
        prior = _DELIMITERS[" "]
        yield Dialect(" ", None, None, newline, runs=True), prior + _RUNS
        yield Dialect("  ", None, None, newline, runs=True), prior + _TWO_BLANKS


def _quotes(sample: str, delimiter: str, hints: ParseHints) -> Iterator[str | None]:
    if hints.quote is not None:
        yield hints.quote or None
        return
    for mark in _QUOTES:
        if mark is None:
            # Nothing speaks against quotes that come later.
            if '"' in sample:
                yield None
        elif mark == '"' or (mark != delimiter and mark in sample and _may_quote(sample, mark, delimiter)):
            yield mark


def _may_quote(sample: str, mark: str, delimiter: str) -> bool:
    """Whether ``mark`` opens and closes cells: an apostrophe some, any other mark most lines' and nothing else."""
    count = sample.count
    opening = count(delimiter + mark) + count(f"{delimiter} {mark}") + sum(count(end + mark) for end in "\n\r")
    closing = count(mark + delimiter) + count(f"{mark} {delimiter}") + sum(count(mark + end) for end in "\n\r")
    opening, closing = opening + sample.startswith(mark), closing + sample.endswith(mark)
    if mark == "'":
        return opening > 0 and closing > 0
    if delimiter == " ":
        return False
    lines = count("\n") + count("\r") + 1
    return min(opening, closing) >= _QUOTED_LINES * lines and count(mark) <= opening + closing


def _wider(sample: str, dialect: Dialect, hints: ParseHints) -> Iterator[Candidate]:
    """Yield the dialects whose delimiter is this one written twice, with blanks or with another mark beside it."""
    mark = dialect.delimiter
    if mark in {" ", NO_DELIMITER} or dialect.runs:
        return
    # Two commas or tabs in a row are an empty cell.
    twice = [mark * 2] if mark not in {",", "\t"} else []
    inside = [f"{mark}{other}{mark}" for other in "|,;~:" if other != mark]
    around = [f"{other}{mark}{other}" for other in "\t~" if other != mark]
    for wide in (*twice, f"{mark} ", f" {mark} ", *inside, *around):
        if wide in sample:
            for quote in dict.fromkeys([dialect.quote, *_quotes(sample, wide, hints)]):
                yield replace(dialect, delimiter=wide, quote=quote), _WIDE + _QUOTES.get(quote, 0.0)


def _is_padded(guess: Guess) -> bool:
    """Whether cells are filled up with blanks, so that those beside the delimiter are none of it."""
    return " " in guess.dialect.delimiter and guess.padded > _MAX_PADDED * guess.cells


def _escaped(sample: str, dialect: Dialect) -> Iterator[Dialect]:
    quote = dialect.quote or '"'
    if not dialect.runs and (f"\\{quote}" in sample or f"\\{dialect.delimiter}" in sample):
        yield replace(dialect, escape="\\", quote=quote)


def _with_late_quote(below: str, best: Guess) -> Guess:
    """Return ``best`` with the quote in which cells ``below`` the head stand, where there is one."""
    dialect = best.dialect
    cut = "(?!)" if dialect.delimiter == NO_DELIMITER else re.escape(dialect.delimiter)
    cell = rf"(?:^|{cut})(?:\"(?:[^\"]|\"\"){{0,500}}+\"|'[^'\r\n]*')(?={cut}|[\r\n]|\Z)"
    found = re.search(cell, below, re.MULTILINE)
    if found is None:
        return best
    start = below.rfind("\n", 0, found.start() + 1) + 1
    some = "".join(below[start : start + _MAX_CHARS].splitlines(keepends=True)[:_LATE_LINES])
    known = weigh(some, replace(dialect, quote=None), 0.0)
    quotes = [weigh(some, replace(dialect, quote=mark), _QUOTES[mark]) for mark in ('"', "'") if mark in some]
    late = min([known, *quotes], key=_bits)
    if late.dialect.quote is None or late.width != best.width:
        return best
    return best._replace(dialect=late.dialect, quoted=late.quoted)
