"""Which form of answer a client prefers (RFC 9110, section 12.5.1; GraphQL over HTTP, section 6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# Ranges of one header that are looked at: browsers send about eight.
MAX_RANGES = 30


class Form(StrEnum):
    """The forms an answer may have."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    STREAM = "text/event-stream"
    PAGE = "text/html"


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range: ``place`` is where it stands in the header."""

    kind: str
    subkind: str
    quality: float
    place: int

    def covers(self, form: Form) -> bool:
        kind, _, subkind = form.partition("/")
        return self.kind in ("*", kind) and self.subkind in ("*", subkind)

    @property
    def exactness(self) -> int:
        return (self.kind != "*") + (self.subkind != "*")


def preferred(accept: str | None, forms: Iterable[Form]) -> Form | None:
    """Return the form a client likes best, or None where it takes none of them.

    Of forms it likes alike, the one it names first wins, then the one that stands first in ``forms``.
    """
    offered = list(forms)
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [item for place, text in enumerate(accept.split(",")[:MAX_RANGES]) if (item := _range(text, place))]
    liked = [(form, best) for form in offered if (best := _best(ranges, form)) is not None and best.quality > 0]
    if not liked:
        return None
    return min(liked, key=lambda pair: (-pair[1].quality, pair[1].place))[0]


def names(accept: str | None, form: Form) -> bool:
    """Whether a client asks for this very form: one that takes anything may not know what to do with it."""
    ranges = (_range(text, place) for place, text in enumerate((accept or "").split(",")[:MAX_RANGES]))
    return any(item is not None and item.exactness > 1 and item.covers(form) and item.quality > 0 for item in ranges)


def _best(ranges: list[_Range], form: Form) -> _Range | None:
    """Return the most exact range that covers a form: it decides on the form's quality."""
    return max((item for item in ranges if item.covers(form)), key=lambda item: item.exactness, default=None)


def _range(text: str, place: int) -> _Range | None:
    name, *parameters = (part.strip() for part in text.lower().split(";"))
    kind, slash, subkind = name.partition("/")
    if not slash or not kind or not subkind:
        return None
    return _Range(kind, subkind, _quality(parameters), place)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
