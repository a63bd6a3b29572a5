"""`airlock upload`: one file sent as any client would, with its stages shown as they happen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from airlock.client import Client, ClientError
from airlock.show import event_line


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
    status = ""
    columns = (TextColumn("[yellow]SENDING[/]   "), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("sending", total=sending.size)
        moved = partial(progress.advance, task)
        async for event in client.upload(sending.file, project, moved, **sending.options):
            progress.console.print(event_line(event))
            status = event["status"]
    return status == "PROCESSED"


async def _only_project(client: Client) -> str:
    projects = await client.projects()
    if len(projects) == 1:
        return str(projects[0]["id"])
    known = ", ".join(f"{item['name']} ({item['id']})" for item in projects) or "none"
    raise ClientError(f"--project is needed; yours: {known}")
