"""The tables as SQL sees them: names and types from the models' own metadata, never written down twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.models import Model

from models import PhaseTemplate, SuiteTemplate, UploadedTemplateFile
from workers.rows import Record

# What an import sets by itself on every record it writes.
_OWN = (
    *("id", "organization_id", "project_id", "suite_id", "set_by_id", "set_by_line", "set_at"),
    *("created_by_id", "created_line", "revision"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the models: its quoted name, and the SQL type of each column."""

    name: str
    types: Mapping[str, str]

    @property
    def imported(self) -> tuple[str, ...]:
        """The columns that come from files, directly or as a key made from them."""
        return tuple(column for column in self.types if column not in _OWN)


def table_of(model: type[Model]) -> Table:
    """Describe a model's table."""
    meta = model._meta  # noqa: SLF001 - Tortoise's metadata has no public name
    types = {column: _type_of(meta.fields_map[field]) for field, column in meta.fields_db_projection.items()}
    return Table(quoted(str(meta.db_table)), types)


def quoted(name: str) -> str:
    """Return an identifier as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str], of: str = "") -> str:
    """Return identifiers divided by commas, each as a column of ``of`` where one is given."""
    return ", ".join(f"{of}.{quoted(name)}" if of else quoted(name) for name in names)


def _type_of(field: Any) -> str:
    return str(field.get_for_dialect("postgres", "SQL_TYPE"))


TEMPLATES: Mapping[Record, type[Model]] = {Record.SUITE: SuiteTemplate, Record.PHASE: PhaseTemplate}
MODELS = (SuiteTemplate, PhaseTemplate, UploadedTemplateFile)
