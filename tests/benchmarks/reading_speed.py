"""Print how fast files are read and in how much memory: ``python -m tests.benchmarks.reading_speed [--megabytes N]``.

Each figure stands beside the standard library's ``csv.reader`` on the same bytes in the same run.
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path

from sanitizer_lambda.reading.reader import detect, open_table
from tests.corpus.tables import original
from tests.corpus.write import Manner

_MANNERS = {
    "quotes where needed": Manner(),
    "no quotes at all": Manner("\t", quoting="none"),
    "all quoted": Manner(quoting="all"),
}
# What S3 hands out at a time.
_CHUNK = 1024 * 1024


def chunks(manner: Manner, size: int) -> Iterator[bytes]:
    """Yield a file of about ``size`` bytes."""
    rows = original("orders", 1, 4000).rows
    yield manner.text(rows[:1]).encode()
    part = manner.text(rows[1:]).encode()
    for _ in range(size // len(part)):
        yield from (part[start : start + _CHUNK] for start in range(0, len(part), _CHUNK))


def read_all(manner: Manner, size: int) -> int:
    """Read the file and return how many records it has."""
    return sum(1 for _ in open_table(chunks(manner, size)).records())


def peak_memory(manner: Manner, size: int) -> int:
    """Return the peak resident memory, in MiB, of a fresh process that reads the file."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak_memory, (manner, size))


def _peak_memory(manner: Manner, size: int) -> int:
    read_all(manner, size)
    # Not getrusage: its maximum goes back to the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=50)
    size = parser.parse_args().megabytes * 1_000_000
    for name, manner in _MANNERS.items():
        data = b"".join(chunks(manner, size))
        library = _seconds_of_csv(data, manner)
        start = time.perf_counter()
        read_all(manner, size)
        ours = time.perf_counter() - start
        print(f"{name}: csv.reader {len(data) / library / 1e6:.0f} MB/s, ours {len(data) / ours / 1e6:.0f} MB/s, "
              f"{library / ours:.2f} x")  # fmt: skip
        sample = data[: 256 * 1024]
        start = time.perf_counter()
        detect(sample, complete=False)
        print(f"  detecting from 256 KiB: {1000 * (time.perf_counter() - start):.0f} ms")
        del data
    small, large = (peak_memory(Manner(), size) for size in (10_000_000, size))
    print(f"peak memory: {small} MiB for 10 MB, {large} MiB for {size // 1_000_000} MB")


def _seconds_of_csv(data: bytes, manner: Manner) -> float:
    start = time.perf_counter()
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    for _ in csv.reader(text, delimiter=manner.delimiter):
        pass
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
