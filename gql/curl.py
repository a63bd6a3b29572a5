"""A form POST as one line for a shell, to copy and run."""

from __future__ import annotations

import re
import shlex

from infra.storage import PresignedPost

# Names curl takes without quotes: the command then reads the same in a JSON answer as in a shell.
_PLAIN = re.compile(r"[A-Za-z0-9_+.-]+")


def curl_command(post: PresignedPost, filename: str) -> str:
    """Return the command that sends the file of that name, whatever characters the name has, for a POSIX shell."""
    # --form-string takes a value as it stands; --form would read one that begins with @ or < from a file.
    words = ["curl", "--fail-with-body", "--silent", "--show-error"]
    for name, value in post.fields.items():
        words += ["--form-string", f"{name}={value}"]
    words += ["--form", f"file=@{filename if _PLAIN.fullmatch(filename) else _quoted(filename)}", post.url]
    return shlex.join(words)


def _quoted(filename: str) -> str:
    """Return the name in curl's own quotes, inside of which a backslash and a quote are escaped."""
    escaped = filename.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
