"""Global ids: what kind of thing and which one, in one opaque text. Clients keep them and never look inside."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from uuid import UUID

from strawberry import ID


class Kind(StrEnum):
    """What an id may name; the words are those of the schema."""

    USER = "User"
    ORGANIZATION = "Organization"
    PROJECT = "Project"
    UPLOAD = "TemplateUpload"
    ROW_ERROR = "RowError"
    SUITE = "SuiteTemplate"
    PHASE = "PhaseTemplate"
    CHANGE_SET = "ChangeSet"


# Longest id of ours is far below; a longer text is none.
MAX_ID_CHARS = 200
# The largest key a bigint column holds.
MAX_ROW_KEY = 2**63 - 1


def global_id(kind: Kind, key: UUID | int | str) -> ID:
    """Return the id of one thing."""
    return ID(base64.b64encode(f"{kind}:{key}".encode()).decode())


def split_id(text: str) -> tuple[Kind, str] | None:
    """Return kind and key of an id, or None for any text that is not exactly an id of ours."""
    try:
        inside = base64.b64decode(text, validate=True).decode("ascii") if len(text) <= MAX_ID_CHARS else ""
        kind, _, key = inside.partition(":")
        found = Kind(kind)
    except (binascii.Error, ValueError):
        return None
    # Base64 has several spellings of the same bytes; one thing has one id.
    return (found, key) if global_id(found, key) == text else None


def uuid_of(text: str, kind: Kind) -> UUID | None:
    """Return the key of an id of ``kind``, or None where it is another's or no id."""
    parts = split_id(text)
    if parts is None or parts[0] is not kind:
        return None
    try:
        key = UUID(parts[1])
    except ValueError:
        return None
    return key if str(key) == parts[1] else None


def row_key_of(text: str, kind: Kind) -> int | None:
    """Return the numeric key of an id of ``kind``, or None where it is another's or no id."""
    parts = split_id(text)
    if parts is None or parts[0] is not kind or not (parts[1].isascii() and parts[1].isdigit()):
        return None
    key = int(parts[1])
    return key if key <= MAX_ROW_KEY and str(key) == parts[1] else None
