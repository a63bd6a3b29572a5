"""Whether a spreadsheet would take a cell for a formula (DOMAIN.md, What makes a cell harmless)."""

from __future__ import annotations

import re
import unicodedata

STARTERS = "=+-@"
# Characters whose compatibility form begins with one of ``STARTERS``: super- and subscripts, small and full width.
WIDE_STARTERS = "⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠"  # noqa: RUF001 - these are the look-alikes
# What a raw value may not begin with: some readers skip or split there.
RAW_STARTERS = "\t\n\r\0"
# Skipped before the test: white space, marks that take no room (also those that ``unseen`` leaves, as they choose the
# form of the letter before them), double quotes (also full width). As the inside of a character class.
SKIPPED = (
    "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    "\u200b-\u200d\u2060\ufeff\u180e\u034f\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
    '"＂'  # noqa: RUF001 - full width quote
)

_skip = re.compile(f"[{SKIPPED}]*").match
# The compatibility form of what follows need not be made: ``WIDE_STARTERS`` and ``SKIPPED`` say what it begins with.
_begins_live = re.compile(rf"[{RAW_STARTERS}]|[{SKIPPED}]*[{re.escape(STARTERS + WIDE_STARTERS)}]").match

# No number and no phone number begins so: what most formulas begin with.
_NEVER_PLAIN = ("=", "@")

# Longer than any number or phone number; nothing longer is kept.
_MAX_KEPT_CHARS = 64

_CURRENCY = "[$€£¥₹₽₩₪₺₴฿¢]"
_NUMBER = re.compile(
    rf"[+-]? ?{_CURRENCY}? ?"
    r"(?:(?:[0-9]{1,3}(?:[ ,.'’][0-9]{2,3})+|[0-9]+)(?:[.,][0-9]*)?|[.,][0-9]+)"  # noqa: RUF001 - Swiss grouping
    rf"(?:[eE][+-]?[0-9]{{1,3}})? ?(?:%|{_CURRENCY})?"
)
# `+1` and `+7` are the country codes of one digit.
_PHONE = re.compile(r"\+(?:[17]|[0-9]{2,})(?:[ .-][0-9]{2,})*")
_MIN_PHONE_DIGITS, _MAX_PHONE_DIGITS = 7, 15


def is_live(text: str) -> bool:
    """Return whether a spreadsheet could evaluate ``text``: it begins like a formula and is no plain value."""
    if text.startswith(_NEVER_PLAIN):
        return True
    return _begins_live(text) is not None and not is_plain_value(text)


def is_plain_value(text: str) -> bool:
    """Return whether ``text`` is wholly a number, a phone number or a lone dash, white space around it aside."""
    value = _without_skipped(text).rstrip()
    if len(value) > _MAX_KEPT_CHARS:
        return False
    if not value.isascii():
        value = _without_skipped(unicodedata.normalize("NFKC", value)).rstrip()
    return value == "-" or _NUMBER.fullmatch(value) is not None or _is_phone(value)


def _without_skipped(text: str) -> str:
    skipped = _skip(text)
    return text[skipped.end() :] if skipped else text


def _is_phone(text: str) -> bool:
    if not text.startswith("+") or _PHONE.fullmatch(text) is None:
        return False
    return _MIN_PHONE_DIGITS <= sum(map(str.isdigit, text)) <= _MAX_PHONE_DIGITS
