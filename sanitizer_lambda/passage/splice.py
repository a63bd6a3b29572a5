"""The fast way through a plain file: harmless bytes are copied, suspicious records cleaned, odd lines read with care.

What comes out is byte for byte what reading every record and cleaning every cell gives; the tests hold that.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter

from sanitizer_lambda.header.match import HeaderMap
from sanitizer_lambda.passage.outlet import Outlet, csv_row, csv_rows
from sanitizer_lambda.passage.plain import MAX_COLUMNS, Patterns, patterns
from sanitizer_lambda.passage.row_cleaner import RowCleaner
from sanitizer_lambda.passage.rows_out import RowsOut
from sanitizer_lambda.reading.decode import REPLACEMENT
from sanitizer_lambda.reading.reader import Record, Table

# Bytes looked at in one go: many records for each call, and all of it in the processor's cache.
_PIECE_BYTES = 256 * 1024
# Bytes read with care in one go around an odd line: somewhat more than the rows that wait for what follows them.
_CAREFUL_BYTES = 8 * 1024
# Lines kept back until more of the file is there: its last ones may be a footer.
_TAIL_LINES = 64
# How far back a record is looked for that is surely no footer.
_SEARCHED_LINES = 1_000
# A file of which so many bytes are fewer lines than that is read with care to its end.
_MAX_TAIL_BYTES = 4 * 1024 * 1024

_LF = 10
# Delimiters that the patterns are made for; a space would also be what cells may begin with.
_DELIMITERS = frozenset(",;\t|:^~")


class Splicer:
    """Takes one plain table to the outlet."""

    def __init__(self, table: Table, header: HeaderMap, cleaner: RowCleaner, rows: RowsOut, outlet: Outlet) -> None:
        whole = header.positions == list(range(len(header.matches)))
        self._stream = table.stream
        self._delimiter = table.dialect.delimiter
        self._width = len(table.header)
        self._line = table.body_line
        self._patterns = _patterns(table)
        self._pick = None if whole else itemgetter(*header.positions)
        self._verbatim = whole and self._delimiter == ","
        self._repeated = table.header if table.detected.header_line is not None else None
        self._repeated_bytes = _csv(table.header, self._delimiter)
        self._cleaner = cleaner
        self._rows = rows
        self._outlet = outlet
        self._pieces: list[bytes] = []
        self._run_rows = 0
        self._max_line_bytes = min(rows.limits.max_cell_chars, csv.field_size_limit())
        # Whether the reader has the floor, and whether it keeps it to the end of the file.
        self._reading = False
        self._to_the_end = False

    @staticmethod
    def suits(table: Table) -> bool:
        """Return whether ``table`` can be taken this way."""
        return table.is_plain and table.dialect.delimiter in _DELIMITERS and len(table.header) <= MAX_COLUMNS

    def run(self) -> None:
        """Take all of the table. Raises FileRejectedError where a limit is passed."""
        held = bytearray()
        for block in self._stream.blocks():
            if not block.sound and not self._to_the_end:
                self._give_up(held)
            if self._to_the_end:
                self._feed(block.text, last=block.last, broken=block.broken)
                continue
            held += block.data
            if block.last:
                self._finish(bytes(held))
            elif len(held) >= _PIECE_BYTES:
                data = bytes(held)
                del held[: self._through(data, self._tail(data))]
                if len(held) > _MAX_TAIL_BYTES:
                    self._give_up(held)

    def _finish(self, data: bytes) -> None:
        position = self._through(data, self._tail(data))
        self._feed(data[position:].decode(), last=True)

    def _give_up(self, held: bytearray) -> None:
        """Leave the rest of the file to the reader."""
        # The bytes of a character that is not complete come again with the text of the next block.
        self._feed(held.decode(errors="ignore"), last=False)
        held.clear()
        self._to_the_end = True

    def _tail(self, data: bytes) -> int:
        """Return where the lines begin that may be a footer if the file ends here: at a record that surely is none."""
        start, lines, least = len(data), 0, 0
        while start > 0 and lines < _SEARCHED_LINES:
            start = data.rfind(b"\n", 0, start - 1) + 1
            lines += 1
            if lines == _TAIL_LINES:
                least = start
            if lines >= _TAIL_LINES and self._is_record(data, start):
                return start
        return least

    def _is_record(self, data: bytes, start: int) -> bool:
        """Whether a record begins at ``start`` that is no total: these have empty cells and no figure in the first."""
        stop = self._patterns.folded_record.end(data, start, min(len(data), start + self._max_line_bytes))
        if stop == start:
            return False
        lines = data[start:stop].decode().split("\n")
        cells = next(csv.reader([f"{line}\n" for line in lines], delimiter=self._delimiter))
        return all(cells) or any(map(str.isdigit, cells[0]))

    def _through(self, data: bytes, end: int) -> int:
        """Take whole lines up to ``end``; return where it came to."""
        position = 0
        while position < end:
            if not self._reading:
                position = self._skim(data, position, end)
            if position < end:
                position = self._read(data, position, end)
        self._rows.check_rows()
        return position

    def _read(self, data: bytes, position: int, end: int) -> int:
        """Leave lines to the reader until all is in order again; return where that is."""
        while position < end:
            stop = data.find(b"\n", min(position + _CAREFUL_BYTES, end) - 1, end) + 1
            self._feed(data[position:stop].decode(), last=False)
            position = stop
            released = self._stream.release()
            if released is not None:
                self._rows.take(released)
                self._reading = False
                self._line = self._stream.line
                break
        return position

    def _feed(self, text: str, *, last: bool, broken: bool = False) -> None:
        line = None if self._reading else self._line
        self._reading = True
        self._rows.take(self._stream.feed(text, line, last=last, broken=broken))

    def _skim(self, data: bytes, position: int, end: int) -> int:
        """Take records that are sound, harmless or not; return where one that is not begins."""
        stop = self._skimmed(data, position, end)
        self._hand_on()
        return stop

    def _hand_on(self) -> None:
        """Hand on the pieces; each record of them stood on one line, so that all of them are one run."""
        rows, self._run_rows = self._run_rows, 0
        self._outlet.accept_raw(b"".join(self._pieces), self._line - rows, rows)
        self._pieces.clear()

    def _add(self, data: bytes, rows: int) -> None:
        """Take clean rows that each stood on one line."""
        self._pieces.append(data)
        self._run_rows += rows
        self._line += rows

    def _skimmed(self, data: bytes, position: int, end: int) -> int:
        pattern = self._patterns.harmless if self._verbatim else self._patterns.sound
        while position < end:
            stop = self._in_order(data, position, pattern.end(data, position, end))
            if stop > position:
                stop = self._copy(data, position, stop) if self._verbatim else self._transcribe(data, position, stop)
            if stop == end:
                return end
            following = self._record(data, stop, end)
            if following is None:
                return stop
            position = following
        return position

    def _in_order(self, data: bytes, position: int, stop: int) -> int:
        """Return how far up to ``stop`` there is neither the header again nor a line longer than any cell may be."""
        most = self._max_line_bytes
        start = position
        while stop - start > most:
            end = data.rfind(b"\n", start, start + most) + 1
            if end == 0:
                stop = start
                break
            start = end
        again = data.find(self._repeated_bytes, position, stop)
        while again >= 0:
            if again == position or data[again - 1] == _LF:
                return again
            again = data.find(self._repeated_bytes, again + 1, stop)
        return stop

    def _copy(self, data: bytes, position: int, stop: int) -> int:
        run = data[position:stop]
        self._add(run.replace(b"\r\n", b"\n") if b"\r" in run else run, run.count(b"\n"))
        return stop

    def _transcribe(self, data: bytes, position: int, stop: int) -> int:
        """Write harmless records as canonical CSV; return where it came to: a header that is repeated stops it."""
        lines = data[position:stop].decode().replace("\r\n", "\n").split("\n")
        lines.pop()
        rows = list(csv.reader(lines, delimiter=self._delimiter))
        if self._repeated in rows:
            del rows[rows.index(self._repeated) :]
            stop = position
            for _ in rows:
                stop = data.find(b"\n", stop) + 1
        kept = rows if self._pick is None else list(map(self._pick, rows))
        self._add(csv_rows(kept), len(rows))
        return stop

    def _record(self, data: bytes, position: int, end: int) -> int | None:
        """Clean one record that stands on one line; return where it ends, None where it must be read with care."""
        stop = data.find(b"\n", position, end) + 1
        if not 0 < stop - position <= self._max_line_bytes:
            return None
        text = data[position:stop].decode()
        quoted = '"' in text
        if quoted and self._patterns.record.end(data, position, stop) == position:
            return self._folded(data, position, end)
        text = text.rstrip("\r\n")
        cells = next(csv.reader([text], delimiter=self._delimiter)) if quoted else text.split(self._delimiter)
        if len(cells) != self._width or not cells[0] or cells == self._repeated or REPLACEMENT in text or "\r" in text:
            return None
        if quoted and self._verbatim:
            # Quotes where none must be: a file has them in many rows or in none.
            sound = self._in_order(data, position, self._patterns.sound.end(data, position, end))
            if sound > position:
                return self._transcribe(data, position, sound)
        self._add(csv_row(self._cleaner.clean(Record(self._line, cells))), 1)
        return stop

    def _folded(self, data: bytes, position: int, end: int) -> int | None:
        """Take records of which some have line breaks in their cells; return as ``_record`` does."""
        stop = self._patterns.folded.end(data, position, end)
        harmless = stop > position
        if not harmless:
            stop = self._patterns.folded_record.end(data, position, end)
        text = data[position:stop].decode()
        if REPLACEMENT in text or text.count("\r") != text.count("\r\n"):
            return None
        lines = text.split("\n")[:-1]
        records, used = self._records(lines)
        if not records:
            return None
        self._hand_on()
        self._line += used
        if harmless:
            kept = [record.cells if self._pick is None else self._pick(record.cells) for record in records]
            self._outlet.accept_all(csv_rows(kept).replace(b"\r\n", b"\n"), [record.line for record in records])
        else:
            self._rows.take(records)
        for _ in range(used):
            position = data.find(b"\n", position) + 1
        return position

    def _records(self, lines: list[str]) -> tuple[list[Record], int]:
        """Return the records of ``lines`` up to one that must be read with care, and how many lines they are."""
        rows = csv.reader([f"{line}\n" for line in lines], delimiter=self._delimiter)
        records: list[Record] = []
        used = 0
        with suppress(csv.Error):  # a cell is too long
            for cells in rows:
                size = sum(map(len, lines[used : rows.line_num]))
                if not cells[0] or cells == self._repeated or size > self._max_line_bytes:
                    break
                records.append(Record(self._line + used, cells))
                used = rows.line_num
        return records, used


def _patterns(table: Table) -> Patterns:
    known = patterns(len(table.header), table.dialect.delimiter)
    assert known is not None
    return known


def _csv(cells: Sequence[str], delimiter: str) -> bytes:
    """Return a row without its end, in quotes only where they must be."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue().encode()
