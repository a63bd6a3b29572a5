"""The clean file and what stands beside it, read from storage as a stream; memory does not grow with the file."""

from __future__ import annotations

import csv
import io
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO

from infra.storage import Bucket
from sanitizer_lambda.contract import ContractError, RefusedRow, Report, UploadKey, lines_of, read_refused

# What a map or a list of refused rows may take in memory before it goes to a file on disk, bytes.
_IN_MEMORY = 1 << 20
_NEWLINE, _QUOTE = b"\n", b'"'

_NOT_CANONICAL = "the clean file is not canonical"

Rows = list[list[str]]
# One sequence of cells for each column of the file, all of one length.
Columns = list[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Read:
    """Some whole rows of the clean file as they stand in it, and how many bytes of it have been read so far."""

    text: str
    bytes_read: int

    @property
    def rows(self) -> Rows:
        """The cells, row by row. Raises ContractError."""
        try:
            return list(csv.reader(io.StringIO(self.text, newline=""), strict=True))
        except csv.Error as error:
            raise ContractError(_NOT_CANONICAL) from error

    def columns(self, width: int) -> Columns:
        """Return the cells, column by column. Raises ContractError."""
        return self._plain_columns(width) or self._columns(width)

    def _plain_columns(self, width: int) -> Columns | None:
        """Return the columns by one cut of the whole text, or None where cells are quoted."""
        text = self.text
        if _QUOTE.decode() in text or "\r" in text or not text.endswith("\n"):
            return None
        rows = text.count("\n")
        # The line breaks come to stand before the first cell of each row but the first, if all rows have this width.
        cells = text.replace("\n", ",\n").split(",")
        cells.pop()
        first = "".join(cells[::width]).split("\n")
        if len(cells) != width * rows or len(first) != rows:
            return None
        return [first, *(cells[place::width] for place in range(1, width))]

    def _columns(self, width: int) -> Columns:
        try:
            columns: Columns = [*zip(*self.rows, strict=True)]
        except ValueError as error:
            raise ContractError(_NOT_CANONICAL) from error
        if len(columns) != width:
            raise ContractError(_NOT_CANONICAL)
        return columns


class CleanFile:
    """The clean file of one upload, with its line map and its refused rows."""

    def __init__(self, bucket: Bucket, key: UploadKey, report: Report) -> None:
        self._bucket = bucket
        self._key = key
        self._report = report

    async def parts(self) -> AsyncIterator[Read]:
        """Yield the header, then the rows a few hundred kilobytes at a time. Raises ContractError, ObjectMissing."""
        csv.field_size_limit(sys.maxsize)  # the sanitizer has refused longer cells
        rest, read, is_begin = b"", 0, True
        async for chunk in self._bucket.stream(self._key.clean):
            read += len(chunk)
            whole, rest = _cut(rest + chunk)
            if whole and is_begin:
                end = whole.index(_NEWLINE) + 1  # the contract's names have no line breaks
                yield Read(_decoded(whole[:end]), end)
                whole, is_begin = whole[end:], False
            if whole:
                yield Read(_decoded(whole), read)
        if rest:
            yield Read(_decoded(rest), read)

    @asynccontextmanager
    async def lines(self) -> AsyncIterator[Iterator[int]]:
        """Yield the physical line of each row of the clean file, without end. Raises ContractError, ObjectMissing."""
        async with self._spooled(self._key.lines(self._report.source_version)) as file:
            yield lines_of(iter(lambda: file.read(_IN_MEMORY), b""))

    @asynccontextmanager
    async def refused(self) -> AsyncIterator[Iterator[RefusedRow]]:
        """Yield the rows that the sanitizer refused, in the file's order. Raises ContractError, ObjectMissing."""
        if not self._report.rows_refused:
            yield iter(())
            return
        async with self._spooled(self._key.rejected(self._report.source_version)) as file:
            yield read_refused(io.TextIOWrapper(file, encoding="utf-8", newline=""))

    @asynccontextmanager
    async def _spooled(self, key: str) -> AsyncIterator[IO[bytes]]:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            async for chunk in self._bucket.stream(key):
                file.write(chunk)
            file.seek(0)
            yield file


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """Divide at the last line break outside of quotes; the sanitizer writes quotes in pairs only."""
    end, quotes = len(data), data.count(_QUOTE)
    while (found := data.rfind(_NEWLINE, 0, end)) >= 0:
        quotes -= data.count(_QUOTE, found, end)
        if quotes % 2 == 0:
            return data[: found + 1], data[found + 1 :]
        end = found
    return b"", data


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ContractError(_NOT_CANONICAL) from error


def records_of(refused: Iterator[int]) -> Iterator[int]:
    """Yield the number, among all of the file's records, of each clean one: what is left between the refused ones."""
    following = next(refused, 0)
    record = 0
    while True:
        record += 1
        if record == following:
            following = next(refused, 0)
        else:
            yield record
