"""Random tables of few codes and few values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.worker.office import Clean, both, phases, suites

# Few codes and few values, so that rows meet: duplicates, references, conflicts, cycles and changes are the rule.
CODES = st.sampled_from(["A", "a", "B", "C", "D"])
OPTIONAL_SUITES = {
    "area": ["", "50", "50.5 m2", "-1", "1,234"],
    "bedrooms": ["", "1", "2+1"],
    "floor_from": ["", "1", "5"],
    "floor_to": ["", "3", "4"],
    "external_id": ["", "X", "Y", "Z"],
    "is_active": ["", "no"],
    "tags": ["", "a;b"],
}
OPTIONAL_PHASES = {
    "suite_code": ["", "A", "B", "Q"],
    "sequence": ["", "10", "20", "30", "40"],
    "parent_code": ["", "A", "B", "C"],
    "predecessors": ["", "A", "B FS+1d", "C;D", "10", "Name A"],
    "is_milestone": ["", "yes"],
    "external_id": ["", "X", "Y"],
    "trade": ["", "Paint"],
}


@st.composite
def tables(draw: st.DrawFn) -> Clean:
    kind = draw(st.sampled_from(["suites", "phases", "both"]))
    count = draw(st.integers(1, 6))
    if kind == "suites":
        columns = draw(columns_of(OPTIONAL_SUITES))
        return suites(*[draw(row(columns, {"code": CODES, "name": names()})) for _ in range(count)])
    columns = draw(columns_of(OPTIONAL_PHASES))
    needed = {"code": CODES, "name": names(), "duration_days": st.sampled_from(["", "0", "1", "2 wks"])}
    if kind == "phases":
        return phases(*[draw(row(columns, needed)) for _ in range(count)])
    columns.pop("suite_code", None)
    prefixed = {f"phase_{name}": values for name, values in {**columns, **needed}.items()}
    suite = {"suite_code": CODES, "suite_name": st.just("S"), "suite_area": st.sampled_from(["50", "50", "50", "60"])}
    return both(*[draw(st.fixed_dictionaries({**suite, **prefixed})) for _ in range(count)])


def names() -> st.SearchStrategy[str]:
    return st.sampled_from(["Name A", "Name B", ""])


def columns_of(optional: dict[str, list[str]]) -> Any:
    chosen = st.sets(st.sampled_from(sorted(optional)))
    return chosen.map(lambda names: {name: st.sampled_from(optional[name]) for name in sorted(names)})


def row(columns: dict[str, Any], needed: dict[str, Any]) -> Any:
    return st.fixed_dictionaries({**needed, **columns})
