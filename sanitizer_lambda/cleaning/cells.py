"""What makes a cell harmless (DOMAIN.md). Cleaning a clean cell changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from sanitizer_lambda.cleaning.formula import SKIPPED, STARTERS, WIDE_STARTERS, is_live, is_plain_value
from sanitizer_lambda.cleaning.unseen import CONTROLS, INVISIBLES, without_controls, without_escapes, without_invisibles
from sanitizer_lambda.contract import Rule

# What one removal uncovers takes another round. Honest cells need one; past this many the cell was built to need more.
_MAX_ROUNDS = 6
# Without these there is neither markup nor entity nor scheme left to uncover.
_LAST_RESORT = str.maketrans("", "", "<&:")

_IMPURE = rf"[{CONTROLS}{INVISIBLES}]|<[A-Za-z/!?]|[tTaA][\t\n]*:|&(?:#|colon|Tab|NewLine)"

# These return None, and quickly, for what surely needs nothing but a quote before it (two: the first is quicker, the
# second says it of more), or nothing at all.
may_be_impure: Callable[[str], object] = re.compile(f"[{CONTROLS}{INVISIBLES}<&:]").search
is_impure: Callable[[str], object] = re.compile(_IMPURE).search
is_suspect: Callable[[str], object] = re.compile(
    rf"\A[{SKIPPED}]*[{re.escape(STARTERS + WIDE_STARTERS)}]|\A[\t\n]|{_IMPURE}"
).search


class CleanCell(NamedTuple):
    """``text`` is harmless; ``rules`` are those that made it so, each once, none where nothing changed."""

    text: str
    rules: tuple[Rule, ...] = ()


def clean_cell(text: str) -> CleanCell:
    """Return ``text`` made harmless."""
    rules: list[Rule] = []
    clean = _settle(text.replace("\r\n", "\n").replace("\r", "\n"), rules) if is_impure(text) else text
    if not clean.strip():
        return _clean_blank(clean, rules)
    if is_live(clean) or (text.startswith("\0") and not is_plain_value(clean)):
        rules.append(Rule.FORMULA_NEUTRALISED)
        clean = "'" + clean
    return CleanCell(clean, tuple(rules))


def _clean_blank(clean: str, rules: list[Rule]) -> CleanCell:
    # A cell of white space may not begin with TAB or newline; empty says the same.
    if clean[:1] in ("\t", "\n"):
        return CleanCell("", tuple(dict.fromkeys([*rules, Rule.CONTROL_REMOVED])))
    return CleanCell(clean, tuple(rules))


def _settle(text: str, rules: list[Rule]) -> str:
    for _ in range(_MAX_ROUNDS):
        changed = _apply(text, rules)
        if changed == text or not is_impure(changed):
            return changed
        text = changed
    return without_invisibles(without_controls(without_escapes(text.translate(_LAST_RESORT))))


def _apply(text: str, rules: list[Rule]) -> str:
    # What cannot be seen is not printable to Python either.
    for rule, change in _seen() if text.isprintable() else (*_UNSEEN, *_seen()):
        changed = change(text)
        if changed != text and rule not in rules:
            rules.append(rule)
        text = changed
    return text


_UNSEEN = (
    (Rule.ESCAPE_REMOVED, without_escapes),
    (Rule.CONTROL_REMOVED, without_controls),
    (Rule.INVISIBLE_REMOVED, without_invisibles),
)


@cache
def _seen() -> tuple[tuple[Rule, Callable[[str], str]], ...]:
    from sanitizer_lambda.cleaning.markup import without_links, without_markup  # noqa: PLC0415 - most files need neither

    return ((Rule.MARKUP_REMOVED, without_markup), (Rule.LINK_REMOVED, without_links))
