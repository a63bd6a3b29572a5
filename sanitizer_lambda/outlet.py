"""What comes out: the clean file, the refused rows and the line map, each written as it comes to a sink of its own."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sanitizer_lambda.contract import REFUSED_HEADER, LineMapWriter, RefusedRow

# Rows are handed on in pieces of about this size: few calls, little memory.
_FLUSH_CHARS = 256 * 1024
# Break points of the line map come one a row at worst, 16 bytes each.
_LINES_EVERY = 16 * 1024


class Sink(Protocol):
    """Takes bytes in order; an open binary file is one."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where the three streams go."""

    clean: Sink
    refused: Sink
    lines: Sink


class CsvStream:
    """Canonical CSV into a sink: UTF-8 without BOM, comma, cells quoted where they must be, `"` doubled, LF."""

    def __init__(self, sink: Sink) -> None:
        self.size = 0
        self._sink = sink
        self._hash = hashlib.sha256()
        self._text = io.StringIO()
        self._rows = csv.writer(self._text, lineterminator="\n")

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written so far, in hexadecimal; call ``flush`` first."""
        return self._hash.hexdigest()

    def row(self, cells: Sequence[str]) -> None:
        """Write one row."""
        self._rows.writerow(cells)
        if self._text.tell() >= _FLUSH_CHARS:
            self.flush()

    def rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Write some rows."""
        self._rows.writerows(rows)
        if self._text.tell() >= _FLUSH_CHARS:
            self.flush()

    def raw(self, data: bytes) -> None:
        """Write bytes that are canonical CSV already: whole rows."""
        self.flush()
        self._write(data)

    def flush(self) -> None:
        """Hand everything to the sink."""
        if text := self._text.getvalue():
            self._text.seek(0)
            self._text.truncate()
            self._write(text.encode())

    def _write(self, data: bytes) -> None:
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

    @property
    def rows(self) -> int:
        """Rows taken so far, clean and refused."""
        return self.rows_clean + self.rows_refused

    def accept(self, cells: Sequence[str], line: int) -> None:
        """Write the clean row that began on physical ``line``."""
        self.clean.row(cells)
        self._lines.add(self.rows_clean, line)
        self.rows_clean += 1
        if self.rows_clean % _LINES_EVERY == 0:
            self._flush_lines()

    def accept_raw(self, data: bytes, line: int, rows: int) -> None:
        """Write ``rows`` clean rows that are canonical CSV already and stand on as many lines from ``line`` on."""
        self.clean.raw(data)
        self._lines.add_run(self.rows_clean, line, rows)
        self.rows_clean += rows

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
        if lines := self._lines.take():
            self._lines_sink.write(lines)
