"""Lines of a file that are no records, counted by reason."""

from __future__ import annotations

from sanitizer_lambda.contract import Note, NoteCount


class Notes:
    """Counts lines set aside and keeps the first physical line of each reason."""

    def __init__(self) -> None:
        self._counts: dict[Note, tuple[int, int]] = {}

    def add(self, note: Note, line: int, lines: int = 1) -> None:
        """Say that ``lines`` lines from physical ``line`` on were set aside for ``note``."""
        count, first = self._counts.get(note, (0, line))
        self._counts[note] = (count + lines, min(first, line))

    def counts(self) -> tuple[NoteCount, ...]:
        """Return what has been set aside so far, in the order of the reasons."""
        return tuple(NoteCount(note, *self._counts[note]) for note in Note if note in self._counts)
