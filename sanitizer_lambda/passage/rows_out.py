"""Records to the outlet, many at a time: written as canonical CSV first, and only what is suspicious there cleaned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from sanitizer_lambda.contract import Limits, RejectionCode, reject
from sanitizer_lambda.header.match import HeaderMap
from sanitizer_lambda.passage.outlet import Outlet, csv_rows
from sanitizer_lambda.passage.plain import CANONICAL
from sanitizer_lambda.passage.row_cleaner import RowCleaner
from sanitizer_lambda.reading.reader import Record


def picker(positions: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """Return what picks the cells at ``positions`` out of a row."""
    return itemgetter(*positions) if len(positions) > 1 else itemgetter(slice(positions[0], positions[0] + 1))


class RowsOut:
    """Takes the records of one file in order."""

    def __init__(self, header: HeaderMap, cleaner: RowCleaner, outlet: Outlet, limits: Limits) -> None:
        whole = header.positions == list(range(len(header.matches)))
        self._pick = None if whole else picker(header.positions)
        self._cleaner = cleaner
        self._outlet = outlet
        self.limits = limits

    def take(self, records: Sequence[Record]) -> None:
        """Write ``records``, clean or refused. Raises FileRejectedError where the file has too many rows."""
        if any(record.error is not None or record.repairs for record in records):
            start = 0
            for index, record in enumerate(records):
                if record.error is not None or record.repairs:
                    self._take_sound(records[start:index])
                    self.take_one(record)
                    start = index + 1
            self._take_sound(records[start:])
        else:
            self._take_sound(records)
        self.check_rows()

    def take_one(self, record: Record) -> None:
        """Write one record, cell by cell."""
        if record.error is None:
            self._outlet.accept(self._cleaner.clean(record), record.line)
        else:
            self._outlet.refuse(self._cleaner.refuse(record, record.error, self._outlet.rows + 1))

    def check_rows(self) -> None:
        """Raise FileRejectedError where the file has too many rows."""
        if self._outlet.rows > self.limits.max_rows:
            raise reject(RejectionCode.TOO_MANY_ROWS, f"The file has more than {self.limits.max_rows:,} rows.")

    def _take_sound(self, records: Sequence[Record]) -> None:
        data = self._canonical(records)
        if data is None:
            for record in records:
                self.take_one(record)
            return
        position = index = 0
        while position < len(data):
            end = CANONICAL.harmless.end(data, position)
            count = data.count(b"\n", position, end)
            if count:
                lines = [record.line for record in records[index : index + count]]
                self._outlet.accept_all(data[position:end], lines)
                index, position = index + count, end
            if position < len(data):
                self.take_one(records[index])
                index, position = index + 1, CANONICAL.record.end(data, position)

    def _canonical(self, records: Sequence[Record]) -> bytes | None:
        """Return the kept cells as canonical CSV, None where they hold what UTF-8 cannot."""
        rows = [record.cells for record in records]
        try:
            return csv_rows(rows if self._pick is None else list(map(self._pick, rows)))
        except UnicodeEncodeError:
            return None
