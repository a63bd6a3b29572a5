"""Headers matched to columns, and the kind of file recognised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizer_lambda.contract import (
    COLUMNS,
    Column,
    ColumnMapping,
    ColumnMatch,
    FileRejectedError,
    MatchedBy,
    RejectionCode,
    SanitizeRequest,
    TemplateKind,
)
from sanitizer_lambda.header.match import HeaderMap, read_header

SUITES, PHASES, BOTH = TemplateKind


def read(
    header: str, *, kind: TemplateKind | None = None, mapped: dict[str, str] | None = None, line: int | None = 1
) -> HeaderMap:
    mappings = tuple(ColumnMapping(*pair) for pair in (mapped or {}).items())
    return read_header(header.split("|"), SanitizeRequest(1, kind=kind, column_map=mappings), line)


def refusal(
    header: str, *, kind: TemplateKind | None = None, mapped: dict[str, str] | None = None, line: int | None = 1
) -> FileRejectedError:
    with pytest.raises(FileRejectedError) as caught:
        read(header, kind=kind, mapped=mapped, line=line)
    return caught.value


def match_of(header: str, *, kind: TemplateKind) -> ColumnMatch:
    """Match one header beside those the kind needs, however they would otherwise be spelled."""
    required = [column.name for column in COLUMNS[kind] if column.required]
    names = [f"needed {name}" for name in required]
    mapped = tuple(ColumnMapping(*pair) for pair in zip(names, required, strict=True))
    return read_header([*names, header], SanitizeRequest(1, kind=kind, column_map=mapped), 1).matches[-1]


def _spellings() -> list[tuple[TemplateKind, Column, str]]:
    return [
        (kind, column, word)
        for kind, columns in COLUMNS.items()
        for column in columns
        for word in (column.name, *column.synonyms)
    ]


@pytest.mark.parametrize(("kind", "column", "word"), _spellings(), ids=str)
def test_every_name_and_synonym_is_its_column(kind: TemplateKind, column: Column, word: str) -> None:
    required = [other.name for other in COLUMNS[kind] if other.required and other.name != column.name]
    header = read_header([*required, word], SanitizeRequest(1, kind=kind), 1)
    assert header.matches[-1].column == column.name


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("Bedrooms", "bedrooms"),
        ("  BEDROOMS  ", "bedrooms"),
        ("\ufeffBedrooms", "bedrooms"),
        ("Bed\u200brooms", "bedrooms"),
        ("\u00a0Bedrooms", "bedrooms"),
        ("Ｂｅｄｒｏｏｍｓ", "bedrooms"),  # noqa: RUF001 - full width on purpose
        ("# Bedrooms", "bedrooms"),
        ("Bedrooms*", "bedrooms"),
        ("Bedrooms (required)", "bedrooms"),
        ("No.of Rooms", "bedrooms"),
        ("Floor-From", "floor_from"),
        ("FloorFrom", "floor_from"),
        ("floor/from", "floor_from"),
        ("Suite\nType", "suite_type"),
        ("suite  type", "suite_type"),
    ],
)
def test_a_header_is_read_past_its_marks(written: str, column: str) -> None:
    assert match_of(written, kind=SUITES).column == column


@pytest.mark.parametrize(
    ("written", "kind", "column", "unit"),
    [
        ("Area (m2)", SUITES, "area", "SQM"),
        ("Area [m²]", SUITES, "area", "SQM"),
        ("Area (sq. ft.)", SUITES, "area", "SQFT"),
        ("Area sqft", SUITES, "area", "SQFT"),
        ("Sq Ft", SUITES, "area", "SQFT"),
        ("Balcony (m2)", SUITES, "balcony_area", "SQM"),
        ("Price (CAD)", SUITES, "base_price", "CAD"),
        ("Price ($)", SUITES, "base_price", None),
        ("Area", SUITES, "area", None),
        ("Bedrooms (m2)", SUITES, "bedrooms", None),
        ("Duration [days]", PHASES, "duration_days", "DAYS"),
        ("Duration (wks)", PHASES, "duration_days", "WEEKS"),
        ("Work Days", PHASES, "duration_days", "WORKDAYS"),
        ("Duration (calendar days)", PHASES, "duration_days", "CALENDAR_DAYS"),
        ("Area (m2)", BOTH, "suite_area", "SQM"),
        ("Payment %", PHASES, "weight_pct", None),
    ],
)
def test_a_unit_suffix_is_dropped_and_remembered(
    written: str, kind: TemplateKind, column: str, unit: str | None
) -> None:
    found = (
        match_of(written, kind=kind)
        if column != "duration_days"
        else read(f"code|name|{written}", kind=kind).matches[2]
    )
    assert (found.column, found.unit) == (column, unit)


def test_phase_is_the_name_and_phase_with_a_number_sign_the_code() -> None:
    assert read("Phase #|Phase|#|Days").columns == ["code", "name", "sequence", "duration_days"]


@pytest.mark.parametrize(("written", "column"), [("Discription", "description"), ("Qantity", "quantity")])
def test_a_slip_of_the_pen_is_matched_and_says_how_alike_it_is(written: str, column: str) -> None:
    found = match_of(written, kind=SUITES)
    assert (found.column, found.matched_by) == (column, MatchedBy.SIMILAR)
    assert found.score is not None
    assert 0.9 <= found.score < 1


@pytest.mark.parametrize(
    ("written", "kind", "hint"),
    [("suite_cod", PHASES, "suite_code"), ("Predecesors", PHASES, "predecessors"), ("Refrence", SUITES, "code")],
)
def test_keys_and_references_are_never_guessed_but_hinted_at(written: str, kind: TemplateKind, hint: str) -> None:
    found = match_of(written, kind=kind)
    assert (found.column, found.matched_by) == (None, MatchedBy.IGNORED)
    # The required columns are taken, so a key's hint says what it would have been.
    assert found.runner_up == hint


def test_a_phrase_as_like_one_column_as_another_is_not_guessed() -> None:
    assert match_of("floor_fto", kind=SUITES).column is None


def test_an_unknown_column_is_ignored_and_listed() -> None:
    header = read("Code|Favourite Colour|Name")
    assert header.columns == ["code", "name"]
    assert header.positions == [0, 2]
    assert [match.matched_by for match in header.matches] == [MatchedBy.EXACT, MatchedBy.IGNORED, MatchedBy.EXACT]


def test_two_columns_that_hit_one_field_are_an_error_that_names_both() -> None:
    error = refusal("Suite Code|Name|Net Area|SF")
    assert error.rejection.code is RejectionCode.COLUMN_DUPLICATED
    assert '"Net Area" (column 3) and "SF" (column 4)' in error.rejection.message


def test_a_guess_never_claims_a_column_that_another_header_names() -> None:
    header = read("Code|Name|Description|Description 2")
    assert header.columns == ["code", "name", "description"]
    assert header.matches[3].runner_up == "description"


def test_two_guesses_of_one_column_are_an_error() -> None:
    assert refusal("Code|Name|Descriptio|Descriptions").rejection.code is RejectionCode.COLUMN_DUPLICATED


def test_a_missing_required_column_is_an_error_that_lists_its_synonyms() -> None:
    error = refusal("Name|Bedrooms|Area")
    assert error.rejection.code is RejectionCode.COLUMN_MISSING
    assert "Unit Type Code" in error.rejection.message


def test_the_rejection_names_the_line_of_the_header() -> None:
    assert refusal("Name|Bedrooms|Area", line=4).rejection.line == 4


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("code|name", SUITES),
        ("Suite Code|Suite Name|Bedrooms", SUITES),
        ("code|name|duration_days", PHASES),
        ("Task ID|Task Name|Duration|Predecessors|Resource Names", PHASES),
        ("Suite Code|Phase Code|Phase Name|Duration", PHASES),
        ("code|name|is_milestone", PHASES),
        ("suite_code|suite_name|phase_code|phase_name|phase_duration_days", BOTH),
        ("Suite Code|Suite Name|Bedrooms|Phase Code|Phase Name|Duration", BOTH),
    ],
)
def test_the_kind_is_recognised_from_the_header(header: str, kind: TemplateKind) -> None:
    assert read(header).kind is kind


@pytest.mark.parametrize("header", ["foo|bar", "code|foo", "", "|"])
def test_a_header_that_fits_no_kind_best_says_how_to_name_it(header: str) -> None:
    error = refusal(header)
    assert error.rejection.code is RejectionCode.KIND_NOT_RECOGNISED
    assert "PHASE_TEMPLATES" in error.rejection.message


def test_a_file_of_phases_without_durations_is_not_taken_for_suites() -> None:
    assert refusal("code|name|predecessors|trade").rejection.code is RejectionCode.COLUMN_MISSING


def test_a_phases_file_may_lack_durations_where_rows_can_be_milestones() -> None:
    assert read("code|name|milestone", kind=PHASES).columns == ["code", "name", "is_milestone"]


def test_the_clients_own_map_comes_first() -> None:
    header = read("Code|Name|Bedrooms", mapped={"Bedrooms": "quantity"})
    assert header.columns == ["code", "name", "quantity"]
    assert header.matches[2].matched_by is MatchedBy.MAPPED


def test_a_mapped_column_is_claimed_by_no_other_header() -> None:
    header = read("Code|Old Code|Name", mapped={"Old Code": "code"})
    assert header.columns == ["code", "name"]
    assert header.positions == [1, 2]


def test_the_map_finds_a_header_past_case_and_spaces() -> None:
    assert read("CODE |Name", mapped={"code": "code"}).columns == ["code", "name"]


@pytest.mark.parametrize("mapped", [{"Nope": "code"}, {"Code": "nope"}, {"": "code"}])
def test_a_map_of_what_is_not_there_is_refused(mapped: dict[str, str]) -> None:
    assert refusal("Code|Name", mapped=mapped).rejection.code is RejectionCode.COLUMN_UNKNOWN


def test_a_file_without_a_header_is_refused() -> None:
    assert refusal("1A|One Bedroom", line=None).rejection.code is RejectionCode.HEADER_MISSING


def test_a_file_without_a_header_is_read_by_the_numbers_of_its_columns() -> None:
    header = read("|||", line=None, mapped={"1": "code", "3": "name"})
    assert header.kind is SUITES
    assert header.columns == ["code", "name"]
    assert header.positions == [0, 2]


def test_a_file_of_refused_rows_may_be_sent_back() -> None:
    header = read("Code|Name|_line|_errors")
    assert header.columns == ["code", "name"]
    assert all(match.runner_up is None for match in header.matches[2:])


def test_a_hostile_header_is_shown_harmless() -> None:
    header = read("Code|Name|=cmd|' /C calc'!A0|<b>Area</b>")
    assert header.matches[2].header == "'=cmd"
    assert header.matches[4].column == "area"


@given(st.lists(st.text(max_size=30), max_size=12), st.sampled_from([1, None]))
def test_no_header_raises_anything_but_a_refusal(header: list[str], line: int | None) -> None:
    try:
        found = read_header(header, SanitizeRequest(1), line)
    except FileRejectedError:
        return
    assert len(found.matches) == len(header)
    assert len(set(found.columns)) == len(found.columns)
