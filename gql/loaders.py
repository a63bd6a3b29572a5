"""Loading by key in batches: whatever the shape of a query, one query of each kind a level."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.models import Model

from gql.rows import rows_of
from models import UploadedTemplateFile
from sanitizer_lambda.contract import Report
from sanitizer_lambda.contract.wire import ContractError, from_json

K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Model)


class ById(Generic[M]):
    """Loads rows of a model by primary key, without any check of who may see them."""

    def __init__(self, model: type[M]) -> None:
        self._rows = rows_of(model)
        self._loader: DataLoader[UUID, M | None] = DataLoader(self._load)

    async def load(self, key: UUID) -> M | None:
        """Return the row, or None."""
        return await self._loader.load(key)

    async def _load(self, keys: list[UUID]) -> Sequence[M | None]:
        rows = await self._rows.by_id(keys)
        return [rows.get(key) for key in keys]


class Loaders:
    """The loaders of one request, or of one event of a subscription."""

    def __init__(self) -> None:
        self._rows: dict[type[Model], ById[Any]] = {}
        self._others: dict[Callable[..., Any], DataLoader[Any, Any]] = {}

    def rows(self, model: type[M]) -> ById[M]:
        """Return the loader of a model's rows; an upload comes without its two JSON columns."""
        if model not in self._rows:
            self._rows[model] = ById(model)
        return self._rows[model]

    async def report(self, upload_id: UUID) -> Report | None:
        """Return the sanitizer's report on an upload, once there is one."""
        found: Report | None = await self.of(_reports).load(upload_id)
        return found

    def of(self, load: Callable[[list[K]], Awaitable[Sequence[Any]]]) -> DataLoader[K, Any]:
        """Return the loader of a function that a type brings along; the same function gives the same loader."""
        if load not in self._others:
            self._others[load] = DataLoader(load)
        return self._others[load]


async def _reports(keys: list[UUID]) -> Sequence[Report | None]:
    rows: Any = await UploadedTemplateFile.filter(id__in=keys).values_list("id", "report")
    found = dict(rows)
    return [_report(found.get(key)) for key in keys]


def _report(value: Any) -> Report | None:
    """Read a report; one of an older rule set may lack what is asked for now, and then there is none to show."""
    try:
        return None if value is None else from_json(Report, value)
    except ContractError:
        return None
