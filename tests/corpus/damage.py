"""One thing at a time that goes wrong with a sound file, and the table a careful person would still read."""

from __future__ import annotations

from collections.abc import Iterator

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
        Manner(quote="'"),
        Manner(";", quote="'", quoting="all"),
        Manner(escape="\\"),
        Manner("\t", escape="\\", quoting="all"),
        Manner(quoting="text"),
        Manner(";", quoting="text", newline="\r\n"),
    ):
        yield _case("dialect", f"{table.name} {manner}", table.rows, manner)
    for newline in ("\r\n", "\r"):
        yield _case("line ends", f"{table.name} {newline!r}", table.rows, Manner(newline=newline))
    yield _case("line ends", f"{table.name} no last end", table.rows, Manner(final_newline=False))
    yield _case("line ends", f"{table.name} two last ends", table.rows, _PLAIN, after="\n")
    lines = [_PLAIN.line(row) for row in table.rows]
    mixed = "".join(line + ("\r\n", "\n", "\r")[number % 3] for number, line in enumerate(lines))
    yield Case("line ends", f"{table.name} mixed", mixed.encode(), table.rows)


def _case(category: str, name: str, rows: Rows, manner: Manner, after: str = "") -> Case:
    text = manner.text(rows) + after
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
