"""What no reader of a cell can see: control characters, terminal escapes, zero-width marks, bidirectional overrides."""

from __future__ import annotations

import re

# ECMA-48: a control sequence; a control string up to its end; any other escape. A string's body may hold no second
# introducer, so that a cell full of introducers is still read once.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)

# C0 and C1 but TAB and newline, and halves of surrogate pairs, which no UTF-8 text can hold.
CONTROLS = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff"
_CONTROL = re.compile(f"[{CONTROLS}]")

# Format characters of Unicode that take no room: soft hyphen, joiners, direction marks, overrides and isolates, BOM,
# annotation, shorthand and music marks, tags. Those that are drawn (Arabic number signs, for one) are not among them.
INVISIBLES = (
    "\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0001\\U000e0020-\\U000e007f"
)
_INVISIBLE = re.compile(f"[{INVISIBLES}]")


def without_escapes(text: str) -> str:
    """Return ``text`` without terminal escape sequences, each removed whole."""
    return _ESCAPE.sub("", text)


def without_controls(text: str) -> str:
    """Return ``text`` with LF as its only line break and without control characters but TAB."""
    return _CONTROL.sub("", text)


def without_invisibles(text: str) -> str:
    """Return ``text`` without characters that are never drawn."""
    return _INVISIBLE.sub("", text)
