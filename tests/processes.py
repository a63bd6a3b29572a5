"""Which processes a folder's stack has left behind."""

from __future__ import annotations

import os
from pathlib import Path

import psutil


def processes_of(folder: Path) -> list[int]:
    """Return the living processes that work in or for ``folder``, by their directory, command line or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            told = " ".join((*process.cmdline(), process.cwd(), process.environ().get("AIRLOCK_HOME", "")))
            if str(folder) in told and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
