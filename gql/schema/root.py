"""The schema as a whole."""

from __future__ import annotations

from typing import cast

import strawberry
from graphql import (
    Executor,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLSchema,
    Undefined,
    is_interface_type,
    is_object_type,
)
from strawberry.schema.config import StrawberryConfig

from gql.context import Context
from gql.schema.mutations import Mutation
from gql.schema.people import Organization, Project, User
from gql.schema.queries import Query
from gql.schema.rows import RowError
from gql.schema.scalars import SCALARS
from gql.schema.subscriptions import Subscription
from gql.schema.templates import PhaseTemplate, SuiteTemplate
from gql.schema.uploads import ChangeSet, TemplateUpload


def _built(made: strawberry.Schema) -> GraphQLSchema:
    """Return what Strawberry built, without the default of null that it gives every argument that may be left out."""
    core: GraphQLSchema = made._schema  # noqa: SLF001 - Strawberry has no public name for what it built
    for each in core.type_map.values():
        taken: list[GraphQLArgument | GraphQLInputField] = []
        if isinstance(each, GraphQLInputObjectType):
            taken += each.fields.values()
        elif is_object_type(each) or is_interface_type(each):
            taken += [argument for field in each.fields.values() for argument in field.args.values()]
        for item in taken:
            if item.default_value is None:
                item.default_value = Undefined
    return core


_made = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Organization, Project, User, TemplateUpload, RowError, SuiteTemplate, PhaseTemplate, ChangeSet],
    config=StrawberryConfig(scalar_map=SCALARS),
)
schema = _built(_made)

# What Strawberry's resolvers expect to be executed by.
EXECUTOR: type[Executor[Context]] = cast("type[Executor[Context]]", _made.execution_context_class)
