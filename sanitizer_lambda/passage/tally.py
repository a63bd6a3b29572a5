"""What was done to the file, counted by rule, with the first examples of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sanitizer_lambda.contract import MAX_EXAMPLES, CellChange, RefusedCount, RowErrorCode, Rule, RuleCount

# Longer texts are cut in the report.
_MAX_TEXT_CHARS = 200


class Tally:
    """Counts changed cells and refused rows; the first ``MAX_EXAMPLES`` of each rule are kept."""

    def __init__(self) -> None:
        self._cells: Counter[Rule] = Counter()
        self._examples: dict[Rule, list[CellChange]] = {}
        self._refused: Counter[RowErrorCode] = Counter()

    def change(self, rules: Iterable[Rule], line: int, column: str | None, before: str, after: str) -> None:
        """Count one cell of the row that begins on ``line``; ``column`` None where it is the whole row."""
        for rule in rules:
            self._cells[rule] += 1
            examples = self._examples.setdefault(rule, [])
            if len(examples) < MAX_EXAMPLES:
                examples.append(CellChange(line, column, _shown(before), _shown(after)))

    def refuse(self, code: RowErrorCode) -> None:
        """Count one refused row."""
        self._refused[code] += 1

    def rules(self) -> tuple[RuleCount, ...]:
        """Return what was counted, in the order of the rules."""
        return tuple(
            RuleCount(rule, self._cells[rule], tuple(self._examples[rule])) for rule in Rule if rule in self._cells
        )

    def refused(self) -> tuple[RefusedCount, ...]:
        """Return the refused rows, in the order of the codes."""
        return tuple(RefusedCount(code, self._refused[code]) for code in RowErrorCode if code in self._refused)


def _shown(text: str) -> str:
    """Return what a report can hold: JSON in UTF-8 has no room for half a surrogate pair."""
    return text[:_MAX_TEXT_CHARS].encode(errors="replace").decode()
