"""Postgres from its wheel, in a folder of ours, on the loopback address."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from infra.local.errors import LocalStackError
from infra.local.folder import OwnedFolder
from infra.local.port import HOST, free_port
from infra.local.postgres_programs import account_for, programs_for, wheel
from infra.local.process import Account, Command, OwnedProcess, is_running

ROLE = "airlock"
DATABASE = "airlock"

# Seconds until a new server must accept connections: replaying the log after a crash may take most of it.
_READY_WITHIN = 60.0

# Seconds initdb may take: 0.6 s on two slow cores.
_INIT_WITHIN = 60.0

# Seconds a server whose holder was killed gets to end by itself before its folder counts as in use.
_PREDECESSOR_GONE_WITHIN = 10.0

# How often a port that another process took in the meantime is replaced by another one.
_PORT_TRIES = 3

# The folder a process of another account can name whatever the rights on the way to it: its own working directory.
_HERE = "/proc/self/cwd"

# Longest address of a unix socket, with its closing zero (<linux/un.h>).
_SOCKET_ADDRESS_BYTES = 108

# A database that forgets its last seconds when the *machine* dies, never when a process does: for tests.
_NOT_DURABLE = ("fsync=off", "full_page_writes=off")

_SETTINGS = (
    f"listen_addresses={HOST}",
    "unix_socket_directories=.",
    "timezone=UTC",
    "log_timezone=UTC",
    # One machine, no replica: the log need not carry what only a replica reads, and COPY into new tables is faster.
    "wal_level=minimal",
    "max_wal_senders=0",
)


class Postgres:
    """One server with its data in `folder`, found again at the next start; a context manager.

    `port` 0 takes a free one. `durable` False trades the machine's crash safety for speed.
    """

    def __init__(self, folder: Path, *, port: int = 0, durable: bool = True) -> None:
        self._folder = OwnedFolder(folder)
        self._wanted_port = port
        self._durable = durable
        self._process: OwnedProcess | None = None
        self.port = 0
        self.password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def data(self) -> Path:
        """The folder of the database files."""
        return self._folder.path / "data"

    @property
    def pid(self) -> int | None:
        """The server's process, or None when it is not started."""
        return None if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._process is not None and self._process.alive

    @property
    def socket(self) -> Path | None:
        """The unix socket, or None where its path is too long to be an address."""
        path = self.data / f".s.PGSQL.{self.port}"
        return path if len(os.fsencode(path)) < _SOCKET_ADDRESS_BYTES else None

    def url(self, database: str = DATABASE) -> str:
        """Return the address of a database, with role and password, for any client."""
        return f"postgres://{ROLE}:{self.password}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Make the data folder if there is none, start, and return when it accepts connections."""
        self._folder.claim()
        try:
            self.password = self._folder.password()
            account = account_for(self.data)
            programs = programs_for(account, self._folder.path)
            if not (self.data / "PG_VERSION").exists():
                self._make_data(programs, account)
            _await_predecessor(self.data)
            self._process = self._serve(programs, account)
            self._make_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server, and leave its data for the next start."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._folder.release()

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, copied from `template` when one is given, and return its URL.

        Raises LocalStackError when the name is taken, or somebody is connected to the template.
        """
        copied = f" template {_quoted(template)}" if template else ""
        self._administer(f"create database {_quoted(name)}{copied}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database if it exists, and end the sessions it has."""
        self._administer(f"drop database if exists {_quoted(name)} with (force)")

    def _administer(self, sql: str) -> None:
        assert self._process is not None, "Postgres is not started"
        done = subprocess.run(  # noqa: S603 -- our own program; the names in the statement are quoted
            [
                *(wheel() / "psql", "--no-psqlrc", "--quiet", "--host", HOST, "--port", str(self.port)),
                *("--username", ROLE, "--dbname", "postgres", "--command", sql),
            ],
            env={"PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LocalStackError(f"Postgres refused: {done.stderr.strip().partition('ERROR:  ')[2] or done.stderr}")

    def _make_database(self) -> None:
        """Make the one database, unless an earlier start has, whether it was killed right after or not."""
        made = self._folder.path / "made"
        if made.exists():
            return
        try:
            self.create_database(DATABASE)
        except LocalStackError as error:
            if "already exists" not in str(error):
                raise
        made.touch()

    def _make_data(self, programs: Path, account: Account | None) -> None:
        """Make the data folder, under another name until it is whole."""
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if account is not None:
            os.chown(fresh, *account)
        with _readable(self.password, account) as password:
            command = Command(
                name="Postgres (initdb)",
                argv=_initdb(programs, password, fresh if account is None else Path(_HERE)),
                log=self._folder.path / "log",
                cwd=fresh,
                account=account,
                pass_fds=[password],
            )
            with OwnedProcess(command) as initdb:
                if not initdb.wait(_INIT_WITHIN) or initdb.returncode:
                    raise LocalStackError(f"Postgres could not make its data folder: {initdb.last_words()}")
        fresh.rename(self.data)

    def _serve(self, programs: Path, account: Account | None) -> OwnedProcess:
        for tries_left in reversed(range(_PORT_TRIES)):
            self.port = free_port(self._wanted_port)
            process = OwnedProcess(self._command(programs, account))
            try:
                process.wait_until(partial(_is_ready, self.data, process.pid), _READY_WITHIN)
            except LocalStackError as error:
                process.kill()
                if not tries_left or not _may_pass(error):
                    raise
                time.sleep(0.2)
            else:
                return process
        raise AssertionError

    def _command(self, programs: Path, account: Account | None) -> Command:
        settings = (*_SETTINGS, *(() if self._durable else _NOT_DURABLE))
        where = str(self.data) if account is None else _HERE
        return Command(
            name="Postgres",
            argv=[
                *(str(programs / "postgres"), "-D", where, "-p", str(self.port)),
                *(word for setting in settings for word in ("-c", setting)),
            ],
            log=self._folder.path / "log",
            cwd=self.data,
            account=account,
            # Immediate shutdown: backends get 5 s, then SIGKILL; the log is replayed at the next start.
            death_signal=signal.SIGQUIT,
            # Fast shutdown: open transactions are rolled back, then a clean end.
            stop_signal=signal.SIGINT,
        )


@contextmanager
def _readable(secret: str, account: Account | None) -> Iterator[int]:
    """Hold the secret in a pipe that the account may open by its name under /dev/fd."""
    read, write = os.pipe()
    try:
        if account is not None:
            os.fchown(read, *account)
        os.write(write, secret.encode() + b"\n")
        os.close(write)
        yield read
    finally:
        os.close(read)


def _initdb(programs: Path, password: int, data: Path) -> list[str]:
    return [
        *(str(programs / "initdb"), "--pgdata", str(data), "--username", ROLE),
        *(f"--pwfile=/dev/fd/{password}", "--auth=scram-sha-256", "--encoding=UTF8"),
        # The same order and case rules on every machine, whatever locales it has.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        *("--no-sync", "--no-instructions"),
    ]


def _await_predecessor(data: Path) -> None:
    """Wait for a server whose stack was killed, and drop the note it left when it was killed as well."""
    note = data / "postmaster.pid"
    pid = _noted_pid(note)
    deadline = time.monotonic() + _PREDECESSOR_GONE_WITHIN
    while pid is not None and is_running(pid) and _works_in(pid, data):
        if time.monotonic() > deadline:
            raise LocalStackError(f"{data} is in use by another Postgres (process {pid}).")
        time.sleep(0.02)
    # Its id may belong to somebody else by now, which Postgres would take for a living server.
    note.unlink(missing_ok=True)


def _noted_pid(note: Path) -> int | None:
    try:
        return int(note.read_text(encoding="utf-8").partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def _works_in(pid: int, folder: Path) -> bool:
    if not Path("/proc/self/cwd").exists():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:  # it has just ended, or it belongs to somebody else
        return False


def _is_ready(data: Path, pid: int) -> bool:
    """Whether the server has written that it is ready; the last line of its note says so."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return bool(lines) and lines[0] == str(pid) and lines[-1].strip() == "ready"


def _may_pass(error: LocalStackError) -> bool:
    """Whether another try may succeed: the port was just taken, or killed backends have not ended yet."""
    return any(hint in str(error) for hint in ("could not create any TCP/IP sockets", "still in use"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
