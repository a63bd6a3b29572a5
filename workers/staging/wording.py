"""What is said to the user about findings that need more than one row: a sentence, and a hint where one helps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sanitizer_lambda.contract import RowErrorCode
from workers.rows import Record, nearest
from workers.staging.findings import Finding
from workers.staging.intake import MAX_SEQUENCE

# References that get the nearest codes, and codes they are compared with: a comparison takes microseconds, and a file
# with a whole column of unknown codes has another problem than a slip of the pen.
_HINTS = 50
MAX_CODES = 2_000
_NOUN = {Record.SUITE: "suite template", Record.PHASE: "phase template"}


@dataclass(frozen=True, slots=True)
class Known:
    """Codes that a reference could have meant: suite templates of the project and phases, a bounded number of each."""

    suites: Collection[str] = ()
    phases: Collection[str] = ()
    _told: dict[tuple[str, str | None], str | None] = field(default_factory=dict)

    def hint(self, finding: Finding) -> str | None:
        """Return the codes that look most like the one that is not there."""
        asked = (finding.field, finding.value)
        if asked not in self._told and len(self._told) < _HINTS:
            codes = self.suites if finding.field == "suite_code" else self.phases
            near = nearest(finding.value or "", codes)
            self._told[asked] = f"Nearest: {', '.join(near)}." if near else None
        return self._told.get(asked)


def word(finding: Finding, known: Known) -> tuple[str, str | None]:
    """Return the sentence and the hint for a finding."""
    return _WORDS[finding.code](finding, known)


def _duplicate(finding: Finding, _known: Known) -> tuple[str, str | None]:
    if finding.field == "external_id":
        return f"This external id stands on line {finding.related_line} already.", "An external id names one record."
    if finding.detail is not None:
        return (
            f"The suite differs from its first row on line {finding.related_line}: {finding.detail}.",
            "Repeat a suite's columns unchanged on each of its rows.",
        )
    return f"This code stands on line {finding.related_line} already.", "A code may stand once in a file."


def _exists(finding: Finding, _known: Known) -> tuple[str, str | None]:
    if finding.field == "external_id":
        return f"The {_NOUN[finding.kind]} {finding.detail} has this external id already.", None
    return f"There is such a {_NOUN[finding.kind]} already.", "The upload may only create; UPSERT also updates."


def _not_found(finding: Finding, _known: Known) -> tuple[str, str | None]:
    return f"There is no such {_NOUN[finding.kind]} to update.", "The upload may only update; UPSERT also creates."


def _unknown(finding: Finding, known: Known) -> tuple[str, str | None]:
    noun = _NOUN[Record.SUITE if finding.field == "suite_code" else Record.PHASE]
    if finding.detail is not None:
        return f"The {noun} stands on line {finding.detail}, which was refused.", "Mend that line first."
    return f"There is no such {noun}.", known.hint(finding)


def _itself(_finding: Finding, _known: Known) -> tuple[str, str | None]:
    return "The phase refers to itself.", None


def _cycle(finding: Finding, _known: Known) -> tuple[str, str | None]:
    what = "part of itself" if finding.field == "parent_code" else "before itself"
    return f"The phase comes {what}: {finding.detail}.", "Remove one of these steps."


def _sequence(finding: Finding, _known: Known) -> tuple[str, str | None]:
    where = "" if finding.related_line is None else f" on line {finding.related_line}"
    return f"The phase {finding.detail}{where} has this place in the group already.", "Give each phase its own place."


def _milestone(_finding: Finding, _known: Known) -> tuple[str, str | None]:
    return "A milestone lasts 0 days.", "Leave the duration empty, or say that it is no milestone."


def _ambiguous(finding: Finding, _known: Known) -> tuple[str, str | None]:
    return f"More than one phase has this name: {finding.detail}.", "Name the predecessor by its code."


def _required(_finding: Finding, _known: Known) -> tuple[str, str | None]:
    return "A value is required.", "Only a milestone needs no duration."


def _out_of_range(finding: Finding, _known: Known) -> tuple[str, str | None]:
    if finding.field == "parent_code":
        return f"The phase would stand on level {finding.detail}.", "Parts of parts go at most 8 levels deep."
    if finding.field == "sequence":
        return (
            f"The phase's place by the order of the file would be {finding.detail}, and {MAX_SEQUENCE} is the last.",
            "Give the group's phases a sequence of their own.",
        )
    return f"The lowest floor is above the highest, {finding.detail}.", None


_WORDS: Mapping[RowErrorCode, Callable[[Finding, Known], tuple[str, str | None]]] = {
    RowErrorCode.DUPLICATE_IN_FILE: _duplicate,
    RowErrorCode.EXISTS_ALREADY: _exists,
    RowErrorCode.NOT_FOUND_FOR_UPDATE: _not_found,
    RowErrorCode.UNKNOWN_REFERENCE: _unknown,
    RowErrorCode.SELF_REFERENCE: _itself,
    RowErrorCode.CYCLE: _cycle,
    RowErrorCode.SEQUENCE_CONFLICT: _sequence,
    RowErrorCode.MILESTONE_DURATION: _milestone,
    RowErrorCode.AMBIGUOUS_VALUE: _ambiguous,
    RowErrorCode.REQUIRED: _required,
    RowErrorCode.OUT_OF_RANGE: _out_of_range,
}
