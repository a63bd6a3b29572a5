"""How an upload's steps are shown in a terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

# Reasons shown in a terminal; the file of refused rows has all.
_MOST_GROUPS = 8
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


def refused_lines(refused: dict[str, Any], *, imported: bool) -> list[str]:
    """Return lines, in rich's markup, for why rows were refused and where they are, as the API says it.

    ``imported``: the other rows came in.
    """
    groups = refused["rowErrorSummary"]
    lines = [_group_line(group) for group in groups[:_MOST_GROUPS]]
    if len(groups) > _MOST_GROUPS:
        lines.append(f"           and {len(groups) - _MOST_GROUPS} other reasons")
    if file := refused["rejectsFile"]:
        what = "to be mended and sent again" if imported else "to look at; mend the whole file, as no row came in"
        lines.append(f"           the refused rows, {what}: {file['url']}")
    return lines


def _group_line(group: dict[str, Any]) -> str:
    first = group["first"]
    where = f" in {group['column']}" if group["column"] else ""
    said = escape(" ".join(filter(None, (first["message"], first["hint"]))))
    return f"           {group['count']} x {group['code']}{where}, first on line {first['line']}: {said}"
