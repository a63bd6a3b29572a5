"""Tables for the import's benchmarks: as large as wanted, all columns filled, in the plain forms programs write."""

from __future__ import annotations

from collections.abc import Iterator

from sanitizer_lambda.contract import PHASE_COLUMNS, SUITE_COLUMNS, TemplateKind
from tests.worker.office import Clean

# Phases of one suite in a file of both kinds.
PHASES = 10

_SUITE = [column.name for column in SUITE_COLUMNS]
_PHASE = [column.name for column in PHASE_COLUMNS if column.name != "suite_code"]


def suite_rows(rows: int, price: int = 300_000) -> Iterator[list[str]]:
    """Yield rows of suites in the contract's order of columns; another ``price`` changes every one of them."""
    for number in range(rows):
        yield [
            f"S{number:06d}", f"Suite type {number}", "Corner" if number % 3 else "", "APARTMENT", str(number % 5),
            "1.5", "no", f"{40 + number % 60}.{number % 9 + 1}", "SQM", "6.5", f"{price + number}.00", "CAD", "2",
            "12", "11", f"E-{number}", "yes", "corner;view",
        ]  # fmt: skip


def suites(rows: int, price: int = 300_000) -> Clean:
    """Return a file of suites."""
    return Clean(TemplateKind.SUITE_TEMPLATES, _SUITE, list(suite_rows(rows, price)))


def suites_with_phases(rows: int) -> Clean:
    """Return a file of both kinds: suites of ten phases, each but the first after the one before."""
    header = [name if name.startswith("suite_") else f"suite_{name}" for name in _SUITE]
    header += [f"phase_{name}" for name in _PHASE]
    made = []
    for number, suite in enumerate(suite_rows(rows // PHASES)):
        made += [[*suite, *_phase(number, step)] for step in range(PHASES)]
    return Clean(TemplateKind.SUITES_WITH_PHASES, header, made)


def _phase(number: int, step: int) -> list[str]:
    return [
        f"P{step:02d}", f"Step {step}", str(10 * (step + 1)), "", f"{step % 7 + 1}", "WORKDAYS", "no",
        f"P{step - 1:02d} FS+{step % 3}d" if step else "", "Carpentry", "10.00", "", f"X-{number}-{step}", "yes",
        "#3366CC",
    ]  # fmt: skip
