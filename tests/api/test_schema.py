from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    is_specified_scalar_type,
)

import gql.schema
from gql.schema import print_schema, schema

CHECKED_IN = Path(gql.schema.__file__).with_name("schema.graphql")
OURS = [
    each for name, each in schema.type_map.items() if not name.startswith("__") and not is_specified_scalar_type(each)
]


def test_the_schema_checked_in_is_the_schema_served() -> None:
    assert CHECKED_IN.read_text() == print_schema() + "\n", "write it anew: airlock schema > gql/schema/schema.graphql"


@pytest.mark.parametrize("each", OURS, ids=str)
def test_everything_a_client_can_name_is_described(each: GraphQLNamedType) -> None:
    nameless = [] if each.description else [each.name]
    if isinstance(each, GraphQLEnumType):
        nameless += [name for name, value in each.values.items() if not value.description]
    if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
        nameless += [name for name, field in each.fields.items() if not field.description]
        nameless += [
            f"{name}({argument})"
            for name, field in each.fields.items()
            for argument, value in field.args.items()
            if not value.description
        ]
    if isinstance(each, GraphQLInputObjectType):
        nameless += [name for name, field in each.fields.items() if not field.description]
    assert nameless == []


@pytest.mark.parametrize("each", [each for each in OURS if isinstance(each, GraphQLScalarType)], ids=str)
def test_every_scalar_says_where_it_is_specified(each: GraphQLScalarType) -> None:
    assert each.specified_by_url is not None
