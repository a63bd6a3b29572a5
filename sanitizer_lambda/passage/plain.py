"""Patterns of records that need no cleaning, for `re2`: one pass over the bytes says how far a file is harmless.

Each pattern says less than is true: a record it does not match may be harmless all the same and is then looked at cell
by cell. What it matches, in bytes that are UTF-8, holds nothing that ``cells.clean_cell`` would change.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Protocol

from sanitizer_lambda.passage.harmless import Row

# The pattern of a wider table costs more time to make, and memory to run, than it saves.
_MAX_COLUMNS = 64
# A table of so many bytes is worth patterns of its own: they take a millisecond a column to make, and save a third.
LARGE_BYTES = 8 * 1024 * 1024
# Bytes re2 may use for one pattern and its automaton: what 64 columns need, twice over.
_AUTOMATON_BYTES = 32 * 1024 * 1024


class Reach(Protocol):
    """Says how far bytes are as they should be."""

    def end(self, data: bytes, start: int = 0, stop: int | None = None, /) -> int:
        """Return where they end to be so from ``start`` on; ``start`` where they are not."""


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

    def end(self, data: bytes, start: int = 0, stop: int | None = None, /) -> int:
        """Return where the match ends that begins at ``start``; ``start`` where there is none."""
        ((_, end), *_) = self._match(self._here, data, start, len(data) if stop is None else stop)
        return start if end < 0 else int(end)


class Both:
    """How far two patterns of whole records match alike."""

    def __init__(self, one: Reach, other: Reach) -> None:
        self._one = one
        self._other = other

    def end(self, data: bytes, start: int = 0, stop: int | None = None, /) -> int:
        """Return where the shorter match ends."""
        end = self._one.end(data, start, stop)
        return self._other.end(data, start, end) if end > start else start


class _Shared:
    """Patterns of records of any width, made once for each delimiter."""

    def __init__(self, delimiter: str) -> None:
        self._row = Row(delimiter)

    @cached_property
    def harmless(self) -> Prefix:
        return Prefix(self._row.any(*self._row.canonical()))

    @cached_property
    def lean(self) -> Prefix:
        return Prefix(self._row.any(*self._row.lean()))

    @cached_property
    def sound(self) -> Prefix:
        return Prefix(self._row.any(*self._row.sound()))

    @cached_property
    def folded(self) -> Prefix:
        return Prefix(self._row.any(*self._row.sound(folded=True)))


class Patterns:
    """Patterns of a table of ``columns``; each is made when it is first asked for.

    ``blanks``: so many of its last cells are empty in records of ``harmless``, ``lean`` and ``sound``. None of these,
    nor of ``folded``, matches a blank record.
    """

    def __init__(self, columns: int, delimiter: str, blanks: int, *, own: bool) -> None:
        self._shared = shared(delimiter)
        self._row = Row(delimiter)
        self._columns = columns
        self._blanks = blanks
        self._own = own

    @cached_property
    def harmless(self) -> Reach:
        """As many records as are harmless and have quotes only where they must be."""
        if self._own:
            return Prefix(self._row.wide(*self._row.canonical(), self._columns, self._blanks))
        return Both(self._shared.harmless, self._records)

    @cached_property
    def lean(self) -> Reach:
        """As many records as are harmless and, once quotes are gone and delimiters are commas, canonical."""
        if self._own:
            return Prefix(self._row.wide(*self._row.lean(), self._columns, self._blanks))
        return Both(self._shared.lean, self._records)

    @cached_property
    def sound(self) -> Reach:
        """As many records as are harmless, in whatever quotes."""
        if self._own:
            return Prefix(self._row.wide(*self._row.sound(), self._columns, self._blanks))
        return Both(self._shared.sound, self._records)

    @cached_property
    def folded(self) -> Reach:
        """As many records as are harmless, in whatever quotes, with line breaks in their cells."""
        return Both(self._shared.folded, Prefix(b"(?:%b)*" % self._row.record(self._columns, folded=True)))

    @cached_property
    def record(self) -> Reach:
        """One record with its end, on one line, whatever its cells hold."""
        return Prefix(self._row.record(self._columns, folded=False))

    @cached_property
    def folded_record(self) -> Reach:
        """One record with its end, on any number of lines, whatever its cells hold."""
        return Prefix(self._row.record(self._columns, folded=True))

    @cached_property
    def _records(self) -> Reach:
        return Prefix(b"(?:%b)*" % self._row.record(self._columns, self._blanks, folded=False))


class Canonical:
    """Patterns of canonical CSV, whatever the width of its records; blank ones are as good as others."""

    def __init__(self) -> None:
        self._row = Row(",", canonical=True)

    @cached_property
    def harmless(self) -> Prefix:
        """As many records as are harmless, each on one line."""
        cell, _ = self._row.canonical()
        return Prefix(self._row.blank(cell))

    @cached_property
    def record(self) -> Prefix:
        """One record with its end, on any number of lines, whatever its cells hold."""
        return Prefix(self._row.record(None, folded=True))


@lru_cache(maxsize=8)
def shared(delimiter: str) -> _Shared:
    """Return the patterns of a delimiter."""
    return _Shared(delimiter)


@lru_cache(maxsize=8)
def patterns(columns: int, delimiter: str = ",", blanks: int = 0, *, large: bool = False) -> Patterns:
    """Return the patterns of a table of ``columns``; ``large``: it is worth patterns of its own."""
    return Patterns(columns, delimiter, blanks, own=large and columns <= _MAX_COLUMNS)


CANONICAL = Canonical()
