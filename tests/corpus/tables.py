"""Ordinary tables of many trades: the sound originals that the corpus then writes in odd ways or damages."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.corpus.trades import TRADES, Maker

Rows = list[list[str]]

_FIRST = ["Anna", "Bruno", "Carla", "Dmitri", "Elena", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kirsten", "Liam"]
_LAST = ["O'Brien", "Smith", "García", "Müller", "Rossi", "Nowak", "Dubois", "Svensson", "Costa", "D'Angelo", "Weber"]
_STREETS = ["Main St", "Elm Street", "Rue de la Paix", "High Road", "Station Rd", "Lindenallee", "Via Roma"]
_CITIES = ["Toronto, ON", "Paris", "Springfield, IL", "Berlin", "Rome", "Lagos", "Porto", "Austin, TX"]
_GOODS = ["Desk lamp", "Steel bolt, M8", 'Pipe 3/4"', "Office chair", "Paint, white, 5 l", "Cable 2m", "Door handle"]
_SENTENCE = "the crew found water near the north wall and called the site office before noon"
_WORDS = _SENTENCE.split()
_LEVELS = ["INFO", "WARN", "ERROR", "DEBUG"]


@dataclass(frozen=True, slots=True)
class Original:
    """A sound table: ``rows[0]`` is its header."""

    name: str
    rows: Rows


def _day(rng: random.Random) -> str:
    return f"20{rng.randint(10, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _clock(rng: random.Random) -> str:
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"


def _sentence(rng: random.Random) -> str:
    words = rng.choices(_WORDS, k=rng.randint(3, 12))
    return " ".join(words).capitalize() + rng.choice(["", ".", ", see note", "; again", " (ok)"])


def _orders(rng: random.Random, count: int) -> Rows:
    head = ["DATE", "TIME", "Qty", "PRODUCTID", "Price", "ProductType", "ProductDescription", "URL", "Comments"]
    return [head] + [
        [
            _day(rng),
            _clock(rng),
            str(rng.randint(1, 90)),
            f"P-{rng.randint(1, 9999):04}",
            f"{rng.randint(1, 900)}.{rng.randint(0, 99):02}",
            rng.choice(["Tool", "Part", "Furniture"]),
            rng.choice(_GOODS),
            f"https://shop.example/p/{rng.randint(1, 9999)}",
            rng.choice(["", "", _sentence(rng), 'He said "no"']),
        ]
        for _ in range(count)
    ]


def _people(rng: random.Random, count: int) -> Rows:
    return [["id", "name", "street", "city", "zip", "phone", "email"]] + [
        [
            str(number),
            f"{rng.choice(_FIRST)} {rng.choice(_LAST)}",
            f"{rng.randint(1, 300)} {rng.choice(_STREETS)}",
            rng.choice(_CITIES),
            f"{rng.randint(0, 99999):05}",
            f"+1 555-{rng.randint(100, 999)}-{rng.randint(0, 9999):04}",
            f"user{rng.randint(1, 999)}@mail.example",
        ]
        for number in range(1, count + 1)
    ]


def _measures(rng: random.Random, count: int) -> Rows:
    return [["Station", "Temperatur", "Druck", "Feuchte", "Bemerkung"]] + [
        [
            f"ST{rng.randint(1, 40):02}",
            f"{rng.randint(-20, 35)},{rng.randint(0, 9)}",
            f"{rng.randint(950, 1050)},{rng.randint(0, 99)}",
            str(rng.randint(10, 100)),
            rng.choice(["", "", "Sensor gewechselt", "leicht bewölkt"]),
        ]
        for _ in range(count)
    ]


def _logs(rng: random.Random, count: int) -> Rows:
    return [["timestamp", "level", "host", "message"]] + [
        [
            f"{_day(rng)} {_clock(rng)}",
            rng.choice(_LEVELS),
            f"10.0.{rng.randint(0, 9)}.{rng.randint(1, 250)}",
            _sentence(rng),
        ]
        for _ in range(count)
    ]


def _events(rng: random.Random, count: int) -> Rows:
    return [["event_id", "payload", "tags", "ok"]] + [
        [
            f"{rng.getrandbits(32):08x}",
            f'{{"user": {rng.randint(1, 99)}, "act": "{rng.choice(["open", "close"])}"}}',
            "|".join(rng.sample(["red", "new", "vip", "west"], rng.randint(0, 3))),
            rng.choice(["true", "false"]),
        ]
        for _ in range(count)
    ]


def _suites(rng: random.Random, count: int) -> Rows:
    return [["Unit Type", "Floor Plan Name", "Beds", "Baths", "Net Area (m2)", "List Price", "Notes"]] + [
        [
            f"{rng.randint(1, 3)}{rng.choice('ABCDE')}",
            rng.choice(["One Bedroom", "Corner Suite", "Loft, upper", "Garden Flat"]),
            rng.choice(["Studio", "1", "2", "2+1"]),
            rng.choice(["1", "1.5", "2"]),
            f"{rng.randint(30, 140)}.{rng.randint(0, 9)}",
            f"${rng.randint(200, 900)},{rng.randint(0, 999):03}",
            rng.choice(["", "View; balcony", "Den / study", "No pets"]),
        ]
        for _ in range(count)
    ]


def _texts(rng: random.Random, count: int) -> Rows:
    return [["title", "author", "summary"]] + [
        [_sentence(rng).rstrip("."), f"{rng.choice(_LAST)}, {rng.choice(_FIRST)}", f"{_sentence(rng)} {_sentence(rng)}"]
        for _ in range(count)
    ]


def _wide(rng: random.Random, count: int) -> Rows:
    return [["run", *(f"x{number}" for number in range(1, 50))]] + [
        [str(number), *(f"{rng.random() * 100:.{rng.randint(1, 4)}f}" for _ in range(49))] for number in range(count)
    ]


def _accounts(rng: random.Random, count: int) -> Rows:
    return [["Account", "IBAN", "Opened", "Balance", "Share", "Active"]] + [
        [
            str(rng.randint(10**11, 10**12)),
            f"DE{rng.randint(10**19, 10**20)}",
            f"{rng.randint(1, 12)}/{rng.randint(1, 28)}/{rng.randint(2001, 2024)}",
            f"{rng.randint(-90, 90)},{rng.randint(100, 999)}.{rng.randint(0, 99):02}",
            f"{rng.randint(0, 100)}%",
            rng.choice(["yes", "no"]),
        ]
        for _ in range(count)
    ]


def _names(rng: random.Random, count: int) -> Rows:
    return [["Name"]] + [[f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"] for _ in range(count)]


def _pairs(rng: random.Random, count: int) -> Rows:
    return [["key", "value"]] + [
        [f"setting.{rng.choice(_WORDS)}.{number}", rng.choice(["on", "12", "a b", "x=1"])] for number in range(count)
    ]


def _phases(rng: random.Random, count: int) -> Rows:
    return [["WBS", "Task Name", "Duration", "Predecessors", "Start", "Finish", "%"]] + [
        [
            f"1.{number}",
            rng.choice(["Excavation", "Framing", "Roof, main", "Drywall", "Hand-over"]),
            f"{rng.randint(1, 30)} days",
            "" if number == 1 else f"1.{number - 1}FS+{rng.randint(1, 5)}d",
            _day(rng),
            _day(rng),
            str(rng.randint(0, 100)),
        ]
        for number in range(1, count + 1)
    ]


_MAKERS: dict[str, Maker] = {
    "orders": _orders, "people": _people, "measures": _measures, "logs": _logs, "events": _events, "suites": _suites,
    "texts": _texts, "wide": _wide, "accounts": _accounts, "names": _names, "pairs": _pairs, "phases": _phases,
    **TRADES,
}  # fmt: skip
NAMES = tuple(_MAKERS)


def original(name: str, seed: int = 0, count: int = 24) -> Original:
    """Return the table ``name`` with ``count`` records; the same for the same ``seed``."""
    return Original(name, _MAKERS[name](random.Random(f"{name} {seed}"), count))
