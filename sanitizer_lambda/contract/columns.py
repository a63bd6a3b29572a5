"""The columns of each kind of file: the one declaration behind matching, typing, samples and tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum


class TemplateKind(StrEnum):
    """What the rows of a file are."""

    SUITE_TEMPLATES = "SUITE_TEMPLATES"
    PHASE_TEMPLATES = "PHASE_TEMPLATES"
    SUITES_WITH_PHASES = "SUITES_WITH_PHASES"


class ColumnType(StrEnum):
    """How a cell of the column is read."""

    TEXT = "text"
    CODE = "code"  # text always: leading zeros are kept
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LIST = "list"  # parts divided by `;` or a pipe
    REFERENCE = "reference"  # the code of another record
    DEPENDENCIES = "dependencies"  # `FND FS+3d;20`
    CURRENCY = "currency"  # ISO 4217
    COLOR = "color"  # #RRGGBB


class SuiteType(StrEnum):
    """What a unit is used as."""

    STUDIO = "STUDIO"
    LOFT = "LOFT"
    APARTMENT = "APARTMENT"
    TOWNHOUSE = "TOWNHOUSE"
    PENTHOUSE = "PENTHOUSE"
    DUPLEX = "DUPLEX"
    COMMERCIAL = "COMMERCIAL"
    OTHER = "OTHER"


class AreaUnit(StrEnum):
    """The unit of a suite's areas."""

    SQM = "SQM"
    SQFT = "SQFT"


class DurationUnit(StrEnum):
    """Which days a phase's duration counts."""

    WORKDAYS = "WORKDAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


class DependencyType(StrEnum):
    """Which end of the predecessor holds which end of the phase: finish or start, to finish or start."""

    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``max_chars`` bounds text, ``digits``/``scale`` a decimal (as in NUMERIC(digits, scale)), ``minimum``/``maximum`` a
    number (``above`` where the bound itself is not allowed). ``words`` lists other spellings of a choice. ``similar``
    False keeps the column out of similarity matching.
    """

    name: str
    type: ColumnType
    description: str
    required: bool = False
    key: bool = False
    synonyms: tuple[str, ...] = ()
    max_chars: int | None = None
    digits: int | None = None
    scale: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    above: Decimal | None = None
    choices: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    similar: bool = True
    default: str | None = None
    example: str = ""


def _text(name: str, description: str, max_chars: int, *synonyms: str, **rest: object) -> Column:
    return Column(name, ColumnType.TEXT, description, synonyms=synonyms, max_chars=max_chars, **rest)  # type: ignore[arg-type]  # the rest are Column's own fields


def _integer(name: str, description: str, bounds: tuple[int, int], *synonyms: str, example: str) -> Column:
    low, high = map(Decimal, bounds)
    return Column(name, ColumnType.INTEGER, description, synonyms=synonyms, minimum=low, maximum=high, example=example)


def _decimal(  # noqa: PLR0913 - one argument a property of the column
    name: str,
    description: str,
    size: tuple[int, int],
    *synonyms: str,
    minimum: str | None = "0",
    maximum: str | None = None,
    above: str | None = None,
    required: bool = False,
    example: str,
) -> Column:
    low, high, bound = (None if text is None else Decimal(text) for text in (minimum, maximum, above))
    return Column(
        name,
        ColumnType.DECIMAL,
        description,
        required=required,
        synonyms=synonyms,
        digits=size[0],
        scale=size[1],
        minimum=low,
        maximum=high,
        above=bound,
        example=example,
    )


# The largest value of a 32-bit column; a count of units beyond it is a typing error.
_MAX_INTEGER = 2_147_483_647

SUITE_COLUMNS: tuple[Column, ...] = (
    Column(
        "code",
        ColumnType.CODE,
        "The suite template's code, its key in the project; letters' case does not matter, zeros are kept.",
        required=True,
        key=True,
        synonyms=(
            "Suite Code", "Unit Type", "Unit Type Code", "Type Code", "Layout", "Plan", "Plan No", "Model", "Reference",
            "Ref", "SKU",
        ),
        max_chars=64,
        similar=False,
        example="1A",
    ),
    _text(
        "name", "What people call it.", 200, "Suite Name", "Unit Name", "Title", "Floor Plan Name", "Plan Name",
        required=True, example="One Bedroom A",
    ),
    _text(
        "description", "Free text; line breaks are allowed.", 4000, "Notes", "Comments", "Unit Description",
        example="Corner unit",
    ),
    Column(
        "suite_type",
        ColumnType.CHOICE,
        "What the unit is used as.",
        synonyms=("Type", "Property Type", "Category", "Usage Type"),
        choices=tuple(SuiteType),
        words=(
            ("Efficiency", "STUDIO"), ("Bachelor", "STUDIO"), ("Apt", "APARTMENT"), ("Flat", "APARTMENT"),
            ("Condo", "APARTMENT"), ("Town House", "TOWNHOUSE"), ("Town Home", "TOWNHOUSE"), ("TH", "TOWNHOUSE"),
            ("PH", "PENTHOUSE"), ("Retail", "COMMERCIAL"), ("Office", "COMMERCIAL"), ("Shop", "COMMERCIAL"),
        ),
        example="APARTMENT",
    ),
    _integer(
        "bedrooms", "Number of bedrooms; `Studio` is 0, `2+1` is 2 and a den.", (0, 20), "Beds", "Bed", "BR", "Rooms",
        "No. of Rooms", "# Bedrooms", example="1",
    ),
    _decimal(
        "bathrooms", "Number of bathrooms; halves count.", (3, 1), "Baths", "Bath", "BA", "WC", "Toilets",
        maximum="20", example="1.5",
    ),
    Column("has_den", ColumnType.BOOLEAN, "Whether there is a den.", synonyms=("Den", "Study"), example="no"),
    _decimal(
        "area", "Interior area, in `area_unit`.", (12, 4), "Net Area", "Living Area", "Interior Area",
        "Square Footage", "Sq Ft", "SF", "GFA", "Total Floor Area", minimum=None, above="0", example="52.4",
    ),
    Column(
        "area_unit",
        ColumnType.CHOICE,
        "Square metres or square feet; also taken from the header's or the cell's suffix.",
        synonyms=("Unit", "UoM", "Measure"),
        choices=tuple(AreaUnit),
        words=(
            ("m2", "SQM"), ("m²", "SQM"), ("sqm", "SQM"), ("sq m", "SQM"), ("square metres", "SQM"),
            ("square meters", "SQM"), ("ft2", "SQFT"), ("ft²", "SQFT"), ("sf", "SQFT"), ("sq ft", "SQFT"),
            ("sqft", "SQFT"), ("square feet", "SQFT"),
        ),
        example="SQM",
    ),
    _decimal(
        "balcony_area", "Outdoor area, in `area_unit`.", (12, 4), "Balcony", "Terrace", "Outdoor Area", example="6.5"
    ),
    _decimal(
        "base_price", "List price, in `currency`.", (18, 2), "Price", "List Price", "Unit Price", "Default Price",
        "Cost", example="349000.00",
    ),
    Column(
        "currency", ColumnType.CURRENCY, "ISO 4217 code of the price.", synonyms=("CCY",), max_chars=3, example="CAD"
    ),
    _integer(
        "floor_from", "Lowest floor; B, G and P are read.", (-10, 300), "Floor", "Level", "Storey", "Unit Level",
        example="2",
    ),
    _integer("floor_to", "Highest floor, not below `floor_from`.", (-10, 300), example="12"),
    _integer(
        "quantity", "How many such units there are.", (0, _MAX_INTEGER), "Qty", "Count", "Units", "No. of Units",
        example="11",
    ),
    _text("external_id", "The record's id in another system; unique where set.", 64, "ID", "Ext Ref", example="S-1001"),
    Column(
        "is_active",
        ColumnType.BOOLEAN,
        "Whether it is offered; `active` and `archived` are read.",
        synonyms=("Active", "Enabled"),
        words=(("active", "true"), ("archived", "false"), ("inactive", "false")),
        default="true",
        example="yes",
    ),
    Column(
        "tags", ColumnType.LIST, "Labels, divided by `;` or a pipe.", synonyms=("Labels",), max_chars=4000,
        example="corner;view",
    ),
)  # fmt: skip

PHASE_COLUMNS: tuple[Column, ...] = (
    Column(
        "code",
        ColumnType.CODE,
        "The phase template's code, its key in its group.",
        required=True,
        key=True,
        synonyms=("Phase Code", "Task ID", "Activity ID", "WBS", "Outline Number", "Phase #"),
        max_chars=64,
        similar=False,
        example="FRM",
    ),
    _text(
        "name", "What people call it.", 200, "Phase", "Phase Name", "Task", "Task Name", "Activity", "Stage",
        "Milestone Name", required=True, example="Framing",
    ),
    Column(
        "suite_code",
        ColumnType.REFERENCE,
        "The suite template it belongs to; empty means every suite.",
        synonyms=("Suite", "Unit Type", "Suite Code"),
        max_chars=64,
        similar=False,
        example="1A",
    ),
    _integer(
        "sequence", "Its place in its group, unique; without the column, file order times 10.", (1, 9999), "Order",
        "Seq", "No", "#", "Sort", "Step", "Position", example="20",
    ),
    Column(
        "parent_code",
        ColumnType.REFERENCE,
        "The phase it is a part of, in the same group; at most 8 levels.",
        synonyms=("Parent", "Parent Task", "Summary Task"),
        max_chars=64,
        similar=False,
        example="",
    ),
    _decimal(
        "duration_days", "How long it takes: `10`, `10d`, `2 wks`; a milestone takes 0.", (8, 2), "Duration", "Days",
        "Work Days", "Est. Duration", maximum="3650", required=True, example="21",
    ),
    Column(
        "duration_unit",
        ColumnType.CHOICE,
        "Which days are counted.",
        synonyms=("Calendar", "Day Type"),
        choices=tuple(DurationUnit),
        words=(
            ("workday", "WORKDAYS"), ("work days", "WORKDAYS"), ("working days", "WORKDAYS"), ("wd", "WORKDAYS"),
            ("business days", "WORKDAYS"), ("calendar", "CALENDAR_DAYS"), ("calendar day", "CALENDAR_DAYS"),
            ("cd", "CALENDAR_DAYS"), ("elapsed days", "CALENDAR_DAYS"),
        ),
        default="WORKDAYS",
        example="WORKDAYS",
    ),
    Column(
        "is_milestone",
        ColumnType.BOOLEAN,
        "Whether it is a point in time; true forces duration 0.",
        synonyms=("Milestone", "Task Type"),
        words=(("milestone", "true"), ("task", "false"), ("activity", "false")),
        default="false",
        example="no",
    ),
    Column(
        "predecessors",
        ColumnType.DEPENDENCIES,
        "What it waits for: a code, a sequence or a name, then FS, SS, FF or SF and a lag: `FND FS+3d;20`.",
        synonyms=("Predecessor", "Depends On", "Dependencies", "After"),
        max_chars=4000,
        similar=False,
        example="FND FS+2d",
    ),
    _text("trade", "Who does it.", 120, "Subcontractor", "Resource Names", "Assignee", "Company", example="Carpentry"),
    _decimal(
        "weight_pct", "Its share of the group, in percent.", (5, 2), "%", "Weight", "Payment %", maximum="100",
        example="12.5",
    ),
    _text("description", "Free text; line breaks are allowed.", 4000, "Notes", example="Wood frame"),
    _text("external_id", "The record's id in another system; unique where set.", 64, "ID", example="P-2001"),
    Column(
        "is_active",
        ColumnType.BOOLEAN,
        "Whether it is used; `active` and `archived` are read.",
        synonyms=("Status",),
        words=(("active", "true"), ("archived", "false"), ("inactive", "false")),
        default="true",
        example="yes",
    ),
    Column(
        "color", ColumnType.COLOR, "Display color, `#RRGGBB`.", synonyms=("Display Color",), max_chars=7,
        example="#3366CC",
    ),
)  # fmt: skip


def prefixed(prefix: str, column: Column) -> Column:
    """Return ``column`` as it stands in a file of both kinds: ``suite_`` or ``phase_`` before name and synonyms.

    Its own name and synonyms stay synonyms.
    """
    name = column.name if column.name.startswith(prefix) else prefix + column.name
    word = prefix.removesuffix("_").capitalize()
    spellings = {synonym.casefold(): synonym for synonym in column.synonyms}
    for synonym in (column.name, *column.synonyms):
        if not synonym.startswith(word):
            spellings.setdefault(f"{word} {synonym}".casefold(), f"{word} {synonym}")
    if name != column.name:
        spellings.setdefault(column.name.casefold(), column.name)
    return replace(column, name=name, synonyms=tuple(spellings.values()))


def _with_phases() -> tuple[Column, ...]:
    """Both kinds in one row. A synonym of both sides could mean either, so it is left to its prefixed form."""
    suites = [prefixed("suite_", column) for column in SUITE_COLUMNS]
    phases = [prefixed("phase_", column) for column in PHASE_COLUMNS if column.name != "suite_code"]
    taken: dict[str, int] = {}
    for column in (*suites, *phases):
        for synonym in column.synonyms:
            taken[synonym.casefold()] = taken.get(synonym.casefold(), 0) + 1
    return tuple(
        replace(column, synonyms=tuple(word for word in column.synonyms if taken[word.casefold()] == 1))
        for column in (*suites, *phases)
    )


COLUMNS: dict[TemplateKind, tuple[Column, ...]] = {
    TemplateKind.SUITE_TEMPLATES: SUITE_COLUMNS,
    TemplateKind.PHASE_TEMPLATES: PHASE_COLUMNS,
    TemplateKind.SUITES_WITH_PHASES: _with_phases(),
}
