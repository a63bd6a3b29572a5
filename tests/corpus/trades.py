"""More trades: readings of sensors, invoices, a stock, matches, genes, answers of a survey, places on a map."""

from __future__ import annotations

import random
from collections.abc import Callable

Rows = list[list[str]]
Maker = Callable[[random.Random, int], Rows]

_PARTS = ["Bracket", "Hinge", "Gasket", "Bearing", "O-ring", "Washer", "Pulley", "Spindle"]
_STUFFS = ["steel", "brass", "nylon", "rubber", "steel, galvanised", "aluminium"]
_BINS = ["A", "B", "C", "D"]
_TEAMS = ["Rovers", "United", "Harbour FC", "St. Anne", "Olympia", "Old Boys", "Racing 82"]
_BASES = "ACGT"
_LIKES = ["Strongly agree", "Agree", "Neutral", "Disagree", "Strongly disagree"]
_REMARKS = ["", "", "no comment", "More parking please", "The hall is cold, the staff is kind", "ok", "Great!", "n/a"]
_PLACES = ["Lake", "Peak", "Ford", "Bridge", "Tower", "Well", "Chapel", "Cave"]
_SAINTS = ["Saint Mary", "North", "Upper", "Old", "Grand", "Little", "Black"]


def _sensors(rng: random.Random, count: int) -> Rows:
    return [["ts", "sensor", "t_in", "t_out", "rh", "battery_mV", "state"]] + [
        [
            f"2023-05-{1 + number // 24:02}T{number % 24:02}:00:00Z",
            f"node-{rng.randint(1, 12)}",
            f"{rng.uniform(18, 26):.2f}",
            f"{rng.uniform(-9, 31):.2f}",
            f"{rng.uniform(20, 95):.1f}",
            str(rng.randint(2900, 3650)),
            rng.choice(["ok", "ok", "ok", "low", "fault"]),
        ]
        for number in range(count)
    ]


def _invoices(rng: random.Random, count: int) -> Rows:
    return [["Invoice No", "Customer", "Issued", "Due", "Net", "VAT", "Gross", "Paid"]] + [
        [
            f"INV-2023-{number:05}",
            f"{rng.choice(['Alder', 'Birch', 'Cedar', 'Elm & Sons'])}{rng.choice([' Ltd', ' GmbH', ', Inc.'])}",
            f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.2023",
            f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.2024",
            f"{rng.uniform(10, 9000):,.2f}",
            f"{rng.choice([7, 19])}%",
            f"{rng.uniform(10, 9999):,.2f}",
            rng.choice(["yes", "no", ""]),
        ]
        for number in range(101, count + 101)
    ]


def _stock(rng: random.Random, count: int) -> Rows:
    return [["SKU", "Item", "Material", "Bin", "OnHand", "Reorder", "UnitCost"]] + [
        [
            f"{rng.choice(['BR', 'HG', 'GS'])}{rng.randint(100, 999)}{rng.choice('XYZ')}",
            f"{rng.choice(_PARTS)} {rng.randint(2, 40)} mm",
            rng.choice(_STUFFS),
            f"{rng.choice(_BINS)}-{rng.randint(1, 30):02}-{rng.randint(1, 9)}",
            str(rng.randint(0, 2500)),
            str(rng.choice([10, 25, 50, 100])),
            f"{rng.uniform(0.05, 60):.3f}",
        ]
        for _ in range(count)
    ]


def _matches(rng: random.Random, count: int) -> Rows:
    return [["Round", "Date", "Home", "Away", "HG", "AG", "HT", "Attendance", "Referee"]] + [
        [
            str(1 + number // 4),
            f"{rng.randint(1, 28)}/{rng.randint(8, 12)}/22",
            rng.choice(_TEAMS),
            rng.choice(_TEAMS),
            str(rng.randint(0, 5)),
            str(rng.randint(0, 4)),
            f"{rng.randint(0, 2)}:{rng.randint(0, 2)}",
            f"{rng.randint(150, 48000)}",
            f"{rng.choice('ABCDEFG')}. {rng.choice(['Ward', 'Klein', 'Moreau', 'Silva'])}",
        ]
        for number in range(count)
    ]


def _genes(rng: random.Random, count: int) -> Rows:
    return [["gene", "chr", "start", "end", "strand", "motif", "log2fc", "pvalue"]] + [
        [
            f"{''.join(rng.choices('ABCDGKLMNPRSTZ', k=rng.randint(2, 4)))}{rng.randint(1, 30)}",
            f"chr{rng.choice([*range(1, 23), 'X', 'Y'])}",
            str(rng.randint(10_000, 90_000_000)),
            str(rng.randint(90_000_000, 240_000_000)),
            rng.choice("+-"),
            "".join(rng.choices(_BASES, k=rng.randint(6, 12))),
            f"{rng.gauss(0, 2):.4f}",
            f"{rng.random() * 10 ** -rng.randint(1, 9):.2e}",
        ]
        for _ in range(count)
    ]


def _survey(rng: random.Random, count: int) -> Rows:
    return [["Respondent", "Age", "Q1", "Q2", "Q3", "Score", "Remarks"]] + [
        [
            f"R{number}",
            rng.choice(["18-24", "25-34", "35-49", "50+"]),
            rng.choice(_LIKES),
            rng.choice(_LIKES),
            rng.choice(["1", "2", "3", "4", "5", ""]),
            str(rng.randint(0, 100)),
            rng.choice(_REMARKS),
        ]
        for number in range(1, count + 1)
    ]


def _places(rng: random.Random, count: int) -> Rows:
    return [["OBJECTID", "NAME", "TYPE", "LATITUDE", "LONGITUDE", "ELEV_M", "UPDATED"]] + [
        [
            str(4000 + number),
            f"{rng.choice(_SAINTS)} {rng.choice(_PLACES)}",
            rng.choice(["natural", "building", "water", "historic; ruin"]),
            f"{rng.uniform(46, 55):.6f}",
            f"{rng.uniform(-4, 15):.6f}",
            str(rng.randint(-3, 2900)),
            f"20{rng.randint(10, 23)}/{rng.randint(1, 12):02}/{rng.randint(1, 28):02} {rng.randint(0, 23):02}:00:00+00",
        ]
        for number in range(count)
    ]


def _codes(rng: random.Random, count: int) -> Rows:
    return [["Municipality", *(f"Y{year}" for year in range(2001, 2013))]] + [
        [
            f"{rng.randint(100, 999)} {rng.choice(_SAINTS)} {rng.choice(_PLACES)}",
            *(f"{rng.randint(1, 99)}.{rng.randint(0, 999):03}.{rng.randint(0, 999):03}" for _ in range(12)),
        ]
        for _ in range(count)
    ]


TRADES: dict[str, Maker] = {
    "sensors": _sensors, "invoices": _invoices, "stock": _stock, "matches": _matches, "genes": _genes,
    "survey": _survey, "places": _places, "codes": _codes,
}  # fmt: skip
