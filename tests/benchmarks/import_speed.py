"""Print how fast imports are beside a raw COPY: ``python -m tests.benchmarks.import_speed [--rows N] [--small]``.

The measure is a COPY of the same clean file into a plain table: columns typed like the model's, no index, no
constraint; beside it, for who wants to compare, one into columns of text. All on one server, in one run. The import's
time is a worker's: from the claim to the commit, with the file read from S3. Beside the time on the clock stands that
of the processors, which other programs on the machine change less: Postgres's for both, and this process's.
"""

from __future__ import annotations

import argparse
import gc
import io
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import psutil
import uvloop
from tortoise import connections

from infra.database import migrate
from infra.local.cloud import LocalCloud
from infra.settings import DatabaseSettings, read
from models import PhaseTemplate, SuiteTemplate, UploadStatus
from sanitizer_lambda.contract import COLUMNS, ColumnType, TemplateKind
from tests.benchmarks.import_tables import suites, suites_with_phases
from tests.worker.office import Clean, Office, Project
from workers import ingest
from workers.main import Settings, open_world
from workers.staging.tables import table_of

# A raw COPY is repeated, as it is short: the middle of five.
_COPIES = 5
_SMALL_ROWS, _SMALL_FILES = 1_000, 60


@asynccontextmanager
async def offices(cloud: LocalCloud) -> AsyncIterator[Office]:
    """Yield an office over a database of its own."""
    environ = {**cloud.environment, "DATABASE_URL": cloud.postgres.create_database("imports")}
    await migrate(read(DatabaseSettings, environ))
    settings = Settings.of(environ)
    async with open_world(settings, process_wide=True) as world:
        yield Office(world, settings)


class Clock:
    """What time passes, and how busy Postgres and this process are meanwhile, all in seconds."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._postgres = psutil.Process(cloud.postgres.pid)
        self._begin = self._now()

    def _now(self) -> tuple[float, float, float]:
        servers = (child.cpu_times() for child in self._postgres.children())
        return time.perf_counter(), sum(one.user + one.system for one in servers), time.process_time()

    def taken(self) -> Took:
        """Return what has passed since this was made."""
        return Took(*(now - then for now, then in zip(self._now(), self._begin, strict=True)))


class Took(NamedTuple):
    """Seconds on the clock, of Postgres's processors, and of this process's."""

    wall: float
    postgres: float
    python: float


async def copied(cloud: LocalCloud, clean: Clean, *, typed: bool) -> Took:
    """Return what a COPY of the clean file into a plain table takes, at the median of several."""
    types = _types(clean.kind) if typed else {}
    columns = ", ".join(f"{name} {types.get(name, 'text')}" for name in clean.header)
    text, seconds = clean.text(), []
    async with connections.get("default").acquire_connection() as raw:
        await raw.execute(f"CREATE TABLE plain_copy ({columns})")
        for _ in range(_COPIES):
            await raw.execute("TRUNCATE plain_copy")
            clock = Clock(cloud)
            await raw.copy_to_table("plain_copy", source=io.BytesIO(text), format="csv", header=True)
            seconds.append(clock.taken())
        await raw.execute("DROP TABLE plain_copy")
    return sorted(seconds)[_COPIES // 2]


def _types(kind: TemplateKind) -> dict[str, str]:
    """Return the SQL types of a file's columns; what has a syntax of its own in a file stays text."""
    models = {"suite_": table_of(SuiteTemplate).types, "phase_": table_of(PhaseTemplate).types}
    own = (ColumnType.LIST, ColumnType.DEPENDENCIES)
    found = {}
    for column in COLUMNS[kind]:
        prefix = "phase_" if kind is TemplateKind.PHASE_TEMPLATES or column.name.startswith("phase_") else "suite_"
        types = models[prefix]
        name = column.name if column.name in types else column.name.removeprefix(prefix)
        if column.type not in own:
            found[column.name] = types.get(name, "text")
    return found


async def imported(cloud: LocalCloud, office: Office, project: Project, clean: Clean) -> Took:
    """Import a file."""
    upload = await office.queued(project, clean)
    clock = Clock(cloud)
    await ingest.ingest(await office.claim(), office.effects())
    took = clock.taken()
    await upload.refresh_from_db()
    assert upload.status is UploadStatus.PROCESSED, upload.failure_message
    return took


async def large(cloud: LocalCloud, office: Office, name: str, files: list[tuple[str, Clean]], rounds: int) -> None:
    """Import files one after the other into a new project, several times, and print the best of each."""
    found: dict[str, list[Took]] = {}
    for _ in range(rounds):
        await connections.get("default").execute_script("TRUNCATE organization CASCADE")
        project = await office.project()
        for what, clean in files:
            found.setdefault(what, []).append(await imported(cloud, office, project, clean))
    for what, clean in files:
        plain, text = await copied(cloud, clean, typed=True), await copied(cloud, clean, typed=False)
        best = min(found[what])
        print(
            f"{name}, {len(clean.rows):,} rows, {what}: {best.wall:.2f} s (Postgres {best.postgres:.2f}, here "
            f"{best.python:.2f}); raw COPY {plain.wall:.3f} s ({plain.postgres:.2f}): {plain.wall / best.wall:.2f} x, "
            f"into text columns {text.wall:.3f} s: {text.wall / best.wall:.2f} x",
            flush=True,
        )


async def small(office: Office) -> None:
    """Print the milliseconds from a message to the commit, for a thousand rows."""
    clean, steps = suites(_SMALL_ROWS), []
    for _ in range(_SMALL_FILES):
        message = await office.put(await office.upload(await office.project()), clean)
        marks = [time.perf_counter()]
        await office.consumer().handle(message)
        marks.append(time.perf_counter())
        lease = await office.claim()
        marks.append(time.perf_counter())
        await ingest.ingest(lease, office.effects())
        marks.append(time.perf_counter())
        steps.append([1000 * (after - before) for before, after in pairwise(marks)])
    parts = ", ".join(
        f"{name} {statistics.median(column):.1f}"
        for name, column in zip(("message to step", "claim", "import"), zip(*steps, strict=True), strict=True)
    )
    whole = [sum(row) for row in steps]
    print(f"{_SMALL_ROWS:,} rows: {statistics.median(whole):.1f} ms (best {min(whole):.1f}); {parts}")


async def measure(rows: int, rounds: int, *, only_small: bool) -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory(prefix="airlock") as home,
        LocalCloud(Path(home) / "cloud", durable=False) as cloud,
    ):
        async with offices(cloud) as office:
            await small(office)
            if only_small:
                return
            files = [("new", suites(rows)), ("all there", suites(rows)), ("all changed", suites(rows, 400_000))]
            await large(cloud, office, "suites", files, rounds)
            clean = suites_with_phases(rows)
            await large(cloud, office, "suites with phases", [("new", clean), ("all there", clean)], rounds)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="only the file of a thousand rows")
    given = parser.parse_args()
    gc.set_threshold(50_000, 50, 1_000)  # as a worker does
    uvloop.run(measure(given.rows, given.rounds, only_small=given.small))


if __name__ == "__main__":
    main()
