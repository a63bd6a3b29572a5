"""Shapes of files to be measured: how honest and hostile tables really look, written row by row."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = [
    "code", "name", "description", "suite_type", "bedrooms", "bathrooms", "area", "area_unit", "base_price", "currency",
    "floor_from", "quantity",
]  # fmt: skip
NAMES = ["One Bedroom", "Two Bedroom", "Studio", "Penthouse", "Loft é", "Townhouse"]
WORDS = ["corner", "unit", "with", "view", "to", "the", "south", "and", "large", "balcony", "quiet", "side", "kitchen"]
ATTACKS = ["=cmd|' /C calc'!A0", "<b>x</b>corner", "a\u200bb", "@SUM(1)", "+1+1", "javascript:alert(1)"]

Row = list[str]
Make = Callable[[random.Random, int], Row]


def _sentence(rng: random.Random, least: int = 3, most: int = 9) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(least, most)))


def plain_row(rng: random.Random, number: int) -> Row:
    """A row of a short text and figures; some need quotes."""
    words = _sentence(rng)
    dice = rng.random()
    if dice > 0.9:
        words = words.replace(" ", ", ", 1) if dice < 0.98 else f'5" {words}'
    return [
        f"S-{number}", rng.choice(NAMES), words, "APARTMENT", str(rng.randint(0, 3)), rng.choice(["1", "1.5", "2"]),
        f"{rng.uniform(30, 200):.2f}", "SQM", f"{rng.randint(100_000, 900_000)}.00", "CAD", str(rng.randint(-2, 30)),
        str(rng.randint(1, 99)),
    ]  # fmt: skip


def _described(*texts: str) -> Make:
    """Rows whose description ends (or, with a bar before it, begins) with one of ``texts``, each in its turn."""

    def make(rng: random.Random, number: int) -> Row:
        row = plain_row(rng, number)
        text = rng.choice(texts)
        row[2] = f"{text[1:]} {row[2]}" if text.startswith("|") else f"{row[2]} {text}"
        return row

    return make


def _cells(*cells: str) -> Make:
    """Rows whose name is one of ``cells``."""

    def make(rng: random.Random, number: int) -> Row:
        row = plain_row(rng, number)
        row[1] = rng.choice(cells)
        return row

    return make


def _long_text(rng: random.Random, number: int) -> Row:
    row = plain_row(rng, number)
    row[2] = ". ".join(_sentence(rng, 8, 14) for _ in range(8))
    return row


def _signed(rng: random.Random, number: int) -> Row:
    row = plain_row(rng, number)
    row[4:7] = [f"-{rng.randint(1, 99)}", f"+{rng.randint(1, 9)}.5", f"-{rng.uniform(1, 999):.3f}"]
    row[8] = f"-${rng.randint(1, 999)}.00"
    return row


def _all_commas(rng: random.Random, number: int) -> Row:
    row = plain_row(rng, number)
    row[2] = f"{_sentence(rng)}, {_sentence(rng)}"
    return row


def _decimal_comma(rng: random.Random, number: int) -> Row:
    return [cell.replace(".", ",") if index in {6, 8} else cell for index, cell in enumerate(plain_row(rng, number))]


def _no_code(rng: random.Random, number: int) -> Row:
    row = plain_row(rng, number)
    row[0] = row[0] if rng.random() < 0.3 else ""
    return [*row[1:3], *row[3:], row[0]][:12]


def _without_first(rng: random.Random, number: int) -> Row:
    row = plain_row(rng, number)
    return ["" if rng.random() < 0.7 else "x", *row[1:], row[0]]


def _wide(rng: random.Random, number: int) -> Row:
    return [*plain_row(rng, number), *(str(rng.randint(0, 9_999)) for _ in range(38))]


def _very_wide(rng: random.Random, number: int) -> Row:
    return [*plain_row(rng, number), *(str(rng.randint(0, 9_999)) for _ in range(138))]


def _narrow(rng: random.Random, number: int) -> Row:
    return [f"S-{number}", rng.choice(NAMES), str(rng.randint(0, 9))]


def _trailing(rng: random.Random, number: int) -> Row:
    return [*plain_row(rng, number), ""]


@dataclass(frozen=True)
class Shape:
    """How a file is written. ``at_least``: the ratio to the csv module it must reach."""

    name: str
    at_least: float
    make: Make = plain_row
    hostile: float = 0.01
    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    newline: str = "\n"
    header: tuple[str, ...] = tuple(HEADER)
    before: str = ""
    quote: str = '"'
    escape: str | None = None
    broken: bytes = b""

    def rows(self, count: int) -> Iterator[Row]:
        """Yield rows without the header, the same ones each time."""
        rng = random.Random(1)
        for number in range(1, count + 1):
            row = self.make(rng, number)
            if rng.random() < self.hostile:
                row[min(2, len(row) - 1)] = rng.choice(ATTACKS)
            yield row

    def write(self, path: Path, megabytes: float) -> Path:
        """Write a file of about that size; some rows are made up and repeated."""
        piece = list(self.rows(20_000 if megabytes >= 4 else 200))
        with path.open("w", encoding=self.encoding, errors="replace", newline="") as file:
            file.write(self.before)
            writer = csv.writer(
                file,
                delimiter=self.delimiter,
                quoting=self.quoting,  # type: ignore[arg-type]  # the stubs know the constants, not an int
                lineterminator=self.newline,
                quotechar=self.quote,
                escapechar=self.escape,
                doublequote=self.escape is None,
            )
            writer.writerow(self.header)
            while path.stat().st_size < megabytes * 1_000_000:
                writer.writerows(piece)
                file.flush()
        return path


_EXTRA = tuple(f"extra {number}" for number in range(138))

SHAPES = [
    Shape("clean", 1.8, hostile=0),
    Shape("1 % hostile", 1.1),
    Shape("10 % hostile", 0.4, hostile=0.1),
    Shape("CRLF, clean", 1.3, hostile=0, newline="\r\n"),
    Shape("CRLF, 1 % hostile", 1.0, newline="\r\n"),
    Shape("byte order mark", 1.1, encoding="utf-8-sig"),
    Shape("preamble", 1.1, before="Price list\nprinted 2024\n\n"),
    Shape("long texts", 0.9, _long_text),
    Shape("three columns", 0.8, _narrow, header=("code", "name", "bedrooms")),
    Shape("50 columns, 38 unknown", 0.5, _wide, header=(*HEADER, *_EXTRA[:38])),
    Shape("150 columns, 138 unknown", 0.5, _very_wide, header=(*HEADER, *_EXTRA)),
    Shape("an unknown column", 0.35, header=(*HEADER[:3], "zzyzx", *HEADER[4:])),
    Shape("a delimiter at the end", 0.8, _trailing, header=(*HEADER, "")),
    Shape("signed numbers", 1.0, _signed),
    Shape("phone numbers", 1.0, _cells("+1 555 123 4567", "+44 20 7946 0958", "+15551234567")),
    Shape("N/A and dashes", 1.1, _cells("N/A", "-", "n.a.", "—")),
    Shape("ampersands, comparisons", 1.1, _described("a & b", "x < 5", "AT&T", "R&D", "a <= b", "<3", "2 > 1")),
    Shape("colons", 1.1, _described("Unit: 5", "Contact: Ann", "at 10:30", "https://acme.example/a?b=c&d=e", "Cost:5")),
    Shape("e-mails", 1.0, _cells("ann@acme.example", "Ann <ann@acme.example>", "bob.b@acme.example")),
    Shape("accents", 1.0, _described("Café à l'étage", "Größe für Käufer", "niño", "Łódź", "»zitat«")),
    Shape("CJK", 1.0, _described("東京都港区", "マンション", "서울특별시", "|日本語の説明")),
    Shape("CJK, wide brackets first", 0.8, _described("|（東京）説明", "|「引用」", "|　説明")),  # noqa: RUF001 - Japanese
    Shape("emoji", 1.0, _described("🏠 nice", "|😀", "👍🏽", "❤️")),
    Shape("marks first", 1.0, _cells("“quoted”", "• point", "€5", "£7", "½ bath", "«zitat»", "… more", "™ sign")),
    Shape("Arabic, Hebrew, Cyrillic, Greek", 1.0, _described("شقة كبيرة", "דירה", "Квартира", "διαμέρισμα")),
    Shape("commas in every row", 1.0, _all_commas),
    Shape("all quoted", 0.4, quoting=csv.QUOTE_ALL),
    Shape("all quoted, CRLF, clean", 0.4, hostile=0, quoting=csv.QUOTE_ALL, newline="\r\n"),
    Shape("all quoted, commas in every row", 0.35, _all_commas, quoting=csv.QUOTE_ALL),
    Shape("text quoted", 0.4, quoting=csv.QUOTE_NONNUMERIC),
    Shape("line breaks in every row", 0.35, _described("first\nsecond line", "a\nb\nc, d")),
    Shape("line breaks, CRLF", 0.35, _described("first\r\nsecond line", "a\r\nb"), newline="\r\n"),
    Shape("first column mostly empty", 1.1, _without_first, header=("external_id", *HEADER[1:], HEADER[0])),
    Shape("semicolon", 0.45, delimiter=";"),
    Shape("semicolon, decimal commas, CRLF", 0.3, _decimal_comma, delimiter=";", newline="\r\n"),
    Shape("tab", 0.5, delimiter="\t"),
    Shape("pipe", 0.45, delimiter="|"),
    Shape("cp1252, semicolon", 0.4, encoding="cp1252", delimiter=";"),
    Shape("cp1252, comma", 0.4, encoding="cp1252"),
    Shape("UTF-16, tab", 0.4, encoding="utf-16", delimiter="\t"),
    Shape("Shift-JIS, comma", 0.25, _described("東京都港区", "マンション"), encoding="shift-jis"),
    Shape("single quotes", 0.25, quote="'", quoting=csv.QUOTE_ALL),
    Shape("backslash escapes", 0.17, _described('say "hi"'), escape="\\", quoting=csv.QUOTE_ALL),
    Shape("bullets in every row", 0.05, _described("|- point")),
    Shape("tags in every row", 0.02, _described("<b>bold</b>")),
]
