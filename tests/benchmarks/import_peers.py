"""Print how fast other ways to import the same file are: ``python -m tests.benchmarks.import_peers [--rows N]``.

Tortoise's ``bulk_create`` with ``on_conflict`` runs here; django-import-export runs in an environment of its own, which
this makes and fills from the package index (``--environment`` names one that is kept). One server, one file, one run.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvloop
from tortoise import connections

from infra.local.cloud import LocalCloud
from models import SuiteTemplate, fold_code
from tests.benchmarks.import_speed import imported, offices
from tests.benchmarks.import_tables import suites
from tests.worker.office import Clean, Office, Project

_SCRIPT = Path(__file__).parent / "peers" / "django_import_export.py"
_PACKAGES = ("Django>=5.2,<6", "django-import-export>=4.4,<5", "psycopg[binary]>=3.3,<4")
_BATCH = 2_000
_NOT_UPDATED = {"id", "organization_id", "project_id", "code_key", "created_by_id", "created_line", "revision"}
_WHATS = ("new", "all there")


def prepared(folder: Path) -> Path:
    """Return the Python of an environment with the peer, made where there is none."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *_PACKAGES], check=True)
    return python


def django(python: Path, cloud: LocalCloud, file: Path) -> list[float]:
    """Return the seconds django-import-export takes for a new file, and for the same again."""
    environ = {**os.environ, "DATABASE_URL": cloud.postgres.create_database("peer")}
    done = subprocess.run(
        [python, _SCRIPT, file, str(len(_WHATS))], env=environ, check=True, capture_output=True, text=True
    )
    found: list[float] = json.loads(done.stdout)
    return found


async def tortoise(project: Project, text: bytes) -> float:
    """Return the seconds Tortoise's upsert of the file takes, typed in the simplest way and not checked at all."""
    begin = time.perf_counter()
    rows = csv.DictReader(io.StringIO(text.decode(), newline=""))
    columns = [column for column in SuiteTemplate._meta.fields_db_projection if column not in _NOT_UPDATED]
    columns = [column for column in columns if column not in ("organization", "project", "set_by")]
    async with connections.get("default")._in_transaction() as using:
        await SuiteTemplate.bulk_create(
            _records(project, rows),
            batch_size=_BATCH,
            on_conflict=("project_id", "code_key"),
            update_fields=columns,
            using_db=using,
        )
    return time.perf_counter() - begin


def _records(project: Project, rows: Iterable[dict[str, Any]]) -> Iterator[SuiteTemplate]:
    now = datetime.now(UTC)
    for row in rows:
        values = {name: value or None for name, value in row.items()}
        for name in ("bedrooms", "floor_from", "floor_to", "quantity"):
            values[name] = int(row[name])
        for name in ("bathrooms", "area", "balcony_area", "base_price"):
            values[name] = Decimal(row[name])
        for name in ("has_den", "is_active"):
            values[name] = row[name] == "yes"
        values["tags"] = row["tags"].split(";")
        yield SuiteTemplate(
            organization_id=project.organization_id,
            project_id=project.id,
            code_key=fold_code(row["code"]),
            set_at=now,
            revision=1,
            **values,
        )


async def ours(cloud: LocalCloud, office: Office, clean: Clean) -> list[float]:
    """Return the seconds our import takes for a new file, and for the same again."""
    project = await office.project()
    return [(await imported(cloud, office, project, clean)).wall for _ in _WHATS]


def _written(folder: Path, clean: Clean) -> Path:
    file = folder / "suites.csv"
    file.write_bytes(clean.text())
    return file


async def measure(rows: int, environment: Path) -> None:
    """Measure and print."""
    clean, python = suites(rows), prepared(environment)
    with (
        tempfile.TemporaryDirectory(prefix="airlock") as home,
        LocalCloud(Path(home) / "cloud", durable=False) as cloud,
    ):
        file = _written(Path(home), clean)
        async with offices(cloud) as office:
            own = await ours(cloud, office, clean)
            project = await office.project()
            by_tortoise = [await tortoise(project, clean.text()) for _ in _WHATS]
        by_django = django(python, cloud, file)
    for what, mine, orm, peer in zip(_WHATS, own, by_tortoise, by_django, strict=True):
        print(
            f"{rows:,} suites, {what}: ours {mine:.2f} s; Tortoise bulk_create {orm:.2f} s: {orm / mine:.1f} x; "
            f"django-import-export {peer:.2f} s: {peer / mine:.1f} x"
        )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--environment", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="airlock-peers") as folder:
        uvloop.run(measure(given.rows, given.environment or Path(folder)))


if __name__ == "__main__":
    main()
