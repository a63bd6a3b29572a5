"""The fast way through a plain file: harmless bytes are copied, suspicious records cleaned, odd lines read with care.

What comes out is byte for byte what reading every record and cleaning every cell gives; the tests hold that.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate

from sanitizer_lambda.header.match import HeaderMap
from sanitizer_lambda.passage.outlet import Outlet, csv_row, csv_rows
from sanitizer_lambda.passage.plain import LARGE_BYTES, patterns
from sanitizer_lambda.passage.recut import BREAK, recut
from sanitizer_lambda.passage.row_cleaner import RowCleaner
from sanitizer_lambda.passage.rows_out import RowsOut, picker
from sanitizer_lambda.reading.body import names_total
from sanitizer_lambda.reading.decode import lost_in
from sanitizer_lambda.reading.reader import Record, Table
from sanitizer_lambda.reading.scan import BLANKS

# Bytes looked at in one go: many records for each call, and all of it in the processor's cache.
_PIECE_BYTES = 256 * 1024
# Bytes read with care in one go around an odd line: somewhat more than the rows that wait for what follows them.
_CAREFUL_BYTES = 8 * 1024
# Where runs are shorter than this, by and large, so many bytes are looked at line by line at once.
_SHORT_BYTES, _READ_BYTES = 300, 32 * 1024
# As many where cells have line breaks, which are rare in most files.
_FOLDED_BYTES = 16 * 1024
# Lines kept back until more of the file is there: its last ones may be a footer.
_TAIL_LINES = 64
# How far back a record is looked for that is surely no footer.
_SEARCHED_LINES = 1_000
# A file of which so many bytes are fewer lines than that is read with care to its end.
_MAX_TAIL_BYTES = 4 * 1024 * 1024

# Delimiters that the patterns are made for; a space would also be what cells may begin with.
_DELIMITERS = frozenset(",;\t|:^~")
_LF = 10
# Bytes that are no text are halves of surrogate pairs here.
_ERRORS = "surrogatepass"


class Splicer:
    """Takes one plain table to the outlet. ``size``: bytes of its file, more or less."""

    def __init__(  # noqa: PLR0913 - what comes in, what goes out, and who does it
        self, table: Table, header: HeaderMap, cleaner: RowCleaner, rows: RowsOut, outlet: Outlet, *, size: int
    ) -> None:
        kept = header.positions
        self._stream = table.stream
        self._delimiter = table.dialect.delimiter
        self._inner_quotes = table.inner_quotes
        self._width = table.width
        self._named = len(table.header)
        self._line = table.body_line
        self._pick = None if kept == list(range(self._width)) else picker(kept)
        self._cuts = max(kept) + 1
        # All columns that have a name are kept, in their order; the others are blank.
        self._straight = kept == list(range(self._named))
        blanks = self._width - self._named if self._straight else 0
        self._blanks = blanks
        self._verbatim = self._straight and self._delimiter == ","
        self._may_be_verbatim = self._verbatim
        repeated = [*table.header, *[""] * (self._width - self._named)]
        self._repeated = repeated if table.detected.header_line is not None else None
        self._repeated_bytes = None if self._repeated is None else _canonical(repeated)
        self._cleaner = cleaner
        self._rows = rows
        self._outlet = outlet
        self._pieces: list[bytes] = []
        self._run_rows = 0
        self._max_line_bytes = min(rows.limits.max_cell_chars, csv.field_size_limit())
        # Whether the reader has the floor, and whether it keeps it to the end of the file.
        self._reading = False
        self._to_the_end = False
        self._broken = False
        # Bytes that runs have had of late.
        self._usual = 2 * _SHORT_BYTES
        self._patterns = patterns(self._width, self._delimiter, blanks, large=size >= LARGE_BYTES)

    @staticmethod
    def suits(table: Table) -> bool:
        """Return whether ``table`` can be taken this way."""
        return table.is_plain and table.dialect.delimiter in _DELIMITERS

    def run(self) -> None:
        """Take all of the table. Raises FileRejectedError where a limit is passed."""
        held = bytearray()
        for data, broken, last in self._stream.blocks():
            if broken and not self._broken:
                # What came before is whole; only what follows may have lost bytes.
                self._feed(held)
                held.clear()
                self._broken = True
            held += data
            if last:
                self._finish(bytes(held))
            elif self._to_the_end:
                self._feed(held)
                held.clear()
            elif len(held) >= _PIECE_BYTES:
                self._take(held)

    def _take(self, held: bytearray) -> None:
        data = bytes(held)
        del held[: self._through(data, self._tail(data))]
        self._to_the_end = len(held) > _MAX_TAIL_BYTES

    def _finish(self, data: bytes) -> None:
        position = 0 if self._to_the_end else self._through(data, self._tail(data))
        self._feed(data[position:], last=True)

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
        """Whether a record begins at ``start`` that is no total."""
        stop = self._patterns.folded_record.end(data, start, min(len(data), start + self._max_line_bytes))
        if stop == start:
            return False
        lines = data[start:stop].decode(errors=_ERRORS).split("\n")
        cells = next(csv.reader([f"{line}\n" for line in lines], delimiter=self._delimiter))
        first = next(filter(str.strip, cells), None)
        return first is not None and (all(cells) or not names_total(first))

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
            self._feed(data[position:stop])
            position = stop
            released = self._stream.release()
            if released is not None:
                self._rows.take(released)
                self._reading = False
                self._line = self._stream.line
                break
        return position

    def _feed(self, data: bytes | bytearray, *, last: bool = False) -> None:
        line = None if self._reading else self._line
        self._reading = True
        text = data.decode(errors=_ERRORS)
        self._rows.take(self._stream.feed(text, line, last=last, broken=self._broken))

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
        while position < end:
            stop, whole = self._copied(data, position, end) if self._straight else (position, True)
            if stop == end:
                return end
            self._usual = (3 * self._usual + stop - position) // 4
            short = not self._straight or self._usual < _SHORT_BYTES
            following = self._quoted(data, stop, end) if whole and short else stop
            if following == stop:
                record = self._record(data, stop, end)
                if record is None:
                    return stop
                following = record
            position = following
        return position

    def _in_order(self, data: bytes, position: int, stop: int) -> int:
        """Return how far up to ``stop`` there is no line longer than any cell may be."""
        most = self._max_line_bytes
        while stop - position > most:
            end = data.rfind(b"\n", position, position + most) + 1
            if end == 0:
                return position
            position = end
        return stop

    def _copied(self, data: bytes, position: int, end: int) -> tuple[int, bool]:
        """Copy records that are canonical but for their delimiter, line ends and quotes around cells.

        Return where it came to, and whether that is all of them.
        """
        reach = self._patterns.harmless if self._verbatim else self._patterns.lean
        stop = self._in_order(data, position, reach.end(data, position, end))
        run = data[position:stop]
        if b"\r" in run:
            run = run.replace(b"\r\n", b"\n")
        if not self._verbatim:
            run = run.replace(b'"', b"").replace(self._delimiter.encode(), b",")
        return self._taken(data, position, stop, run)

    def _taken(self, data: bytes, position: int, stop: int, run: bytes) -> tuple[int, bool]:
        """Take the records of ``run``, canonical but for blank cells at their ends; return as ``_copied``."""
        again = self._repetition(run)
        if again >= 0:
            run = run[:again]
            stop = _after_lines(data, position, run.count(b"\n"))
        rows = run.count(b"\n")
        if self._blanks:
            run = run.replace(b"," * self._blanks + b"\n", b"\n")
        self._add(run if self._straight else self._picked(run), rows)
        return stop, again < 0

    def _picked(self, run: bytes) -> bytes:
        """Return rows of canonical CSV with the columns that are kept."""
        pick, cuts = self._pick or list, self._cuts
        lines = run.decode().split("\n")
        quoted = csv.reader(line for line in lines if '"' in line)
        others = iter(csv_rows(list(map(pick, quoted))).decode().split("\n"))
        lines[:-1] = [",".join(pick(line.split(",", cuts))) if '"' not in line else next(others) for line in lines[:-1]]
        return "\n".join(lines).encode()

    def _repetition(self, run: bytes) -> int:
        """Return where the header comes again in rows of canonical CSV, -1 where it does not."""
        header = self._repeated_bytes
        again = -1 if header is None else run.find(header)
        while header is not None and again > 0 and run[again - 1] != _LF:
            again = run.find(header, again + 1)
        return again

    def _written(self, data: bytes, position: int, stop: int, rows: list[list[str]]) -> int:
        """Take harmless rows up to one that is the header again, or has cells beyond it; return where it came to."""
        end = next(
            (index for index, row in enumerate(rows) if row == self._repeated or self._overflows(row)), len(rows)
        )
        if end < len(rows):
            del rows[end:]
            stop = _after_lines(data, position, end)
        self._add(csv_rows(list(map(self._pick or list, rows))), end)
        return stop

    def _overflows(self, row: Sequence[str]) -> bool:
        """Whether a cell beyond those that the header names is not blank."""
        return any(map(str.strip, row[self._named :]))

    def _quoted(self, data: bytes, position: int, end: int) -> int:
        """Take harmless records in whatever quotes; return where it came to."""
        self._usual = 2 * _SHORT_BYTES
        if self._may_be_verbatim:
            self._turn(data, position, end)
        stop = self._patterns.sound.end(data, position, min(end, position + _READ_BYTES))
        if stop == position:
            return position
        stop = self._in_order(data, position, stop)
        text = data[position:stop].decode().replace("\r\n", "\n")
        if self._straight or self._named == self._width:
            return self._taken(data, position, stop, recut(text, self._delimiter).encode())[0]
        rows = list(csv.reader(text.split("\n")[:-1], delimiter=self._delimiter))
        return self._written(data, position, stop, rows)

    def _turn(self, data: bytes, position: int, end: int) -> None:
        """Go on the other way where runs are longer then: a file has needless quotes in many rows or in none."""
        other = self._patterns.lean if self._verbatim else self._patterns.harmless
        if other.end(data, position, min(end, position + 2 * _SHORT_BYTES)) >= position + _SHORT_BYTES:
            self._verbatim = not self._verbatim

    def _record(self, data: bytes, position: int, end: int) -> int | None:
        """Clean one record that stands on one line; return where it ends, None where it must be read with care."""
        stop = data.find(b"\n", position, end) + 1
        if not 0 < stop - position <= self._max_line_bytes:
            return None
        text = data[position : stop - 1].decode(errors=_ERRORS).removesuffix("\r")
        sound = self._patterns.sound.end(data, position, stop) > position
        if '"' not in text:
            cells = text.split(self._delimiter)
        elif sound or self._patterns.record.end(data, position, stop) > position:
            cells = next(csv.reader([text], delimiter=self._delimiter))
        elif self._has_inner_quotes(text):
            cells = text.split(self._delimiter)
        else:
            return self._folded(data, position, end)
        if self._is_odd(cells) or "\r" in text or (self._broken and lost_in(text)):
            return None
        self._add(csv_row(self._cleaned(cells, sound=sound)), 1)
        return stop

    def _cleaned(self, cells: list[str], *, sound: bool) -> Sequence[str]:
        if not sound:
            return self._cleaner.clean(Record(self._line, cells))
        return cells if self._pick is None else self._pick(cells)

    def _has_inner_quotes(self, text: str) -> bool:
        """Whether quotes stand only where this file has them as text."""
        cells = text.split(self._delimiter)
        return self._inner_quotes and not any(cell.lstrip(BLANKS).startswith('"') for cell in cells)

    def _is_odd(self, cells: list[str]) -> bool:
        """Whether the reader has a say in what a record of these cells is."""
        return (
            len(cells) != self._width
            or not (cells[0] or any(map(str.strip, cells)))
            or cells == self._repeated
            or (self._named < self._width and self._overflows(cells))
        )

    def _folded(self, data: bytes, position: int, end: int) -> int | None:
        """Take records of which some have line breaks in their cells; return as ``_record`` does."""
        stop = self._patterns.folded.end(data, position, min(end, position + _FOLDED_BYTES))
        harmless = stop > position
        if not harmless:
            stop = self._patterns.folded_record.end(data, position, end)
        text = data[position:stop].decode(errors=_ERRORS)
        if harmless and self._pick is None and len(text) <= self._max_line_bytes and self._unfolded(text):
            return stop
        if len(text) > self._max_line_bytes or text.count("\r") != text.count("\r\n"):
            return None
        if self._broken and lost_in(text):
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
        return _after_lines(data, position, used)

    def _unfolded(self, text: str) -> bool:
        """Take harmless records of which some have line breaks in their cells, unless the header is among them."""
        run = recut(text.replace("\r\n", "\n"), self._delimiter, folded=True)
        header = self._repeated_bytes
        if header is not None and (header.count(b"\n") > 1 or self._repetition(run.encode()) >= 0):
            return False
        self._hand_on()
        lines = [1 + row.count(BREAK) for row in run.split("\n")[:-1]]
        self._outlet.accept_all(run.replace(BREAK, "\n").encode(), list(accumulate(lines[:-1], initial=self._line)))
        self._line += sum(lines)
        return True

    def _records(self, lines: list[str]) -> tuple[list[Record], int]:
        """Return the records of ``lines`` up to one that must be read with care, and how many lines they are."""
        rows: list[list[str]] = []
        with suppress(csv.Error):  # a cell is too long
            rows.extend(csv.reader([f"{line}\n" for line in lines], delimiter=self._delimiter))
        records: list[Record] = []
        line = self._line
        for cells in rows:
            if self._is_odd(cells):
                break
            records.append(Record(line, cells))
            line += 1 + "".join(cells).count("\n")
        return records, line - self._line


def _after_lines(data: bytes, position: int, count: int) -> int:
    """Return where the line begins that is ``count`` lines further on."""
    for _ in range(count):
        position = data.find(b"\n", position) + 1
    return position


def _canonical(cells: Sequence[str]) -> bytes | None:
    """Return a row of canonical CSV, None where it holds bytes that are no text."""
    try:
        return csv_row(cells)
    except UnicodeEncodeError:
        return None
