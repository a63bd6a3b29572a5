"""How a value is written for the text form of Postgres's COPY (its manual, "File Formats")."""

from __future__ import annotations

NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copied(value: object) -> str:
    """Return a text, number, truth value, list of texts or None as it stands in a line of COPY."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list):
        return _array(value).translate(_ESCAPES)
    return str(value).translate(_ESCAPES)


def escaped(joined: str) -> str:
    """Return many texts at once, joined by what none of them holds, as they stand in lines of COPY."""
    if "\\" in joined:  # first, as the others bring more of them
        joined = joined.replace("\\", "\\\\")
    for sign, escape in (("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        if sign in joined:
            joined = joined.replace(sign, escape)
    return joined


def _array(items: list[str]) -> str:
    inside = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in inside) + "}"
