"""What a watcher saw of an upload's steps."""

from __future__ import annotations

from itertools import groupby
from typing import Any


def steps(events: list[dict[str, Any]]) -> list[int]:
    """Return the sequence of each step in the order seen; progress within a step repeats its sequence."""
    return [sequence for sequence, _ in groupby(event["sequence"] for event in events)]
