"""A child process that belongs to us: it has a log of its own and never outlives the process that started it."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

from infra.local.errors import LocalStackError

# <linux/prctl.h>: the signal a process gets when the thread that forked it ends.
_PR_SET_PDEATHSIG = 1

# Seconds between two looks at whether a starting process is ready: short against the 40 ms the fastest one needs.
_LOOK_EVERY = 0.005

# Bytes of log that are kept from earlier runs before a start puts them aside.
_LOG_KEPT = 5_000_000

# Bytes at the end of a log that are searched for a reason when a process died: its last screenful.
_LAST_WORDS = 8_192

# Seconds to wait for a process that got SIGKILL; the kernel needs milliseconds unless the disk hangs.
_REAP_WITHIN = 10.0


class Account(NamedTuple):
    """The operating system's user a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to start, and how it is to end.

    `death_signal` is what the kernel sends when we die without a word; `stop_signal` is what `stop` sends first.
    """

    name: str
    argv: Sequence[str]
    log: Path
    cwd: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account | None = None
    death_signal: signal.Signals = signal.SIGKILL
    stop_signal: signal.Signals = signal.SIGTERM
    pass_fds: Sequence[int] = ()


class OwnedProcess:
    """A running child; a context manager that stops it."""

    def __init__(self, command: Command) -> None:
        """Start it. Raises LocalStackError when it can't be executed or its log can't be written."""
        self.command = command
        try:
            self._log_start = _prepare_log(command.log)
            self._popen = _forker(os.getpid()).submit(_fork, command).result()
        except OSError as error:
            raise LocalStackError(f"{command.name} can't be started: {_reason(error)}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its id, also after it has ended."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it runs; one that has ended is reaped here, so a zombie is not alive."""
        return self._popen.poll() is None

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit status, or minus the signal; None while it runs."""
        return self._popen.poll()

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return once `ready()`; raise LocalStackError with the process's last words if it dies or takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise LocalStackError(f"{self.command.name} ended while starting: {self.last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise LocalStackError(
                    f"{self.command.name} was not ready after {seconds:g} s; its log is {self.command.log}."
                )
            time.sleep(_LOOK_EVERY)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within this time."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, patience: float = 10.0) -> None:
        """Ask it to end, and kill it with all it started when it hasn't after `patience` seconds."""
        if self.alive:
            self._popen.send_signal(self.command.stop_signal)
        if not self.wait(patience):
            self.kill()

    def kill(self) -> None:
        """End it and its process group at once."""
        if self.alive:
            os.killpg(self.pid, signal.SIGKILL)
        self.wait(_REAP_WITHIN)

    def last_words(self) -> str:
        """Find the line of this run's log that most likely says why it ended."""
        lines = [line.strip() for line in self._tail().splitlines() if line.strip()]
        telling = [line for line in lines if re.search(r"\b(FATAL|PANIC|ERROR|Error)\b", line)]
        return (telling or lines or [f"it said nothing; its log is {self.command.log}"])[-1]

    def _tail(self) -> str:
        with self.command.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, size - _LAST_WORDS))
            return log.read().decode(errors="replace")


def is_running(pid: int) -> bool:
    """Whether a process of this id exists and is no zombie; for processes that are not our own children."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self/stat").exists() and _answers_to(pid)
    # The name in brackets may itself hold brackets and spaces: the state follows the last one.
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the argv that runs one of our own modules with this interpreter."""
    return [sys.executable, "-P", "-m", module, *arguments]


def python_environment() -> dict[str, str]:
    """Return this process's environment, with the folder our packages were imported from."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONUNBUFFERED": "1"}


@cache
def _forker(_pid: int) -> ThreadPoolExecutor:
    """Return the one thread that forks; a child's death signal is tied to it, so it lives as long as this process."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="forker")


def _fork(command: Command) -> "subprocess.Popen[bytes]":
    with command.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 -- the command comes from this package, never from a user
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=command.cwd,
            env=dict(command.environment),
            user=command.account and command.account.uid,
            group=command.account and command.account.gid,
            extra_groups=command.account and [],
            pass_fds=command.pass_fds,
            start_new_session=True,
            # Runs after the change of user, which would reset the death signal; only system calls, no locks.
            preexec_fn=_tie_to_parent(command.death_signal),  # noqa: PLW1509
        )


def _tie_to_parent(death_signal: signal.Signals) -> Callable[[], None]:
    parent, prctl = os.getpid(), _prctl()

    def tie() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died between fork and prctl, and the signal will never come
            os._exit(1)

    return tie


@cache
def _prctl() -> Callable[[int, int], int] | None:
    """`prctl`, or None where the kernel has none (then children end by `stop` alone)."""
    return ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _prepare_log(log: Path) -> int:
    """Return the size of the log at the start; a long one is put aside first."""
    log.parent.mkdir(parents=True, exist_ok=True)
    size = log.stat().st_size if log.exists() else 0
    if size <= _LOG_KEPT:
        return size
    log.replace(log.with_suffix(log.suffix + ".old"))
    return 0


def _answers_to(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _reason(error: OSError) -> str:
    return f"{error.strerror or error} ({error.filename})" if error.filename else str(error.strerror or error)
