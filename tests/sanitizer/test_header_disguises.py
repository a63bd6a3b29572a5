"""Every name of every column, however it is dressed up, finds its column; what is wrong with a header is said."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sanitizer_lambda.contract import (
    COLUMNS,
    Column,
    FileRejectedError,
    MatchedBy,
    RejectionCode,
    SanitizeRequest,
    TemplateKind,
)
from sanitizer_lambda.header.match import read_header
from sanitizer_lambda.header.vocabulary import vocabulary
from sanitizer_lambda.sanitize import Sinks, sanitize

_UNSEEN = ("\ufeff", "\u200b", "\u00ad", "\u2060", "\u202a")
_BLANKS = (" ", "\u00a0", "\t", "\n", "\u2003")
_BETWEEN = (" ", "_", "-", "/", " - ", "  ", "\u00a0", "\n", " / ", "\u200b ", "")
_CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.title, str.swapcase)
_ENDS = ("", "*", " *", ":", ".", " (required)", " [optional]", " (%)", " ($)", "?", "!")
_UNITS = {
    "area": ("(m2)", "[m²]", "(sq ft)", "(sqft)"),
    "duration_days": ("(days)", "[d]", "(wks)"),
    "base_price": ("(EUR)",),
}


def _wide(text: str) -> str:
    """Return ``text`` in full-width letters, as Japanese keyboards write them."""
    return "".join(chr(ord(mark) + 0xFEE0) if "!" <= mark <= "~" else mark for mark in text)


def _names() -> list[tuple[TemplateKind, Column, str]]:
    """Return every column by each of its names that no other column of the kind has."""
    return [
        (kind, column, word)
        for kind, columns in COLUMNS.items()
        for column in columns
        for word in (column.name, *column.synonyms)
    ]


@st.composite
def dressed(draw: st.DrawFn) -> tuple[TemplateKind, Column, str]:
    """A column and one of its names in disguise."""
    kind, column, word = draw(st.sampled_from(_names()))
    if all(mark.isalnum() or mark in " _" for mark in word):
        between = draw(st.sampled_from(_BETWEEN))
        word = between.join(word.replace("_", " ").split())
        units = next((units for ending, units in _UNITS.items() if column.name.endswith(ending)), ())
        word += draw(st.sampled_from((*_ENDS, *(f" {unit}" for unit in units))))
    word = draw(st.sampled_from(_CASES))(word)
    word = _wide(word) if draw(st.booleans()) else word
    place = draw(st.integers(0, len(word)))
    word = word[:place] + draw(st.sampled_from(("", *_UNSEEN))) + word[place:]
    around = st.sampled_from(("", *_BLANKS, *_UNSEEN))
    return kind, column, draw(around) + word + draw(around)


def _needed(kind: TemplateKind, column: Column) -> list[str]:
    return [other.name for other in COLUMNS[kind] if other.required and other.name != column.name]


@settings(max_examples=500, deadline=None)
@given(dressed(), st.randoms())
def test_every_name_in_every_disguise_and_order_is_its_column(
    disguise: tuple[TemplateKind, Column, str], random: Random
) -> None:
    kind, column, word = disguise
    header = [word, *_needed(kind, column)]
    random.shuffle(header)
    found = read_header(header, SanitizeRequest(1, kind=kind), 1)
    (match,) = [match for match in found.matches if match.position == header.index(word)]
    assert match.column == column.name
    assert match.matched_by in {MatchedBy.EXACT, MatchedBy.SYNONYM}
    assert match.score == 1


@given(st.sampled_from(_names()), st.data())
def test_two_names_of_one_column_are_an_error_that_names_both(
    name: tuple[TemplateKind, Column, str], data: st.DataObject
) -> None:
    kind, column, word = name
    other = data.draw(st.sampled_from((column.name, *column.synonyms)))
    header = [word, *_needed(kind, column), other]
    with pytest.raises(FileRejectedError) as caught:
        read_header(header, SanitizeRequest(1, kind=kind), 7)
    rejection = caught.value.rejection
    assert (rejection.code, rejection.line) == (RejectionCode.COLUMN_DUPLICATED, 7)
    assert f'"{word}" (column 1) and "{other}" (column {len(header)})' in rejection.message
    assert f"both read as {column.name}:" in rejection.message


@pytest.mark.parametrize(
    ("kind", "column"),
    [(kind, column) for kind, columns in COLUMNS.items() for column in columns if column.required],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_required_column_that_is_missing_is_said_with_all_its_synonyms(kind: TemplateKind, column: Column) -> None:
    header = [*_needed(kind, column), "Favourite Colour"]
    with pytest.raises(FileRejectedError) as caught:
        read_header(header, SanitizeRequest(1, kind=kind), 1)
    assert caught.value.rejection.code is RejectionCode.COLUMN_MISSING
    assert all(word in caught.value.rejection.message for word in (column.name, *column.synonyms))


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("Bedroms", "bedrooms"),
        ("Nam", "name"),
        ("Curency", "currency"),
        ("Quantitty", "quantity"),
        ("Floor Frm", "floor_from"),
    ],
)
def test_a_column_that_is_not_known_is_listed_with_the_nearest_name_and_how_near(written: str, nearest: str) -> None:
    header = read_header(["Code", "Name", written], SanitizeRequest(1, kind=TemplateKind.SUITE_TEMPLATES), 1)
    match = header.matches[2]
    assert nearest in {match.column, match.runner_up}
    assert match.score is not None
    assert 0.6 <= match.score < 1


def test_a_column_like_nothing_is_listed_without_a_guess() -> None:
    match = read_header(
        ["Code", "Name", "Qwxz Vwxq"], SanitizeRequest(1, kind=TemplateKind.SUITE_TEMPLATES), 1
    ).matches[2]
    assert (match.column, match.matched_by, match.runner_up) == (None, MatchedBy.IGNORED, None)


def _passed(data: bytes, kind: TemplateKind) -> tuple[bytes, int]:
    """Return the clean file and how many cells were changed for it."""
    out = io.BytesIO()
    sinks = Sinks(out, io.BytesIO(), io.BytesIO())
    report = sanitize([data], SanitizeRequest(len(data), kind=kind), sinks, source_version="v")
    assert report.rejection is None, report.rejection
    return out.getvalue(), sum(rule.cells for rule in report.rules)


_cell = st.text(alphabet=st.sampled_from("aB1 ,;\"'=+-@<>&é日.\n\t:|\\/%€\u200b\ufeff"), max_size=12)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(list(TemplateKind)),
    st.sampled_from([",", ";", "\t", "|"]),
    st.lists(st.tuples(_cell, _cell, _cell), min_size=8, max_size=20),
)
@example(TemplateKind.SUITE_TEMPLATES, ";", [("=1+1", '"', "a\nb")] * 8)
def test_a_clean_file_that_is_sanitized_again_is_the_same(
    kind: TemplateKind, delimiter: str, rows: list[tuple[str, str, str]]
) -> None:
    texts = [column for column in COLUMNS[kind] if column.type == "text" and not column.required]
    columns = [*(column for column in COLUMNS[kind] if column.required), *texts[:2]]

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    lines = [delimiter.join(quoted(column.name) for column in columns)]
    for number, cells in enumerate(rows):
        padded = (f"S{number}", f"Name {number}", *cells, *"xyz")[: len(columns)]
        lines.append(delimiter.join(map(quoted, padded)))
    clean, _ = _passed(("\r\n".join(lines) + "\r\n").encode(), kind)
    again, changed = _passed(clean, kind)
    assert again == clean
    assert changed == 0


def test_the_vocabulary_of_a_kind_is_made_once() -> None:
    assert vocabulary(TemplateKind.SUITE_TEMPLATES) is vocabulary(TemplateKind.SUITE_TEMPLATES)
