"""From a record of the clean file to the physical line of the user's file.

The map is a stream of break points, 16 bytes each: two unsigned 64-bit little-endian integers, the record's index in
the clean file (from 0, the header not counted) and its physical line (from 1). Between two break points the line grows
by one a record, so an ordinary file needs exactly one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence

from sanitizer_lambda.contract.wire import ContractError

_BREAK = struct.Struct("<QQ")
BREAK_BYTES = _BREAK.size


class LineMapWriter:
    """Collects break points; ``take`` hands over what is to be written next."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._expected: tuple[int, int] | None = None

    def add(self, record: int, line: int) -> None:
        """Say that clean record ``record`` began on ``line``; records come in order."""
        if self._expected != (record, line):
            self._pending += _BREAK.pack(record, line)
        self._expected = (record + 1, line + 1)

    def add_run(self, record: int, line: int, count: int) -> None:
        """Say that ``count`` records from ``record`` on stand on ``count`` lines from ``line`` on."""
        if count > 0:
            self.add(record, line)
            self._expected = (record + count, line + count)

    def add_all(self, record: int, lines: Sequence[int]) -> None:
        """Say that clean records from ``record`` on began on ``lines``, of which there is one at least."""
        ahead = self._expected[1] - record if self._expected is not None and self._expected[0] == record else None
        points: list[int] = []
        for index, line in enumerate(lines, record):
            if line - index != ahead:
                ahead = line - index
                points += (index, line)
        self._pending += struct.pack(f"<{len(points)}Q", *points)
        self._expected = (record + len(lines), lines[-1] + 1)

    def take(self) -> bytes:
        """Return the bytes that have come together since the last call."""
        taken = bytes(self._pending)
        self._pending.clear()
        return taken


def lines_of(chunks: Iterable[bytes]) -> Iterator[int]:
    """Yield the physical line of clean record 0, 1, 2, ... without end. Raises ContractError on a map cut short."""
    breaks = _breaks(chunks)
    following = next(breaks, None)
    if following is None or following[0] != 0:
        raise ContractError("the line map does not begin at the first record")
    record, line = following
    following = next(breaks, None)
    while True:
        if following is not None and following[0] == record:
            line = following[1]
            following = next(breaks, None)
        yield line
        record += 1
        line += 1


def _breaks(chunks: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        whole = len(data) - len(data) % BREAK_BYTES
        yield from _BREAK.iter_unpack(data[:whole])
        rest = data[whole:]
    if rest:
        raise ContractError("the line map is cut short")
