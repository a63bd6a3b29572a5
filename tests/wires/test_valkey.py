"""Valkey of a local stack: found again, whatever became of the last one."""

import os
import signal
from pathlib import Path

import pytest
import redis

from infra.local.errors import LocalStackError
from infra.local.port import listen
from infra.local.process import is_running
from infra.local.valkey import Valkey


def value_of(url: str, key: str) -> object:
    with redis.Redis.from_url(url) as client:
        return client.get(key)


def test_data_is_there_at_the_next_start(tmp_path: Path) -> None:
    with Valkey(tmp_path) as first:
        with redis.Redis.from_url(first.url()) as client:
            client.set("kept", "1")
        pid = first.pid
    assert pid is not None
    assert not is_running(pid)
    with Valkey(tmp_path) as second:
        assert value_of(second.url(), "kept") == b"1"


def test_data_is_there_after_the_server_was_killed(tmp_path: Path) -> None:
    first = Valkey(tmp_path)
    first.start()
    with redis.Redis.from_url(first.url()) as client:
        client.set("kept", "1")
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    first.stop()
    with Valkey(tmp_path) as second:
        assert value_of(second.url(), "kept") == b"1"


def test_it_wants_the_password_and_shows_it_to_nobody(tmp_path: Path) -> None:
    with Valkey(tmp_path) as running:
        with pytest.raises(redis.AuthenticationError):
            value_of(f"redis://127.0.0.1:{running.port}/0", "x")
        assert running.password.encode() not in Path(f"/proc/{running.pid}/cmdline").read_bytes()
        assert (tmp_path / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with listen() as listener:
        port = listener.getsockname()[1]
        with pytest.raises(LocalStackError, match=f"Port {port} on 127.0.0.1 can't be used"):
            Valkey(tmp_path, port=port).start()


def test_a_folder_in_use_is_one_sentence(tmp_path: Path) -> None:
    with Valkey(tmp_path), pytest.raises(LocalStackError, match="is in use by a running stack"):
        Valkey(tmp_path).start()


def test_a_damaged_log_is_one_sentence(tmp_path: Path) -> None:
    with Valkey(tmp_path):
        pass
    for file in (tmp_path / "appendonlydir").iterdir():
        file.write_bytes(b"nonsense\n")
    with pytest.raises(LocalStackError, match=r"^Valkey ended while starting: "):
        Valkey(tmp_path).start()


def test_it_works_in_a_folder_with_spaces_and_a_long_name(tmp_path: Path) -> None:
    with Valkey(tmp_path / ("long name " * 12)) as running:
        assert value_of(running.url(), "x") is None
