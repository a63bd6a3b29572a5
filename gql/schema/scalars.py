"""The scalars, each as exact as it is in the database."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode

# A whole number that every JSON reader keeps exactly; sizes and sequences outgrow GraphQL's 32 bits.
Long = NewType("Long", int)
# 64 hexadecimal digits, in lower case.
Sha256 = NewType("Sha256", str)

# The largest integer a JSON reader in another language keeps exactly (RFC 8259, section 6).
MAX_LONG = 2**53 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


def _long(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or abs(value) > MAX_LONG:
        raise GraphQLError("Long is a whole number of at most 2^53 - 1.")
    return value


def _long_literal(node: ValueNode, _variables: object = None) -> int:
    # A literal of thousands of digits is measured before it is converted.
    if not isinstance(node, IntValueNode) or len(node.value) > len(str(MAX_LONG)) + 1:
        raise GraphQLError("Long is a whole number of at most 2^53 - 1.", node)
    return _long(int(node.value))


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise GraphQLError("Sha256 is 64 hexadecimal digits.")
    return value.lower()


def _sha256_literal(node: ValueNode, _variables: object = None) -> str:
    return _sha256(node.value if isinstance(node, StringValueNode) else None)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _output_only(_value: Any, _variables: object = None) -> Any:
    raise GraphQLError("This scalar is never an input.")


SCALARS: dict[object, Any] = {
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of at most 2^53 - 1, sent as a JSON number.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=_long,
        parse_value=_long,
        parse_literal=_long_literal,
    ),
    Sha256: strawberry.scalar(
        name="Sha256",
        description="The SHA-256 of a file: 64 hexadecimal digits.",
        specified_by_url="https://doi.org/10.6028/NIST.FIPS.180-4",
        serialize=_sha256,
        parse_value=_sha256,
        parse_literal=_sha256_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, ISO 8601 in UTC: `2026-03-31T14:05:00.25Z`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=_moment,
        parse_value=_output_only,
        parse_literal=_output_only,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="A decimal number as a string, `349000.00`: money and areas are never floats.",
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=lambda value: format(value, "f"),
        parse_value=_output_only,
        parse_literal=_output_only,
    ),
}
