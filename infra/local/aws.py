"""S3, SQS and CloudFormation on the loopback address, with what they hold in a folder of ours."""

import http.client
import signal
from contextlib import suppress
from pathlib import Path
from typing import Self

from infra.local.errors import LocalStackError
from infra.local.folder import OwnedFolder
from infra.local.port import HOST, listen
from infra.local.process import Command, OwnedProcess, python_command, python_environment

REGION = "us-east-1"

# The account moto gives to any key.
ACCOUNT = "123456789012"

# Moto believes any key; these say whose they are.
ACCESS_KEY_ID = "airlock-local"
SECRET_ACCESS_KEY = "airlock-local"  # noqa: S105 -- opens nothing but a server on this machine that asks for none

# Seconds until it must answer; half of them are imports on two slow cores with a cold disk.
_READY_WITHIN = 60.0

# Seconds for its last snapshot: bodies of objects that were just sent have to be written.
_STOP_WITHIN = 25.0

# The exit status that says so when it could not be written.
_NOT_KEPT = 1

_SETTINGS = {
    # The bundle is run by our emulator, from its file: there need be no copy of it in a bucket.
    "VALIDATE_LAMBDA_S3": "false",
    # What browsers may do is said by the buckets' rules.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    # Forms may carry files of any size; moto's own 50 MB would refuse them.
    "MOTO_MAX_FORM_MEMORY_SIZE": str(1 << 31),
    # Whoever uses another region meant the one of the stack: say so instead of making empty backends.
    "AWS_DEFAULT_REGION": REGION,
}


class Aws:
    """The server; a context manager. `port` 0 takes a free one.

    A change is kept after `save_after` seconds, which is what a kill can lose; more where writing it down takes long.
    """

    def __init__(self, folder: Path, *, port: int = 0, save_after: float = 1.0) -> None:
        self._folder = OwnedFolder(folder)
        self._wanted_port = port
        self._save_after = save_after
        self._process: OwnedProcess | None = None
        self.port = 0

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

    @property
    def endpoint_url(self) -> str:
        """Where clients find S3, SQS and CloudFormation."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start, and return when it answers. Raises LocalStackError when what it held can't be read."""
        self._folder.claim()
        try:
            with listen(self._wanted_port) as listener:
                self.port = int(listener.getsockname()[1])
                self._process = OwnedProcess(self._command(listener.fileno()))
            self._process.wait_until(self._answers, _READY_WITHIN)
        except BaseException:
            with suppress(LocalStackError):  # the first reason is the one to tell
                self.stop()
            raise

    def stop(self) -> None:
        """End the server after a last snapshot. Raises LocalStackError when that could not be written."""
        process, self._process = self._process, None
        if process is not None:
            process.stop(_STOP_WITHIN)
        self._folder.release()
        if process is not None and process.returncode == _NOT_KEPT:
            raise LocalStackError(f"The last changes to S3 and SQS are lost: {process.last_words()}")

    def _command(self, listener: int) -> Command:
        return Command(
            name="The local S3 and SQS",
            argv=python_command("infra.local.aws_server", str(listener), str(self._folder.path), str(self._save_after)),
            log=self._folder.path / "log",
            environment={**python_environment(), **_SETTINGS},
            # A last snapshot when we die, too; it ends by itself within seconds.
            death_signal=signal.SIGTERM,
            pass_fds=[listener],
        )

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=0.5)
        try:
            connection.request("GET", "/moto-api/")
            return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
        except OSError:
            return False
        finally:
            connection.close()
