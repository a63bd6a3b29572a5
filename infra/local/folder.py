"""A folder that one living stack at a time may call its own."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO

from infra.local.errors import LocalStackError

# Bytes of randomness in a generated password: as much as a UUID's, and then some.
_PASSWORD_BYTES = 18


class OwnedFolder:
    """A folder with a lock in it that the kernel drops when its holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: IO[str] | None = None

    def claim(self) -> None:
        """Make the folder and take its lock. Raises LocalStackError when it is in use or can't be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+", encoding="ascii")
        except OSError as error:
            raise LocalStackError(f"{self.path} can't be used: {error.strerror}.") from error
        try:
            self._take(lock)
        except BaseException:
            lock.close()
            raise
        self._lock = lock

    def release(self) -> None:
        """Let go of the lock, if it was taken."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def password(self) -> str:
        """Return the password kept in this folder for its owner alone; made at the first call."""
        file = self.path / "password"
        try:
            return file.read_text(encoding="ascii").strip() or self._make_password(file)
        except FileNotFoundError:
            return self._make_password(file)

    def _take(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise LocalStackError(f"{self.path} is in use by a running stack (process {holder}).") from None
        try:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
        except OSError as error:
            raise LocalStackError(f"{self.path} can't be written: {error.strerror}.") from error

    def _make_password(self, file: Path) -> str:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            out.write(password)
        return password
