"""The schema: one file a noun, and ``schema.graphql``, what clients see of it."""

import graphql

from gql.schema.root import EXECUTOR, schema

__all__ = ["EXECUTOR", "print_schema", "schema"]


def print_schema() -> str:
    """Return the schema in GraphQL's schema language."""
    return graphql.print_schema(schema)
