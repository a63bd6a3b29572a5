"""How fast an import is, beside what the database itself needs for the same bytes; prints, and judges loosely."""

from __future__ import annotations

import io
import statistics
import time
from itertools import pairwise

import pytest
from tortoise import connections

from models import UploadStatus
from tests.worker.office import Clean, Office, fresh, suites
from workers import ingest

pytestmark = pytest.mark.benchmark


def table(rows: int, price: int = 300_000) -> Clean:
    return suites(
        *(
            {
                "code": f"S{number:06d}", "name": f"Suite type {number}", "description": "Corner" if number % 3 else "",
                "suite_type": "APARTMENT", "bedrooms": str(number % 5), "bathrooms": "1.5", "has_den": "no",
                "area": f"{40 + number % 60}.{number % 9 + 1}", "area_unit": "SQM", "balcony_area": "6.5",
                "base_price": f"{price + number}.00", "currency": "CAD", "floor_from": "2", "floor_to": "12",
                "quantity": "11", "external_id": f"E-{number}", "is_active": "yes", "tags": "corner;view",
            }
            for number in range(rows)
        )
    )  # fmt: skip


async def copied(clean: Clean) -> float:
    """Return the seconds of a raw COPY of the clean file into a plain table of text columns, at the median of three."""
    async with connections.get("default").acquire_connection() as raw:
        columns = ", ".join(f"{name} text" for name in clean.header)
        await raw.execute(f"CREATE TABLE IF NOT EXISTS plain_copy ({columns})")
        seconds = []
        for _ in range(3):
            await raw.execute("TRUNCATE plain_copy")
            begin = time.perf_counter()
            await raw.copy_to_table("plain_copy", source=io.BytesIO(clean.text()), format="csv", header=True)
            seconds.append(time.perf_counter() - begin)
        await raw.execute("DROP TABLE plain_copy")
    return statistics.median(seconds)


async def test_the_time_from_a_message_to_its_committed_rows(office: Office) -> None:
    clean, steps = table(1_000), []
    for _ in range(30):
        upload = await office.upload(await office.project())
        message = await office.put(upload, clean)
        marks = [time.perf_counter()]
        await office.consumer().handle(message)
        marks.append(time.perf_counter())
        lease = await office.claim()
        marks.append(time.perf_counter())
        await ingest.ingest(lease, office.effects())
        marks.append(time.perf_counter())
        steps.append([after - before for before, after in pairwise(marks)])
    names = ("message to step", "claim", "import")
    for name, seconds in zip(names, zip(*steps, strict=True), strict=True):
        print(f"\n{name}: {statistics.median(seconds) * 1000:.1f} ms", end="")
    whole = [sum(row) * 1000 for row in steps]
    print(f"\n1,000 rows, message to committed: {statistics.median(whole):.1f} ms (best {min(whole):.1f})")


async def test_the_speed_of_100_000_rows_beside_a_raw_copy(office: Office) -> None:
    project, clean = await office.project(), table(100_000)
    for what, file in (("new", clean), ("all there", clean), ("all changed", table(100_000, 400_000))):
        raw = await copied(file)
        upload = await office.queued(project, file)
        lease = await office.claim()
        begin, cpu = time.perf_counter(), time.process_time()
        await ingest.ingest(lease, office.effects())
        seconds, busy = time.perf_counter() - begin, time.process_time() - cpu
        assert (await fresh(upload)).status is UploadStatus.PROCESSED
        print(f"\n{what}: {seconds:.2f} s ({busy:.2f} s of it in Python), raw COPY {raw:.2f} s: {raw / seconds:.2f}x")
