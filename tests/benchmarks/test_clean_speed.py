"""How fast files are cleaned, against the csv module merely parsing them, in the same process; and in how much memory.

Both are measured in processor time, as the machine may be shared; each figure is the best of ``RUNS``, which alternate.
``CLEAN_MEGABYTES`` sets the size of the files.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sanitizer_lambda.contract import Limits, Report, SanitizeRequest
from sanitizer_lambda.sanitize import Sinks, sanitize

pytestmark = pytest.mark.benchmark

MEGABYTES = int(os.environ.get("CLEAN_MEGABYTES", "200"))
RUNS = 3
CHUNK = 1024 * 1024
ROOT = Path(__file__).resolve().parent.parent.parent

HEADER = [
    "code", "name", "description", "suite_type", "bedrooms", "bathrooms", "area", "area_unit", "base_price", "currency",
    "floor_from", "quantity",
]  # fmt: skip
NAMES = ["One Bedroom", "Two Bedroom", "Studio", "Penthouse", "Loft é", "Townhouse"]
WORDS = ["corner", "unit", "with", "view", "to", "the", "south", "and", "large", "balcony", "quiet", "side", "kitchen"]
ATTACKS = ["=cmd|' /C calc'!A0", "<b>x</b>corner", "a\u200bb", "@SUM(1)", "+1+1", "javascript:alert(1)"]


class Nowhere:
    """Takes the bytes and forgets them."""

    def write(self, data: bytes) -> None:
        """Take bytes."""


@dataclass(frozen=True)
class Manner:
    """How a file is written, and the ratio to the csv module it must reach."""

    name: str
    hostile: float
    at_least: float
    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL


MANNERS = [
    Manner("clean", 0, 1.8),
    Manner("1 % hostile", 0.01, 1.1),
    Manner("10 % hostile", 0.1, 0.4),
    Manner("cp1252, semicolon, 1 % hostile", 0.01, 0.25, "cp1252", ";"),
    Manner("UTF-16, tab, 1 % hostile", 0.01, 0.25, "utf-16", "\t"),
    Manner("UTF-8, semicolon, 1 % hostile", 0.01, 0.25, "utf-8", ";"),
    Manner("all quoted, 1 % hostile", 0.01, 0.25, quoting=csv.QUOTE_ALL),
]


def rows(hostile: float, seed: int = 1) -> Iterator[list[object]]:
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        words = " ".join(rng.choices(WORDS, k=rng.randint(3, 9)))
        dice = rng.random()
        if dice < hostile:
            words = rng.choice(ATTACKS)
        elif dice > 0.9:
            words = words.replace(" ", ", ", 1) if dice < 0.98 else f'5" {words}'
        area, price = rng.uniform(30, 200), rng.randint(100_000, 900_000)
        yield [
            f"S-{number}", rng.choice(NAMES), words, "APARTMENT", rng.randint(0, 3), rng.choice(["1", "1.5", "2"]),
            f"{area:.2f}", "SQM", f"{price}.00", "CAD", rng.randint(-2, 30), rng.randint(1, 99),
        ]  # fmt: skip


def write(path: Path, manner: Manner, megabytes: int) -> Path:
    """Write a file of that size; one megabyte of rows is made up and repeated."""
    piece = [row for row, _ in zip(rows(manner.hostile), range(20_000), strict=False)]
    with path.open("w", encoding=manner.encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=manner.delimiter, quoting=manner.quoting, lineterminator="\n")  # type: ignore[arg-type]  # the stubs know the constants, not an int
        writer.writerow(HEADER)
        while path.stat().st_size < megabytes * 1_000_000:
            writer.writerows(piece)
            file.flush()
    return path


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def cleaned(path: Path) -> Report:
    request = SanitizeRequest(path.stat().st_size)
    sinks = Sinks(Nowhere(), Nowhere(), Nowhere())
    return sanitize(chunks(path), request, sinks, source_version="v", limits=Limits(max_rows=10**9))


def parsed(path: Path, manner: Manner) -> int:
    with path.open(encoding=manner.encoding, newline="") as file:
        return sum(1 for _ in csv.reader(file, delimiter=manner.delimiter))


def seconds(action: Callable[[], object]) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: manner.name)
def test_cleaning_keeps_up_with_parsing(tmp_path: Path, manner: Manner) -> None:
    path = write(tmp_path / "file.csv", manner, MEGABYTES if manner.at_least >= 0.4 else MEGABYTES // 4)
    megabytes = path.stat().st_size / 1e6
    parse, clean = [], []
    for _ in range(RUNS):
        parse.append(seconds(lambda: parsed(path, manner)))
        clean.append(seconds(lambda: cleaned(path)))
    ratio = min(parse) / min(clean)
    print(
        f"\n{manner.name}: {megabytes:.0f} MB, csv.reader {megabytes / min(parse):.0f} MB/s, "
        f"cleaning {megabytes / min(clean):.0f} MB/s, {ratio:.2f} x (at least {manner.at_least})"
    )
    assert cleaned(path).rejection is None
    assert ratio >= manner.at_least


# A process of its own, as a test's own libraries take more memory than all of this; and its own account of its peak, as
# the usual one begins with what the parent had when it forked.
_MEASURE = """
import os, sys
from sanitizer_lambda.contract import Limits, SanitizeRequest
from sanitizer_lambda.sanitize import Sinks, sanitize

class Nowhere:
    def write(self, data):
        pass

path = sys.argv[1]
with open(path, "rb") as file:
    report = sanitize(
        iter(lambda: file.read(1 << 20), b""),
        SanitizeRequest(os.path.getsize(path)),
        Sinks(Nowhere(), Nowhere(), Nowhere()),
        source_version="v",
        limits=Limits(max_rows=10**9),
    )
assert report.rejection is None
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak(path: Path) -> float:
    """Return the peak resident memory of a process that cleans ``path``, in MB."""
    run = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return int(run.stdout) * 1024 / 1e6


def test_memory_stays_the_same_whatever_the_size(tmp_path: Path) -> None:
    manner = MANNERS[1]
    small, large = (peak(write(tmp_path / f"{size}.csv", manner, size)) for size in (10, MEGABYTES))
    print(f"\npeak memory: {small:.1f} MB for 10 MB, {large:.1f} MB for {MEGABYTES} MB")
    assert large <= 64
    assert large <= 1.1 * small
