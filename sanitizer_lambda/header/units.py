"""Units a header may name, in brackets or as its last words: `Area (m2)`, `Duration [days]`, `Price (CAD)`."""

from __future__ import annotations

import re

_AREA = {
    "SQM": "m2|m 2|sqm|sq m|sq metres|sq meters|square metres|square meters|square metre|square meter",
    "SQFT": "ft2|ft 2|sqft|sq ft|sf|sq feet|square feet|square foot|square footage",
}
_TIME = {
    "DAYS": "d|day|days",
    "WORKDAYS": "wd|workday|workdays|work day|work days|working days|business days",
    "CALENDAR_DAYS": "cd|calendar day|calendar days|elapsed days",
    "WEEKS": "w|wk|wks|week|weeks",
    "MONTHS": "mo|mos|month|months",
    "HOURS": "h|hr|hrs|hour|hours",
}
# ISO 4217, the currencies in use.
_CURRENCIES = (  # noqa: SIM905 - a list of 150 literals is no easier to read
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD "
    "LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
    "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT "
    "TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
).split()
# Said of the column, but no unit that the import could use.
_OTHER = "% $ € £ ¥ pc pcs no nos nr ea each count qty required optional mandatory"


def _words(units: dict[str, str]) -> dict[str, str]:
    return {word: unit for unit, words in units.items() for word in words.split("|")}


_AREAS, _TIMES = _words(_AREA), _words(_TIME)
_MONEY = {code.casefold(): code for code in _CURRENCIES}
_UNITS: dict[str, str | None] = {**_AREAS, **_TIMES, **_MONEY, **dict.fromkeys(_OTHER.split())}

_SUFFIX = re.compile(r"\s*[(\[{]\s*([^()\[\]{}]*?)\s*[)\]}]\s*\Z")
# Trailing words without brackets: only what cannot be a name's own last word.
_BARE = sorted((word for word in {**_AREAS, **_TIMES} if len(word) > 1), key=len, reverse=True)


def without_unit(header: str) -> tuple[str, str | None]:
    """Return casefolded ``header`` without its unit suffixes in brackets, and the unit they name, if any."""
    unit: str | None = None
    while match := _SUFFIX.search(header):
        word = " ".join(match[1].replace(".", " ").split())
        if word not in _UNITS or match.start() == 0:
            break
        unit = unit or _UNITS[word]
        header = header[: match.start()]
    return header, unit


def without_bare_unit(header: str) -> tuple[str, str | None]:
    """Return normalised ``header`` without a unit as its last words, and the unit: `area m2`, `duration days`."""
    for word in _BARE:
        if header.endswith(" " + word):
            return header[: -len(word) - 1].rstrip(" ,"), _UNITS[word]
    return header, None


def unit_named(header: str) -> str | None:
    """Return the unit that a whole normalised header is the name of: `sq ft`, `work days`."""
    return {**_AREAS, **_TIMES}.get(header)


def fits(unit: str | None, column: str) -> bool:
    """Return whether the numbers of ``column`` can be in ``unit``."""
    if column.endswith("area"):
        return unit in _AREA
    if column.endswith("duration_days"):
        return unit in _TIME
    return column.endswith("base_price") and unit in _CURRENCIES
