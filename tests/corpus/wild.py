"""Files of the wild: what portals, instruments, shells and people leave behind, each with the table a person reads.

The folder ``wild`` holds them as they are, many in one text. ``## name options`` begins a file; each of its lines
stands behind two characters: blanks where it is of the table, ``-`` where it is none, ``?`` where either will do. The
table is what the csv module reads in the rest when it is told the options:

``d=`` the delimiter, ``none`` where each line is one cell; ``q=`` the quote, where one is in use. ``␠`` is a blank and
``→`` a tab, there and in the lines. ``esc``: backslashes escape. ``runs``: any number of blanks divides, ``runs2``: two
and more. ``left``: the header lacks the name of the first column. ``slip``: the quotes in one row are not closed.
``cut``: no line end at the end. ``open``: the last quote is to be closed where its line ends. ``nul``: each line ends
with a NUL. ``nl=`` record ends, ``codec=`` the encoding.

A third of the files, by the hash of their names, is held out: never looked at while the reader is improved.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.case import ANY, Case
from tests.corpus.tables import Rows

_FOLDER = Path(__file__).parent / "wild"
_ENDS = {"cr": "\r", "crlf": "\r\n"}
_WHOLE = "\x1f"


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    options: dict[str, str]
    lines: list[tuple[str, str]]

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        end = _ENDS.get(self.options.get("nl", ""), "\n")
        lines = [line + ("\x00" if "nul" in self.options else "") for _, line in self.lines]
        text = end.join(lines) + ("" if "cut" in self.options else end)
        return text.encode(self.options.get("codec", "utf-8"))

    def rows(self, kept: str) -> Rows:
        """Return the table of the lines whose mark is one of ``kept``."""
        lines = [line for mark, line in self.lines if mark in kept]
        return _left(self._cells(lines)) if "left" in self.options else self._cells(lines)

    @property
    def delimiter(self) -> str | None:
        """The delimiter, None where each line is one cell."""
        found = self.options["d"]
        return None if found == "none" else " " if "runs2" in self.options else found

    def _cells(self, lines: list[str]) -> Rows:
        if "runs" in self.options:
            return [line.split() for line in lines]
        if "runs2" in self.options:
            return [re.split(" {2,}", line.strip(" ")) for line in lines]
        if "slip" in self.options:
            lines = [line.replace('"', "") if line.count('"') % 2 else line for line in lines]
        if "open" in self.options:
            lines[-1] += '"'
        delimiter = self.delimiter or _WHOLE
        if len(delimiter) > 1:
            lines, delimiter = [line.replace(delimiter, _WHOLE) for line in lines], _WHOLE
        quote = self.options.get("q")
        escape = "\\" if "esc" in self.options else None
        rows = csv.reader(
            [f"{line}\n" for line in lines],
            delimiter=delimiter,
            quotechar=quote or '"',
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            escapechar=escape,
            doublequote=escape is None,
        )
        return [[cell.replace(_WHOLE, self.delimiter or "") for cell in row] for row in rows]


def _left(rows: Rows) -> Rows:
    return [["", *rows[0]], *rows[1:]]


def is_held_out(case: Case) -> bool:
    """Whether a case is one that the reader was not improved by."""
    return hashlib.sha256(case.name.encode()).digest()[0] % 3 == 0


def wild() -> Iterator[Case]:
    """Yield each of them; the category is the name of the text it stands in."""
    for path in sorted(_FOLDER.glob("*.txt")):
        for file in _files(path.read_text(encoding="utf-8")):
            yield Case(
                f"wild {path.stem}",
                file.name,
                file.data,
                file.rows(" ?"),
                file.delimiter,
                ANY if "slip" in file.options else file.options.get("q"),
                or_else=file.rows(" "),
            )


def _files(text: str) -> Iterator[_File]:
    for block in text.split("\n## "):
        head, *lines = block.removeprefix("## ").rstrip("\n").split("\n")
        name, _, options = head.partition(" d=")
        yield _File(name, dict(map(_option, f"d={options}".split())), [_marked(line) for line in lines if line])


def _option(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, _plain(value)


def _marked(line: str) -> tuple[str, str]:
    return line[:1], _plain(line[2:])


def _plain(text: str) -> str:
    return text.replace("␠", " ").replace("→", "\t")
