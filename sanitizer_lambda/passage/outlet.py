"""What comes out: the clean file, the refused rows and the line map, each written as it comes to a sink of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NamedTuple, Protocol

from sanitizer_lambda.contract import REFUSED_HEADER, LineMapWriter, RefusedRow

# Rows are handed on in pieces of about this size: few calls, little memory.
_FLUSH_BYTES = 256 * 1024
# The line map is handed on after so many runs of rows; each adds 16 bytes at most.
_FLUSH_RUNS = 16 * 1024

# With more than this part of the rows in need of quotes, the csv module writes all of them sooner.
_MANY = 0.3
# So many rows are asked for that first.
_SAMPLE = 32


class Sink(Protocol):
    """Takes bytes in order; an open binary file is one."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


class Sinks(NamedTuple):
    """Where the three streams go."""

    clean: Sink
    refused: Sink
    lines: Sink


def csv_row(cells: Sequence[str]) -> bytes:
    """Return one row of canonical CSV: UTF-8, comma, cells quoted where they must be, `"` doubled, LF."""
    return (_line(",".join(cells), cells) + "\n").encode()


def csv_rows(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows of canonical CSV, all of one width. Raises UnicodeEncodeError for what UTF-8 cannot hold."""
    if len(rows) > _SAMPLE and _mostly_special(rows[:_SAMPLE]):
        return _written(rows).encode()
    lines = list(map(",".join, rows))
    text = "\n".join(lines)
    if '"' in text or text.count(",") + len(lines) != sum(map(len, rows)) or text.count("\n") >= len(lines) > 0:
        text = _quoted(lines, rows)
    return (text + "\n").encode() if lines else b""


def _mostly_special(rows: Sequence[Sequence[str]]) -> bool:
    """Whether many of ``rows`` need quotes, so that the csv module is asked at once."""
    special = sum('"' in line or "\n" in line or line.count(",") >= len(rows[0]) for line in map(",".join, rows))
    return special > _MANY * len(rows) and len(rows[0]) > 1


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _quoted(lines: list[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows of which some need quotes; ``lines`` is what they would be without."""
    cuts = len(rows[0]) - 1
    special = [index for index, line in enumerate(lines) if line.count(",") != cuts or '"' in line or "\n" in line]
    # The library writes a blank cell that is alone in its row in quotes.
    if cuts == 0:
        for index in special:
            lines[index] = _line(lines[index], rows[index])
        return "\n".join(lines)
    if len(special) > _MANY * len(lines):
        return _written(rows)[:-1]
    written: list[str] = []
    csv.writer(SimpleNamespace(write=written.append), lineterminator="\n").writerows([rows[index] for index in special])
    for index, line in zip(special, written, strict=True):
        lines[index] = line[:-1]
    return "\n".join(lines)


def _line(joined: str, cells: Sequence[str]) -> str:
    """Return the row without its end; ``joined`` is what it would be if no cell needed quotes."""
    if '"' in joined or "\n" in joined or joined.count(",") >= len(cells):
        return ",".join(map(_cell, cells))
    return joined


def _cell(cell: str) -> str:
    if "," in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


class CsvStream:
    """Canonical CSV into a sink, see ``csv_row``."""

    def __init__(self, sink: Sink) -> None:
        import hashlib  # noqa: PLC0415 - loads OpenSSL

        self.size = 0
        self._sink = sink
        self._hash = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._held = 0

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written so far, in hexadecimal; call ``flush`` first."""
        return self._hash.hexdigest()

    def row(self, cells: Sequence[str]) -> None:
        """Write one row."""
        self.raw(csv_row(cells))

    def raw(self, data: bytes) -> None:
        """Write bytes that are whole rows of canonical CSV already."""
        self._pieces.append(data)
        self._held += len(data)
        if self._held >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the sink."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        if data:
            self.size += len(data)
            self._hash.update(data)
            self._sink.write(data)


class Outlet:
    """The three streams of one run, and how many rows went where."""

    def __init__(self, sinks: Sinks) -> None:
        self.clean = CsvStream(sinks.clean)
        self.rows_clean = 0
        self.rows_refused = 0
        self._refused = CsvStream(sinks.refused)
        self._refused.row(REFUSED_HEADER)
        self._lines = LineMapWriter()
        self._lines_sink = sinks.lines
        self._runs = 0

    @property
    def rows(self) -> int:
        """Rows taken so far, clean and refused."""
        return self.rows_clean + self.rows_refused

    def accept(self, cells: Sequence[str], line: int) -> None:
        """Write the clean row that began on physical ``line``."""
        self.accept_raw(csv_row(cells), line, 1)

    def accept_raw(self, data: bytes, line: int, rows: int) -> None:
        """Write ``rows`` clean rows that are canonical CSV already and stand on as many lines from ``line`` on."""
        if rows == 0:
            return
        self.clean.raw(data)
        self._lines.add_run(self.rows_clean, line, rows)
        self.rows_clean += rows
        self._runs += 1
        if self._runs >= _FLUSH_RUNS:
            self._flush_lines()

    def accept_all(self, data: bytes, lines: Sequence[int]) -> None:
        """Write clean rows that are canonical CSV already; each began on its physical line of ``lines``."""
        if lines[-1] - lines[0] == len(lines) - 1:
            self.accept_raw(data, lines[0], len(lines))
            return
        self.clean.raw(data)
        self._lines.add_all(self.rows_clean, lines)
        self.rows_clean += len(lines)
        self._flush_lines()

    def refuse(self, row: RefusedRow) -> None:
        """Write one refused row."""
        self._refused.row(row.to_csv())
        self.rows_refused += 1

    def flush(self) -> None:
        """Hand everything to the sinks."""
        self.clean.flush()
        self._refused.flush()
        self._flush_lines()

    def _flush_lines(self) -> None:
        self._runs = 0
        if lines := self._lines.take():
            self._lines_sink.write(lines)
