"""What the sanitizer found and changed."""

from __future__ import annotations

from typing import Self

import strawberry

from gql.schema.enums import MatchedBy
from gql.schema.scalars import Long, Sha256
from sanitizer_lambda import contract


@strawberry.type(description="How the bytes of a file were read.")
class DetectedFormat:
    """Encoding and dialect."""

    encoding: str = strawberry.field(description="The encoding, by its Python codec's name.")
    bom: bool = strawberry.field(description="Whether the file begins with a byte order mark.")
    delimiter: str = strawberry.field(description="What stands between two cells.")
    quote: str | None = strawberry.field(description="What cells are quoted with; null where they are not.")
    escape: str | None = strawberry.field(
        description="What a quote inside a cell is escaped with; null: it is doubled."
    )
    newline: str = strawberry.field(description="`LF`, `CRLF`, `CR` or `MIXED`.")
    header_line: int | None = strawberry.field(description="The line of the header, from 1; null without a header.")
    confidence: float = strawberry.field(description="How sure this is, 0 to 1.")

    @classmethod
    def of(cls, found: contract.DetectedFormat) -> Self:
        """Shape a report's part."""
        return cls(
            encoding=found.encoding,
            bom=found.bom,
            delimiter=found.delimiter,
            quote=found.quote,
            escape=found.escape,
            newline=found.newline,
            header_line=found.header_line,
            confidence=found.confidence,
        )


@strawberry.type(description="A header of the file, and the column it was taken for.")
class ColumnMatch:
    """One header."""

    position: int = strawberry.field(description="Its place in the file, from 0.")
    header: str = strawberry.field(description="The header, as the file has it.")
    column: str | None = strawberry.field(description="The column; null where the header is ignored.")
    matched_by: MatchedBy = strawberry.field(description="How it was found.")
    score: float | None = strawberry.field(description="How alike header and column are, 0 to 1.")
    runner_up: str | None = strawberry.field(description="The column that came next, or would have.")
    unit: str | None = strawberry.field(description="What the header says that its numbers are in.")

    @classmethod
    def of(cls, match: contract.ColumnMatch) -> Self:
        """Shape a report's part."""
        return cls(
            position=match.position,
            header=match.header,
            column=match.column,
            matched_by=match.matched_by,
            score=match.score,
            runner_up=match.runner_up,
            unit=match.unit,
        )


@strawberry.type(description="One changed cell, or a whole row that was repaired; long texts are cut.")
class CellChange:
    """A change."""

    line: Long = strawberry.field(description="The line of the user's own file, from 1.")
    column: str | None = strawberry.field(description="The column; null where it is the row, or a cell of no column.")
    before: str = strawberry.field(description="What stood there; bytes that are no text as `\\xE9`.")
    after: str = strawberry.field(description="What stands there now.")


@strawberry.type(description="How often one rule changed a cell.")
class RuleCount:
    """A rule's work."""

    rule: str = strawberry.field(description="The rule.")
    cells: Long = strawberry.field(description="How many cells it changed.")
    examples: list[CellChange] = strawberry.field(description="The first of them, up to 20.")

    @classmethod
    def of(cls, count: contract.RuleCount) -> Self:
        """Shape a report's part."""
        examples = [
            CellChange(line=Long(item.line), column=item.column, before=item.before, after=item.after)
            for item in count.examples
        ]
        return cls(rule=count.rule, cells=Long(count.cells), examples=examples)


@strawberry.type(description="Lines of the file that are no records.")
class LinesSetAside:
    """Lines of one reason."""

    reason: str = strawberry.field(description="Why: `PREAMBLE`, `BLANK_ROW`, `FOOTER`, `SECOND_TABLE` and the like.")
    lines: Long = strawberry.field(description="How many they are.")
    first_line: Long = strawberry.field(description="The first of them, from 1.")


@strawberry.type(description="What was done to make a file harmless; no rules means that nothing was changed.")
class SanitizationReport:
    """The sanitizer's account."""

    rule_set_version: str = strawberry.field(description="The version of the rules that decided.")
    sha256_before: Sha256 = strawberry.field(description="Of the file as it came.")
    sha256_after: Sha256 | None = strawberry.field(description="Of the clean file; null where there is none.")
    bytes_before: Long = strawberry.field(description="The file's size as it came.")
    bytes_after: Long = strawberry.field(description="The clean file's size; 0 where there is none.")
    rules: list[RuleCount] = strawberry.field(description="The rules that changed something.")
    set_aside: list[LinesSetAside] = strawberry.field(description="Lines that are no records, by reason.")

    @classmethod
    def of(cls, report: contract.Report) -> Self:
        """Shape a report."""
        after = report.sha256_after
        return cls(
            rule_set_version=report.rule_set_version,
            sha256_before=Sha256(report.sha256_before),
            sha256_after=None if after is None else Sha256(after),
            bytes_before=Long(report.bytes_before),
            bytes_after=Long(report.bytes_after),
            rules=[RuleCount.of(count) for count in report.rules],
            set_aside=[
                LinesSetAside(reason=note.note, lines=Long(note.lines), first_line=Long(note.first_line))
                for note in report.notes
            ],
        )
