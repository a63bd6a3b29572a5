"""How fast files are cleaned, against the csv module merely parsing them, in the same process; and in how much memory.

Both are measured in processor time, as the machine may be shared; each figure is the best of ``RUNS``, which alternate.
``CLEAN_MEGABYTES`` sets the size of the first three files and of the one whose memory is measured; the other shapes are
at most 20 MB.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sanitizer_lambda.contract import Limits, Report, SanitizeRequest
from sanitizer_lambda.sanitize import Sinks, sanitize
from tests.benchmarks.shapes import SHAPES, Shape

pytestmark = pytest.mark.benchmark

MEGABYTES = int(os.environ.get("CLEAN_MEGABYTES", "200"))
# Of the many shapes that are measured beside the three that have a bar of their own.
SHAPE_MEGABYTES = 20
RUNS = 3
CHUNK = 1024 * 1024
ROOT = Path(__file__).resolve().parent.parent.parent


class Nowhere:
    """Takes the bytes and forgets them."""

    def write(self, data: bytes) -> None:
        """Take bytes."""


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def cleaned(path: Path) -> Report:
    request = SanitizeRequest(path.stat().st_size)
    sinks = Sinks(Nowhere(), Nowhere(), Nowhere())
    return sanitize(chunks(path), request, sinks, source_version="v", limits=Limits(max_rows=10**9))


def parsed(path: Path, shape: Shape) -> int:
    with path.open(encoding=shape.encoding, newline="") as file:
        rows = csv.reader(
            file,
            delimiter=shape.delimiter,
            quotechar=shape.quote,
            escapechar=shape.escape,
            doublequote=shape.escape is None,
        )
        return sum(1 for _ in rows)


def seconds(action: Callable[[], object]) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_cleaning_keeps_up_with_parsing(tmp_path: Path, shape: Shape) -> None:
    path = shape.write(tmp_path / "file.csv", MEGABYTES if shape in SHAPES[:3] else min(MEGABYTES, SHAPE_MEGABYTES))
    megabytes = path.stat().st_size / 1e6
    parse, clean = [], []
    for _ in range(RUNS):
        parse.append(seconds(lambda: parsed(path, shape)))
        clean.append(seconds(lambda: cleaned(path)))
    ratio = min(parse) / min(clean)
    print(
        f"\n{shape.name}: {megabytes:.0f} MB, csv.reader {megabytes / min(parse):.0f} MB/s, "
        f"cleaning {megabytes / min(clean):.0f} MB/s, {ratio:.2f} x (at least {shape.at_least})"
    )
    assert cleaned(path).rejection is None
    assert ratio >= shape.at_least


# A process of its own, as a test's own libraries take more memory than all of this; and its own account of its peak, as
# the usual one begins with what the parent had when it forked.
_MEASURE = """
import os, sys
from sanitizer_lambda.contract import Limits, SanitizeRequest
from sanitizer_lambda.sanitize import Sinks, sanitize
from tests.benchmarks.shapes import SHAPES, Shape

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
    small, large = (peak(SHAPES[1].write(tmp_path / f"{size}.csv", size)) for size in (10, MEGABYTES))
    print(f"\npeak memory: {small:.1f} MB for 10 MB, {large:.1f} MB for {MEGABYTES} MB")
    assert large <= 64
    assert large <= 1.1 * small
