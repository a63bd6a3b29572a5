"""Files for the fuzz harness: noise, damaged files of the corpus, files made of attacks, one piece again and again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.corpus.catalogue import cases
from tests.corpus.write import Manner, join

_EVENTS = Path(__file__).resolve().parent.parent / "aws_events"

ENCODINGS = (
    "utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1",
    "mac-roman", "cp437", "cp850", "cp1251", "koi8-r", "shift_jis", "gb18030", "big5", "euc-kr",
)  # fmt: skip
NAMES = (
    "Code", "Name", "Notes", "Bedrooms", "Area", "Price", "Tags", "Floor", "Duration", "Predecessors", "Suite Code",
    "suite_code", "phase_code", "phase_name", "=cmd|' /C calc'!A0", "<b>Qty</b>", "", "Code", "Gr\u00f6\u00dfe (m2)",
)  # fmt: skip
PIECES = (
    *"=+-@'\"<>&;:,.|!?/ \t\n\r\0#%()[]{}\\^~\x1a\x1d\x1e", "\r\n", "\n\n", '""', '"""', '",', ',"', '"\n', "';",
    '\\"', "\uff1d", "\uff0b", "\u207a", "\ufe63", "\uff02", "\u200b", "\u200c", "\u200d", "\u200f", "\ufeff", "\xad",
    "\u202e", "\u2066", "\u0338", "\xa8", "\u034f", "\ufe0f", "\u3164", "\u2028", "\x85", "\x1b", "\x9b", "\x1b[31m",
    "\x1b]0;t\x07", "\ufffd", "\ud7ff", "\uffff", "<b>", "</b>", "<script>", "</script>", "<img src=x onerror=",
    "<!--", "-->", "<svg/onload=", "<![CDATA[", "]]>", "<x@y a<1 onclick=", "&lt;", "&amp;", "&#60;", "&#x3c;",
    "&colon;", "&Tab;", "&#106;", "javascript:", "java", "script:", "vbscript:", "data:", "text/html", "t", "ta",
    "T:", "1", "12", "-5", "+49 30 1234567", "1e5", "1,5", "1.234,50", "\u20ac", "$", "A", "b", "S-1", "1A", "total",
    "Total:", "Notes:", "cmd|' /C calc'!A0", "SUM(1)", "\xe9", "\u65e5\u672c", "\U0001f468\u200d\U0001f469",
    "\u0645\u06cc\u200c\u062e", "yes", "2001-02-03", "12:30", "two\nlines", "two\r\nlines", "a\rb", "x" * 700,
    "\n" * 70, '"' * 9, "sep=;", "Code,Name,Notes", "-- end --",
)  # fmt: skip

Maker = Callable[[random.Random], bytes]


class Inputs:
    """Makes inputs from a seed; the same seed makes the same inputs."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._corpus = [case.data for case in cases(1)]
        self._events = [path.read_bytes() for path in sorted(_EVENTS.glob("*.json"))]
        self._files: tuple[Maker, ...] = (noise, self._damaged, self._damaged, made, made, made, repeated, self._joined)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name of a way of making files, and a file, without end."""
        while True:
            maker = self._rng.choice(self._files)
            yield maker.__name__.strip("_"), maker(self._rng)

    def event(self) -> str:
        """Return the body of a message, damaged more or less."""
        rng = self._rng
        data = rng.choice(self._events)
        if rng.random() < 0.5:
            return mutated(rng, data).decode(errors="replace")
        return json.dumps(_shaken(rng, json.loads(data)))

    def _damaged(self, rng: random.Random) -> bytes:
        return mutated(rng, rng.choice(self._corpus))

    def _joined(self, rng: random.Random) -> bytes:
        """Two files, one below the other, some of it often enough to be larger than what is looked at in one go."""
        first, second = rng.choice(self._corpus), rng.choice((made, noise, self._damaged))(rng)
        if rng.random() < 0.04:
            first *= rng.randint(2, max(2, 300_000 // max(1, len(first))))
        return first + second


def noise(rng: random.Random) -> bytes:
    """Any bytes at all, or of a few kinds only."""
    size = int(2 ** rng.uniform(0, 12))
    if rng.random() < 0.5:
        return rng.randbytes(size)
    return bytes(rng.choices(b"=,;\t|\"'\n\r\0 aA1\xff\xfe\xc3\xa9\xe2\x80\x8b", k=size))


def made(rng: random.Random) -> bytes:
    """A table in any manner of writing whose cells, and some whole lines, are attacks."""
    delimiter = rng.choice([",", ",", ",", ";", "\t", "|", ":", "^", "~", " ", "||", ", "])
    manner = Manner(
        delimiter,
        rng.choice(['"', '"', '"', "'"]),
        rng.choice([None, None, None, "\\"]),
        rng.choice(["needed", "needed", "needed", "all", "none", "text"]),
        rng.choice(["\n", "\n", "\r\n", "\r"]),
        rng.random() < 0.8,
    )
    names = [*rng.sample(["Code", "Name"], 2), *rng.choices(NAMES, k=rng.randint(0, 4))]
    hostile = rng.choice([0, 0.01, 0.1, 0.5, 1])
    rows = rng.choice([1, 2, 3, 5, 9, 20, 20, 60, 60, 200, 6_000 if hostile < 0.02 else 500])
    lines = [manner.line(names)]
    odd = rng.choice([0, 0, 0.002, 0.05, 0.3])
    for number in range(rows):
        cells = [_cell(rng, hostile) for _ in names]
        cells[0] = cells[0] or f"S-{number}"
        lines.append(text(rng) if rng.random() < odd else manner.line(cells))
    data = join(lines, manner).encode(rng.choice(ENCODINGS), rng.choice(["replace", "ignore"]))
    return mutated(rng, data) if rng.random() < 0.3 else data


def _cell(rng: random.Random, hostile: float) -> str:
    if rng.random() < hostile:
        return text(rng)
    return rng.choice(
        ["One", "Two, three", " x ", "", "5", "-5", "52.4", 'a 5" pipe', "2BR < 60 m2", "R&D", "Zo\u00eb", "ta: x"]
    )


def text(rng: random.Random) -> str:
    """Return a few pieces of attacks in a row."""
    return "".join(rng.choices(PIECES, k=rng.randint(1, 6)))


def repeated(rng: random.Random) -> bytes:
    """A head and then one piece so often that work which grows faster than the file is felt."""
    head = rng.choice(
        ["", "Code,Name\n", "Code,Name,Notes\nA,B,C\n", 'Code,Name\nA,"', "Code;Name\nA;<b>", "Code\tName\n1\t"]
    )
    unit = text(rng) if rng.random() < 0.7 else f"{text(rng)},{text(rng)}\n"
    size = rng.choice([100, 1_000, 1_000, 5_000, 20_000, 100_000])
    body = (unit * (size // len(unit) + 1))[:size]
    return (head + body + rng.choice(["", "\n", '"\n', "\nA,B\n"])).encode(rng.choice(ENCODINGS), "replace")


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Return ``data`` with a few bytes changed, cut, doubled, moved or put in."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 3, 8, 30])):
        start = rng.randint(0, len(out))
        end = min(len(out), start + rng.choice([1, 1, 2, 5, 40, 400]))
        dice = rng.random()
        if dice < 0.25:
            out[start:end] = rng.randbytes(end - start)
        elif dice < 0.45:
            del out[start:end]
        elif dice < 0.75:
            out[start:start] = text(rng).encode(rng.choice(ENCODINGS), "replace")
        elif dice < 0.85:
            out[start:start] = out[start:end] * rng.choice([1, 3, 50])
        elif dice < 0.95:
            piece = out[start:end]
            del out[start:end]
            place = rng.randint(0, len(out))
            out[place:place] = piece
        else:
            del out[start:]
    return bytes(out)


def _shaken(rng: random.Random, value: object) -> object:
    """Return a JSON value of which some parts are of another kind."""
    if rng.random() < 0.05:
        return rng.choice([None, True, 0, -1, 1e308, "", "x", "%2F..%00", [], {}, [[]], {"s3": None}, 10**30])
    if isinstance(value, dict):
        return {key: _shaken(rng, part) for key, part in value.items() if rng.random() > 0.02}
    if isinstance(value, list):
        return [_shaken(rng, part) for part in value]
    return value
