"""S3, SQS, CloudFormation and IAM by moto, as a process: `python -m infra.local.aws_server FD FOLDER SECONDS`.

FD is a listening socket it inherits; FOLDER keeps what it remembers, SECONDS after a change at the earliest. Ends
cleanly on SIGTERM.
"""

import fcntl
import os
import signal
import socket
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.moto_server import werkzeug_app

from infra.local.aws_gate import Gate, leave_functions_alone
from infra.local.aws_state import AwsState
from infra.local.errors import LocalStackError
from infra.local.http_server import HttpServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Snapshots may take one part in this many of a processor, however many objects there are.
_SAVE_SHARE = 20

# Seconds the last snapshot may take before the process ends without it.
_END_WITHIN = 20.0


def main() -> None:
    """Serve until SIGTERM."""
    listener, folder, save_after = socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]), float(sys.argv[3])
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    state = AwsState(folder)
    _await_predecessor(folder)
    try:
        state.load()
    except LocalStackError as error:
        sys.exit(f"ERROR {error}")
    leave_functions_alone()
    gate = Gate(_application())
    threading.Thread(target=HttpServer(listener, gate).serve_forever, daemon=True).start()
    if not _save_until(over, gate, state, save_after):
        sys.exit(1)


def _await_predecessor(folder: Path) -> None:
    """Wait for a server whose stack was killed to write its last snapshot, and keep successors waiting the same way."""
    lock = os.open(folder / "server-lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # held as long as this process lives


def _application() -> "WSGIApplication":
    """Make moto's own dispatcher, with an error answered by 500 instead of a closed connection."""

    def quiet(service: Any) -> Any:
        app = werkzeug_app.create_backend_app(service)
        app.debug = False
        return app

    application: WSGIApplication = _Dispatcher(quiet)
    return application


class _Dispatcher(werkzeug_app.DomainDispatcherApplication):
    """Moto's dispatcher, which lists its own folders at every request, taught to remember what it found."""

    @cache  # noqa: B019 -- there is one dispatcher, for the process's whole life
    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the service a host name belongs to."""
        return super().get_backend_for_host(host)


def _save_until(over: threading.Event, gate: Gate, state: AwsState, save_after: float) -> bool:
    """Keep the folder up to date until told to end, and once more then; whether all is kept."""
    pause = save_after
    while not over.is_set():
        if gate.changed.wait(0.1):
            over.wait(pause)
            began = time.thread_time()  # waiting for the disk holds up nobody
            if not over.is_set():
                _save(gate, state)
            pause = max(save_after, (time.thread_time() - began) * _SAVE_SHARE)
    last = threading.Timer(_END_WITHIN, os._exit, (1,))
    last.daemon = True
    last.start()
    if gate.changed.is_set():
        _save(gate, state)
    return not gate.changed.is_set()


def _save(gate: Gate, state: AwsState) -> None:
    gate.changed.clear()
    try:
        state.keep_bodies(gate.closed)
        with gate.closed():
            payload, names = state.dump()
        state.save(payload, names)
    except Exception as error:  # noqa: BLE001 -- the servers' work goes on, and so do the tries
        gate.changed.set()
        sys.stderr.write(f"ERROR What S3 and SQS hold could not be written down: {error!r}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
