"""Predecessors as people and project planners write them: `FND`, `FND FS+3d`, `10SS-1w;20`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from models import fold_code
from sanitizer_lambda.contract import DependencyType, RowErrorCode
from workers.rows.fault import Fault

# More predecessors of one phase are a pasted column, not a plan.
MAX_DEPENDENCIES = 200
# Days, as far from its phase as a predecessor may be: the longest duration, ten years.
_MAX_LAG = Decimal(3650)
_WEEK = re.compile(r"w(?:ks?|eeks?)?", re.IGNORECASE)

_LAG = r"(?P<lag>[+-]\s*[0-9]+(?:[.,][0-9]+)?)\s*(?P<unit>d|days?|wd|w|wks?|weeks?)?"
_TYPED = re.compile(rf"(?P<ref>.+?)\s*(?P<type>FS|SS|FF|SF)\s*(?:{_LAG})?", re.IGNORECASE)
_LAGGED = re.compile(rf"(?P<ref>.+?)\s*{_LAG}", re.IGNORECASE)
# A comma divides too, as planners export it, but not where it could be the decimal mark of a lag.
_DIVIDER = re.compile(r"\s*[;|\n]\s*|(?<![0-9]),|,(?![0-9])|(?<=[A-Za-z0-9]),(?=\s)")
_UNCLEAR_COMMA = re.compile(r"[+-]\s*[0-9]+,[0-9]")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One predecessor: ``text`` as written may itself be a code or a name; otherwise it is ``ref`` with type and lag.

    ``lag``: days, or weeks where ``weeks``.
    """

    text: str
    ref: str
    type: DependencyType
    lag: Decimal
    weeks: bool = False


def read_dependencies(text: str) -> tuple[Dependency, ...] | Fault:
    """Return the list a cell holds; which record each means is for the database to say."""
    if _UNCLEAR_COMMA.search(text):
        return Fault(
            RowErrorCode.AMBIGUOUS_VALUE,
            "The comma can be a decimal mark or divide two predecessors.",
            "Divide predecessors by `;` and write the lag with a point.",
        )
    # Written twice in other letters is still written twice; the first spelling counts.
    spelled: dict[str, str] = {}
    for part in map(str.strip, _split(text)):
        if part:
            spelled.setdefault(fold_code(part), part)
    parts = list(spelled.values())
    if len(parts) > MAX_DEPENDENCIES:
        return Fault(RowErrorCode.BAD_DEPENDENCY, f"A phase has at most {MAX_DEPENDENCIES} predecessors.")
    found = []
    for part in parts:
        dependency = _read(part)
        if isinstance(dependency, Fault):
            return dependency
        found.append(dependency)
    return tuple(found)


def _split(text: str) -> list[str]:
    parts = [part for part in _DIVIDER.split(text) if part]
    # `3,5` as planners write it: two references by number.
    return [
        piece for part in parts for piece in (part.split(",") if re.fullmatch(r"[0-9]+(?:,[0-9]+)+", part) else [part])
    ]


def _read(part: str) -> Dependency | Fault:
    match = _TYPED.fullmatch(part) or _LAGGED.fullmatch(part)
    if match is None:
        return Dependency(part, part, DependencyType.FS, Decimal(0))
    groups = match.groupdict()
    lag = Decimal((groups["lag"] or "0").replace(" ", "").replace(",", "."))
    if abs(lag) > _MAX_LAG:
        return Fault(RowErrorCode.BAD_DEPENDENCY, f"A lag is at most {_MAX_LAG} days.")
    kind = DependencyType((groups.get("type") or "FS").upper())
    return Dependency(part, groups["ref"].strip(), kind, lag, bool(_WEEK.fullmatch(groups["unit"] or "")))
