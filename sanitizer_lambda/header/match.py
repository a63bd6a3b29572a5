"""Which column each header of a file is (DOMAIN.md, Header matching), and what kind of file that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sanitizer_lambda.cleaning.cells import clean_cell
from sanitizer_lambda.contract import (
    COLUMNS,
    Column,
    ColumnMapping,
    ColumnMatch,
    FileRejectedError,
    RejectionCode,
    SanitizeRequest,
    TemplateKind,
    reject,
)
from sanitizer_lambda.header.candidate import Candidate
from sanitizer_lambda.header.spelling import Spelling
from sanitizer_lambda.header.vocabulary import vocabulary

# One cell may be called like a column by chance.
_FEW_NAMES = 2
# Headers are repeated in messages and reports.
_MAX_HEADER_CHARS = 200

_HEADER_MISSING = 'The file has no header: add one, or map its columns by their numbers, of which the first is "1".'


class HeaderMap(NamedTuple):
    """What the headers mean: one match for each, in the file's order."""

    kind: TemplateKind
    matches: tuple[ColumnMatch, ...]

    @property
    def columns(self) -> list[str]:
        """The columns that are kept, in the file's order."""
        return [match.column for match in self.matches if match.column is not None]

    @property
    def positions(self) -> list[int]:
        """Where in a row the cells of ``columns`` stand, from 0."""
        return [match.position for match in self.matches if match.column is not None]


def read_header(header: Sequence[str], request: SanitizeRequest, line: int | None) -> HeaderMap:
    """Match ``header``, all of it as written, to the columns of a kind; ``line`` is where it stands.

    ``line`` None: the file has no header and only the client's map counts, by the columns' numbers from "1" on.
    Raises FileRejectedError.
    """
    named = line is not None
    names = [_harmless(text) for text in header] if named else [str(number) for number in range(1, len(header) + 1)]
    if not named and not request.column_map:
        raise reject(RejectionCode.HEADER_MISSING, _HEADER_MISSING)
    kinds = list(TemplateKind) if request.kind is None else [request.kind]
    mapped = _mapped(request.column_map, names, kinds, line)
    candidates = [Candidate.of(kind, names, mapped, named=named) for kind in kinds]
    return _accepted(_choose(candidates, line, named=named), line)


def names_columns(cells: Sequence[str], request: SanitizeRequest) -> bool:
    """Whether a row is the header of such a file: two columns or more, and most of its cells, are called by name."""
    kinds = list(TemplateKind) if request.kind is None else [request.kind]
    mapped = {mapping.header for mapping in request.column_map}
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) < _FEW_NAMES or any(len(cell) > _MAX_HEADER_CHARS for cell in filled):
        return False
    found = {_column_of(cell, kinds) or (cell if cell in mapped else None) for cell in filled} - {None}
    return len(found) >= _FEW_NAMES and 2 * len(found) > len(filled)


def _column_of(cell: str, kinds: list[TemplateKind]) -> str | None:
    spelling = Spelling.of(cell)
    return next((found[0] for kind in kinds if (found := vocabulary(kind).look_up(spelling))), None)


def _harmless(header: str) -> str:
    # White space at its start makes a cell live, but says nothing in a header.
    return clean_cell(header.strip()).text.strip()[:_MAX_HEADER_CHARS]


def _mapped(
    column_map: Sequence[ColumnMapping], names: list[str], kinds: list[TemplateKind], line: int | None
) -> dict[int, str]:
    """Return the columns the client mapped, by position. Raises FileRejectedError for what is not there."""
    columns = {column.name for kind in kinds for column in COLUMNS[kind]}
    mapped: dict[int, str] = {}
    for mapping in column_map:
        if mapping.column not in columns:
            message = f'The column map names "{_harmless(mapping.column)}", which is no column of {" or ".join(kinds)}.'
            raise reject(RejectionCode.COLUMN_UNKNOWN, message, line=line)
        positions = _positions_of(_harmless(mapping.header), names)
        if not positions:
            message = f'The column map names the header "{_harmless(mapping.header)}", which is not in the file.'
            raise reject(RejectionCode.COLUMN_UNKNOWN, message, line=line)
        mapped |= dict.fromkeys(positions, mapping.column)
    return mapped


def _positions_of(header: str, names: list[str]) -> list[int]:
    """Return where ``header`` stands: exactly as written, else as one would read it."""
    exact = [position for position, name in enumerate(names) if name == header]
    literal = Spelling.of(header).forms[0]
    return exact or [
        position for position, name in enumerate(names) if literal and Spelling.of(name).forms[0] == literal
    ]


def _choose(candidates: list[Candidate], line: int | None, *, named: bool) -> Candidate:
    """Return the one kind the header can be. Raises FileRejectedError where more than one or none fits best."""
    best, tie = _best(candidates)
    if tie is None and not best.missing:
        return best.guessed() if named else best
    best, tie = _best([candidate.guessed() for candidate in candidates] if named else candidates)
    if tie is not None:
        kinds = ", ".join(TemplateKind)
        message = f"What the rows are cannot be told: {tie}. Name the kind when you ask for the upload: {kinds}."
        raise reject(RejectionCode.KIND_NOT_RECOGNISED, message, line=line)
    return best


def _best(candidates: list[Candidate]) -> tuple[Candidate, str | None]:
    """Return the candidate with the most columns, and why it is not clearly the one, if it is not."""
    if len(candidates) == 1:
        return candidates[0], None
    # A file of both kinds says so by having what both need; half of it is a file of one kind with odd columns.
    possible = [one for one in candidates if not one.missing or one.kind is not TemplateKind.SUITES_WITH_PHASES]
    first, second, *_ = sorted(possible, key=lambda one: one.rank, reverse=True)
    if not first.found:
        return first, "none of the columns is known"
    return first, f"its columns fit {first.kind} as well as {second.kind}" if first.rank == second.rank else None


def _accepted(candidate: Candidate, line: int | None) -> HeaderMap:
    """Raise FileRejectedError where a column is hit twice or a required one is missing."""
    by_column: dict[str, list[ColumnMatch]] = {}
    for match in candidate.matches:
        if match.column is not None:
            by_column.setdefault(match.column, []).append(match)
    for column, hits in by_column.items():
        if len(hits) > 1:
            raise reject(RejectionCode.COLUMN_DUPLICATED, _duplicated(column, hits), line=line)
    if candidate.missing:
        raise _missing(candidate.kind, candidate.missing, line)
    return HeaderMap(candidate.kind, candidate.matches)


def _duplicated(column: str, hits: list[ColumnMatch]) -> str:
    names = " and ".join(f'"{hit.header}" (column {hit.position + 1})' for hit in hits)
    return f"{names} are both read as {column}: rename one of them, or map the one that is meant."


def _missing(kind: TemplateKind, columns: list[Column], line: int | None) -> FileRejectedError:
    asked = "; ".join(f"{column.name} (also accepted: {', '.join(column.synonyms)})" for column in columns)
    return reject(RejectionCode.COLUMN_MISSING, f"Read as {kind}, the file lacks {asked}.", line=line)
