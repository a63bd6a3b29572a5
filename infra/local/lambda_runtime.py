"""One runtime of the function: started cold, used again warm, killed when it takes too long or too much memory."""

import json
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.lambda_api import Exchange, RuntimeApi
from infra.local.lambda_function import FunctionSpec
from infra.local.lambda_sandbox import Sandbox
from infra.local.process import OwnedProcess

# Seconds between two looks at time and memory of a running invocation; a process fills 100 MB in no less.
_LOOK_EVERY = 0.02

# Seconds a runtime gets to load the handler, as AWS's.
_INIT_WITHIN = 10.0

_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Invocation:
    """How an invocation ended: with the function's answer, or with an error as Lambda words it.

    `seconds` count from the moment the runtime took the event, `waited` those before: of a cold one, all its start.
    """

    request_id: str
    payload: Any
    error: dict[str, Any] | None
    seconds: float
    cold: bool
    waited: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether it ended with an error."""
        return self.error is not None


class Runtime:
    """A process that runs the handler, one event at a time; not for use by two threads at once."""

    def __init__(self, spec: FunctionSpec, sandbox: Sandbox) -> None:
        self._spec = spec
        self._sandbox = sandbox
        self._process: OwnedProcess | None = None
        self._api: RuntimeApi | None = None

    def start(self) -> None:
        """Start the process ahead of its first event, which is then no cold one."""
        self.stop()
        self._api = RuntimeApi()
        self._process = OwnedProcess(self._sandbox.command(self._spec, self._api.address))

    def invoke(self, event: Any) -> Invocation:
        """Run the handler on an event that JSON can hold; what goes wrong is in the result, never raised."""
        exchange = Exchange(
            request_id=str(uuid.uuid4()),
            function_arn=self._spec.arn,
            event=json.dumps(event).encode(),
            timeout_seconds=self._spec.timeout_seconds,
        )
        began, cold = time.monotonic(), not self._is_warm()
        if cold:
            self.start()
        process, api = self._running()
        self._say(f"START RequestId: {exchange.request_id} Version: $LATEST")
        api.offer(exchange)
        peak = self._watch(process, exchange, began)
        if exchange.error is not None and (exchange.taken is None or not process.alive):
            self.stop()  # it failed to load and is about to end, or has ended
        taken = exchange.taken or time.monotonic()
        ended = Invocation(
            request_id=exchange.request_id,
            payload=None if exchange.payload is None else json.loads(exchange.payload or b"null"),
            error=exchange.error,
            seconds=time.monotonic() - taken,
            cold=cold,
            waited=taken - began,
        )
        self._report(ended, peak)
        return ended

    def stop(self) -> None:
        """End the process, if there is one; the next invocation starts cold."""
        if self._process is not None:
            self._process.kill()
        if self._api is not None:
            self._api.close()
        self._process = self._api = None

    def _is_warm(self) -> bool:
        return self._process is not None and self._process.alive

    def _running(self) -> tuple[OwnedProcess, RuntimeApi]:
        assert self._process is not None
        assert self._api is not None
        return self._process, self._api

    def _watch(self, process: OwnedProcess, exchange: Exchange, began: float) -> int:
        """Wait for the end of the exchange, or bring it about; the most memory seen, in bytes."""
        peak = 0
        while not exchange.answered.wait(_LOOK_EVERY):
            peak = max(peak, _resident(process.pid))
            if not process.alive:
                exchange.fail(_exit_error(exchange, process.returncode))
            elif peak > self._spec.memory_megabytes * _MEBIBYTE:
                process.kill()
                exchange.fail(_error(exchange, "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"))
            elif late := self._late(exchange, began):
                process.kill()
                exchange.fail(_error(exchange, "Sandbox.Timedout", f"Task timed out after {late:.2f} seconds"))
        return max(peak, _resident(process.pid))

    def _late(self, exchange: Exchange, began: float) -> float | None:
        """Return the limit that has passed: of loading until the event is taken, the function's own from then on."""
        start, limit = (began, _INIT_WITHIN) if exchange.taken is None else (exchange.taken, exchange.timeout_seconds)
        return limit if time.monotonic() - start > limit else None

    def _report(self, ended: Invocation, peak: int) -> None:
        if ended.error is not None:
            self._say(f"{ended.error.get('errorType')} {ended.error.get('errorMessage')}")
        self._say(f"END RequestId: {ended.request_id}")
        self._say(
            f"REPORT RequestId: {ended.request_id}\tDuration: {ended.seconds * 1000:.2f} ms\t"
            f"Memory Size: {self._spec.memory_megabytes} MB\tMax Memory Used: {peak // _MEBIBYTE} MB"
            + (f"\tInit Duration: {ended.waited * 1000:.2f} ms" if ended.cold else "")
        )

    def _say(self, line: str) -> None:
        with self._sandbox.log.open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def _resident(pid: int) -> int:
    """Return the bytes of memory a process holds now; 0 where the system doesn't tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_bytes().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _error(exchange: Exchange, kind: str, message: str) -> dict[str, Any]:
    return {"errorType": kind, "errorMessage": f"RequestId: {exchange.request_id} Error: {message}"}


def _exit_error(exchange: Exchange, returncode: int | None) -> dict[str, Any]:
    if returncode is not None and returncode < 0:
        return _error(exchange, "Runtime.ExitError", f"Runtime exited with error: signal: {-returncode}")
    return _error(exchange, "Runtime.ExitError", f"Runtime exited with error: exit status {returncode}")
