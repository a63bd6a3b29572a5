"""One thing at a time that goes wrong with a sound file, and the table a careful person would still read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.corpus.case import ANY, Case
from tests.corpus.tables import Original, Rows
from tests.corpus.write import Manner, join

_PLAIN = Manner()
DELIMITERS = (",", ";", "\t", "|", ":", "^", "~", " ", ", ", "||")


def _name(text: str) -> str:
    return "-".join(f"{ord(mark):02x}" for mark in text)


def _quote(text: str, quote: str = '"') -> str | None:
    return ANY if quote not in text else quote


def dialects(table: Original) -> Iterator[Case]:
    """Yield the table by every delimiter, quote, escape and record end."""
    for delimiter in DELIMITERS:
        for quoting in ("needed", "all"):
            manner = Manner(delimiter, quoting=quoting)
            yield _case("dialect", f"{table.name} delimiter {_name(delimiter)} {quoting}", table.rows, manner)
    for manner in (
        Manner(quote="'"), Manner(";", quote="'", quoting="all"), Manner(escape="\\"), Manner("\t", escape="\\", quoting="all"),
        Manner(quoting="text"), Manner(";", quoting="text", newline="\r\n"),
    ):  # fmt: skip
        yield _case("dialect", f"{table.name} {manner}", table.rows, manner)
    for newline in ("\r\n", "\r"):
        yield _case("line ends", f"{table.name} {newline!r}", table.rows, Manner(newline=newline))
    yield _case("line ends", f"{table.name} no last end", table.rows, Manner(final_newline=False))
    yield _case("line ends", f"{table.name} two last ends", table.rows, _PLAIN, after="\n")
    lines = [_PLAIN.line(row) for row in table.rows]
    mixed = "".join(line + ("\r\n", "\n", "\r")[number % 3] for number, line in enumerate(lines))
    yield Case("line ends", f"{table.name} mixed", mixed.encode(), table.rows)


def _case(category: str, name: str, rows: Rows, manner: Manner, *, before: str = "", after: str = "") -> Case:
    text = before + manner.text(rows) + after
    quote = manner.quote if any(manner.cell(cell) != cell for row in rows for cell in row) else ANY
    return Case(category, name, text.encode(), rows, manner.delimiter if len(rows[0]) > 1 else None, quote)


def heads(table: Original) -> Iterator[Case]:
    """Yield the table with something odd above or in its header."""
    rows, name = table.rows, table.name
    text = _PLAIN.text(rows)
    for mark, what in (("\ufeff", "BOM"), ("\n", "one empty line"), ("\n\n\n", "three empty lines")):
        yield _text("head", f"{name} {what}", mark + text, rows)
    yield _text("head", f"{name} no header", _PLAIN.text(rows[1:]), rows[1:])
    yield _text(
        "head", f"{name} header twice as names", _PLAIN.text([_twins(rows[0]), *rows[1:]]), [_twins(rows[0]), *rows[1:]]
    )
    yield _text("head", f"{name} only header", _PLAIN.text(rows[:1]), rows[:1])
    yield _text("head", f"{name} one record", _PLAIN.text(rows[:2]), rows[:2])
    yield _text("head", f"{name} sep line", f"sep=,\n{text}", rows)
    if len(rows[0]) < 3:
        return
    yield _text("head", f"{name} title", f"Monthly report\n{text}", rows)
    yield _text("head", f"{name} title and date", f"Monthly report\nPrinted 2024-01-05\n\n{text}", rows)
    yield _text("head", f"{name} comments", f"# exported by plant 7\n# do not edit\n{text}", rows)
    commas = "," * (len(rows[0]) - 1)
    above = [["Monthly report", *[""] * (len(rows[0]) - 1)], [""] * len(rows[0])]
    yield _text("head", f"{name} padded title", f"Monthly report{commas}\n{commas}\n{text}", [*above, *rows])
    yield _text("head", f"{name} key lines", f"Project:,Tower 5\nAuthor:,Kim\n\n{text}", rows)
    groups = ["Group", *[""] * (len(rows[0]) - 1)]
    yield _text("head", f"{name} two header rows", _PLAIN.text([groups, *rows]), [groups, *rows])
    second = [f"{cell} ({index})" for index, cell in enumerate(rows[0])]
    yield _text(
        "head", f"{name} header continued", _PLAIN.text([rows[0], second, *rows[1:]]), [rows[0], second, *rows[1:]]
    )


def _twins(head: list[str]) -> list[str]:
    return [*head[:-1], head[0]]


def _text(category: str, name: str, text: str, rows: Rows, delimiter: str = ",") -> Case:
    return Case(category, name, text.encode(), rows, delimiter if len(rows[0]) > 1 else None)


def tails(table: Original) -> Iterator[Case]:
    """Yield the table with something odd below it or in its midst."""
    rows, name = table.rows, table.name
    text = _PLAIN.text(rows)
    half = len(rows) // 2
    lines = [_PLAIN.line(row) for row in rows]
    yield _text("tail", f"{name} empty line amid", join([*lines[:half], "", *lines[half:]], _PLAIN), rows)
    yield _text("tail", f"{name} empty lines at end", text + "\n\n\n", rows)
    if len(rows[0]) < 3:
        return
    yield _text("tail", f"{name} footnote", f"{text}\n* figures are provisional\n", rows)
    yield _text("tail", f"{name} source", f"{text}\nSource: city archive\n", rows)
    yield _text("tail", f"{name} row count", f"{text}({len(rows) - 1} rows)\n", rows)
    second = "\nregion,head\nnorth,Kim\nsouth,Lee\neast,Ito\n"
    yield _text("tail", f"{name} second table", text + second, rows)


def _spread(rows: Rows, rng: random.Random, count: int) -> Iterator[tuple[int, int]]:
    """Yield places (row, column) inside the table, the header included now and then."""
    for _ in range(count):
        yield rng.randrange(0 if rng.random() < 0.1 else 1, len(rows)), rng.randrange(len(rows[0]))


def rows(table: Original, seed: int = 0, count: int = 4) -> Iterator[Case]:
    """Yield the table with one row damaged, at ``count`` places for each kind of damage."""
    rng = random.Random(f"{table.name} rows {seed}")
    for damage in _ROW_DAMAGES:
        for row, column in _spread(table.rows, rng, count):
            made = damage(table.rows[row], column, rng)
            if made is None:
                continue
            line, cells = made
            lines = [_PLAIN.line(cells_) for cells_ in table.rows]
            lines[row] = line
            expected = [*table.rows[:row], cells, *table.rows[row + 1 :]]
            name = f"{table.name} row {row} column {column} seed {seed}"
            kind = damage.__name__.strip("_").replace("_", " ")
            yield replace(_text(kind, name, join(lines, _PLAIN), expected), or_else=table.rows)


Made = tuple[str, list[str]] | None


def _extra_delimiter(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    parts = list(map(_PLAIN.cell, cells))
    parts.insert(column, "")
    if len(cells) == 1:
        return None
    return ",".join(parts), cells


def _delimiter_at_end(cells: list[str], column: int, rng: random.Random) -> Made:
    del column, rng
    return (_PLAIN.line(cells) + ",", cells) if len(cells) > 1 else None


def _missing_delimiter(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    if column + 1 >= len(cells) or not all(_bare(cell) for cell in cells[column : column + 2]):
        return None
    glued = cells[column] + cells[column + 1]
    parts = [*cells[:column], glued, *cells[column + 2 :]]
    return _PLAIN.line(parts), [*cells[:column], glued, "", *cells[column + 2 :]]


def _bare(cell: str) -> bool:
    return bool(cell) and _PLAIN.cell(cell) == cell


def _cells_cut_off(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    if column == 0:
        return None
    return _PLAIN.line(cells[:column]), cells[:column]


def _quotes_missing(cells: list[str], column: int, rng: random.Random) -> Made:
    del column, rng
    places = [index for index, cell in enumerate(cells) if "," in cell and '"' not in cell]
    if len(places) != 1:
        return None
    return ",".join(cell if index in places else _PLAIN.cell(cell) for index, cell in enumerate(cells)), cells


def _quote_unclosed(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    if '"' in cells[column] or not cells[column]:
        return None
    parts = list(map(_PLAIN.cell, cells))
    parts[column] = f'"{cells[column]}'
    return ",".join(parts), cells


def _quote_unopened(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    if "," not in cells[column] or '"' in cells[column]:
        return None
    parts = list(map(_PLAIN.cell, cells))
    parts[column] = f'{cells[column]}"'
    return ",".join(parts), cells


def _quote_stray_inside(cells: list[str], column: int, rng: random.Random) -> Made:
    cell = cells[column]
    if len(cell) < 2 or '"' in cell:
        return None
    place = rng.randrange(1, len(cell))
    broken = f'{cell[:place]}"{cell[place:]}'
    parts = list(map(_PLAIN.cell, cells))
    parts[column] = f'"{broken}"' if "," in cell else broken
    return ",".join(parts), [*cells[:column], broken, *cells[column + 1 :]]


def _quotes_not_doubled(cells: list[str], column: int, rng: random.Random) -> Made:
    word = rng.choice(["yes", "big one"])
    cell = f'{cells[column]} "{word}" indeed'
    if '"' in cells[column]:
        return None
    parts = list(map(_PLAIN.cell, cells))
    parts[column] = f'"{cell}"'
    return ",".join(parts), [*cells[:column], cell, *cells[column + 1 :]]


def _other_quote(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    if "," not in cells[column] or "'" in cells[column] or '"' in cells[column]:
        return None
    parts = list(map(_PLAIN.cell, cells))
    parts[column] = f"'{cells[column]}'"
    return ",".join(parts), cells


def _backslash_escape(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    if '"' in cells[column] or "\\" in cells[column]:
        return None
    cell = f'the "{cells[column]}" one, so'
    parts = list(map(_PLAIN.cell, cells))
    parts[column] = '"' + cell.replace('"', '\\"') + '"'
    return ",".join(parts), [*cells[:column], cell, *cells[column + 1 :]]


def _other_delimiter(cells: list[str], column: int, rng: random.Random) -> Made:
    del column
    mark = rng.choice([";", "\t", "|"])
    if len(cells) == 1 or any(mark in cell for cell in cells):
        return None
    return Manner(mark).line(cells), cells


def _one_other_delimiter(cells: list[str], column: int, rng: random.Random) -> Made:
    mark = rng.choice([";", "\t", "|"])
    if column == 0 or any(mark in cell for cell in cells):
        return None
    line = _PLAIN.line(cells[:column]) + mark + _PLAIN.line(cells[column:])
    return line, cells


def _line_break_inside(cells: list[str], column: int, rng: random.Random) -> Made:
    del rng
    cell = f"{cells[column]}\nsecond line, more"
    parts = list(map(_PLAIN.cell, cells))
    parts[column] = _PLAIN.cell(cell)
    return ",".join(parts), [*cells[:column], cell, *cells[column + 1 :]]


_ROW_DAMAGES: tuple[Callable[[list[str], int, random.Random], Made], ...] = (
    _extra_delimiter, _delimiter_at_end, _missing_delimiter, _cells_cut_off, _quotes_missing, _quote_unclosed,
    _quote_unopened, _quote_stray_inside, _quotes_not_doubled, _other_quote, _backslash_escape, _other_delimiter,
    _one_other_delimiter, _line_break_inside,
)  # fmt: skip
