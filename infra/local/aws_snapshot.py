"""How what moto remembers is written down: bodies of objects by the names of their files, all else by pickle."""

import io
import os
import pickle
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any
from weakref import WeakValueDictionary

from moto.s3.models import FakeKey
from moto.s3.utils import _VersionedKeyStore


class Body:
    """A body that lies in a file and is read anew each time; stands where moto keeps a temporary file."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self._position = 0

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """Move as a file does."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = start + position
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read from the position on."""
        with self.path.open("rb") as file:
            file.seek(self._position)
            content = file.read(size)
        self._position += len(content)
        return content

    def close(self) -> None:
        """Nothing is held open; the next snapshot removes the file when no object names it."""


class Pickler(pickle.Pickler):
    """Pickles moto's objects: bodies by name, locks as new ones, and what moto's own way would lose or swell."""

    def __init__(self, out: io.BytesIO, keep: Callable[[Any], None]) -> None:
        super().__init__(out, protocol=pickle.HIGHEST_PROTOCOL)
        self._keep = keep
        self.names = set[str]()

    def reducer_override(self, obj: Any) -> Any:
        """Say how an object that is no plain value is made again."""
        if isinstance(obj, FakeKey):
            self._keep(obj)
            return _restored_key, (_state_of(obj),)
        if isinstance(obj, Body):
            self.names.add(obj.path.name)
            return Body, (obj.path.name, obj.size)
        if type(obj) in _LOCKS:
            return _LOCKS[type(obj)], ()
        return _container(obj)


class Unpickler(pickle.Unpickler):
    """Reads what `Pickler` wrote, wherever the folder of bodies is now."""

    def __init__(self, content: io.BytesIO, folder: Path) -> None:
        super().__init__(content)
        self._folder = folder
        self.bodies: dict[Path, int] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Resolve names as usual, but make bodies here."""
        if (module, name) == (Body.__module__, Body.__qualname__):
            return self._body
        return super().find_class(module, name)

    def _body(self, name: str, size: int) -> Body:
        path = self._folder / name
        self.bodies[path] = size
        return Body(path, size)


_LOCKS: dict[type, Callable[[], Any]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    threading.Condition: threading.Condition,
}


def _container(obj: Any) -> Any:
    """Say how a collection that can't pickle itself, or not rightly, is made again."""
    if isinstance(obj, _VersionedKeyStore):
        # Its `items`, which pickling would use, gives the newest version alone.
        return _restored_versions, (dict(dict.items(obj)),)
    if isinstance(obj, WeakValueDictionary):
        return WeakValueDictionary, (dict(obj),)
    if isinstance(obj, defaultdict) and isinstance(obj.default_factory, FunctionType):
        # Of what is kept, only a function's aliases are one, and their default is a dict.
        return defaultdict, (dict, dict(obj))
    return NotImplemented


def _state_of(key: Any) -> dict[str, Any]:
    state = {**key.__dict__, "multipart": None}  # the parts of a finished object only repeat its body
    del state["lock"]
    if not isinstance(key._value_buffer, Body):  # noqa: SLF001 -- closed: see AwsState._keep
        del state["_value_buffer"]
    return state


def _restored_key(state: dict[str, Any]) -> Any:
    key = FakeKey.__new__(FakeKey)
    key.__dict__.update({"_value_buffer": io.BytesIO(), **state, "lock": threading.Lock()})
    return key


def _restored_versions(versions: dict[str, list[Any]]) -> Any:
    store = _VersionedKeyStore()
    for name, keys in versions.items():
        store.setlist(name, keys)
    return store
