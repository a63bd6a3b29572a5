"""Rows by key, by a statement that is written once: for the ORM to write it costs more than to run it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from tortoise.models import Model

from models import UploadedTemplateFile

M = TypeVar("M", bound=Model)

# The JSON columns of an upload, one of which may have many kilobytes, are read only when they are asked for.
HEAVY: dict[type[Model], frozenset[str]] = {UploadedTemplateFile: frozenset({"report", "request"})}


class Rows(Generic[M]):
    """The rows of one model, without its heavy columns: those are None, and such a row refuses to be saved."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        self._heavy = HEAVY.get(model, frozenset())
        self._statement = ""

    async def by_id(self, keys: Iterable[UUID | int]) -> dict[Any, M]:
        """Return the rows there are of these keys, by key, in one query."""
        wanted = list(set(keys))
        if not wanted:
            return {}
        meta: Any = self._model._meta  # noqa: SLF001 - the ORM's own name for what it knows of a model
        self._statement = self._statement or self._written(meta)
        return {row["id"]: self._shaped(row) for row in await meta.db.execute_query_dict(self._statement, [wanted])}

    def _written(self, meta: Any) -> str:
        columns = ", ".join(
            f'NULL AS "{name}"' if name in self._heavy else f'"{name}"' for name in meta.fields_db_projection.values()
        )
        return f'SELECT {columns} FROM "{meta.db_table}" WHERE "id" = ANY($1)'  # noqa: S608 - our own names alone

    def _shaped(self, row: dict[str, Any]) -> M:
        instance = self._model._init_from_db(**row)  # noqa: SLF001 - what the ORM itself shapes its rows by
        if self._heavy:
            instance._partial = True  # noqa: SLF001 - the ORM then refuses to save it
        return instance


@cache
def rows_of(model: type[M]) -> Rows[M]:
    """Return the one reader of a model."""
    return Rows(model)


def ordered(found: dict[Any, M], keys: Sequence[Any]) -> list[M]:
    """Return the rows in the order of their keys; those that have gone since are left out."""
    return [found[key] for key in keys if key in found]
