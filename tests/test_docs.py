"""The public face: what the README, compose.yaml and the Dockerfile say is what the product has."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
import yaml

from airlock.cli import app
from infra.settings import SETTINGS
from sanitizer_lambda.contract import Limits

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()

# What is read beside the settings' own classes, and by whom.
BESIDE = {
    "AIRLOCK_HOME": ("`.airlock`", "`airlock up`: the folder of all local state"),
    "AIRLOCK_URL": ("", "`airlock upload`: the API's GraphQL endpoint"),
    "AIRLOCK_TOKEN": ("", "`airlock upload`: the bearer token"),
}
LIMITS = {
    "max_file_bytes": "largest file",
    "max_rows": "most rows of a file",
    "max_columns": "most columns of a file",
    "max_cell_chars": "longest cell, characters",
}


def settings() -> dict[str, tuple[str, str]]:
    """Return default and purpose of every variable."""
    found = {}
    for kind in SETTINGS:
        for field in dataclasses.fields(kind):
            found[field.metadata["variable"]] = (shown(field.default), field.metadata["purpose"])
    for field in dataclasses.fields(Limits):
        found[field.name.upper()] = (shown(field.default), LIMITS[field.name])
    return found | BESIDE


def shown(default: Any) -> str:
    if default is dataclasses.MISSING:
        return "**required**"
    if default in (None, ()):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default.total_seconds():g}`" if isinstance(default, timedelta) else f"`{default}`"


def test_the_readme_lists_every_setting_with_its_default_and_purpose() -> None:
    rows = [f"| `{name}` | {default} | {purpose} |" for name, (default, purpose) in settings().items()]
    table = "\n".join(["| variable | default | what it is |", "|---|---|---|", *rows])
    block = re.search(r"<!-- settings -->\n(.*?)\n<!-- /settings -->", README, re.DOTALL)
    assert block is not None
    assert block[1] == table


def commands() -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group has commands


def test_the_readme_names_every_command() -> None:
    assert {name for name in commands() if f"airlock {name}" not in README} == set()


def test_the_readme_names_every_room() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"web", "examples", "tests"}
    assert {room for room in rooms if f"`{room}/`" not in README} == set()


def services() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return dict(compose["services"])


def test_compose_starts_commands_and_sets_variables_that_exist() -> None:
    ours = {name: service for name, service in services().items() if service["image"] == "csv-airlock"}
    assert set(ours) == {"api", "worker", "migrate"}
    for service in ours.values():
        assert set(service["command"]) <= commands()
        assert set(service["environment"]) <= set(settings())
    required = {name for name, (default, _) in settings().items() if default == "**required**"}
    assert required <= set(ours["worker"]["environment"])


def test_compose_waits_for_services_that_are_there_and_can_be_healthy() -> None:
    for name, service in services().items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services(), name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services()[other], other


def test_no_secret_stands_in_compose() -> None:
    text = re.sub(r"\$\{[^}]*\}", "", (ROOT / "compose.yaml").read_text())
    assert re.findall(r"(?i)(?:password|secret|token|_key)\w*: *[^\s:@]\S*", text) == []
    assert re.findall(r"://\w+:(?!\d+/|@)", text) == []
