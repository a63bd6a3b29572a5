"""Print what memory a worker takes for a large file: ``python -m tests.benchmarks.import_memory [--rows N]``.

The worker is the real one, in a process of its own, started on a queued upload; its peak is what the kernel says
(VmHWM). The second file has an error in every row.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import os
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import uvloop

from infra.bus import Progress
from infra.database import migrate
from infra.local.cloud import LocalCloud
from infra.settings import DatabaseSettings, read
from models import InvalidRowPolicy, UploadedTemplateFile
from sanitizer_lambda.contract import (
    REPORT_KEY_METADATA,
    SOURCE_VERSION_METADATA,
    SanitizedMessage,
)
from tests.benchmarks.import_tables import suite_rows, suites
from tests.worker.office import Office, key_of
from workers.main import Settings, open_world

_VERSION = "v1"
# Pause between two looks at the worker, seconds.
_LOOK = 0.2


@dataclass
class Watch:
    """What was seen of a worker: its peak in MiB, and the progress it told."""

    peak: int = 0
    told: list[Progress] = field(default_factory=list)


async def put(office: Office, upload: UploadedTemplateFile, rows: Iterable[list[str]], count: int) -> SanitizedMessage:
    """Leave a clean file of suites, of which only a row is in memory at a time."""
    key, bucket, sample = key_of(upload), office.world.storage.final, suites(1)
    with tempfile.TemporaryFile("w+b") as file:
        size = _write(file, [list(sample.header)], rows)
        report = replace(
            sample.report(_VERSION), rows_read=count, rows_clean=count, bytes_before=size, bytes_after=size
        )
        await bucket.write(key.report(_VERSION), report.dump(), content_type="application/json")
        await bucket.write(key.lines(_VERSION), sample.line_map(), content_type="application/octet-stream")
        metadata = {SOURCE_VERSION_METADATA: _VERSION, REPORT_KEY_METADATA: key.report(_VERSION)}
        await bucket._client.put_object(Bucket=bucket.name, Key=key.clean, Body=file, Metadata=metadata)
    return SanitizedMessage(key.quarantine, key.clean)


def _write(file: IO[bytes], first: list[list[str]], rows: Iterable[list[str]]) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(first)
    writer.writerows(rows)
    text.detach()
    return file.seek(0, os.SEEK_END) + file.seek(0)


def memory(process: Process) -> int:
    """Return the peak of a process's resident memory, MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


@asynccontextmanager
async def worker(environ: dict[str, str]) -> AsyncIterator[Process]:
    """Run a worker in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "airlock", "worker", env=environ)
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def measure(cloud: LocalCloud, name: str, rows: Iterable[list[str]], count: int) -> None:
    """Import one file and print."""
    environ = {**os.environ, **cloud.environment, "DATABASE_URL": cloud.postgres.create_database(name)}
    await migrate(read(DatabaseSettings, environ))
    settings = Settings.of(environ)
    async with open_world(settings, process_wide=True) as world:
        office, watch = Office(world, settings), Watch()
        upload = await office.upload(await office.project(), policy=InvalidRowPolicy.REJECT_ROWS)
        message = await put(office, upload, rows, count)
        await office.consumer().handle(message)
        listening = asyncio.create_task(_listen(office, watch))
        begin = time.perf_counter()
        async with worker(environ) as process:
            while not upload.is_terminal:
                await asyncio.sleep(_LOOK)
                watch.peak = memory(process)
                await upload.refresh_from_db()
        seconds = time.perf_counter() - begin
        listening.cancel()
    told = [progress.rows_read for progress in watch.told]
    print(
        f"{name}, {count:,} rows: {upload.status.value}, {upload.counts.created:,} created, "
        f"{upload.counts.rejected:,} rejected in {seconds:.1f} s with the worker's start; its peak {watch.peak} MiB; "
        f"{len(told)} notes of progress, rising: {told == sorted(told)}",
        flush=True,
    )


async def _listen(office: Office, watch: Watch) -> None:
    async with office.world.bus.listen() as hints:
        async for hint in hints:
            if hint.progress is not None:
                watch.told.append(hint.progress)


def bad_rows(count: int) -> Iterable[list[str]]:
    """Yield suites whose area is no number."""
    for row in suite_rows(count):
        yield [*row[:7], "large", *row[8:]]


async def main_of(rows: int) -> None:
    """Measure both files."""
    with (
        tempfile.TemporaryDirectory(prefix="airlock") as home,
        LocalCloud(Path(home) / "cloud", durable=False) as cloud,
    ):
        await measure(cloud, "new", suite_rows(rows), rows)
        await measure(cloud, "bad", bad_rows(rows // 10), rows // 10)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    uvloop.run(main_of(parser.parse_args().rows))


if __name__ == "__main__":
    main()
