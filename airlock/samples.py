"""The files of `examples/`, pushed through the public API as a client would."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from airlock.client import Client
from airlock.demo import ACME, GLOBEX, DemoOrganization
from airlock.show import event_line

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@dataclass(frozen=True, slots=True)
class Sample:
    """One example file, whose first user sends it, and how."""

    filename: str
    organization: DemoOrganization
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """Who sends it."""
        return self.organization.users[0].email


SAMPLES = (
    Sample("suites.csv", ACME),
    Sample("phases.csv", ACME),
    Sample("suites_with_phases.csv", GLOBEX),
    Sample("awful.csv", ACME, {"invalidRows": "REJECT_ROWS"}),
)


async def push_sample(sample: Sample, client: Client, console: Console) -> bool:
    """Send one sample and print each status as it arrives; return whether it was processed."""
    console.print(f"\n[bold]{sample.filename}[/] by {sample.email}")
    path = EXAMPLES / sample.filename
    projects = await client.projects()
    project = next(item for item in projects if item["organization"]["name"] == sample.organization.name)
    status = ""
    async for event in client.upload(path, project["id"], **sample.options):
        console.print(f"  {event_line(event)}")
        status = event["status"]
    return status == "PROCESSED"
