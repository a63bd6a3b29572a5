"""What clients send, read strictly: text to JSON, JSON to a request. Nothing here trusts anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gql.engine import Request

# JSON may spell half of a surrogate pair, which is no character and cannot be written in UTF-8 again.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class PayloadError(Exception):
    """What was sent is no GraphQL request; the message is a sentence that names the place."""


def read_json(text: str | bytes) -> Any:
    """Return the value of a JSON text. Raises PayloadError."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = json.loads(text, parse_constant=_refuse)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise PayloadError("The text is not valid UTF-8.") from None
    except (ValueError, RecursionError):
        raise PayloadError("The text is not JSON.") from None
    return value


def read_request(value: Any) -> Request:
    """Return the request of a JSON value. Raises PayloadError."""
    if isinstance(value, list):
        raise PayloadError("Several operations in one request are not taken.")
    if not isinstance(value, dict):
        raise PayloadError("A JSON object is expected.")
    query = value.get("query")
    if not isinstance(query, str) or not query.strip():
        raise PayloadError("`query` must be a document as a string.")
    name = value.get("operationName")
    if name is not None and not isinstance(name, str):
        raise PayloadError("`operationName` must be a string.")
    _object(value, "extensions")
    # An empty name is what some clients send for none.
    return Request(query, name or None, _object(value, "variables"))


def read_query(parameters: Mapping[str, str]) -> Request:
    """Return the request of a URL's parameters. Raises PayloadError."""
    value: dict[str, Any] = {name: parameters[name] for name in ("query", "operationName") if name in parameters}
    for name in ("variables", "extensions"):
        if parameters.get(name):
            try:
                value[name] = read_json(parameters[name])
            except PayloadError:
                raise PayloadError(f"`{name}` must be JSON.") from None
    return read_request(value)


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    if found is not None and not isinstance(found, dict):
        raise PayloadError(f"`{name}` must be an object.")
    return found or {}


def _refuse(_name: str) -> None:
    raise ValueError
