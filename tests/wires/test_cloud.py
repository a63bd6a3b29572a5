"""The whole cloud: starts at once, ends without a trace, remembers everything."""

import asyncio
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import redis

from infra.local.cloud import LocalCloud
from infra.local.errors import LocalStackError
from infra.local.folder import OwnedFolder
from infra.local.process import is_running, python_environment
from infra.local.stack import STACK_NAME
from tests.processes import processes_of

Client = Callable[[LocalCloud, str], Any]

# Holds a cloud with all its parts, a busy database session and a busy function, and says so.
HOLDER = """
import sys, time
from pathlib import Path
from infra.local.cloud import LocalCloud
cloud = LocalCloud(Path(sys.argv[1]), durable=False)
cloud.start()
cloud.start_function(Path(sys.argv[2]))
print(cloud.environment["DATABASE_URL"], flush=True)
time.sleep(120)
"""

SLEEPING = "import time\ndef handler(event, context):\n print('asleep', flush=True)\n time.sleep(100)"


def descendants(pid: int) -> set[int]:
    """Find all processes below one."""
    return {child.pid for child in psutil.Process(pid).children(recursive=True)}


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)


def bundle_of(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "bundle.zip", "w") as content:
        content.writestr("sanitizer_lambda/handler.py", SLEEPING)
    return folder / "bundle.zip"


async def test_no_process_outlives_a_holder_that_was_killed_and_all_it_held_is_there_again(
    tmp_path: Path, aws_client: Client
) -> None:
    home = tmp_path / "home"
    arguments = ["-c", HOLDER, str(home), str(bundle_of(tmp_path))]
    holder = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, env=python_environment()
    )
    assert holder.stdout is not None
    database_url = (await holder.stdout.readline()).decode().strip()
    session, busy = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    await session.execute("create table kept as select 1 as value")
    computing = asyncio.create_task(busy.fetchval("select count(*) from generate_series(1, 10000000000)"))
    log = home / "lambda" / "log"
    until(lambda: log.exists() and "asleep" in log.read_text())  # on S3's test event
    await asyncio.sleep(0.1)
    below = descendants(holder.pid)
    assert len(below) >= 9, "Postgres and its backends, Valkey, S3 and SQS, the emulator and its runtime"
    holder.kill()
    await holder.wait()
    with pytest.raises((asyncpg.PostgresError, ConnectionError)):
        await computing
    until(lambda: not any(map(is_running, below)))
    session.terminate()
    busy.terminate()
    with LocalCloud(home, durable=False) as cloud:
        again = await asyncpg.connect(cloud.environment["DATABASE_URL"])
        assert await again.fetchval("select value from kept") == 1
        await again.close()
        (stack,) = aws_client(cloud, "cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"


async def test_all_of_it_is_there_at_the_next_start(tmp_path: Path, aws_client: Client) -> None:
    with LocalCloud(tmp_path, durable=False) as cloud:
        environment = cloud.environment
        connection = await asyncpg.connect(environment["DATABASE_URL"])
        await connection.execute("create table kept as select 1 as value")
        await connection.close()
        with redis.Redis.from_url(environment["REDIS_URL"]) as client:
            client.set("kept", "1")
        aws_client(cloud, "s3").put_object(Bucket=environment["FINAL_BUCKET"], Key="kept", Body=b"1")
    assert processes_of(tmp_path) == []
    began = time.monotonic()
    with LocalCloud(tmp_path, durable=False, parameters={"RetentionDays": "7"}) as cloud:
        assert time.monotonic() - began < 6  # under 2 s on two cores that have nothing else to do
        assert cloud.environment.keys() == environment.keys()
        connection = await asyncpg.connect(cloud.environment["DATABASE_URL"])
        assert await connection.fetchval("select value from kept") == 1
        await connection.close()
        with redis.Redis.from_url(cloud.environment["REDIS_URL"]) as client:
            assert client.get("kept") == b"1"
        s3, bucket = aws_client(cloud, "s3"), cloud.environment["FINAL_BUCKET"]
        assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"1"
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert {"NoncurrentDays": 7} in [rule.get("NoncurrentVersionExpiration") for rule in rules]
        (stack,) = aws_client(cloud, "cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
        assert stack["StackStatus"] == "UPDATE_COMPLETE"


def test_a_home_in_use_is_one_sentence(wires: LocalCloud) -> None:
    with pytest.raises(LocalStackError, match=rf"is in use by a running stack \(process {os.getpid()}\)"):
        LocalCloud(wires.home).start()


def test_when_one_part_cannot_start_nothing_is_left_running(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "snapshot").write_text("nonsense")
    with pytest.raises(LocalStackError, match="What S3 and SQS held can't be read"):
        LocalCloud(tmp_path, durable=False).start()
    assert processes_of(tmp_path) == []
    for part in (tmp_path, tmp_path / "postgres", tmp_path / "valkey", tmp_path / "aws"):
        folder = OwnedFolder(part)
        folder.claim()
        folder.release()
