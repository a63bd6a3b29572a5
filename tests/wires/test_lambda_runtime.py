"""One runtime of a function: what AWS lets it do, and what it does not."""

import dataclasses
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.errors import LocalStackError
from infra.local.lambda_function import FunctionSpec
from infra.local.lambda_runtime import Runtime
from infra.local.lambda_sandbox import Sandbox
from infra.local.process import is_running
from infra.local.stack import local_template

SPEC = FunctionSpec.of(local_template("http://127.0.0.1:1"))

Start = Callable[..., Runtime]


def bundle_of(folder: Path, source: str) -> Path:
    target = folder / "bundle.zip"
    with zipfile.ZipFile(target, "w") as content:
        content.writestr("small.py", source)
    return target


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a runtime of a handler written on the spot."""
    running: list[Runtime] = []

    def start(source: str, *, seconds: float = 5, megabytes: int = 512) -> Runtime:
        spec = dataclasses.replace(SPEC, handler="small.handler", timeout_seconds=seconds, memory_megabytes=megabytes)
        running.append(Runtime(spec, Sandbox(tmp_path / "lambda", bundle_of(tmp_path, source))))
        return running[-1]

    yield start
    for runtime in running:
        runtime.stop()


def test_the_template_says_what_runs_and_with_which_limits() -> None:
    assert SPEC.handler == "sanitizer_lambda.handler.handler"
    assert SPEC.environment["FINAL_BUCKET"] == "airlock-final-123456789012-us-east-1"
    assert SPEC.environment["SANITIZED_FILES_QUEUE_URL"] == "http://127.0.0.1:1/123456789012/airlock-sanitized-files"
    assert SPEC.queue_url.endswith("/airlock-quarantine-events")
    assert (SPEC.timeout_seconds, SPEC.maximum_concurrency, SPEC.partial_failures) == (60, 2, True)


def test_a_warm_runtime_keeps_its_process_and_its_globals(start: Start) -> None:
    runtime = start(
        "import os\ncount = 0\ndef handler(e, c):\n global count\n count += 1\n return [os.getpid(), count, e]"
    )
    first, second = runtime.invoke({"a": "ü"}), runtime.invoke(None)
    assert (first.cold, second.cold) == (True, False)
    assert first.payload[1:] == [1, {"a": "ü"}]
    assert second.payload == [first.payload[0], 2, None]


def test_a_runtime_started_ahead_is_warm_for_its_first_event(start: Start) -> None:
    runtime = start("import time\nborn = time.time()\ndef handler(e, c):\n return born")
    runtime.start()
    time.sleep(0.3)
    asked = time.time()
    ended = runtime.invoke({})
    assert not ended.cold
    assert ended.payload < asked
    assert ended.waited < 0.1


@pytest.mark.parametrize("seconds", [0, 0.5], ids=["at once", "after its end"])
def test_a_runtime_started_ahead_that_cannot_load_says_why_to_every_event(start: Start, seconds: float) -> None:
    runtime = start("import no_such_module\ndef handler(e, c):\n return 1")
    runtime.start()
    time.sleep(seconds)
    for _ in range(2):
        ended = runtime.invoke({})
        assert ended.error is not None
        assert ended.error["errorType"] == "Runtime.ImportModuleError"


def test_the_context_carries_the_limits_and_the_request(start: Start) -> None:
    runtime = start(
        "def handler(e, c):\n return [c.aws_request_id, c.get_remaining_time_in_millis(), c.memory_limit_in_mb,"
        " c.invoked_function_arn]",
        seconds=4,
    )
    ended = runtime.invoke({})
    request_id, milliseconds, megabytes, arn = ended.payload
    assert request_id == ended.request_id
    assert 3_500 < milliseconds <= 4_000
    assert (int(megabytes), arn) == (512, SPEC.arn)


def test_the_function_sees_only_its_bundle_the_runtime_and_the_standard_library(start: Start, tmp_path: Path) -> None:
    runtime = start(
        "import sys, os, importlib.util\n"
        "def handler(e, c):\n"
        " found = {name: bool(importlib.util.find_spec(name)) for name in e}\n"
        " return [found, sys.path, dict(os.environ), os.getcwd()]"
    )
    names = {"boto3": True, "awslambdaric": True, "dateutil": True, "json": True}
    hidden = dict.fromkeys(("sanitizer_lambda", "infra", "nh3", "re2", "moto", "pytest", "asyncpg", "yaml"), False)
    found, path, environment, folder = runtime.invoke([*names, *hidden]).payload
    assert found == {**names, **hidden}
    assert not any("site-packages" in each or "dist-packages" in each for each in path)
    assert folder == environment["LAMBDA_TASK_ROOT"] == path[0]
    assert Path(folder).is_relative_to(tmp_path)
    extra = {name for name in environment if not name.startswith(("AWS_", "LAMBDA_", "MAX_"))}
    ours = {"FINAL_BUCKET", "SANITIZED_FILES_QUEUE_URL", "HOME", "LANG", "PATH", "TZ", "_HANDLER"}
    assert extra - {"LC_CTYPE"} == ours  # Python itself sets LC_CTYPE where it has no locale


def test_a_raising_handler_fails_the_invocation_and_the_runtime_stays_warm(start: Start) -> None:
    runtime = start("def handler(e, c):\n if e: raise LookupError('no such thing')\n return 'fine'")
    failed, fine = runtime.invoke(1), runtime.invoke(0)
    assert failed.error is not None
    assert (failed.error["errorType"], failed.error["errorMessage"]) == ("LookupError", "no such thing")
    assert (fine.payload, fine.cold) == ("fine", False)


def test_a_library_that_is_not_in_the_bundle_fails_as_on_aws(start: Start) -> None:
    runtime = start("import nh3\ndef handler(e, c):\n return 1")
    for _ in range(2):
        ended = runtime.invoke({})
        assert ended.error is not None
        assert ended.error["errorType"] == "Runtime.ImportModuleError"
        assert "No module named 'nh3'" in ended.error["errorMessage"]
        assert ended.cold


def test_a_handler_past_its_time_is_killed_and_the_next_one_starts_cold(start: Start) -> None:
    runtime = start("import time, os\ndef handler(e, c):\n time.sleep(e)\n return os.getpid()", seconds=0.5)
    pid = runtime.invoke(0).payload
    began = time.monotonic()
    ended = runtime.invoke(30)
    assert time.monotonic() - began < 2
    assert ended.error is not None
    assert ended.error["errorMessage"].endswith("Task timed out after 0.50 seconds")
    assert not is_running(pid)
    assert runtime.invoke(0).cold


def test_a_handler_past_its_memory_is_killed_and_the_next_one_starts_cold(start: Start) -> None:
    runtime = start(
        "def handler(e, c):\n held = b'x' * (e << 20)\n import time; time.sleep(1)\n return 1", megabytes=128
    )
    ended = runtime.invoke(200)
    assert ended.error is not None
    assert ended.error["errorType"] == "Runtime.OutOfMemory"
    assert (again := runtime.invoke(1)).cold
    assert again.payload == 1


def test_a_handler_that_ends_its_process_fails_the_invocation(start: Start) -> None:
    runtime = start("import os\ndef handler(e, c):\n os._exit(e)")
    ended = runtime.invoke(3)
    assert ended.error is not None
    assert ended.error["errorType"] == "Runtime.ExitError"
    assert ended.error["errorMessage"].endswith("Runtime exited with error: exit status 3")


def test_stopping_ends_what_the_handler_started_too(start: Start) -> None:
    runtime = start(
        "import subprocess, os\ndef handler(e, c):\n return [os.getpid(), subprocess.Popen(['sleep', '60']).pid]"
    )
    pids = runtime.invoke({}).payload
    assert all(map(is_running, pids))
    runtime.stop()
    deadline = time.monotonic() + 2
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_running, pids))


def test_what_the_function_prints_is_in_its_log_with_lambdas_own_lines(start: Start, tmp_path: Path) -> None:
    ended = start("def handler(e, c):\n print('grüße')").invoke({})
    log = (tmp_path / "lambda" / "log").read_text(encoding="utf-8")
    assert log.index(f"START RequestId: {ended.request_id}") < log.index("grüße") < log.index("REPORT RequestId")
    assert "Max Memory Used: " in log
    assert "Init Duration: " in log


def test_a_warm_invocation_costs_milliseconds(start: Start) -> None:
    runtime = start("def handler(e, c):\n return e")
    runtime.invoke(0)
    took = sorted(runtime.invoke(number).seconds for number in range(50))
    assert took[25] < 0.01


def test_a_damaged_bundle_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(os.urandom(100))
    with pytest.raises(LocalStackError, match="can't be unpacked"):
        Sandbox(tmp_path / "lambda", tmp_path / "bundle.zip")
