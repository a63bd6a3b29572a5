"""How long a small file takes from the end of its POST to PROCESSED on an open socket, beside the sum of its hops."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

from airlock.client import Client
from airlock.product import Product
from infra.database import migrate
from infra.settings import DatabaseSettings
from tests.benchmarks.hops import Hops, journey
from tests.journeys.files import suites
from tests.worker.office import Clean, Office
from tests.worker.office import suites as clean_suites
from workers import ingest
from workers.main import Settings, open_world

pytestmark = pytest.mark.benchmark

TIMES = 30
ROWS = 1_000


async def test_a_small_file_takes_less_than_three_times_the_sum_of_its_hops(
    product: Product, ada: Client, tmp_path: Path
) -> None:
    paths = [suites(tmp_path / f"{number}.csv", ROWS, first=number * ROWS) for number in range(TIMES + 3)]
    project = str((await ada.projects())[0]["id"])
    totals = [await journey(ada, path, project) for path in paths][3:]  # the first ones start processes
    size = paths[0].stat().st_size
    hops = Hops(product)
    claims, upserts = await claims_and_upserts(product)
    medians = {
        "S3 event to queue": median(hops.event_to_queue(size, TIMES)),
        "queue to function": median(hops.queue_to_function(TIMES)),
        "object writes": median(hops.object_writes(size, TIMES)),
        "queue to consumer": median(await hops.queue_to_consumer(TIMES)),
        "claim": median(claims),
        "upsert": median(upserts),
        "hint": median(await hops.hint(TIMES)),
        "push": median(await hops.push(TIMES)),
    }
    total, parts = median(totals), sum(medians.values())
    print()
    for name, seconds in medians.items():
        print(f"  {name:<20}{1000 * seconds:8.1f} ms")
    print(f"  {'sum of the hops':<20}{1000 * parts:8.1f} ms")
    print(f"  {'whole journey':<20}{1000 * total:8.1f} ms = {total / parts:.2f} x the sum")
    print(f"  medians of {TIMES} files of {ROWS} rows")
    assert total < 3 * parts


async def claims_and_upserts(product: Product) -> tuple[list[float], list[float]]:
    """Import new files of the same rows in this process, into a database of its own."""
    url = product.cloud.postgres.create_database("bench")
    await migrate(DatabaseSettings(url))
    settings = Settings.of({**product.environment, "DATABASE_URL": url})
    claims, upserts = [], []
    async with open_world(settings, process_wide=True) as world:
        office = Office(world, settings)
        project = await office.project()
        for number in range(TIMES):
            await office.queued(project, rows(number * ROWS))
            began = time.perf_counter()
            lease = await office.claim()
            claims.append(time.perf_counter() - began)
            await ingest.ingest(lease, office.effects())
            upserts.append(time.perf_counter() - began - claims[-1])
    return claims, upserts


def rows(first: int) -> Clean:
    return clean_suites(
        *(
            {
                "code": f"S{number:06}",
                "name": f"Suite {number}",
                "suite_type": "APARTMENT",
                "bedrooms": str(number % 5),
                "area": f"{40 + number % 60}.5",
                "area_unit": "SQM",
                "base_price": f"{200_000 + number}.00",
                "currency": "CAD",
                "quantity": "3",
            }
            for number in range(first, first + ROWS)
        )
    )
