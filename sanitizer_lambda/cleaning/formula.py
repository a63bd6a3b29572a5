"""Whether a spreadsheet would take a cell for a formula (DOMAIN.md, What makes a cell harmless)."""

from __future__ import annotations

import re
import unicodedata

STARTERS = "=+-@"
# Characters whose compatibility form begins with one of ``STARTERS``: super- and subscripts, small and full width.
WIDE_STARTERS = "⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠"  # noqa: RUF001 - these are the look-alikes
# What a raw value may not begin with: some readers skip or split there.
RAW_STARTERS = "\t\n\r\0"
# Skipped before the test: white space, marks that take no room, double quotes (also full width).
SKIPPED = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028"
    '\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff\u180e"＂'  # noqa: RUF001 - full width quote
)

_FORMULA = tuple(STARTERS)
_RAW = tuple(RAW_STARTERS)

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
    value = text.lstrip(SKIPPED)
    wide = unicodedata.normalize("NFKC", value[:_MAX_KEPT_CHARS]).lstrip(SKIPPED)
    begins = text.startswith(_RAW) or value.startswith(_FORMULA) or wide.startswith(_FORMULA)
    return begins and not is_plain_value(text)


def is_plain_value(text: str) -> bool:
    """Return whether ``text`` is wholly a number, a phone number or a lone dash, white space around it aside."""
    value = text.lstrip(SKIPPED).rstrip()
    if len(value) > _MAX_KEPT_CHARS:
        return False
    wide = unicodedata.normalize("NFKC", value).lstrip(SKIPPED).rstrip()
    return wide == "-" or _NUMBER.fullmatch(wide) is not None or _is_phone(wide)


def _is_phone(text: str) -> bool:
    if not text.startswith("+") or _PHONE.fullmatch(text) is None:
        return False
    return _MIN_PHONE_DIGITS <= sum(map(str.isdigit, text)) <= _MAX_PHONE_DIGITS
