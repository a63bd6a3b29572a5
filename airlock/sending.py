"""`airlock upload`: one file sent as any client would, with its stages shown as they happen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from airlock.client import Client, ClientError
from airlock.show import event_line, refused_lines


@dataclass(frozen=True, slots=True)
class Sending:
    """What to send, where and as whom; ``project`` None takes the user's only one."""

    file: Path
    url: str
    token: str
    project: str | None
    options: dict[str, Any]

    @property
    def size(self) -> int:
        """Bytes to send."""
        return self.file.stat().st_size


async def send(sending: Sending, console: Console) -> bool:
    """Send and watch; return whether the file was processed, having said why not."""
    try:
        async with Client(sending.url, sending.token) as client:
            return await _send(sending, client, console)
    except ClientError as error:
        console.print(f"[red]FAILED[/]     {escape(str(error))}")
        return False


async def _send(sending: Sending, client: Client, console: Console) -> bool:
    project = sending.project or await _only_project(client)
    last: dict[str, Any] = {}
    with _Meter(sending.size, console) as meter:
        async for event in client.upload(sending.file, project, meter.moved, **sending.options):
            console.print(event_line(event))
            last = event
    processed = last["status"] == "PROCESSED"
    if last["upload"]["counts"]["rejected"]:
        for line in refused_lines(await client.refused(last["upload"]["id"]), imported=processed):
            console.print(line, soft_wrap=True)
    console.print(f"           upload {last['upload']['id']}", soft_wrap=True)
    return bool(processed)


class _Meter:
    """A progress bar that is there while bytes go out, and not before or after."""

    def __init__(self, size: int, console: Console) -> None:
        columns = (TextColumn("[yellow]SENDING[/]   "), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("sending", total=size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def moved(self, count: int) -> None:
        """Show that so many more bytes went out; none means that it was the last of them."""
        if count:
            self._progress.start()
            self._progress.advance(self._task, count)
        else:
            self._progress.stop()


async def _only_project(client: Client) -> str:
    projects = await client.projects()
    if len(projects) == 1:
        return str(projects[0]["id"])
    known = ", ".join(f"{item['name']} ({item['id']})" for item in projects) or "none"
    raise ClientError(f"--project is needed; yours: {known}")
