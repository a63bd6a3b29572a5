"""Patterns of records that need no cleaning, for `re2`: one pass over the bytes says how far a file is harmless.

Each pattern says less than is true: a record it does not match may be harmless all the same and is then looked at cell
by cell. What it matches, in bytes that are UTF-8, holds nothing that ``cells.clean_cell`` would change.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

# Wider tables make the automaton large; they are cleaned row by row.
MAX_COLUMNS = 64
# Bytes re2 may use for one pattern and its automaton: what 64 columns need, twice over.
_AUTOMATON_BYTES = 32 * 1024 * 1024

# Characters beyond ASCII by their bytes, without those that ``unseen`` removes and without U+FFFD. The lead bytes that
# these begin with are followed on; all others stand for themselves, and so does what follows them.
_LEADS = rb"\xc2\xd8\xe1\xe2\xef\xf0\xf3"
_BEYOND = (
    rb"\xc2[\xa0-\xac\xae-\xbf]",
    rb"\xd8[^\x9c]",
    rb"\xe1(?:[^\xa0]|\xa0[^\x8e])",
    rb"\xe2(?:[^\x80\x81]|\x80[^\x8b-\x8f\xaa-\xae]|\x81[^\xa0-\xaf])",
    rb"\xef(?:[^\xbb\xbf]|\xbb[^\xbf]|\xbf[^\xb9-\xbb\xbd])",
    rb"\xf0(?:[^\x9b\x9d]|\x9b[^\xb2]|\x9b\xb2[^\xa0-\xa3]|\x9d[^\x85]|\x9d\x85[^\xb3-\xba])",
)
# At a cell's beginning white space, marks without room and the look-alikes of `= + - @` count as well. Whole ranges are
# left out.
_FIRST_LEADS = rb"\xc2\xcd\xd8\xe1\xe2\xe3\xef\xf0\xf3"
_FIRST_BEYOND = (
    rb"\xcd[^\x8f]",
    rb"\xd8[^\x9c]",
    rb"\xe1[^\x9a\x9e\xa0]",
    rb"\xe3(?:[^\x80]|\x80[^\x80])",
    _BEYOND[-1],
)

_CONTROLS = rb"\x00-\x1f\x7f"
# A `<` or `&` that begins neither tag nor entity, with the character that says so.
_PAIRS = (rb"<[ 0-9=]", rb"&[ 0-9B-MO-SU-Zbd-su-z]")
# A number, or a lone dash.
_NUMBER = rb"-(?:[0-9]+(?:\.[0-9]+)?)?"
_BREAK = rb"\r?\n"


class Patterns:
    """Patterns of a table of ``columns``; each is made when it is first asked for.

    ``keyed``: ``harmless`` and ``sound`` match no record whose first cell is blank. ``canonical``: records end in LF.
    """

    def __init__(self, columns: int, delimiter: str, *, keyed: bool, canonical: bool) -> None:
        self._fields = _Fields(delimiter, canonical=canonical)
        self._delimiter = delimiter
        self._columns = columns
        self._keyed = keyed

    @cached_property
    def harmless(self) -> Prefix:
        """As many records as are harmless and have quotes only where they must be."""
        return Prefix(self._fields.rows(self._fields.quoted, self._columns, keyed=self._keyed))

    @cached_property
    def sound(self) -> Prefix:
        """As many records as are harmless, in whatever quotes."""
        return Prefix(self._fields.rows(self._fields.any_quoted, self._columns, keyed=self._keyed))

    @cached_property
    def folded(self) -> Prefix:
        """As many records as are harmless, in whatever quotes, with line breaks in their cells."""
        fields = _Fields(self._delimiter, canonical=False, folded=True)
        return Prefix(fields.rows(fields.any_quoted, self._columns, keyed=self._keyed))

    @cached_property
    def record(self) -> Prefix:
        """One record with its end, on one line, whatever its cells hold."""
        return Prefix(self._fields.record(self._columns, within=rb"\r\n"))

    @cached_property
    def folded_record(self) -> Prefix:
        """One record with its end, on any number of lines, whatever its cells hold."""
        return Prefix(self._fields.record(self._columns, within=b""))


@lru_cache(maxsize=32)
def patterns(columns: int, delimiter: str = ",", *, keyed: bool = True, canonical: bool = False) -> Patterns | None:
    """Return the patterns of a table of ``columns``, None where it is too wide."""
    return Patterns(columns, delimiter, keyed=keyed, canonical=canonical) if columns <= MAX_COLUMNS else None


class Prefix:
    """How far a pattern matches the bytes from a place on.

    The library's own wrapper builds a match object for that, which takes three times as long; so what it wraps is
    called as it calls it.
    """

    def __init__(self, pattern: bytes) -> None:
        import re2  # noqa: PLC0415 - only some files come this way
        from re2 import _re2  # noqa: PLC0415 - same

        options = re2.Options()
        options.max_mem = _AUTOMATON_BYTES
        options.encoding = re2.Options.Encoding.LATIN1
        self._match = re2.compile(pattern, options)._regexp.Match  # noqa: SLF001 - see above
        self._here = _re2.RE2.Anchor.ANCHOR_START

    def end(self, data: bytes, start: int = 0, stop: int | None = None) -> int:
        """Return where the match ends that begins at ``start``; ``start`` where there is none."""
        ((_, end), *_) = self._match(self._here, data, start, len(data) if stop is None else stop)
        return start if end < 0 else int(end)


class _Fields:
    """The pattern of one field, put together from what may follow what.

    A colon after `t` or `ta` could end `script:` or `data:`, so these endings are followed on their own.
    """

    def __init__(self, delimiter: str, *, canonical: bool, folded: bool = False) -> None:
        self._delimiter = re.escape(delimiter).encode()
        self._end = rb"\n" if canonical else _BREAK
        # Line breaks that may stand between any two characters of a quoted cell; browsers skip those in a scheme.
        self._gap = rb"(?:%b)*" % _BREAK if folded else b""
        # A number may be all of a cell, never its beginning.
        text = self._text(quoted=False)
        self.bare = rb"%b|%b" % (text, _NUMBER)
        inside = rb"%b|%b" % (self._text(quoted=True), _NUMBER)
        begin = rb'(?:(?:%b)(?:%b|"")|%b)' % (text, self._delimiter, self._delimiter)
        self.quoted = rb'" *%b%b"' % (begin, self._body(quoted=True))
        self.any_quoted = rb'" *(?:%b)?"' % inside

    def rows(self, quoted: bytes, columns: int, *, keyed: bool) -> bytes:
        """Return the pattern of any number of records."""
        field = rb"(?: *(?:%b)?|%b)" % (self.bare, quoted)
        first = rb"(?: *(?:%b)|%b)" % (self.bare, quoted) if keyed else field
        return rb"(?:%b(?:%b%b){%d}%b)*" % (first, self._delimiter, field, columns - 1, self._end)

    def record(self, columns: int, within: bytes) -> bytes:
        """Return the pattern of one record with its end; ``within``: what no quoted cell may hold."""
        outside = self._delimiter + (rb"\n" if self._end == rb"\n" else rb"\r\n")
        field = rb'(?:[^"%b]*|"(?:[^"%b]|"")*")' % (outside, within)
        return rb"%b(?:%b%b){%d}%b" % (field, self._delimiter, field, columns - 1, self._end)

    def _text(self, *, quoted: bool) -> bytes:
        """Return the pattern of a cell's text from its first character that is no space; no formula begins so."""
        pairs = (*_PAIRS, *_FIRST_BEYOND)
        first = self._one(rb" \-=+@tT" + _FIRST_LEADS, pairs, quoted=quoted)
        run, tail = self._run(quoted=quoted)
        start = rb"(?:%b|%b%b)" % (first, run, self._after_run(quoted=quoted))
        return rb"%b%b|%b%b" % (start, self._body(quoted=quoted), run, tail)

    def _body(self, *, quoted: bool) -> bytes:
        other = self._any(b"tT", quoted=quoted)
        run, tail = self._run(quoted=quoted)
        return rb"%b*(?:%b%b%b*)*(?:%b%b)?" % (other, run, self._after_run(quoted=quoted), other, run, tail)

    def _run(self, *, quoted: bool) -> tuple[bytes, bytes]:
        """Return the patterns of `t`s and `ta`s that end in `t`, and of what may follow them at a cell's end."""
        gap = self._gap if quoted else b""
        letters = rb"[tT](?:%b[tT])*" % gap
        return rb"%b(?:%b[aA]%b%b)*" % (letters, gap, gap, letters), rb"%b[aA]?%b" % (gap, gap)

    def _after_run(self, *, quoted: bool) -> bytes:
        gap = self._gap if quoted else b""
        # A line break is no end of a run.
        after_t, after_ta = (self._any(but, quoted=quoted, breaks=False) for but in (rb"tTaA:", rb"tT:"))
        return rb"%b(?:%b|[aA]%b%b)" % (gap, after_t, gap, after_ta)

    def _any(self, but: bytes, *, quoted: bool, breaks: bool = True) -> bytes:
        doubled = (rb'""',) if quoted else ()
        ends = (_BREAK,) if quoted and breaks and self._gap else ()
        return self._one(but + _LEADS, (*_PAIRS, *_BEYOND, *doubled, *ends), quoted=quoted)

    def _one(self, but: bytes, longer: tuple[bytes, ...], *, quoted: bool) -> bytes:
        """Return the pattern of one character: a byte but those in ``but``, or one of the ``longer`` forms."""
        apart = b"" if quoted else self._delimiter
        return rb'(?:[^%b"<&%b%b]|%b)' % (_CONTROLS, apart, but, b"|".join(longer))
