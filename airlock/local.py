"""The local stack's folder: where its data, logs and the environment of a running stack are."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

DEFAULT_HOME = ".airlock"


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the folder of all local state: ``AIRLOCK_HOME``, or ``.airlock`` here."""
    return Path(environ.get("AIRLOCK_HOME") or DEFAULT_HOME).absolute()


def keep_environment(home: Path, variables: Mapping[str, str]) -> None:
    """Write down how the running stack is reached, readable by its owner alone: it holds the signing key."""
    write_private(home / "environment", "".join(f"{name}={value}\n" for name, value in sorted(variables.items())))


def forget_environment(home: Path) -> None:
    """Take the stack's addresses away: nobody answers there any more."""
    (home / "environment").unlink(missing_ok=True)


def with_running_stack(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ``, with what it lacks taken from the stack that runs from the local folder, if one does.

    Only commands that talk to a stack ask for this; a server never takes settings from a folder that lies around.
    """
    try:
        text = (home_of(environ) / "environment").read_text()
    except OSError:
        return dict(environ)
    return dict(line.partition("=")[::2] for line in text.splitlines()) | dict(environ)


def signing_key(home: Path) -> str:
    """Return the local stack's JWT key, made at the first start."""
    path = home / "jwt-secret"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write ``text`` so that only the owner can read it, and nobody ever sees half of it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
