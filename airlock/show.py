"""How an upload's steps are shown in a terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

_COLORS = {"PENDING": "yellow", "SANITIZING": "cyan", "PROCESSED": "green", "FAILED": "red"}


def event_line(event: dict[str, Any]) -> str:
    """Return one line, in rich's markup, for a status event as the API sends it."""
    status, stage = event["status"], event["stage"]
    line = f"[{_COLORS[status]}]{status:<10}[/] {stage.lower().replace('_', ' ')}"
    if failure := event["failure"]:
        return f"{line}: {escape(failure['message'])} ({failure['code']})"
    if status == "PROCESSED":
        return f"{line}: {counts_line(event['upload']['counts'])}"
    if rows := event["progress"]["rowsRead"]:
        percent = event["progress"]["percent"]
        return f"{line}: {rows:,} rows{'' if percent is None else f', {percent:.0f} %'}"
    return line


def counts_line(counts: dict[str, int]) -> str:
    """Return the row counts as words: ``9 rows read: 9 created``."""
    parts = [f"{counts[name]} {name}" for name in ("created", "updated", "unchanged", "rejected") if counts[name]]
    return f"{counts['read']} rows read: {', '.join(parts) or 'nothing to do'}"
