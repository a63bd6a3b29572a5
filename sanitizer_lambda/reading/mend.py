"""A row whose quotes or delimiters do not fit together: the readings of it that differ by one slip.

A quote too many, a quote that was never opened or closed, another quote or escape in one row, another delimiter in one
place or everywhere. A reading counts only if it makes the row as wide as the table; the one whose cells fit their
columns best is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sanitizer_lambda.reading.align import Columns, Way, few_best
from sanitizer_lambda.reading.dialect import Dialect
from sanitizer_lambda.reading.scan import Scan, scanner

# Bits for each slip: how rarely it happens.
_QUOTE_SLIP, _OTHER_QUOTE, _OTHER_ESCAPE, _OTHER_DELIMITER, _NO_DELIMITER = 4.0, 5.0, 2.0, 4.0, 6.0
# Blanks, colons and commas stand in text and clocks; they are rarely a delimiter gone wrong.
_COMMON = {" ": 14.0, ":": 14.0, ",": 6.0}
# The same for a mark that sound cells show.
_USUAL = 8.0
_DELIMITERS = (",", ";", "\t", "|", ":", "^", "~", " ")
# Places tried in one row; a long text has more of them than a row has slips.
_MAX_PLACES = 40
_MAX_CHARS = 4_000
Reading = tuple[Scan, float]


def ways_to_mend(text: str, dialect: Dialect, profile: Columns) -> list[Way]:
    """Return the best readings of ``text`` as a row of the table; none if there is none."""
    return [] if len(text) > _MAX_CHARS else _best_of(_readings(text, dialect, profile), profile)


def _best_of(readings: Iterator[Reading], profile: Columns) -> list[Way]:
    return few_best(
        Way(profile.row_bits(found.cells) + penalty, tuple(found.cells))
        for found, penalty in readings
        if len(found.cells) == profile.width and found.open_at is None and not found.strays
    )


def unescaped(text: str, dialect: Dialect, width: int) -> list[str] | None:
    """Return the cells of a row that escapes its quotes with a backslash where the file doubles them, or None."""
    if dialect.quote is None or dialect.escape is not None or f"\\{dialect.quote}" not in text:
        return None
    found = _scan(text, replace(dialect, escape="\\"))
    sound = len(found.cells) == width and found.open_at is None and not found.strays
    return found.cells if sound else None


def _readings(text: str, dialect: Dialect, profile: Columns) -> Iterator[Reading]:
    if dialect.quote is not None and dialect.quote in text:
        yield from _quotes(text, dialect, dialect.quote)
    if dialect.escape is None and "\\" in text:
        yield _scan(text, replace(dialect, escape="\\")), _OTHER_ESCAPE
    for quote in ('"', "'"):
        if quote != dialect.quote and text.count(quote) > 1:
            yield _scan(text, replace(dialect, quote=quote)), _OTHER_QUOTE
            if dialect.quote is not None:
                yield _scan(_requoted(text, dialect.delimiter, quote, dialect.quote), dialect), _OTHER_QUOTE
    yield from _delimiters(text, dialect, profile)


def _scan(text: str, dialect: Dialect) -> Scan:
    cut = scanner(dialect)
    return cut.scan(text) if cut else Scan(text.split(dialect.delimiter))


def _requoted(text: str, delimiter: str, quote: str, usual: str) -> str:
    """Return ``text`` with whole cells in ``quote`` put in the ``usual`` quotes."""
    cut = re.escape(delimiter)
    cell = re.compile(f"(?:(?<={cut})|^){quote}([^{quote}]*){quote}(?={cut}|$)")
    return cell.sub(lambda match: f"{usual}{match[1].replace(usual, usual * 2)}{usual}", text)


def _quotes(text: str, dialect: Dialect, quote: str) -> Iterator[Reading]:
    for place in _places(text, quote):
        yield _scan(text[:place] + text[place + 1 :], dialect), _QUOTE_SLIP
        yield _scan(f"{text[:place]}{quote}{text[place:]}", dialect), _QUOTE_SLIP
    mark = dialect.delimiter
    for place in _places(text, quote):
        yield _scan(text[:place] + mark + text[place:], dialect), _NO_DELIMITER
        yield _scan(text[: place + 1] + mark + text[place + 1 :], dialect), _NO_DELIMITER
    for place in [0, *_places(text, mark), len(text)]:
        yield _scan(f"{text[:place]}{quote}{text[place:]}", dialect), _QUOTE_SLIP
        after = place + len(mark)
        if text.startswith(mark, place):
            yield _scan(f"{text[:after]}{quote}{text[after:]}", dialect), _QUOTE_SLIP


def _delimiters(text: str, dialect: Dialect, profile: Columns) -> Iterator[Reading]:
    for other in _DELIMITERS:
        if other not in text or other in dialect.delimiter:
            continue
        penalty = _COMMON.get(other, _OTHER_DELIMITER) + (_USUAL if profile.shows(other) else 0.0)
        if text.count(other) >= profile.width - 1:
            yield _scan(text, replace(dialect, delimiter=other)), penalty
        for place in _places(text, other):
            yield _scan(text[:place] + dialect.delimiter + text[place + len(other) :], dialect), penalty


def _places(text: str, mark: str) -> list[int]:
    places: list[int] = []
    place = text.find(mark)
    while place >= 0 and len(places) < _MAX_PLACES:
        places.append(place)
        place = text.find(mark, place + len(mark))
    return places
