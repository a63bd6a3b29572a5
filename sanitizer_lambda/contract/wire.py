"""Frozen dataclasses to JSON and back, strictly: what does not fit is a ``ContractError`` that says where."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

T = TypeVar("T")

# Deeper than any shape of the contract; json.loads alone would go on to the interpreter's recursion limit.
MAX_NESTING = 12
# The largest integer a JSON reader in another language keeps exactly: 2^53 - 1.
MAX_INTEGER = 2**53 - 1


class ContractError(ValueError):
    """Text from outside does not have the agreed shape; the message names the place, never the value."""


class Wire:
    """Base of every dataclass that crosses a process: ``dump`` writes JSON bytes, ``parse`` reads them back."""

    __slots__ = ()
    ALWAYS: ClassVar[frozenset[str]] = frozenset()  # fields that are written even where they are None

    def dump(self) -> bytes:
        """Return UTF-8 JSON; fields that are None are left out, but for those in ``ALWAYS``."""
        return json.dumps(to_json(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def parse(cls, text: bytes | str) -> Self:
        """Read what ``dump`` wrote; unknown keys are ignored, so that an older reader understands a newer writer.

        Raises ContractError.
        """
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ContractError("not JSON") from error
        return from_json(cls, value)


def to_json(value: object) -> Any:
    """Return ``value`` as plain JSON values; fields that are None are left out, but for those in ``ALWAYS``."""
    if isinstance(value, Wire) and dataclasses.is_dataclass(value):
        return {
            field.name: to_json(item)
            for field in dataclasses.fields(value)
            if (item := getattr(value, field.name)) is not None or field.name in value.ALWAYS
        }
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[T], value: object, where: str = "$", depth: int = 0) -> T:
    """Return ``value`` (plain JSON) as ``kind``, a dataclass of the contract. Raises ContractError."""
    return typing.cast("T", _read(kind, value, where, depth))


def _read(kind: Any, value: object, where: str, depth: int) -> object:
    if depth > MAX_NESTING:
        raise ContractError(f"{where}: nested too deep")
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(typing.cast("type", kind), value, where, depth)
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _read(_without_none(kind), value, where, depth)
    if origin is tuple:
        return _read_tuple(typing.get_args(kind), value, where, depth)
    return _read_scalar(kind, value, where)


def _read_dataclass(kind: type, value: object, where: str, depth: int) -> object:
    if not isinstance(value, dict):
        raise ContractError(f"{where}: an object is expected")
    arguments = {
        name: _read(field, value[name], f"{where}.{name}", depth + 1)
        for name, field in _fields(kind).items()
        if name in value
    }
    # ``dump`` leaves out what is None, also where the field has no default.
    arguments |= dict.fromkeys(name for name in _required(kind) - arguments.keys() if _takes_none(_fields(kind)[name]))
    try:
        return kind(**arguments)
    except ContractError:
        raise
    except (TypeError, ValueError) as error:
        missing = sorted(_required(kind) - arguments.keys())
        raise ContractError(f"{where}: {'lacks ' + ', '.join(missing) if missing else 'out of range'}") from error


def _read_tuple(items: tuple[Any, ...], value: object, where: str, depth: int) -> object:
    if not isinstance(value, list):
        raise ContractError(f"{where}: a list is expected")
    if len(items) == 2 and items[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...] has exactly these two
        return tuple(_read(items[0], item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value))
    if len(items) != len(value):
        raise ContractError(f"{where}: {len(items)} items are expected")
    return tuple(
        _read(kind, item, f"{where}[{index}]", depth + 1)
        for index, (kind, item) in enumerate(zip(items, value, strict=True))
    )


def _read_scalar(kind: Any, value: object, where: str) -> object:
    try:
        if issubclass(kind, StrEnum) and isinstance(value, str):
            return kind(value)
    except ValueError as error:
        raise ContractError(f"{where}: not one of the agreed values") from error
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        raise ContractError(f"{where}: out of range")
    if type(value) is not kind:
        raise ContractError(f"{where}: {kind.__name__} is expected")
    return value


def _takes_none(kind: Any) -> bool:
    return types.NoneType in typing.get_args(kind)


def _without_none(kind: Any) -> Any:
    (inner,) = (item for item in typing.get_args(kind) if item is not types.NoneType)
    return inner


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


@cache
def _required(kind: type) -> set[str]:
    return {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
