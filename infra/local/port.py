"""Free TCP ports on the loopback address."""

import socket

from infra.local.errors import LocalStackError

HOST = "127.0.0.1"


def listen(port: int = 0, *, backlog: int = 512) -> socket.socket:
    """Open a listening socket, on a free port when `port` is 0. Raises LocalStackError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise LocalStackError(f"Port {port} on {HOST} can't be used: {error.strerror}.") from error
    return listener


def free_port(port: int = 0) -> int:
    """Find a port nothing listens on: the one asked for, or any. Raises LocalStackError when it is taken.

    Another process may take it before its server does; a listener handed over by `listen` can't lose that race.
    """
    with listen(port) as listener:
        return int(listener.getsockname()[1])
