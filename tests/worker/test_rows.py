from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanitizer_lambda.contract import (
    COLUMNS,
    PHASE_COLUMNS,
    SUITE_COLUMNS,
    ColumnMatch,
    ColumnType,
    DependencyType,
    MatchedBy,
    TemplateKind,
)
from workers.rows import (
    ColumnReader,
    Dependency,
    MarkScan,
    MarksNeededError,
    RowReader,
    Side,
    copied,
    fold,
    read_dependencies,
    sides_of,
)

# A busy machine is no fault of the code.
unhurried = settings(deadline=None)

SUITES, PHASES = TemplateKind.SUITE_TEMPLATES, TemplateKind.PHASE_TEMPLATES
NEEDED = {SUITES: {"code": "C", "name": "N"}, PHASES: {"code": "C", "name": "N", "duration_days": "1"}}
# Spaces that spreadsheets put between thousands.
NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def side(kind: TemplateKind, header: list[str], written: dict[str, str] | None = None) -> Side:
    matches = [
        ColumnMatch(place, (written or {}).get(name, name), name, MatchedBy.EXACT) for place, name in enumerate(header)
    ]
    return sides_of(kind, header, matches)[0]


def read(kind: TemplateKind, *, mark: Any = None, headers: Any = None, **cells: str) -> Any:
    """Return the fields of one row, or its faults as (column, code)."""
    row = {**NEEDED[kind], **cells}
    reader = RowReader(side(kind, list(row), headers), mark)
    values = reader.read(list(row.values()))
    if values is None:
        return [(fault.column, fault.fault.code.value) for fault in reader.faults()]
    return dict(zip(reader.names, values, strict=True))


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("area", "78,00", Decimal(78)),
        ("area", "52.4", Decimal("52.4")),
        ("area", f"1{NBSP}234,5", Decimal("1234.5")),
        ("area", "1'234.5", Decimal("1234.5")),
        ("area", "1,234.5", Decimal("1234.5")),
        ("area", "1.234,5", Decimal("1234.5")),
        ("area", "1,234,567", Decimal(1234567)),
        ("area", "0.125", Decimal("0.125")),
        ("area", "\uff10\uff14\uff12\uff0e\uff15", Decimal("42.5")),
        ("area", ".5", Decimal("0.5")),
        ("bathrooms", "1.500", Decimal("1.5")),
        ("base_price", f"349{NARROW}000,50", Decimal("349000.50")),
        ("quantity", "1,234", 1234),
        ("quantity", "007", 7),
        ("bedrooms", "Studio", 0),
        ("bedrooms", "2 BR", 2),
        ("bedrooms", "3", 3),
        ("floor_from", "B", -1),
        ("floor_from", "B2", -2),
        ("floor_from", "P3", -3),
        ("floor_from", "G", 0),
        ("floor_from", "12th", 12),
        ("floor_from", "Level 4", 4),
        ("floor_from", "-2", -2),
        ("is_active", "archived", False),
        ("is_active", "Active", True),
        ("is_active", "", True),
        ("has_den", "Y", True),
        ("has_den", "0", False),
        ("suite_type", "efficiency", "STUDIO"),
        ("suite_type", "town-house", "TOWNHOUSE"),
        ("suite_type", "Penthouse", "PENTHOUSE"),
        ("area_unit", "m²", "SQM"),
        ("area_unit", "Sq. Ft.", "SQFT"),
        ("currency", "cad", "CAD"),
        ("tags", "corner; view|corner ;", ["corner", "view"]),
        ("tags", "", []),
        ("external_id", "  00012 ", "00012"),
        ("description", "two\nlines", "two\nlines"),
        ("code", "007", "007"),
        ("code", "=1+1", "=1+1"),
    ],
)
def test_a_suites_cell_is_read_as_people_write_it(column: str, text: str, value: object) -> None:
    assert read(SUITES, **{column: text})[column] == value


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("duration_days", "10", Decimal(10)),
        ("duration_days", "10d", Decimal(10)),
        ("duration_days", "10 days", Decimal(10)),
        ("duration_days", "2 wks", Decimal(10)),
        ("duration_days", "1,5 weeks", Decimal("7.5")),
        ("duration_days", "", None),
        ("weight_pct", "12.5%", Decimal("12.5")),
        ("is_milestone", "Milestone", True),
        ("is_milestone", "", False),
        ("duration_unit", "calendar", "CALENDAR_DAYS"),
        ("duration_unit", "", "WORKDAYS"),
        ("color", "#36c0ff", "#36C0FF"),
        ("color", "3366CC", "#3366CC"),
        ("sequence", "20", 20),
    ],
)
def test_a_phases_cell_is_read_as_people_write_it(column: str, text: str, value: object) -> None:
    assert read(PHASES, **{column: text})[column] == value


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("code", "", "REQUIRED"),
        ("name", " ", "REQUIRED"),
        ("code", "x" * 65, "TOO_LONG"),
        ("code", "\ufdfa" * 12, "TOO_LONG"),
        ("name", "x" * 201, "TOO_LONG"),
        ("description", "x" * 4001, "TOO_LONG"),
        ("area", "=1+1", "NOT_A_NUMBER"),
        ("area", "52.4 acres", "NOT_A_NUMBER"),
        ("area", "0", "OUT_OF_RANGE"),
        ("area", "-1", "OUT_OF_RANGE"),
        ("area", "1.23456", "OUT_OF_RANGE"),
        ("area", "123456789", "OUT_OF_RANGE"),
        ("area", "9" * 60, "NOT_A_NUMBER"),
        ("area", "1e3", "NOT_A_NUMBER"),
        ("area", "1,23,4", "NOT_A_NUMBER"),
        ("area", "NaN", "NOT_A_NUMBER"),
        ("area", "Infinity", "NOT_A_NUMBER"),
        ("area", "١٢", "NOT_A_NUMBER"),
        ("bathrooms", "1.25", "OUT_OF_RANGE"),
        ("bathrooms", "21", "OUT_OF_RANGE"),
        ("bedrooms", "2.5", "NOT_A_NUMBER"),
        ("bedrooms", "21", "OUT_OF_RANGE"),
        ("quantity", "3000000000", "OUT_OF_RANGE"),
        ("floor_from", "PH", "NOT_A_NUMBER"),
        ("floor_from", "301", "OUT_OF_RANGE"),
        ("has_den", "maybe", "NOT_A_BOOLEAN"),
        ("suite_type", "castle", "NOT_A_CHOICE"),
        ("currency", "dollars", "NOT_A_CHOICE"),
        ("base_price", "$100", "CURRENCY_MISMATCH"),
        ("base_price", "1,234.567", "OUT_OF_RANGE"),
    ],
)
def test_a_suites_cell_that_cannot_be_read_says_why(column: str, text: str, code: str) -> None:
    assert read(SUITES, **{column: text}) == [(column, code)]


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("duration_days", "3651", "OUT_OF_RANGE"),
        ("duration_days", "731 wks", "OUT_OF_RANGE"),
        ("duration_days", "soon", "NOT_A_NUMBER"),
        ("duration_days", "80 hrs", "NOT_A_NUMBER"),
        ("weight_pct", "100.01", "OUT_OF_RANGE"),
        ("sequence", "0", "OUT_OF_RANGE"),
        ("color", "#36c", "PATTERN"),
        ("color", "blue", "PATTERN"),
        ("trade", "x" * 121, "TOO_LONG"),
        ("predecessors", "FND FS+4000d", "BAD_DEPENDENCY"),
        ("predecessors", "FND FS+1,5d", "AMBIGUOUS_VALUE"),
        ("predecessors", ";".join(f"P{number}" for number in range(201)), "BAD_DEPENDENCY"),
    ],
)
def test_a_phases_cell_that_cannot_be_read_says_why(column: str, text: str, code: str) -> None:
    assert read(PHASES, **{column: text}) == [(column, code)]


def test_all_faults_of_a_row_are_told_with_header_value_and_hint() -> None:
    row = {"code": "1", "name": "", "suite_type": "Apartement", "area": "big"}
    reader = RowReader(side(SUITES, list(row), {"area": "Net Area"}))
    assert reader.read(list(row.values())) is None
    name, kind, area = reader.faults()
    assert (name.fault.code.value, name.column) == ("REQUIRED", "name")
    assert (kind.fault.hint, kind.value) == ("Did you mean APARTMENT?", "Apartement")
    assert (area.header, area.value, area.fault.message) == ("Net Area", "big", "A number is expected.")
    assert reader.faults() == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"bedrooms": "2BR + Den"}, {"bedrooms": 2, "has_den": True}),
        ({"bedrooms": "2+1"}, {"bedrooms": 2, "has_den": True}),
        ({"bedrooms": "Studio + Den"}, {"bedrooms": 0, "has_den": True}),
        ({"bedrooms": "2+1", "has_den": ""}, {"bedrooms": 2, "has_den": True}),
        ({"bedrooms": "2", "has_den": "yes"}, {"bedrooms": 2, "has_den": True}),
        ({"area": "52.4 m²"}, {"area": Decimal("52.4"), "area_unit": "SQM"}),
        ({"area": "565 sq ft"}, {"area": Decimal(565), "area_unit": "SQFT"}),
        ({"balcony_area": "6,5 m2", "area_unit": "SQM"}, {"balcony_area": Decimal("6.5"), "area_unit": "SQM"}),
        ({"base_price": "$349,000.00", "currency": "CAD"}, {"base_price": Decimal(349000), "currency": "CAD"}),
        ({"base_price": "349 000,50 €", "currency": "EUR"}, {"base_price": Decimal("349000.5"), "currency": "EUR"}),
        ({"base_price": "USD 100", "currency": "usd"}, {"base_price": Decimal(100), "currency": "USD"}),
    ],
)
def test_a_cell_may_say_what_another_column_holds(cells: dict[str, str], expected: dict[str, object]) -> None:
    assert expected.items() <= read(SUITES, **cells).items()


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"bedrooms": "2+1", "has_den": "no"}, ("bedrooms", "AMBIGUOUS_VALUE")),
        ({"area": "565 sq ft", "area_unit": "SQM"}, ("area", "AMBIGUOUS_VALUE")),
        ({"area": "50 m2", "balcony_area": "60 sf"}, ("balcony_area", "AMBIGUOUS_VALUE")),
        ({"base_price": "€100", "currency": "USD"}, ("base_price", "CURRENCY_MISMATCH")),
    ],
)
def test_cells_that_contradict_each_other_are_refused(cells: dict[str, str], fault: tuple[str, str]) -> None:
    assert read(SUITES, **cells) == [fault]


@pytest.mark.parametrize(
    ("header", "unit"),
    [("Area (m2)", "SQM"), ("Net Area [sq ft]", "SQFT"), ("SF", "SQFT"), ("Square Footage", "SQFT"), ("Area", None)],
)
def test_the_headers_unit_holds_for_the_column(header: str, unit: str | None) -> None:
    assert read(SUITES, headers={"area": header}, area="50")["area_unit"] == unit


def test_a_headers_unit_says_nothing_of_a_row_without_area() -> None:
    assert read(SUITES, headers={"area": "Area (m2)"}, area="")["area_unit"] is None


@pytest.mark.parametrize(("mark", "value"), [(".", Decimal(1234)), (",", Decimal("1.234"))])
def test_a_hint_settles_how_a_number_is_read(mark: str, value: Decimal) -> None:
    assert read(SUITES, mark=mark, area="1,234")["area"] == value


@pytest.mark.parametrize(("mark", "text"), [(".", "78,00"), (",", "52.4")])
def test_what_contradicts_the_hint_is_refused(mark: str, text: str) -> None:
    assert read(SUITES, mark=mark, area=text) == [("area", "NOT_A_NUMBER")]


def column(cells: list[str], name: str = "area") -> list[object]:
    """Read a whole column as an import does: as it comes, and again with the verdict where that needs it."""
    area = side(SUITES, ["code", "name", name])
    rows = [["C", "N", cell] for cell in cells]

    def attempt(reader: RowReader) -> list[object]:
        return [values[2] if (values := reader.read(row)) else reader.faults()[0].fault.code.value for row in rows]

    try:
        return attempt(RowReader(area))
    except MarksNeededError:
        scan = MarkScan([area])
        for row in rows:
            scan.look([[cell] for cell in row])
        return attempt(RowReader(area, None, scan.verdicts()))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1,234"], ["AMBIGUOUS_VALUE"]),
        (["1.234"], ["AMBIGUOUS_VALUE"]),
        (["1,234", "78,00"], [Decimal("1.234"), Decimal(78)]),
        (["78,00", "1,234"], [Decimal(78), Decimal("1.234")]),
        (["1,234", "52.4"], [Decimal(1234), Decimal("52.4")]),
        (["52.4", "1.234", "7.5"], [Decimal("52.4"), Decimal("1.234"), Decimal("7.5")]),
        (["52.4", "1.234", "78,00"], [Decimal("52.4"), "AMBIGUOUS_VALUE", Decimal(78)]),
        (["1,234", "52.4 m2"], [Decimal(1234), Decimal("52.4")]),
        (["12", "1,234"], [Decimal(12), "AMBIGUOUS_VALUE"]),
    ],
)
def test_a_column_as_a_whole_settles_how_its_numbers_are_read(cells: list[str], expected: list[object]) -> None:
    assert column(cells) == expected


@unhurried
@given(st.lists(st.sampled_from(["1,234", "1.234", "52.4", "78,00", "12", "1.234,5", "2,345.6", "x"]), max_size=8))
def test_how_numbers_are_read_does_not_depend_on_their_order(cells: list[str]) -> None:
    assert dict(zip(cells, column(cells), strict=True)) == dict(zip(cells[::-1], column(cells[::-1]), strict=True))


@unhurried
@given(
    st.decimals("0.0001", "99999999.9999", places=4),
    st.sampled_from([(".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", NBSP), (".", "")]),
)
def test_any_number_written_with_known_marks_is_read_exactly(value: Decimal, marks: tuple[str, str]) -> None:
    decimal, group = marks
    text = f"{value:,.4f}".replace(",", "g").replace(".", decimal).replace("g", group)
    assert read(SUITES, mark=decimal, area=text)["area"] == value


@unhurried
@given(st.sampled_from([*SUITE_COLUMNS, *PHASE_COLUMNS]), st.text(max_size=60))
def test_no_text_breaks_a_column(column: Any, text: str) -> None:
    kind = SUITES if column in SUITE_COLUMNS else PHASES
    for mark in (".", ","):
        found = read(kind, mark=mark, **{str(column.name): text})
        assert isinstance(found, dict) or all(name == column.name for name, _ in found)


NUMERIC = "0123456789.,-+ '€$m²%wksd"


@unhurried
@given(
    st.sampled_from([c for c in SUITE_COLUMNS if c.type in (ColumnType.DECIMAL, ColumnType.INTEGER)]), st.text(NUMERIC)
)
def test_a_number_that_is_taken_lies_in_its_columns_range(column: Any, text: str) -> None:
    found = read(SUITES, mark=".", currency="EUR", **{str(column.name): text})
    if isinstance(found, dict) and (value := found[column.name]) is not None:
        assert column.minimum is None or value >= column.minimum
        assert column.maximum is None or value <= column.maximum
        assert column.above is None or value > column.above


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FND", [("FND", "FS", 0)]),
        ("FND FS+3d", [("FND", "FS", 3)]),
        ("FND FS+3d; 10SS-1w;20", [("FND", "FS", 3), ("10", "SS", -1), ("20", "FS", 0)]),
        ("FND,FRM, DRY", [("FND", "FS", 0), ("FRM", "FS", 0), ("DRY", "FS", 0)]),
        ("2,3", [("2", "FS", 0), ("3", "FS", 0)]),
        ("FRM ff - 2 days", [("FRM", "FF", -2)]),
        ("A|B", [("A", "FS", 0), ("B", "FS", 0)]),
        ("A;A", [("A", "FS", 0)]),
        ("FRM+5", [("FRM", "FS", 5)]),
    ],
)
def test_predecessors_are_read_as_planners_write_them(text: str, expected: list[tuple[str, str, int]]) -> None:
    found = read(PHASES, predecessors=text)["predecessors"]
    assert [(item.ref, item.type.value, item.lag) for item in found] == expected


def test_a_predecessor_keeps_its_whole_text_as_it_may_be_a_code() -> None:
    (found,) = read(PHASES, predecessors="STUFF")["predecessors"]
    assert found == Dependency("STUFF", "STU", DependencyType.FF, Decimal(0))


# Cells of every sort: as programs write them, as people do, wrong ones, and any text at all.
WILD_CELLS = st.one_of(
    st.sampled_from(
        [
            "", " ", "1", "0", "-1", "007", "1.5", "52.40", "0.125", "1,5", "1,234", "1.234,5", "99999999.99",
            "100000000", "2147483648", "21", " 5 ", "5\u00a0", "yes", "No", "archived", "APARTMENT", "flat", "Studio",
            "2BR + Den", "G", "52.4 m2", "$100", "CAD", "usd", "a;b", "a|a; b", ";", "\\", "\\N", "\\?", "a\tb", "a\nb",
            'say "x"', "Été", "\uff21\uff22", "\uff3c", "İ", "ß", "x" * 65, "x" * 201, "FND FS+2d", "A;B", "STUFF",
            "A FS+1,5d", "2 wks", "#36c0ff", "10%", "nul\0",
        ]
    ),
    st.text(max_size=8),
    st.from_regex(r"-?[0-9]{1,9}(\.[0-9]{1,3})?", fullmatch=True),
)  # fmt: skip


@unhurried
@given(st.data(), st.sampled_from(list(TemplateKind)), st.sampled_from([None, ".", ","]), st.booleans())
def test_whole_columns_are_read_as_row_by_row(data: Any, kind: TemplateKind, mark: Any, unit: Any) -> None:
    names = [column.name for column in COLUMNS[kind]]
    chosen = data.draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
    keys = [name for name in names if name in {"code", "suite_code", "phase_code"}]
    header = [name for name in names if name in {*keys, *chosen}]
    rows = data.draw(st.lists(st.lists(WILD_CELLS, min_size=len(header), max_size=len(header)), min_size=1, max_size=6))
    matches = [ColumnMatch(0, "Area (m2)" if unit else name, name, MatchedBy.EXACT) for name in header]
    for one in sides_of(kind, header, matches):
        verdicts = {column.name: "mixed" for column in COLUMNS[kind]}
        reader, oracle = RowReader(one, mark, verdicts), RowReader(one, mark, verdicts)
        part = ColumnReader(reader).read([*zip(*rows, strict=True)])
        for place, row in enumerate(rows):
            values = oracle.read(row)
            if place in part.odd:
                assert reader.read(row) == values
                assert reader.faults() == oracle.faults()
                continue
            assert values is not None, oracle.faults()
            for name, value in zip(oracle.names, values, strict=True):
                expected = copied(value)
                found = part.values[name][place]
                if name == "predecessors":
                    expected, found = repr(value), repr(read_dependencies(found) if found else ())
                assert found == expected or _same_number(found, value), name
                if name in part.keys:
                    assert part.keys[name][place] == (copied(fold(value)) if isinstance(value, str) else "")


def _same_number(text: str, value: object) -> bool:
    return isinstance(value, Decimal | int) and not isinstance(value, bool) and Decimal(text) == value


@unhurried
@given(st.lists(st.sampled_from(["1,234", "52.4", "78,00", "12", "1.5", "1.234,5"]), min_size=1, max_size=8))
def test_a_column_read_at_once_is_as_clear_as_one_read_cell_by_cell(cells: list[str]) -> None:
    area = side(SUITES, ["code", "name", "area"])

    def attempt(reader: RowReader) -> list[object]:
        part = ColumnReader(reader).read(columns)
        found: list[object] = list(part.values["area"])
        for place in part.odd:
            values = reader.read([column[place] for column in columns])
            found[place] = values[2] if values else "AMBIGUOUS_VALUE"
        return [value if value == "AMBIGUOUS_VALUE" else Decimal(str(value)) for value in found]

    columns = [["C"] * len(cells), ["N"] * len(cells), cells]
    try:
        whole = attempt(RowReader(area))
    except MarksNeededError:
        scan = MarkScan([area])
        scan.look(columns)
        whole = attempt(RowReader(area, None, scan.verdicts()))
    assert whole == column(cells)


@pytest.mark.parametrize("kind", list(TemplateKind))
def test_the_contracts_own_examples_are_read(kind: TemplateKind) -> None:
    columns = COLUMNS[kind]
    header, row = [column.name for column in columns], [column.example for column in columns]
    for one in sides_of(kind, header, []):
        reader = RowReader(one)
        assert reader.read(row) is not None, reader.faults()
