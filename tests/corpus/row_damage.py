"""One row of a sound file damaged in one place, and the row that a careful person would still read."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.corpus.case import ANY, Case
from tests.corpus.tables import Original
from tests.corpus.write import Manner, join

# The manners of writing in which rows are damaged.
MANNERS = (
    Manner(),
    Manner(";", quoting="text", newline="\r\n"),
    Manner("\t", quoting="all"),
    Manner("|"),
    Manner(quote="'", quoting="text"),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell of a row, and how the file is written."""

    cells: list[str]
    column: int
    rng: random.Random
    manner: Manner

    @property
    def cell(self) -> str:
        """The cell itself."""
        return self.cells[self.column]

    @property
    def mark(self) -> str:
        """The file's delimiter."""
        return self.manner.delimiter

    @property
    def quote(self) -> str:
        """The file's quote."""
        return self.manner.quote

    def written(self, part: str | None = None) -> str:
        """Return the row as written, the spot's cell as ``part``."""
        parts = list(map(self.manner.cell, self.cells))
        if part is not None:
            parts[self.column] = part
        return self.mark.join(parts)

    def meant(self, cell: str) -> list[str]:
        """Return the row's cells with another one here."""
        return [*self.cells[: self.column], cell, *self.cells[self.column + 1 :]]

    def other_mark(self) -> str | None:
        """Return a delimiter that the row does not hold."""
        free = [mark for mark in ",;\t|" if mark != self.mark and not any(mark in cell for cell in self.cells)]
        return self.rng.choice(free) if free else None


Made = tuple[str, list[str]] | None
Damage = Callable[[Spot], Made]


def extra_delimiter(spot: Spot) -> Made:
    """Put a delimiter before a cell."""
    parts = list(map(spot.manner.cell, spot.cells))
    parts.insert(spot.column, "")
    return (spot.mark.join(parts), spot.cells) if len(spot.cells) > 1 else None


def delimiter_at_end(spot: Spot) -> Made:
    """Put a delimiter after the last cell."""
    return (spot.written() + spot.mark, spot.cells) if len(spot.cells) > 1 else None


def missing_delimiter(spot: Spot) -> Made:
    """Let two cells run together."""
    pair = spot.cells[spot.column : spot.column + 2]
    if len(pair) < 2 or not all(cell and spot.manner.cell(cell) == cell for cell in pair):
        return None
    before, after = spot.cells[: spot.column], spot.cells[spot.column + 2 :]
    return spot.manner.line([*before, "".join(pair), *after]), [*before, "".join(pair), "", *after]


def missing_delimiter_quoted(spot: Spot) -> Made:
    """Let two cells run together, of which one stands in quotes."""
    pair = spot.cells[spot.column : spot.column + 2]
    if len(pair) < 2 or not all(pair) or all(spot.manner.cell(cell) == cell for cell in pair):
        return None
    parts = list(map(spot.manner.cell, spot.cells))
    parts[spot.column : spot.column + 2] = ["".join(parts[spot.column : spot.column + 2])]
    return spot.mark.join(parts), spot.cells


def cell_left_out(spot: Spot) -> Made:
    """Leave out a cell and the delimiter after it."""
    if len(spot.cells) < 3 or not spot.cell:
        return None
    kept = [*spot.cells[: spot.column], *spot.cells[spot.column + 1 :]]
    return spot.manner.line(kept), spot.meant("")


def delimiter_inside(spot: Spot) -> Made:
    """Cut a cell in two at a blank or between thousands by a delimiter without quotes."""
    cell = spot.cell
    if len(spot.cells) < 2 or spot.manner.cell(cell) != cell:
        return None
    places = [match.start() for match in re.finditer(r"(?<=[a-z]) |(?<=\d)(?=\d{3}\.\d\d$)", cell)]
    if not places:
        return None
    place = spot.rng.choice(places)
    broken = cell[:place] + spot.mark + cell[place:]
    return spot.written(broken), spot.meant(broken)


def cells_cut_off(spot: Spot) -> Made:
    """End the row early."""
    kept = spot.cells[: spot.column]
    return (spot.manner.line(kept), kept) if kept else None


def quotes_missing(spot: Spot) -> Made:
    """Leave out the quotes around the one cell that needs them."""
    needing = [cell for cell in spot.cells if spot.mark in cell]
    if len(needing) != 1 or spot.mark not in spot.cell or spot.quote in spot.cell:
        return None
    return spot.written(spot.cell), spot.cells


def quote_unclosed(spot: Spot) -> Made:
    """Open a quote and do not close it."""
    return (spot.written(spot.quote + spot.cell), spot.cells) if spot.cell and spot.quote not in spot.cell else None


def quote_unopened(spot: Spot) -> Made:
    """Close a quote that was not opened, behind a delimiter that needed it."""
    if spot.mark not in spot.cell or spot.quote in spot.cell:
        return None
    return spot.written(spot.cell + spot.quote), spot.cells


def quote_stray_inside(spot: Spot) -> Made:
    """Drop a quote into a cell."""
    if len(spot.cell) < 2 or spot.quote in spot.cell:
        return None
    place = spot.rng.randrange(1, len(spot.cell))
    broken = spot.cell[:place] + spot.quote + spot.cell[place:]
    quoted = spot.manner.cell(spot.cell) != spot.cell
    return spot.written(spot.quote + broken + spot.quote if quoted else broken), spot.meant(broken)


def quote_at_end(spot: Spot) -> Made:
    """Drop a quote behind a cell that has none."""
    if not spot.cell or spot.quote in spot.cell or spot.manner.cell(spot.cell) != spot.cell:
        return None
    broken = spot.cell + spot.quote
    return spot.written(broken), spot.meant(broken)


def quotes_not_doubled(spot: Spot) -> Made:
    """Quote words inside a quoted cell without doubling the quotes."""
    if spot.quote in spot.cell:
        return None
    cell = f"{spot.cell} {spot.quote}{spot.rng.choice(['yes', 'big one'])}{spot.quote} indeed"
    return spot.written(spot.quote + cell + spot.quote), spot.meant(cell)


def other_quote(spot: Spot) -> Made:
    """Quote one cell by another character."""
    other = "'" if spot.quote == '"' else '"'
    if spot.mark not in spot.cell or other in spot.cell or spot.quote in spot.cell:
        return None
    return spot.written(other + spot.cell + other), spot.cells


def backslash_escape(spot: Spot) -> Made:
    """Escape quotes with a backslash in one cell of a file that doubles them."""
    if spot.quote in spot.cell or "\\" in spot.cell:
        return None
    cell = f"the {spot.quote}{spot.cell}{spot.quote} one{spot.mark} so"
    return spot.written(spot.quote + cell.replace(spot.quote, f"\\{spot.quote}") + spot.quote), spot.meant(cell)


def other_delimiter(spot: Spot) -> Made:
    """Write the row with another delimiter."""
    other = spot.other_mark()
    if other is None or len(spot.cells) == 1:
        return None
    return Manner(other, spot.quote, quoting=spot.manner.quoting).line(spot.cells), spot.cells


def one_other_delimiter(spot: Spot) -> Made:
    """Write another delimiter in one place."""
    other = spot.other_mark()
    if other is None or spot.column == 0:
        return None
    before, after = spot.cells[: spot.column], spot.cells[spot.column :]
    return spot.manner.line(before) + other + spot.manner.line(after), spot.cells


def line_break_inside(spot: Spot) -> Made:
    """Break the line inside a quoted cell, which is sound."""
    cell = f"{spot.cell}\nsecond line{spot.mark} more"
    return spot.written(spot.manner.cell(cell)), spot.meant(cell)


DAMAGES: tuple[Damage, ...] = (
    extra_delimiter, delimiter_at_end, delimiter_inside, missing_delimiter, missing_delimiter_quoted, cell_left_out,
    cells_cut_off, quotes_missing, quote_unclosed, quote_unopened, quote_stray_inside, quote_at_end,
    quotes_not_doubled, other_quote, backslash_escape, other_delimiter, one_other_delimiter, line_break_inside,
)  # fmt: skip


# Damages that come twice in one file, in rows some way apart: what lies between must not be swallowed.
_TWICE = (
    (quote_unclosed, quote_stray_inside), (quote_unclosed, quote_unclosed), (quote_unclosed, quote_at_end),
    (line_break_inside, quote_unclosed), (one_other_delimiter, extra_delimiter), (one_other_delimiter, quote_unclosed),
)  # fmt: skip


def rows(table: Original, manner: Manner, seed: int, count: int = 4) -> Iterator[Case]:
    """Yield the table with one row damaged, at ``count`` places for each kind of damage."""
    rng = random.Random(f"{table.name} {manner} rows {seed}")
    for damage in DAMAGES:
        for _ in range(count):
            row = _row(rng, len(table.rows))
            spot = Spot(table.rows[row], rng.randrange(len(table.rows[0])), rng, manner)
            made = damage(spot)
            if made is not None:
                name = f"{len(table.rows)} rows, row {row} column {spot.column}"
                yield case(damage.__name__.replace("_", " "), f"{name} seed {seed}", table, {row: made}, manner)
    yield from _twice(table, manner, rng, seed)


def every(table: Original, manner: Manner, damage: Damage, step: int = 1) -> Iterator[Case]:
    """Yield the table with each column of every ``step``-th row damaged, one at a time; the last row always."""
    rng = random.Random(f"{table.name} {manner} {damage.__name__}")
    last = len(table.rows) - 1
    for row in sorted({*range(0, last + 1, step), last}):
        for column in range(len(table.rows[0])):
            made = damage(Spot(table.rows[row], column, rng, manner))
            if made is not None:
                yield case(damage.__name__.replace("_", " "), f"row {row} column {column}", table, {row: made}, manner)


def _row(rng: random.Random, count: int) -> int:
    """Return a row to damage; the header's row, the first and the last are hit now and then."""
    chance = rng.random()
    if chance < 0.1:
        return 0
    return 1 if chance < 0.2 else count - 1 if chance < 0.3 else rng.randrange(1, count)


def _twice(table: Original, manner: Manner, rng: random.Random, seed: int) -> Iterator[Case]:
    for one, other in _TWICE:
        first = rng.randrange(1, max(2, len(table.rows) - 11))
        second = min(len(table.rows) - 1, first + rng.randint(1, 10))
        made = {
            row: damage(Spot(table.rows[row], rng.randrange(len(table.rows[0])), rng, manner))
            for row, damage in ((first, one), (second, other))
        }
        found = {row: broken for row, broken in made.items() if broken is not None}
        if len(found) > 1:
            yield case("two rows damaged", f"{one.__name__} {other.__name__} seed {seed}", table, found, manner)


def case(kind: str, name: str, table: Original, made: dict[int, tuple[str, list[str]]], manner: Manner) -> Case:
    """Return ``table`` with the rows of ``made`` written as they say; the sound table is as good an answer."""
    lines = [manner.line(found) for found in table.rows]
    expected = list(table.rows)
    for row, (line, cells) in made.items():
        lines[row], expected[row] = line, cells
    delimiter = manner.delimiter if len(table.rows[0]) > 1 else None
    text = join(lines, manner)
    or_else = table.rows if len(made) == 1 else None
    return Case(
        kind, f"{table.name} {manner.delimiter!r} {name}", text.encode(), expected, delimiter, ANY, or_else=or_else
    )
