"""What no reader of a cell can see: control characters, terminal escapes, zero-width marks, bidirectional overrides."""

from __future__ import annotations

import re
from functools import cache

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

# A joiner between two pictures makes them one (a family, a profession), and within a word of the Arabic or an Indic
# script the joiners are spelling: removed there, honest text would be spoiled. Anywhere else they only hide.
_PICTURES = "\\u2190-\\u21ff\\u2600-\\u27bf\\u2b00-\\u2bff\\U0001f000-\\U0001faff"
_LETTERS = "\\u0620-\\u065f\\u066e-\\u06d3\\u0750-\\u077f\\u08a0-\\u0dff"
_JOINED = rf"(?<=[{_PICTURES}\ufe0f])\u200d(?=[{_PICTURES}])|(?<=[{_LETTERS}])[\u200c\u200d](?=[{_LETTERS}])"


def without_escapes(text: str) -> str:
    """Return ``text`` without terminal escape sequences, each removed whole."""
    return _ESCAPE.sub("", text)


def without_controls(text: str) -> str:
    """Return ``text`` with LF as its only line break and without control characters but TAB."""
    return _CONTROL.sub("", text)


def without_invisibles(text: str) -> str:
    """Return ``text`` without characters that are never drawn, joiners that join aside."""
    joiners = "\u200c" in text or "\u200d" in text
    return (_unjoined() if joiners else _INVISIBLE).sub("", text)


@cache
def _unjoined() -> re.Pattern[str]:
    return re.compile(f"(?!{_JOINED})[{INVISIBLES}]")
