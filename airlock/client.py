"""A client of the public API, as anyone could write one: it asks for a door, sends the file, and watches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

# Waits between two tries to reach the socket again, seconds; after the last the watcher gives up.
RETRY_WAITS = (0.2, 0.5, 1, 2, 5, 10, 10)
# Longest silence of an answer, seconds; the file itself may take as long as it keeps moving.
TIMEOUT = 30
# The API refuses larger answers to be read as one message; ours are far smaller.
MAX_MESSAGE_BYTES = 4 << 20

REQUEST = """
mutation RequestUpload($input: RequestUploadInput!) {
  requestUpload(input: $input) {
    upload { id }
    target { ... on PostTarget { url fields { name value } } }
    userErrors { code message }
  }
}
"""

WATCH = """
subscription UploadStatus($id: ID!, $after: Long) {
  uploadStatus(uploadId: $id, afterSequence: $after) {
    sequence status stage at
    progress { percent rowsRead }
    failure { code message retryable }
    upload { id counts { read created updated unchanged rejected } }
  }
}
"""

REFUSED = """
query Refused($id: ID!) {
  upload(id: $id) {
    rowErrorSummary { code column count first { line message hint } }
    rejectsFile { url rows }
  }
}
"""

PROJECTS = "{ viewer { projects(first: 100) { edges { node { id name organization { name } } } } } }"


class ClientError(Exception):
    """The API refused or could not be reached; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where to send the file: an HTML-form POST, the file last."""

    upload_id: str
    url: str
    fields: dict[str, str]


class Client:
    """One user's connection to the API at ``url`` (the address of its GraphQL endpoint)."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self._token}"}
        self._http = await self._stack.enter_async_context(httpx.AsyncClient(headers=headers, timeout=TIMEOUT))
        self._storage = await self._stack.enter_async_context(httpx.AsyncClient(timeout=TIMEOUT))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def execute(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the data of a query or mutation. Raises ClientError with the API's own sentence."""
        try:
            answer = await self._http.post(self._url, json={"query": document, "variables": variables or {}})
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ClientError(f"the API at {self._url} does not answer: {error or type(error).__name__}") from error
        if errors := body.get("errors"):
            raise ClientError("; ".join(item["message"] for item in errors))
        return cast("dict[str, Any]", body["data"])

    async def projects(self) -> list[dict[str, Any]]:
        """Return the projects the user may see, as ``{"id", "name", "organization": {"name"}}``."""
        data = await self.execute(PROJECTS)
        return [edge["node"] for edge in data["viewer"]["projects"]["edges"]]

    async def refused(self, upload_id: str) -> dict[str, Any]:
        """Return why rows of an upload were refused: ``rowErrorSummary`` and ``rejectsFile``. Raises ClientError."""
        data = await self.execute(REFUSED, {"id": upload_id})
        return cast("dict[str, Any]", data["upload"])

    async def request_upload(self, path: Path, project_id: str, **options: Any) -> Door:
        """Ask for a door for the file; ``options`` are further fields of RequestUploadInput. Raises ClientError."""
        question = _question(path, project_id) | options
        payload = (await self.execute(REQUEST, {"input": question}))["requestUpload"]
        if errors := payload["userErrors"]:
            raise ClientError("; ".join(f"{item['message']} ({item['code']})" for item in errors))
        target = payload["target"]
        fields = {field["name"]: field["value"] for field in target["fields"]}
        return Door(payload["upload"]["id"], target["url"], fields)

    async def send(self, door: Door, path: Path, moved: Callable[[int], object] = lambda _: None) -> None:
        """Send the file; ``moved`` is told of each run of bytes as it goes out. Raises ClientError."""
        with path.open("rb") as file:
            metered = _Metered(file, moved)
            # Storage takes the type from the policy's own field; the part's may be anything.
            files = {"file": ("file", cast("Any", metered), "text/csv")}
            try:
                answer = await self._storage.post(door.url, data=door.fields, files=files)
            except httpx.HTTPError as error:
                raise ClientError(f"the file could not be sent: {error or type(error).__name__}") from error
        if answer.is_error:
            raise ClientError(f"storage refused the file: HTTP {answer.status_code}")

    async def watch(self, upload_id: str, after: int | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield the upload's status events, snapshot first, until the terminal one; a lost socket is taken up again.

        Raises ClientError when the API refuses, or stays away.
        """
        failures = 0
        while True:
            try:
                async for event in self._subscribe({"id": upload_id, "after": after}):
                    failures, after = 0, event["sequence"]
                    yield event
            except (OSError, WebSocketException, TimeoutError) as error:
                if failures == len(RETRY_WAITS):
                    raise ClientError("the API's socket stays closed") from error
                await asyncio.sleep(RETRY_WAITS[failures])
                failures += 1
            else:
                return

    async def upload(
        self, path: Path, project_id: str, moved: Callable[[int], object] = lambda _: None, **options: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Ask for a door, attach, send the file, and yield every status event until the terminal one.

        Raises ClientError.
        """
        door = await self.request_upload(path, project_id, **options)
        sent = False
        async for event in self.watch(door.upload_id):
            yield event
            if not sent and event["status"] == "PENDING":
                sent = True
                await self.send(door, path, moved)

    async def _subscribe(self, variables: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Speak graphql-transport-ws for one subscription."""
        parts = urlsplit(self._url)
        address = urlunsplit(parts._replace(scheme="wss" if parts.scheme == "https" else "ws"))
        protocols = [Subprotocol("graphql-transport-ws")]
        async with connect(address, subprotocols=protocols, max_size=MAX_MESSAGE_BYTES) as socket:
            payload = {"Authorization": f"Bearer {self._token}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            operation = str(uuid4())
            async for text in socket:
                message = json.loads(text)
                match message["type"]:
                    case "connection_ack":
                        request = {"query": WATCH, "variables": variables}
                        await socket.send(json.dumps({"id": operation, "type": "subscribe", "payload": request}))
                    case "ping":
                        await socket.send('{"type":"pong"}')
                    case "next":
                        yield _event(message["payload"])
                    case "error":
                        raise ClientError("; ".join(item["message"] for item in message["payload"]))
                    case "complete":
                        return
            raise ConnectionError("the socket ended before the upload did")


def _question(path: Path, project_id: str) -> dict[str, Any]:
    return {"projectId": project_id, "filename": path.name, "sizeBytes": path.stat().st_size}


def _event(payload: dict[str, Any]) -> dict[str, Any]:
    if errors := payload.get("errors"):
        raise ClientError("; ".join(item["message"] for item in errors))
    return cast("dict[str, Any]", payload["data"]["uploadStatus"])


class _Metered:
    """A file whose reads are told to ``moved``; httpx asks for its length by seek and tell."""

    def __init__(self, file: Any, moved: Callable[[int], object]) -> None:
        self._file = file
        self._moved = moved

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size)
        self._moved(len(data))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
