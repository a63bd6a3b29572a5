"""Throw files at the sanitizer for a while: ``python -m tests.sanitizer.fuzz --minutes N --seed S [--keep FOLDER]``.

Each file goes through ``sanitize`` both ways and at two sizes of chunks, through ``read_structure`` and ``detect``;
each message through the parser of events. It is a finding when one of them raises, takes too long or too much memory,
when both ways differ, when a cell that comes out is not harmless by ``tests.sanitizer.live``, when counts don't add up,
or when the clean file changes as it goes through again. Prints executions, findings and the slowest input.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sanitizer_lambda.contract import (
    ContractError,
    FileRejectedError,
    ParseHints,
    Report,
    SanitizedMessage,
    SanitizeRequest,
    lines_of,
    read_refused,
)
from sanitizer_lambda.events import arrivals
from sanitizer_lambda.reading.reader import detect, read_structure
from sanitizer_lambda.sanitize import Sinks, sanitize
from tests.sanitizer.fuzz_inputs import Inputs
from tests.sanitizer.live import faults

# Processor seconds for one step and 100 KB of it, and at least for the smallest.
SECONDS_PER_100_KB = 2.0
# Address space that the process may have beyond what it has when it begins.
MEMORY_BYTES = 1024 * 1024 * 1024
# A finding is made smaller for so long.
SHRINK_SECONDS = 20.0


class FindingError(Exception):
    """What should not be."""


class TooSlowError(Exception):
    """A step took longer than it may."""


@dataclass
class Tally:
    """What one run came to. ``findings``: what was wrong -> the smallest input that shows it."""

    executions: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: dict[str, bytes] = field(default_factory=dict)
    slowest: tuple[float, str, bytes] = (0.0, "", b"")


def clean(data: bytes, chunk: int, *, quick: bool, hints: ParseHints) -> tuple[Report, list[bytes]]:
    """Return the report and the three streams of ``data`` read in chunks of that size."""
    streams = [io.BytesIO() for _ in range(3)]
    report = sanitize(
        (data[start : start + chunk] for start in range(0, len(data), chunk)),
        SanitizeRequest(len(data), hashlib.sha256(data).hexdigest(), hints=hints),
        Sinks(*streams),
        source_version="v",
        quick=quick,
    )
    return report, [stream.getvalue() for stream in streams]


def check_file(data: bytes, seed: int = 0) -> str:
    """Send ``data`` through and return what became of it. Raises FindingError."""
    rng = random.Random(seed)
    sizes = [max(1, int(2 ** rng.uniform(0, 18)), len(data) // 3_000) for _ in range(2)]
    slow, slow_streams = clean(data, sizes[0], quick=False, hints=ParseHints())
    quick, quick_streams = clean(data, sizes[1], quick=True, hints=ParseHints())
    if quick.rejection != slow.rejection:
        raise FindingError(f"one way refuses what the other does not, or for another reason | chunks {sizes}")
    slow.dump()
    if slow.rejection is not None:
        return str(slow.rejection.code)
    for name, ours, theirs in zip(("clean file", "refused rows", "line map"), quick_streams, slow_streams, strict=True):
        if ours != theirs:
            raise FindingError(f"both ways differ in the {name}")
    if quick != slow:
        raise FindingError("both ways differ in the report")
    _check_output(slow, slow_streams)
    return "clean"


def _check_output(report: Report, streams: list[bytes]) -> None:
    data, refused, lines = streams
    rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    refused_rows = list(read_refused(io.StringIO(refused.decode(), newline="")))
    cells = [cell for row in rows for cell in row]
    cells += [cell for row in refused_rows for cell in (*row.cells, row.value or "", row.header or "", row.message)]
    cells += [match.header for match in report.columns]
    cells += [cell for row in csv.reader(io.StringIO(refused.decode(), newline="")) for cell in row[:-1]]
    for cell in set(cells):
        for fault in faults(cell):
            raise FindingError(f"a cell that comes out is not harmless: {fault} | {cell[:200]!r}")
    if report.rows_read != report.rows_clean + report.rows_refused or len(rows) != report.rows_clean + 1:
        raise FindingError("counts do not add up")
    if len(refused_rows) != report.rows_refused or len(list(_first(lines_of([lines]), len(rows) - 1))) != len(rows) - 1:
        raise FindingError("refused rows or lines are missing")
    _check_again(data)


def _first(lines: Iterator[int], count: int) -> Iterator[int]:
    for _ in range(count):
        line = next(lines, None)
        if line is None:
            return
        yield line


def _check_again(data: bytes) -> None:
    hints = ParseHints(encoding="utf-8", delimiter=",", quote='"', header_line=1)
    again, streams = clean(data, 65_536, quick=True, hints=hints)
    # What reads as a footer, a blank or a repeated header is set aside, and a backslash before a quote may be taken for
    # an escape, which is reading and not cleaning.
    sound = again.rejection is None and not again.notes and not again.rows_refused
    escaped = again.detected is not None and again.detected.escape is not None
    if sound and not escaped and streams[0] != data:
        raise FindingError("the clean file changes as it goes through again")


def check_structure(data: bytes) -> str:
    """Repair the structure of ``data``."""
    try:
        structure = read_structure(data[start : start + 4_096] for start in range(0, len(data), 4_096))
        for row in structure.rows():
            "\x1f".join(row).encode(errors="surrogatepass")
    except FileRejectedError as error:
        return str(error.rejection.code)
    return f"structure, {structure.detected.encoding}"


def check_detect(data: bytes) -> str:
    """Say how a file that begins with ``data`` would be read."""
    try:
        return f"detected {detect(data[:65_536], complete=len(data) <= 65_536).delimiter!r}"
    except FileRejectedError as error:
        return str(error.rejection.code)


def check_event(data: bytes) -> str:
    """Parse ``data`` as what comes from outside beside files."""
    with suppress(ContractError):
        arrivals(data.decode(errors="replace"))
    for parse in (SanitizeRequest.parse, SanitizedMessage.parse):
        with suppress(ContractError):
            parse(data)
    return "parsed"


CHECKS: dict[str, Callable[[bytes], str]] = {
    "sanitize": check_file,
    "structure": check_structure,
    "detect": check_detect,
    "event": check_event,
}


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TooSlowError in the block once it used so much processor time."""

    def stop(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def fault_of(name: str, data: bytes) -> tuple[str | None, str]:
    """Return what is wrong with the way ``data`` goes through one check, None if nothing is, and what became of it."""
    # `sanitize` goes through four times and is looked at character by character.
    share = 6 if name == "sanitize" else 1
    allowed = share * SECONDS_PER_100_KB * max(1.0, len(data) / 100_000)
    try:
        with within(allowed):
            return None, CHECKS[name](data)
    except FindingError as error:
        return f"{name}: {error}", "finding"
    except TooSlowError:
        return f"{name}: longer than {allowed:.0f} s", "finding"
    except Exception as error:  # noqa: BLE001 - whatever is raised is what is looked for
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.name}"
        return f"{name}: raises {type(error).__name__} in {place}: {str(error)[:80]}", "finding"


def _kind(fault: str) -> str:
    return fault.split(" | ", maxsplit=1)[0].rstrip("0123456789")


def shrunk(name: str, data: bytes, fault: str) -> bytes:
    """Return less of ``data`` that has the same fault."""
    end = time.monotonic() + SHRINK_SECONDS
    size = len(data) // 2
    while size and time.monotonic() < end:
        start = 0
        while start < len(data) and time.monotonic() < end:
            less = data[:start] + data[start + size :]
            found, _ = fault_of(name, less)
            if found is not None and _kind(found) == _kind(fault):
                data = less
            else:
                start += size
        size //= 2
    return data


def run(tally: Tally, inputs: Inputs, minutes: float, report: Callable[[], None]) -> None:
    """Go on for so many minutes of wall time."""
    end = time.monotonic() + 60 * minutes
    told = time.monotonic()
    for maker, data in inputs.files():
        if time.monotonic() >= end:
            return
        for name in ("sanitize", "structure", "detect"):
            try_one(tally, name, maker, data)
        for _ in range(3):
            try_one(tally, "event", "event", inputs.event().encode(errors="replace"))
        if time.monotonic() - told > 60:
            told = time.monotonic()
            report()


def try_one(tally: Tally, name: str, maker: str, data: bytes) -> None:
    """Send one input through one check and keep what is found."""
    begin = time.process_time()
    fault, outcome = fault_of(name, data)
    seconds = (time.process_time() - begin) / max(1.0, len(data) / 100_000)
    tally.executions[name] += 1
    tally.outcomes[f"{name} <- {maker}: {outcome}"] += 1
    if seconds > tally.slowest[0]:
        tally.slowest = (seconds, f"{name} <- {maker}, {len(data)} bytes", data)
    if fault is not None and _kind(fault) not in tally.findings:
        print(f"FINDING {fault} ({maker}, {len(data)} bytes)", flush=True)
        tally.findings[_kind(fault)] = shrunk(name, data, fault)
        print(f"  {tally.findings[_kind(fault)][:600]!r}", flush=True)


def main() -> None:
    """Run, print, and end with status 1 where there is a finding."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for the inputs of findings and the slowest one")
    options = parser.parse_args()
    tally = Tally()
    inputs = Inputs(options.seed)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY_BYTES, resource.RLIM_INFINITY))
    csv.field_size_limit(sys.maxsize)

    def report() -> None:
        seconds, what, _ = tally.slowest
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{tally.executions.total():,} executions {dict(tally.executions)}, {len(tally.findings)} findings,"
            f" peak {peak} MiB, slowest {seconds:.2f} s per 100 KB ({what})",
            flush=True,
        )

    run(tally, inputs, options.minutes, report)
    report()
    for outcome, count in sorted(tally.outcomes.items()):
        print(f"  {outcome}: {count:,}")
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
        (options.keep / "slowest").write_bytes(tally.slowest[2])
        for number, data in enumerate(tally.findings.values()):
            (options.keep / f"finding-{number}").write_bytes(data)
    for fault, data in tally.findings.items():
        print(f"FINDING {fault}: {data[:2_000]!r}")
    sys.exit(1 if tally.findings else 0)


if __name__ == "__main__":
    main()
