from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from airlock.product import Product
from infra.local.port import free_port, listen
from tests.journeys.files import suites
from tests.processes import processes_of

AIRLOCK = [sys.executable, "-m", "airlock"]


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AIRLOCK, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "200", **(environment or {})},
        check=False,
    )


def test_up_once_processes_the_samples_finds_its_data_again_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {"AIRLOCK_HOME": str(tmp_path / "home"), "PORT": str(free_port())}
    first = run("up", "--once", environment=environment)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.count("PROCESSED") == 4
    assert processes_of(tmp_path) == []
    second = run("up", "--once", environment=environment)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "8 rows read: 8 unchanged" in second.stdout


def test_no_process_outlives_a_killed_stack(tmp_path: Path) -> None:
    environment = {**os.environ, "AIRLOCK_HOME": str(tmp_path / "home"), "PORT": str(free_port())}
    with subprocess.Popen([*AIRLOCK, "up"], env=environment, stdout=subprocess.PIPE, text=True) as stack:
        assert stack.stdout is not None
        for line in stack.stdout:
            if "Ctrl-C" in line:
                break
        assert len(processes_of(tmp_path)) > 4
        stack.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(tmp_path) == []


def test_ctrl_c_ends_the_stack_cleanly(tmp_path: Path) -> None:
    environment = {**os.environ, "AIRLOCK_HOME": str(tmp_path / "home"), "PORT": str(free_port())}
    with subprocess.Popen([*AIRLOCK, "up"], env=environment, stdout=subprocess.PIPE, text=True) as stack:
        assert stack.stdout is not None
        for line in stack.stdout:
            if "Ctrl-C" in line:
                break
        stack.send_signal(signal.SIGINT)
        assert stack.wait(30) == 0
    assert processes_of(tmp_path) == []


def test_a_taken_port_gets_one_clear_sentence(tmp_path: Path) -> None:
    with listen() as taken:
        port = str(taken.getsockname()[1])
        refused = run("up", "--once", environment={"AIRLOCK_HOME": str(tmp_path), "PORT": port})
    assert refused.returncode == 1
    assert port in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_home_that_cannot_be_made_gets_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = run(
        "up", "--once", environment={"AIRLOCK_HOME": str(tmp_path / "file" / "home"), "PORT": str(free_port())}
    )
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "Traceback" not in refused.stderr


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    refused = run("api", environment={"AIRLOCK_HOME": str(tmp_path)})
    assert refused.returncode == 1
    assert "is not set" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_upload_exits_0_on_processed_and_1_with_the_reason_on_failed(product: Product, tmp_path: Path) -> None:
    environment = {**product.environment, "AIRLOCK_HOME": str(product.home)}
    good = run(
        "upload",
        str(suites(tmp_path / "good.csv", 4, first=6000)),
        "--user",
        "ada@acme.example",
        environment=environment,
    )
    assert good.returncode == 0, good.stdout + good.stderr
    assert "4 rows read: 4 created" in good.stdout
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"PK\x03\x04" + b"\0" * 50)
    refused = run("upload", str(bad), "--user", "ada@acme.example", environment=environment)
    assert refused.returncode == 1
    assert "NOT_CSV" in refused.stdout


def test_upload_says_why_rows_were_refused_and_where_they_are(product: Product, tmp_path: Path) -> None:
    environment = {**product.environment, "AIRLOCK_HOME": str(product.home)}
    path = tmp_path / "mixed.csv"
    path.write_text("code,name,bedrooms\nTOLD1,One,1\nTOLD2,Two,many\nTOLD3,,2\n")
    sent = run("upload", str(path), "--user", "ada@acme.example", "--reject-rows", environment=environment)
    assert sent.returncode == 0, sent.stdout + sent.stderr
    assert "1 x NOT_A_NUMBER in bedrooms, first on line 3:" in sent.stdout
    assert "1 x REQUIRED in name, first on line 4:" in sent.stdout
    url = next(word for word in sent.stdout.split() if "rejects.csv" in word)
    rows = httpx.get(url).text
    assert rows.startswith("code,name,bedrooms,_line,_errors\nTOLD2,Two,many,3,")


def test_token_prints_the_token_alone(product: Product) -> None:
    printed = run("token", "--user", "ada@acme.example", "--ttl", "60", environment=product.environment)
    assert printed.returncode == 0
    assert printed.stdout.count("\n") == 1
    assert printed.stdout.count(".") == 2


def test_schema_prints_what_is_checked_in() -> None:
    printed = run("schema")
    root = Path(__file__).resolve().parents[2]
    assert printed.stdout == (root / "gql" / "schema" / "schema.graphql").read_text()


@pytest.mark.parametrize(
    "command", ["up", "api", "worker", "migrate", "token", "schema", "bundle", "upload", "sanitize", "detect"]
)
def test_every_command_explains_itself(command: str) -> None:
    helped = run(command, "--help")
    assert helped.returncode == 0
    assert "Usage" in helped.stdout
