"""Currencies: the codes of ISO 4217 in use, and the marks people put before or behind a price."""

from __future__ import annotations

import re

from sanitizer_lambda.contract import RowErrorCode
from workers.rows.fault import Fault
from workers.rows.words import nearest

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
    RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a table of 170 words is read as one
)

# The currencies a mark may stand for; a mark is right where it may stand for the row's own currency.
_DOLLARS = frozenset(
    code for code in CURRENCIES if code.endswith("D") and code not in {"AED", "BHD", "IQD", "JOD", "KWD"}
)
_MARKS = {
    "$": _DOLLARS | {"MXN", "CLP", "COP", "ARS", "UYU", "CUP", "DOP", "MOP"},
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "LBP", "SHP", "SSP", "SDG", "SYP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW", "KPW"}),
    "₽": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "₴": frozenset({"UAH"}),
    "₪": frozenset({"ILS"}),
    "₫": frozenset({"VND"}),
    "₱": frozenset({"PHP"}),
    "฿": frozenset({"THB"}),
    "zł": frozenset({"PLN"}),
    "Kč": frozenset({"CZK"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "R$": frozenset({"BRL"}),
    "US$": frozenset({"USD"}),
    "C$": frozenset({"CAD"}),
    "CA$": frozenset({"CAD"}),
    "A$": frozenset({"AUD"}),
    "AU$": frozenset({"AUD"}),
    "NZ$": frozenset({"NZD"}),
    "HK$": frozenset({"HKD"}),
    "S$": frozenset({"SGD"}),
}
_NUMBER = r"[0-9][0-9 '\u2019.,\s]*"
_MARKED = re.compile(
    rf"(?P<sign>[+-]?)\s*(?P<before>[^\s0-9+\-.,]*)\s*(?P<number>[+-]?{_NUMBER}?)\s*(?P<behind>[^\s0-9.,]*)"
)


def split_mark(text: str) -> tuple[str, str | None]:
    """Return the text without its currency mark, and the mark, or None where there is none or two."""
    match = _MARKED.fullmatch(text)
    if match is None or bool(match["before"]) == bool(match["behind"]):
        return text, None
    return match["sign"] + match["number"], match["before"] or match["behind"]


def is_mark(mark: str) -> bool:
    """Whether the text is a mark or a code of some currency."""
    return mark in _MARKS or mark.upper() in CURRENCIES


def may_mean(mark: str, currency: str) -> bool:
    """Whether the mark may stand for the currency."""
    return mark.upper() == currency or currency in _MARKS.get(mark, ())


def read_currency(text: str) -> str | Fault:
    """Return the currency's code in capitals."""
    code = text.upper()
    if code in CURRENCIES:
        return code
    near = nearest(code, CURRENCIES, 1)
    hint = f"Did you mean {near[0]}?" if near else "Three letters, such as CAD, EUR or USD."
    return Fault(RowErrorCode.NOT_A_CHOICE, "This is no currency of ISO 4217.", hint)
