"""What moto remembers, kept in a folder: bodies of objects once each in a file, everything else in one snapshot."""

import hashlib
import io
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import moto
from moto.backends import SERVICE_NAMES, get_backend
from moto.core.base_backend import BackendDict
from moto.s3.models import FakeKey, s3_backends
from moto.sqs.models import sqs_backends

from infra.local.aws_snapshot import Body, Pickler, Unpickler
from infra.local.errors import LocalStackError

# What a stack made from our template consists of; anything else moto can do is not remembered.
_SERVICES: tuple[SERVICE_NAMES, ...] = ("s3", "sqs", "iam", "lambda", "logs", "cloudformation")

# Service, account, region, and moto's object of all that is there.
_Backend = tuple[SERVICE_NAMES, str, str, Any]

# First line of a snapshot; its number grows when a newer version could not read what an older one wrote.
_MAGIC = b"airlock local aws 1\n"

_DIGEST_BYTES = hashlib.sha256().digest_size

# Bytes moved at a time between a body and its file.
_BLOCK = 1 << 20


class AwsState:
    """The folder: `snapshot`, and `bodies/` with one file an object version.

    Bodies never change once they are there, so each is written once, whatever its size; a snapshot holds names and
    settings only and is replaced as a whole.
    """

    def __init__(self, folder: Path) -> None:
        self._snapshot = folder / "snapshot"
        self._bodies = folder / "bodies"
        self._kept: set[str] = set()  # names of all files in `bodies/`

    def load(self) -> None:
        """Fill moto's memory from the folder, if there is a snapshot. Raises LocalStackError when it is damaged."""
        self._bodies.mkdir(parents=True, exist_ok=True)
        if self._snapshot.exists():
            backends, self._kept = self._read()
            for service, account, region, backend in backends:
                get_backend(service)[account][region] = backend
            _show_hidden_messages()
        for stray in {path.name for path in self._bodies.iterdir()} - self._kept:
            (self._bodies / stray).unlink()

    def keep_bodies(self, still: Callable[[], AbstractContextManager[None]]) -> None:
        """Move bodies from memory and temporary files to files of their own, with requests going on but in `still`."""
        with still():
            fresh = [key for key in _keys() if not isinstance(key._value_buffer, Body)]  # noqa: SLF001 -- moto's own
            for key in fresh:
                _ = key.etag  # computed now and remembered: the only use of a body without its lock
        for key in fresh:
            self._keep(key)

    def dump(self) -> tuple[bytes, set[str]]:
        """Write down all but the bodies, and which bodies are named; nothing may change meanwhile."""
        out = io.BytesIO()
        pickler = Pickler(out, self._keep)
        pickler.dump(_backends())
        return out.getvalue(), pickler.names

    def save(self, payload: bytes, names: set[str]) -> None:
        """Replace the snapshot by what `dump` returned, then drop the bodies nothing names any more."""
        fresh = self._snapshot.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(_MAGIC + hashlib.sha256(payload).digest() + payload)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._snapshot)
        for name in self._kept - names:
            (self._bodies / name).unlink(missing_ok=True)
        self._kept = names

    def _keep(self, key: Any) -> None:
        """Give an object's body a file, if it has none yet."""
        path = self._bodies / uuid.uuid4().hex
        with key.lock:
            buffer = key._value_buffer  # noqa: SLF001 -- the one place moto keeps a body
            if isinstance(buffer, Body):
                return
            try:
                _copy(buffer, path)
            except ValueError:  # the object was deleted and its body closed meanwhile
                path.unlink(missing_ok=True)
            else:
                key._value_buffer = Body(path, key.contentsize)  # noqa: SLF001 -- as above
                self._kept.add(path.name)
                buffer.close()

    def _read(self) -> tuple[list[_Backend], set[str]]:
        content = self._snapshot.read_bytes()
        head, payload = content[: len(_MAGIC) + _DIGEST_BYTES], content[len(_MAGIC) + _DIGEST_BYTES :]
        if head != _MAGIC + hashlib.sha256(payload).digest():
            raise LocalStackError(self._damaged("it is not whole"))
        unpickler = Unpickler(io.BytesIO(payload), self._bodies)
        try:
            backends = unpickler.load()
        except Exception as error:  # another moto may have moved anything a snapshot names
            raise LocalStackError(self._damaged(f"moto {moto.__version__} can't read it ({error!r})")) from error
        lost = [path for path, size in unpickler.bodies.items() if not path.exists() or path.stat().st_size != size]
        if lost:
            raise LocalStackError(self._damaged(f"{len(lost)} of its objects are gone or cut short"))
        return backends, {path.name for path in unpickler.bodies}

    def _damaged(self, reason: str) -> str:
        return (
            f"What S3 and SQS held can't be read from {self._snapshot}: {reason}. "
            "Remove the whole folder of the stack to start afresh."
        )


def _backends() -> list[_Backend]:
    """Every backend that is in use and worth keeping."""
    instances: list[Any] = getattr(BackendDict, "_instances")  # noqa: B009 -- moto's own list of what is in use
    used = {backends.service_name for backends in instances}
    return [(name, *each) for name in _SERVICES if name in used for each in get_backend(name).iter_backends()]


def _keys() -> Iterator[Any]:
    """Every object version and every part of an unfinished one."""
    backends: Iterator[tuple[str, str, Any]] = s3_backends.iter_backends()
    for _, _, backend in backends:
        for bucket in backend.buckets.values():
            for versions in dict.values(bucket.keys):
                yield from (version for version in versions if isinstance(version, FakeKey))
            for upload in dict(bucket.multiparts).values():
                yield from upload.parts.values()


def _show_hidden_messages() -> None:
    """Make messages that were being worked on visible again: whoever had them ended with the stack."""
    backends: Iterator[tuple[str, str, Any]] = sqs_backends.iter_backends()
    for _, _, backend in backends:
        for queue in backend.queues.values():
            for message in queue._messages:  # noqa: SLF001 -- moto's own
                message.visible_at = 0.0


def _copy(buffer: Any, path: Path) -> None:
    buffer.seek(0)
    with path.open("xb") as file:
        shutil.copyfileobj(buffer, file, _BLOCK)
