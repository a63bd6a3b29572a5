"""Why rows were refused: the first are kept to be shown, all are counted, in bounded memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sanitizer_lambda.contract import RefusedRow, RowErrorCode
from workers.rows import CellFault

# Errors of one upload that are kept to be shown; nobody reads more, and all are counted.
MAX_KEPT = 10_000

# The columns of ``RowError`` in the order of ``Refusals.records``.
ERROR_COLUMNS = (
    "upload_id", "code", "line", "record", "column", "header", "value", "message", "hint", "related_line",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against one row; ``line`` is physical in the user's file, ``record`` counts the file's rows."""

    code: RowErrorCode
    line: int
    record: int | None
    column: str | None
    header: str | None
    value: str | None
    message: str
    hint: str | None = None
    related_line: int | None = None

    @property
    def text(self) -> str:
        """The reason in one line, its code first."""
        return " ".join(filter(None, (f"{self.code} {self.column or ''}".rstrip() + ":", self.message, self.hint)))


class Refusals:
    """All reasons against the rows of one file; the first of each code and column is kept however many came before."""

    def __init__(self) -> None:
        self._kept: list[Refusal] = []
        self._counts: dict[tuple[RowErrorCode, str | None], int] = {}
        # By row of the file what kind of reason was the last against it, 0 where there is none: two bytes a row.
        self._reasons = array("H")
        self._kinds: dict[tuple[RowErrorCode, str | None], int] = {}
        self._texts: dict[int, str] = {}

    def __bool__(self) -> bool:
        """Whether any row was refused."""
        return bool(self._counts)

    @property
    def room(self) -> int:
        """How many more will be kept, beside the first of each kind."""
        return max(0, MAX_KEPT - len(self._kept))

    def add(self, refusal: Refusal) -> None:
        """Count one reason, and keep it while there is room."""
        self.count(refusal.code, refusal.column, 1)
        self.keep(refusal, first=self._counts[refusal.code, refusal.column] == 1)
        if refusal.record is not None:
            self.mark(refusal.record, refusal.code, refusal.column)

    def keep(self, refusal: Refusal, *, first: bool) -> None:
        """Keep one reason that is counted apart, while there is room or when it is the ``first`` of its kind."""
        if self.room or first:
            self._kept.append(refusal)

    def count(self, code: RowErrorCode, column: str | None, errors: int) -> None:
        """Count so many reasons of one kind."""
        self._counts[code, column] = self._counts.get((code, column), 0) + errors

    def mark(self, record: int, code: RowErrorCode, column: str | None) -> None:
        """Note that row ``record`` of the file was refused for a reason that is counted apart."""
        if record >= len(self._reasons):
            more = record + 1 - len(self._reasons) + len(self._reasons) // 8
            self._reasons.frombytes(bytes(more * self._reasons.itemsize))
        self._reasons[record] = self._kinds.setdefault((code, column), len(self._kinds) + 1)

    def marked(self, record: int) -> bool:
        """Whether row ``record`` of the file was refused."""
        return record < len(self._reasons) and self._reasons[record] > 0

    def told(self, record: int) -> str:
        """Return all reasons against one row in one text, the sentences of those that were kept."""
        if not self._texts:
            self._texts = self._kept_texts()
        if record in self._texts or not self.marked(record):
            return self._texts.get(record, "")
        kind = next(kind for kind, number in self._kinds.items() if number == self._reasons[record])
        return " ".join(filter(None, kind))

    def _kept_texts(self) -> dict[int, str]:
        kept: dict[int, list[str]] = {}
        for item in self._kept:
            if item.record is not None:
                kept.setdefault(item.record, []).append(item.text)
        return {record: " | ".join(texts) for record, texts in kept.items()}

    def add_cells(self, line: int, record: int, faults: list[CellFault]) -> None:
        """Add what is wrong with the cells of one row."""
        for cell in faults:
            fault = cell.fault
            self.add(Refusal(fault.code, line, record, cell.column, cell.header, cell.value, fault.message, fault.hint))

    def add_refused(self, row: RefusedRow) -> None:
        """Add a row that the sanitizer refused."""
        self.add(Refusal(row.code, row.line, row.record, row.column, row.header, row.value, row.message, row.hint))

    def summary(self) -> list[dict[str, Any]]:
        """Return how many there are of each code and column, as plain JSON values."""
        return [{"code": code, "column": column, "count": count} for (code, column), count in self._counts.items()]

    def records(self, upload_id: UUID) -> Iterator[tuple[object, ...]]:
        """Yield what was kept as rows of ``ERROR_COLUMNS``."""
        for item in self._kept:
            yield (
                upload_id, item.code, item.line, item.record, item.column, item.header, item.value, item.message,
                item.hint, item.related_line,
            )  # fmt: skip
