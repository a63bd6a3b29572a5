"""Which records of a list are wanted."""

from __future__ import annotations

import strawberry
from strawberry import ID
from tortoise.expressions import Q

from gql.ids import Kind, uuid_of
from gql.schema.enums import SuiteType

# Longer texts are in no code and no name.
MAX_SEARCH_CHARS = 200
_NOTHING = Q(id__in=[])


@strawberry.input(description="Which suite templates are wanted; what is left out does not matter.")
class SuiteTemplateFilter:
    """A filter."""

    search: str | None = strawberry.field(default=None, description="A part of code or name; case does not matter.")
    suite_type: list[SuiteType] | None = strawberry.field(default=None, description="One of these types.")
    is_active: bool | None = strawberry.field(default=None, description="Offered, or not.")
    upload_id: ID | None = strawberry.field(default=None, description="Last set by this upload.")

    def condition(self) -> Q:
        """Return the filter as a condition."""
        condition = _searched(self.search) & _set_by(self.upload_id)
        if self.suite_type is not None:
            condition &= Q(suite_type__in=self.suite_type)
        return condition if self.is_active is None else condition & Q(is_active=self.is_active)


@strawberry.input(description="Which phase templates are wanted; what is left out does not matter.")
class PhaseTemplateFilter:
    """A filter."""

    search: str | None = strawberry.field(default=None, description="A part of code or name; case does not matter.")
    suite_id: ID | None = strawberry.field(default=None, description="Of this suite alone.")
    is_milestone: bool | None = strawberry.field(default=None, description="A milestone, or none.")
    is_active: bool | None = strawberry.field(default=None, description="Used, or not.")
    upload_id: ID | None = strawberry.field(default=None, description="Last set by this upload.")

    def condition(self) -> Q:
        """Return the filter as a condition."""
        condition = _searched(self.search) & _set_by(self.upload_id)
        if self.suite_id is not None:
            key = uuid_of(self.suite_id, Kind.SUITE)
            condition &= Q(suite_id=key) if key else _NOTHING
        if self.is_milestone is not None:
            condition &= Q(is_milestone=self.is_milestone)
        return condition if self.is_active is None else condition & Q(is_active=self.is_active)


def _searched(search: str | None) -> Q:
    if search is None:
        return Q()
    if len(search) > MAX_SEARCH_CHARS or "\0" in search:
        return _NOTHING
    return Q(code__icontains=search) | Q(name__icontains=search)


def _set_by(upload_id: ID | None) -> Q:
    if upload_id is None:
        return Q()
    key = uuid_of(upload_id, Kind.UPLOAD)
    return Q(set_by_id=key) if key else _NOTHING
