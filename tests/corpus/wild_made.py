"""Files of the wild too large to write down: wide, long, sparse, or with what tells their dialect far below."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from tests.corpus.case import ANY, Case
from tests.corpus.tables import Rows, original
from tests.corpus.write import Manner

_WORDS = ["north", "wall", "crew", "water", "office", "note", "late", "early", "paid", "open", "gone", "blue", "oak"]


def made() -> Iterator[Case]:
    """Yield each of them, the same every time."""
    yield from _wide(random.Random("wide"))
    yield from _late(random.Random("late"))
    yield from _long(random.Random("long"))
    yield from _aligned(random.Random("aligned"))


def _case(name: str, rows: Rows, manner: Manner, quote: str | None = None) -> Case:
    delimiter = manner.delimiter if len(rows[-1]) > 1 else None
    return Case("wild made", name, manner.text(rows).encode(), rows, delimiter, quote)


def _framed(case: Case, above: str, below: str) -> Case:
    return replace(case, data=above.encode() + case.data + below.encode())


def _decimals(rng: random.Random, mark: str, columns: int, count: int) -> Rows:
    return [[f"{rng.randint(0, 99)}{mark}{rng.randint(0, 999)}" for _ in range(columns)] for _ in range(count)]


def _wide(rng: random.Random) -> Iterator[Case]:
    for count in (1, 2, 3, 40):
        yield _case(f"decimal commas, 120 columns, {count} rows", _decimals(rng, ",", 120, count), Manner(";"))
        yield _case(f"decimal points, 300 columns, {count} rows", _decimals(rng, ".", 300, count), Manner(","))
        yield _case(f"decimal commas by tabs, {count} rows", _decimals(rng, ",", 60, count), Manner("\t"))
        yield _case(f"decimal points by blanks, {count} rows", _decimals(rng, ".", 40, count), Manner(" "))
    names = [[f"Q{number}" for number in range(1, 400)]]
    yield _case("400 names alone", names, Manner(","))
    for mark in (",", ";", "\t"):
        sparse = [[f"c{column}" for column in range(90)]]
        sparse += [[str(rng.randint(1, 9)) if rng.random() < 0.03 else "" for _ in range(90)] for _ in range(60)]
        for number, row in enumerate(sparse[1:]):
            row[0] = str(number)
        yield _case(f"sparse by {ord(mark):02x}", sparse, Manner(mark))


def _note(rng: random.Random, low: int = 2, high: int = 9) -> str:
    return " ".join(rng.choices(_WORDS, k=rng.randint(low, high)))


def _late(rng: random.Random) -> Iterator[Case]:
    for mark, quote in ((",", '"'), (";", '"'), (",", "'"), ("\t", '"')):
        rows = [["id", "day", "note", "n"]]
        rows += [[str(n), f"2019-03-{n % 28 + 1:02}", _note(rng), f"{n % 7}.5"] for n in range(900)]
        rows[700][2] = f"crew{mark} late{mark} paid"
        rows[820][2] = f"oak{mark} steel"
        name = f"first quote in line 700, {ord(mark):02x} {quote}"
        yield _case(name, rows, Manner(mark, quote=quote), quote)
    rows = [["id", "who", "note"]]
    rows += [[str(n), rng.choice(["O'Hara", "D'Arcy", "Lee"]), _note(rng)] for n in range(400)]
    rows[350][2] = 'oak, "late"'
    yield _case("apostrophes first, a quote in line 350", rows, Manner(), '"')
    rows = [["id", "note", "n"], *([str(n), _note(rng), str(n % 5)] for n in range(600))]
    yield _case("no quotes in 600 lines", rows, Manner())


def _long(rng: random.Random) -> Iterator[Case]:
    broken = [["id", "text", "n"], *([str(n), f"{_note(rng)},\n{_note(rng)}", str(n % 9)] for n in range(300))]
    yield _case("a line break in each of 300 rows", broken, Manner(), '"')
    letters = [["id", "text"], *([str(n), "\n".join(_note(rng) for _ in range(12))] for n in range(30))]
    yield _case("twelve lines a cell", letters, Manner(";"), '"')
    texts = [["id", "text", "ok"], *([str(n), f"{_note(rng, 400, 900)}, {_note(rng)}", "yes"] for n in range(30))]
    yield _case("texts of thousands of characters", texts, Manner(), '"')
    yield _case("texts of thousands of characters by tabs", texts, Manner("\t"))
    shop = original("orders", 77, 300).rows
    lines = "".join(f"Line {n} of the terms, which apply: always; see {n}.\n" for n in range(1, 41))
    yield _framed(_case("forty lines of terms above", shop, Manner(), '"'), f"{lines}\n", "")
    below = "\nSource: own count, 2019\nAll rights reserved.\n"
    yield _framed(_case("a note after 300 rows", shop, Manner(";"), '"'), "", below)
    one = [[_note(rng, 5, 12) + rng.choice(["", ", " + _note(rng)])] for _ in range(200)]
    yield Case("wild made", "200 sentences", "\n".join(row[0] for row in one).encode(), one, None, None)


def _aligned(rng: random.Random) -> Iterator[Case]:
    for count in (4, 12, 200):
        rows = [["name", "mass", "charge", "spin"]]
        rows += [
            [rng.choice(_WORDS) + str(n), f"{rng.random() * 1000:.3f}", str(rng.randint(-3, 3)), f"{rng.random():.2f}"]
            for n in range(count)
        ]
        text = "".join(f"{row[0]:<12}{row[1]:>10}{row[2]:>8}{row[3]:>7}\n" for row in rows)
        yield Case("wild made", f"aligned, {count} rows", text.encode(), rows, " ", ANY)
        yield Case("wild made", f"aligned with blanks before, {count} rows", _indented(text), rows, " ", ANY)


def _indented(text: str) -> bytes:
    return "".join(f"   {line}\n" for line in text.splitlines()).encode()
