"""A form POST as one line for a shell, to copy and run."""

from __future__ import annotations

import shlex

from infra.storage import PresignedPost


def curl_command(post: PresignedPost, filename: str) -> str:
    """Return the command that sends the file of that name, whatever characters the name has, for a POSIX shell."""
    # --form-string takes a value as it stands; --form would read one that begins with @ or < from a file.
    words = ["curl", "--fail-with-body", "--silent", "--show-error"]
    for name, value in post.fields.items():
        words += ["--form-string", f"{name}={value}"]
    # Inside curl's own quotes, a backslash and a quote are escaped.
    quoted = filename.replace("\\", "\\\\").replace('"', '\\"')
    words += ["--form", f'file=@"{quoted}"', post.url]
    return shlex.join(words)
