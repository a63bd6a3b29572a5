"""The sanitizer's bundle: its own package, the two libraries it needs, and nothing else, in one zip.

Made for the platform and the Python it is made on, from the distributions installed there. Beside each source lies its
bytecode: the function's machine can't write any, and would compile all of it at each cold start.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from infra.errors import InfraError

PACKAGE = "sanitizer_lambda"

# What the package imports beside the standard library and the SDK that every function finds on its machine.
LIBRARIES = ("nh3", "google-re2")

# Bytes when unpacked. What a function unpacks is paid for at each cold start; both libraries together take 5 MB.
MAX_BYTES = 15_000_000

# What an installer leaves beside a distribution's own files: it differs from machine to machine.
_TRACES = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"})

# The earliest date a zip can hold: the same files make the same bytes whenever they were installed.
_DATE = (1980, 1, 1, 0, 0, 0)

_PLAIN, _PROGRAM = 0o100644, 0o100755


# What CloudFormation calls the machines that Python has several names for.
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class BundleError(InfraError):
    """A library is not installed, or the bundle grew too large."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One file of the bundle: its name in the zip, and where its content is."""

    name: str
    file: Path


def build(target: Path, libraries: Sequence[Entry] | None = None) -> Path:
    """Write the bundle to `target` and return it. The same input gives the same bytes.

    `libraries` are the files beside the package; without it, those installed here. Raises BundleError.
    """
    sources = [*_package(), *(installed(LIBRARIES) if libraries is None else libraries)]
    with tempfile.TemporaryDirectory(prefix="bundle") as folder:
        entries = sorted([*sources, *_compiled(sources, Path(folder))])
        size = sum(entry.file.stat().st_size for entry in entries)
        if size > MAX_BYTES:
            raise BundleError(f"the bundle would unpack to {size:,} bytes; {MAX_BYTES:,} are allowed")
        _write(target, entries)
    return target


def made_for() -> dict[str, str]:
    """Return the template's parameters that a bundle made here needs."""
    machine = platform.machine().lower()
    return {
        "PythonVersion": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "Architecture": _ARCHITECTURES.get(machine, machine),
    }


def installed(names: Sequence[str]) -> list[Entry]:
    """List the files of installed distributions, without what the installer or the interpreter added."""
    return [entry for name in names for entry in _files(_distribution(name))]


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise BundleError(f"{name} is not installed") from None


def _files(library: Distribution) -> Iterator[Entry]:
    for file in library.files or ():
        path = PurePosixPath(file)
        if _belongs(path):
            yield Entry(str(path), Path(str(library.locate_file(file))))


def _package() -> Iterator[Entry]:
    root = Path(__file__).resolve().parent.parent
    for file in (root / PACKAGE).rglob("*"):
        name = PurePosixPath(file.relative_to(root).as_posix())
        if file.is_file() and _belongs(name):
            yield Entry(str(name), file)


def _belongs(path: PurePosixPath) -> bool:
    return path.name not in _TRACES and path.suffix != ".pyc" and not {"..", "__pycache__"} & set(path.parts)


def _compiled(sources: Sequence[Entry], folder: Path) -> list[Entry]:
    """Compile copies of the sources in an empty folder; return the bytecode files, named as the interpreter looks.

    Each is marked as never to be checked against its source (PEP 552): a date would differ from machine to machine. It
    happens in a fresh process, as the bytes depend on what the process that makes them holds already.
    """
    for entry in sources:
        if entry.name.endswith(".py"):
            copy = folder / entry.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(entry.file.read_bytes())
    command = (sys.executable, "-I", "-S", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
    # Without -s the bytecode would name the folder; the interpreter puts the right one there as it loads it.
    made = subprocess.run((*command, "-s", folder, folder), capture_output=True, text=True, check=False)  # noqa: S603 - no word of it comes from outside
    if made.returncode:
        raise BundleError(f"the bundle's sources can't be compiled: {made.stdout or made.stderr}")
    return [Entry(file.relative_to(folder).as_posix(), file) for file in folder.rglob("*.pyc")]


def _write(target: Path, entries: Sequence[Entry]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(fresh, "w") as bundle:
            for entry in entries:
                _add(bundle, entry)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def _add(bundle: zipfile.ZipFile, entry: Entry) -> None:
    info = zipfile.ZipInfo(entry.name, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    # Always Unix, also when made elsewhere: the rights below are read on the function's machine.
    info.create_system = 3
    info.external_attr = (_PROGRAM if ".so" in PurePosixPath(entry.name).suffixes else _PLAIN) << 16
    bundle.writestr(info, entry.file.read_bytes())
