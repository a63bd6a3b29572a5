"""The pattern, over bytes of UTF-8, of a cell that ``cells.clean_cell`` would not change.

It says less than is true: a cell it does not match may be harmless all the same. It is put together from what may
follow what, as the patterns' language has no way to say what must not follow.
"""

from __future__ import annotations

import re
from functools import cached_property

# Characters beyond ASCII by their bytes, without those that ``unseen`` removes. The lead bytes that
# these begin with are followed on; all others stand for themselves, and so does what follows them. Halves of surrogate
# pairs are no UTF-8, but some codecs make them.
_LEADS = rb"\xc2\xd8\xe1\xe2\xed\xef\xf0\xf3"
_BEYOND = (
    rb"\xc2[\xa0-\xac\xae-\xbf]",
    rb"\xd8[^\x9c]",
    rb"\xe1(?:[^\xa0]|\xa0[^\x8e])",
    rb"\xe2(?:[^\x80\x81]|\x80[^\x8b-\x8f\xaa-\xae]|\x81[^\xa0-\xaf])",
    rb"\xed[^\xa0-\xbf]",
    rb"\xef(?:[^\xbb\xbf]|\xbb[^\xbf]|\xbf[^\xb9-\xbb])",
    rb"\xf0(?:[^\x9b\x9d]|\x9b[^\xb2]|\x9b\xb2[^\xa0-\xa3]|\x9d[^\x85]|\x9d\x85[^\xb3-\xba])",
)
# At a cell's beginning white space, marks without room and the look-alikes of `= + - @` count as well; some ranges are
# left out whole.
_FIRST_LEADS = rb"\xc2\xcd\xd8\xe1\xe2\xe3\xed\xef\xf0\xf3"
_FIRST_BEYOND = (
    rb"\xc2[\xa1-\xac\xae-\xbf]",
    rb"\xcd[^\x8f]",
    rb"\xd8[^\x9c]",
    rb"\xe1[^\x9a\x9e\xa0]",
    rb"\xe2(?:[^\x80-\x82\xa9]|\x80[\x90-\xa7\xb0-\xbf]|\x82[\xa0-\xbf])",
    rb"\xe3(?:[^\x80]|\x80[^\x80])",
    rb"\xed[^\xa0-\xbf]",
    rb"\xef(?:[^\xac\xb8-\xbc\xbf]|\xbc[\x81\x83-\x8a\x8c\x8e-\x9c\x9e\x9f\xa1-\xbf])",
    _BEYOND[-1],
)

_CONTROLS = rb"\x00-\x1f\x7f"
# White space that a cell may begin with.
_BLANK = rb"(?: |\xc2\xa0|\xe3\x80\x80)"
# What may follow a `<` that begins no tag, and an `&` that begins no entity; letters of ``_RUN`` have their own rule.
_AFTER_LESS = rb" 0-9=>\-+.;:$#%*()'@~_|"
_AFTER_AMPERSAND = rb" 0-9.;:=()'+_@B-MO-OQ-SU-Zbd-oq-su-z"
# What may follow an `&` with a letter that some entities begin with: none of them goes on so.
_AFTER_ALIKE = rb" 0-9.;=()'/-"
# The letters of the endings of `script:` and `data:` that must not stand before a colon.
_RUN = rb"[aApPtT]"
_BREAK = rb"\r?\n"
# `<ann@acme.example>` at the end of a cell: no element, as its name goes on with an `@`, and nothing follows that acts.
# The first two letters of elements that act even where they are no whole tag (`markup`) are left out.
_EMAIL = (
    rb"<(?:[cgjkqruwyzCGJKQRUWYZ]|[aA][a-oq-tv-z]|[bB][b-nq-tv-z]|[dD][a-df-z]|[eE][a-ln-z]|[fF][a-np-qs-z]"
    rb"|[hH][a-df-su-z]|[iI][a-eg-loq-z]|[lL][a-hj-z]|[mM][b-df-z]|[nN][a-np-z]|[oO][ac-z]|[pP][a-km-z]"
    rb"|[sS][abd-suw-z]|[tT][a-df-hj-z]|[vV][a-hj-z])[A-Za-z0-9._+-]*@[A-Za-z0-9.-]+>"
)
# How many of a row's first cells are looked at for one that is not blank, where its width is told as well.
_KEYS = 2

_CURRENCY = rb"(?:\$|\xe2\x82\xac|\xc2\xa3)"
_PHONES = (
    rb"[0-9]{7,15}",
    rb"(?:[17]|[0-9]{2,3})(?:[ .\-][0-9]{3,4}){2,3}",
    rb"(?:[17]|[0-9]{2,3})[ .\-][0-9]{2,3}(?:[ .\-][0-9]{3,4}){2}",
    rb"[0-9]{2,3}(?:[ .\-][0-9]{2}){3,6}",
    rb"[0-9]{2,3}[ .\-][0-9]{2,4}[ .\-][0-9]{4,8}",
)


def _value(group: bytes, groups: bytes) -> bytes:
    """Return the pattern of a signed number with ``groups`` of thousands after ``group``."""
    whole = rb"(?:[0-9]{1,3}(?:%b[0-9]{3}){%b}|[0-9]{1,12})" % (group, groups)
    return rb"[+\-] ?(?:%b ?)?(?:%b(?:\.[0-9]{0,10})?|\.[0-9]{1,10})(?:[eE][+\-]?[0-9]{1,3})? ?(?:%%|%b)?" % (
        _CURRENCY, whole, _CURRENCY)  # fmt: skip


# A number, a phone number or a lone dash may be all of a cell, never its beginning.
_VALUE = rb"(?:-|%b|\+(?:%b)) *" % (_value(rb"[ ']", rb"1,3"), b"|".join(_PHONES))
_VALUE_WITH_COMMAS = rb"[+\-]%b?[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{0,10})?" % _CURRENCY


class Cell:
    """Patterns of one cell's text. ``apart``: characters it may not hold. ``doubled``: it may hold quotes, doubled.

    ``folded``: line breaks may stand in it, between any two characters, as browsers skip those in a scheme.
    """

    def __init__(self, apart: bytes, *, doubled: bool = False, folded: bool = False) -> None:
        self._apart = apart
        self._doubled = doubled
        self._folded = folded
        self._gap = rb"(?:%b)*" % _BREAK if folded else b""

    @cached_property
    def filled(self) -> bytes:
        """A cell that is not blank, from its first character that is neither blank nor quote."""
        value = rb"%b|%b" % (_VALUE, _VALUE_WITH_COMMAS) if self._doubled else _VALUE
        return rb"(?:%b|%b)" % (self.text, value)

    @cached_property
    def text(self) -> bytes:
        """A text that no spreadsheet takes for a formula."""
        return rb"(?:%b%b|%b)" % (self.begun, self.body, self.ended)

    @cached_property
    def begun(self) -> bytes:
        """What a text begins with, unless it is ``ended`` there."""
        first = self._one(rb" \-=+@aApPtT" + _FIRST_LEADS, _FIRST_BEYOND)
        return rb"(?:%b|%b)" % (first, self._run_on)

    @cached_property
    def body(self) -> bytes:
        """What may follow, up to its end."""
        breaks = (_BREAK,) if self._folded else ()
        other = self._one(rb"aApPtT" + _LEADS, (*_BEYOND, *self._quotes, *breaks))
        return rb"(?:%b|%b)*%b?" % (other, self._run_on, self.ended)

    @cached_property
    def ended(self) -> bytes:
        """What must be followed on, where nothing follows."""
        return rb"(?:%b%b(?:&[TNc]?|<)?|&[TNc]?|<|%b)" % (self._run, self._gap, _EMAIL)

    @property
    def _quotes(self) -> tuple[bytes, ...]:
        return (rb'""',) if self._doubled else ()

    @property
    def _run(self) -> bytes:
        return rb"(?:&?[aApPt]|T)(?:%b(?:&?[aApPt]|T))*" % self._gap

    @cached_property
    def _run_on(self) -> bytes:
        """Letters of ``_RUN``, as many as there are, and what follows: a colon only after harmless ones."""
        gap = self._gap
        some = rb"(?:%b%b)*" % (_RUN, gap)
        harmless = (
            rb"%b[pP]" % some,
            rb"(?:%b[aAtT]%b)?[tT]" % (some, gap),
            rb"(?:%b[aApP]%b)?[aA]" % (some, gap),
            rb"(?:%b[pPtT]%b)?[tT]%b[aA]" % (some, gap, gap),
        )
        after = self._one(rb"aApPtT:" + _LEADS, (*_BEYOND, *self._quotes))
        alike = rb"(?:%b%b)?&[TNc][%b]" % (self._run, gap, self._but(_AFTER_ALIKE))
        return rb"(?:%b%b%b|(?:%b)%b:|%b)" % (self._run, gap, after, b"|".join(harmless), gap, alike)

    def _one(self, but: bytes, longer: tuple[bytes, ...]) -> bytes:
        """Return the pattern of one character: a byte but those in ``but``, or one of the ``longer`` forms."""
        pairs = (rb"<+[%b]" % self._but(_AFTER_LESS), rb"&[%b]" % self._but(_AFTER_AMPERSAND))
        return rb'(?:[^%b"<&%b%b]|%b)' % (
            _CONTROLS, re.escape(self._apart), but, b"|".join((*pairs, *longer)))  # fmt: skip

    def _but(self, characters: bytes) -> bytes:
        return characters.translate(None, self._apart)


class Row:
    """Patterns of rows. ``canonical``: they end in LF alone."""

    def __init__(self, delimiter: str, *, canonical: bool = False) -> None:
        self._cut = delimiter.encode()
        self._delimiter = re.escape(self._cut)
        self._end = rb"\n" if canonical else _BREAK

    def canonical(self) -> tuple[bytes, bytes]:
        """Return a cell in quotes only where it must be, and one that is not blank."""
        bare, quoted = Cell(self._cut), Cell(b"", doubled=True)
        cut = self._delimiter
        begun = rb'(?:%b(?:%b|"")|%b|""(?:%b|"")*%b)' % (bare.text, cut, cut, _BLANK, quoted.begun)
        needed = rb'"%b*(?:%b%b|""(?:%b|"")*%b?|%b)"' % (
            _BLANK, begun, quoted.body, _BLANK, quoted.ended, _VALUE_WITH_COMMAS)  # fmt: skip
        return rb"(?:%b*%b?|%b)" % (_BLANK, bare.filled, needed), rb"(?:%b*%b|%b)" % (_BLANK, bare.filled, needed)

    def lean(self) -> tuple[bytes, bytes]:
        """Return a cell that is canonical once its quotes are gone, and one that is not blank."""
        cell = rb"%b*%b" % (_BLANK, Cell(b"," if self._cut == b"," else b"," + self._cut).filled)
        return rb'(?:%b|%b*|"%b"|"%b*")' % (cell, _BLANK, cell, _BLANK), rb'(?:%b|"%b")' % (cell, cell)

    def sound(self, *, folded: bool = False) -> tuple[bytes, bytes]:
        """Return a cell in whatever quotes, and one that is not blank. ``folded``: with line breaks in quoted ones."""
        bare = rb"%b*%b" % (_BLANK, Cell(self._cut).filled)
        quoted = rb'"(?:%b|"")*%b' % (_BLANK, Cell(b"", doubled=True, folded=folded).filled)
        return rb'(?:%b|%b*|%b"|"(?:%b|"")*")' % (bare, _BLANK, quoted, _BLANK), rb'(?:%b|%b")' % (bare, quoted)

    def any(self, cell: bytes, filled: bytes) -> bytes:
        """Return any number of rows, not blank, of any width."""
        cut = self._delimiter
        return rb'(?:(?:(?: *|" *")%b)*%b(?:%b%b)*%b)*' % (cut, filled, cut, cell, self._end)

    def blank(self, cell: bytes) -> bytes:
        """Return any number of rows, blank or not, of any width."""
        return rb"(?:%b(?:%b%b)*%b)*" % (cell, self._delimiter, cell, self._end)

    def wide(self, cell: bytes, filled: bytes, columns: int, blanks: int) -> bytes:
        """Return any number of rows, one of their first cells not blank, of that width with the ``blanks``."""
        cut, end, columns = self._delimiter, self._delimiter * blanks + self._end, columns - blanks
        row, count = filled, 1
        while count < min(columns, _KEYS):
            row, count = rb'(?:%b%b%b|(?:(?: *|" *")%b){%d}%b)' % (row, cut, cell, cut, count, filled), count + 1
        return rb"(?:%b(?:%b%b){%d}%b)*" % (row, cut, cell, columns - count, end)

    def record(self, columns: int | None, blanks: int = 0, *, folded: bool) -> bytes:
        """Return one record of that width, None for any, whatever its cells hold; ``folded``: on several lines.

        ``blanks``: so many of its last cells are empty.
        """
        outside = self._delimiter + (rb"\n" if self._end == rb"\n" else rb"\r\n")
        field = rb'(?:[^"%b]*|"(?:[^"%b]|"")*")' % (outside, b"" if folded else rb"\r\n")
        times = b"*" if columns is None else b"{%d}" % (columns - 1 - blanks)
        return rb"%b(?:%b%b)%b%b" % (field, self._delimiter, field, times, self._delimiter * blanks + self._end)
