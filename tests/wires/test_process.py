"""Child processes of ours: they say why they failed, and never outlive us."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.errors import LocalStackError
from infra.local.folder import OwnedFolder
from infra.local.port import free_port, listen
from infra.local.process import Command, OwnedProcess, is_running, python_environment


def command(tmp_path: Path, *argv: str) -> Command:
    return Command(name="The child", argv=argv, log=tmp_path / "log")


def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.01)


def test_a_child_dies_when_its_holder_is_killed(tmp_path: Path) -> None:
    source = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from infra.local.process import Command, OwnedProcess
        child = OwnedProcess(Command(name="c", argv=["sleep", "60"], log=Path(sys.argv[1])))
        print(child.pid, flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", source, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        text=True,
        env=python_environment(),
    ) as holder:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        assert is_running(pid)
        holder.kill()
        holder.wait()
        until(lambda: not is_running(pid))


def test_a_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    started: list[OwnedProcess] = []
    thread = threading.Thread(target=lambda: started.append(OwnedProcess(command(tmp_path, "sleep", "60"))))
    thread.start()
    thread.join()
    time.sleep(0.1)
    with started[0] as child:
        assert child.alive


def test_an_ended_child_is_not_alive_and_a_zombie_does_not_run(tmp_path: Path) -> None:
    zombie = subprocess.Popen(["true"])
    until(lambda: Path(f"/proc/{zombie.pid}/stat").read_text().split()[2] == "Z")
    assert not is_running(zombie.pid)
    zombie.wait()
    with OwnedProcess(command(tmp_path, "true")) as child:
        until(lambda: not child.alive)
        assert child.returncode == 0
    assert is_running(os.getpid())


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    child = OwnedProcess(command(tmp_path, "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"))
    child.wait_until(lambda: "up" in (tmp_path / "log").read_text(), 5)
    child.stop(patience=0.2)
    assert child.returncode == -signal.SIGKILL


def test_a_child_that_dies_while_starting_says_why(tmp_path: Path) -> None:
    child = OwnedProcess(command(tmp_path, "sh", "-c", "echo FATAL: no room; echo bye; exit 3"))
    with pytest.raises(LocalStackError, match=r"^The child ended while starting: FATAL: no room$"):
        child.wait_until(lambda: False, 5)


def test_a_child_that_is_never_ready_is_killed_and_named(tmp_path: Path) -> None:
    child = OwnedProcess(command(tmp_path, "sleep", "60"))
    with pytest.raises(LocalStackError, match=r"The child was not ready after 0.1 s; its log is .*log\."):
        child.wait_until(lambda: False, 0.1)
    assert not child.alive


def test_a_program_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match=r"^The child can't be started: No such file or directory"):
        OwnedProcess(command(tmp_path, "/nowhere/at/all"))


def test_a_long_log_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" * 6_000_000)
    with OwnedProcess(command(tmp_path, "echo", "fresh")) as child:
        assert child.wait(5)
    assert (tmp_path / "log").read_text() == "fresh\n"
    assert (tmp_path / "log.old").stat().st_size == 6_000_000


def test_a_folder_belongs_to_one_at_a_time_and_says_to_whom(tmp_path: Path) -> None:
    first, second = OwnedFolder(tmp_path / "home"), OwnedFolder(tmp_path / "home")
    first.claim()
    with pytest.raises(LocalStackError, match=rf"is in use by a running stack \(process {os.getpid()}\)\.$"):
        second.claim()
    first.release()
    second.claim()
    second.release()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalStackError, match=r"can't be used: Not a directory\.$"):
        OwnedFolder(tmp_path / "file" / "home").claim()


def test_a_password_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = OwnedFolder(tmp_path)
    assert len(folder.password()) == 24
    assert folder.password() == OwnedFolder(tmp_path).password()
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_one_sentence() -> None:
    with listen() as listener:
        port = listener.getsockname()[1]
        with pytest.raises(LocalStackError, match=rf"^Port {port} on 127.0.0.1 can't be used: Address already in use"):
            free_port(port)
    assert free_port(port) == port
