"""Runs the API under uvicorn, and ends it without losing anybody's events."""

from __future__ import annotations

import gc
import socket
from collections.abc import Mapping

import uvicorn

from gql.app import Api, Settings, create_api
from infra.log import log_as_json

# Sockets and streams get so long to say goodbye, and then requests so long to end, seconds.
SESSIONS_WITHIN = 3.0
REQUESTS_WITHIN = 10
# A socket that gives no sign of life is asked for one after the first, and dropped after the second, seconds.
PING_EVERY, PONG_WITHIN = 20.0, 20.0
# A hundred thousand long-lived objects of open sockets make each full collection slow and find nothing.
GC_THRESHOLDS = (50_000, 50, 1_000)


class Server(uvicorn.Server):
    """A uvicorn server that lets sockets close as the process goes away, before it cuts them."""

    def __init__(self, api: Api, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.sessions = api.sessions
        self.engine = api.engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the sessions, then all else."""
        await self.sessions.close(SESSIONS_WITHIN)
        await super().shutdown(sockets)


def make_server(settings: Settings) -> Server:
    """Return the server, not started yet."""
    api = create_api(settings)
    config = uvicorn.Config(
        api.app,
        host=settings.api.host,
        port=settings.api.port,
        ws="websockets-sansio",
        # Compression costs as much memory a socket as all the rest of it.
        ws_per_message_deflate=False,
        # UTF-8 takes up to four bytes a character; the limit itself is in characters and checked by us.
        ws_max_size=4 * settings.queries.max_body_bytes,
        ws_ping_interval=PING_EVERY,
        ws_ping_timeout=PONG_WITHIN,
        timeout_graceful_shutdown=REQUESTS_WITHIN,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    return Server(api, config)


def run(environ: Mapping[str, str]) -> None:
    """Serve until a signal comes. Raises SettingsError."""
    log_as_json()
    server = make_server(Settings.from_environ(environ))
    gc.set_threshold(*GC_THRESHOLDS)
    gc.freeze()
    server.run()
