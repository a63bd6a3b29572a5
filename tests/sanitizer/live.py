"""The rule of what is live, written a second time: character by character, from its text and not from our code.

A cell is live where Excel, LibreOffice or Sheets could take it for a formula. ``faults`` says what else no clean cell
may hold. Slow and plain on purpose: the tests compare.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

_STARTERS = "=+-@"
_DIGITS = "0123456789"
_CURRENCIES = "$€£¥₹₽₩₪₺₴฿¢"
_PHONE_DIGITS = range(7, 16)
# Elements that a browser knows; any other is a word between angle brackets to it, as long as it has no handler.
KNOWN = frozenset(
    """
    a abbr address applet area article aside audio b base bdi bdo blockquote body br button canvas caption center
    cite code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figure font footer
    form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe image img input ins isindex kbd keygen
    label legend li link main map mark marquee math menu meta meter nav noembed noframes noscript object ol
    optgroup option output p param picture plaintext pre progress q rp rt ruby s samp script section select small
    source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title
    tr track tt u ul var video wbr xmp
    """.split()  # noqa: SIM905 - a page of quotes otherwise
)
# Those of them that load, run or hide something by being there.
_DOING = frozenset(
    """
    applet audio base body button details embed form frame frameset head html iframe image img input link marquee math
    meta noscript object plaintext script style svg template textarea title video xmp
    """.split()  # noqa: SIM905 - as above
)
_ATTRIBUTES = frozenset({"action", "background", "formaction", "href", "poster", "src", "srcdoc", "srcset", "style"})
# Default-ignorable characters of Unicode but letters (the fillers of Hangul). First and last of each range.
_IGNORABLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0001, 0xE0001), (0xE0020, 0xE007F), (0xE0100, 0xE01EF),
)  # fmt: skip


def is_live(cell: str) -> bool:
    """Return whether a spreadsheet could evaluate ``cell``."""
    if cell[:1] in ("\t", "\r", "\n", "\0") and cell:
        return not _is_kept(cell)
    for form in (cell, unicodedata.normalize("NFKC", cell)):
        if _tested(form)[:1] in tuple(_STARTERS):
            return not _is_kept(cell)
    return False


def _tested(text: str) -> str:
    place = 0
    while place < len(text) and _is_skipped(text[place]):
        place += 1
    return text[place:]


def _is_skipped(character: str) -> bool:
    point = ord(character)
    blank = character.isspace() or unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc"}
    return blank or character in '"\uff02' or any(first <= point <= last for first, last in _IGNORABLE)


def _is_kept(cell: str) -> bool:
    value = _tested(unicodedata.normalize("NFKC", cell)).rstrip()
    return value == "-" or _is_number(value) or _is_phone(value)


def _is_number(value: str) -> bool:
    """Digits with what may stand between and around them, one sign before them: nothing that could be worked out."""
    rest = value[1:] if value[:1] in ("+", "-") else value
    mantissa, exponent = rest, "0"
    for letter in "eE":
        if letter in rest:
            mantissa, _, exponent = rest.partition(letter)
            exponent = exponent.rstrip(" %" + _CURRENCIES)
            exponent = exponent[1:] if exponent[:1] in ("+", "-") else exponent
    digits = [character for character in mantissa if character in _DIGITS]
    allowed = _DIGITS + _CURRENCIES + ".,'\u2019 %"
    return (
        bool(digits)
        and all(character in allowed for character in mantissa)
        and bool(exponent)
        and all(character in _DIGITS for character in exponent)
    )


def _is_phone(value: str) -> bool:
    if value[:1] != "+":
        return False
    groups = value[1:].replace(".", " ").replace("-", " ").split(" ")
    digits = "".join(groups)
    if not digits or any(character not in _DIGITS for character in digits):
        return False
    return len(digits) in _PHONE_DIGITS and all(
        len(group) > 1 or (number == 0 and group in {"1", "7"}) for number, group in enumerate(groups)
    )


class _Tags(HTMLParser):
    """Collects the elements of ``names``, and any that has an attribute that acts."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._names = names

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._names or any(_acts(name) and value is not None for name, value in attrs):
            self.found.append(tag)


def _acts(attribute: str) -> bool:
    return attribute in _ATTRIBUTES or (attribute[:2] == "on" and len(attribute) > 4 and attribute.isalpha())


def tags(text: str) -> list[str]:
    """Return the names of the elements of ``text``, and of those left open in it that would do something in a page."""
    if "<" not in text:
        return []
    found = []
    for names, end in ((KNOWN, ""), (_DOING, "\"'>")):
        parser = _Tags(names)
        parser.feed(text + end)
        parser.close()
        found += parser.found
    return found


def faults(cell: str) -> Iterator[str]:
    """Yield what is wrong with a cell that should be harmless; nothing where it is."""
    if is_live(cell):
        yield "live"
    for number, character in enumerate(cell):
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\n":
            yield f"control character U+{ord(character):04X}"
        if character in "\u200b\u200e\u200f\ufeff\u2060" or "\u202a" <= character <= "\u202e":
            yield f"mark that is not seen U+{ord(character):04X}"
        if "\u2066" <= character <= "\u2069":
            yield f"isolate U+{ord(character):04X}"
        if character in "\u200c\u200d" and not _joins(cell, number):
            yield f"joiner U+{ord(character):04X} that joins nothing"
    squeezed = cell.lower().replace("\n", "").replace("\t", "")
    if any(squeezed.lstrip(" \"'").startswith(scheme) for scheme in ("javascript:", "vbscript:", "data:text/html")):
        yield "link that runs a script"
    yield from (f"element {tag}" for tag in tags(cell))


def _joins(cell: str, number: int) -> bool:
    """Whether there is a sign of the same kind of writing on both sides: two pictures, or two letters that join."""
    before, after = cell[number - 1 : number], cell[number + 1 : number + 2]
    if not before or not after:
        return False
    letters = all("\u0600" <= one <= "\u0dff" for one in (before, after))
    pictures = all(one > "\u2000" and unicodedata.category(one) in {"So", "Sm", "Sk", "Mn"} for one in (before, after))
    return letters or (pictures and cell[number] == "\u200d")
