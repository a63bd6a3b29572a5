"""Runs the bundle on this machine as AWS would: for each message of the queue the template's mapping names."""

import json
from pathlib import Path
from typing import Self

from infra.local.folder import OwnedFolder
from infra.local.process import Command, OwnedProcess, python_command, python_environment
from infra.local.stack import Stack

# Seconds until it polls; the SDK's import is most of it.
_READY_WITHIN = 30.0


class LambdaHost:
    """The emulator's process; a context manager. What the function prints is in `folder`'s `log`."""

    def __init__(self, folder: Path, stack: Stack, bundle: Path) -> None:
        self._folder = OwnedFolder(folder)
        self._stack = stack
        self._bundle = bundle.resolve()
        self._process: OwnedProcess | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        """All the function printed, with Lambda's own lines on each invocation."""
        return self._folder.path / "log"

    @property
    def pid(self) -> int | None:
        """The emulator's process, or None when it is not started."""
        return None if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the emulator runs."""
        return self._process is not None and self._process.alive

    def start(self) -> None:
        """Start, and return when it polls. Raises LocalStackError when the bundle can't be used."""
        self._folder.claim()
        ready = self._folder.path / "ready"
        ready.unlink(missing_ok=True)
        try:
            self._process = OwnedProcess(self._command())
            self._process.wait_until(ready.exists, _READY_WITHIN)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the emulator and the function; what was being worked on comes back to the queue."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._folder.release()

    def _command(self) -> Command:
        order = {
            "folder": str(self._folder.path),
            "bundle": str(self._bundle),
            "endpoint_url": self._stack.template.place.endpoint_url,
            "parameters": self._stack.template.parameters,
        }
        return Command(
            name="The Lambda emulator",
            argv=python_command("infra.local.lambda_server", json.dumps(order)),
            log=self._folder.path / "emulator-log",
            environment=python_environment(),
        )
