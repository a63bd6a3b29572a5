"""Local files through the Lambda's own code: `airlock sanitize` and `airlock detect`."""

from __future__ import annotations

import codecs
import csv
import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from sanitizer_lambda.contract import (
    DetectedFormat,
    FileRejectedError,
    Limits,
    ParseHints,
    RejectionCode,
    SanitizeRequest,
    TemplateKind,
    reject,
)
from sanitizer_lambda.header.match import names_columns
from sanitizer_lambda.reading.decode import Decoder
from sanitizer_lambda.reading.encoding import detect_encoding
from sanitizer_lambda.reading.reader import detect, read_structure
from sanitizer_lambda.sanitize import Sinks, sanitize

# One read, bytes; the function reads S3 in pieces of the same size.
CHUNK_BYTES = 1 << 20
# What `detect` looks at, bytes: as much as the reader samples.
SAMPLE_BYTES = 1 << 20
# What a shell's user calls standard output.
_STREAMS = frozenset({Path("-"), Path("/dev/stdout")})
# What stands for the version in a report on a file that storage never saw.
LOCAL_VERSION = "local"


@dataclass(frozen=True, slots=True)
class Job:
    """One file to sanitize, and where what comes of it goes."""

    source: Path
    output: Path
    report: Path | None = None
    rejects: Path | None = None


def read_list(path: Path) -> list[Job]:
    """Read lines of ``in<TAB>out``; blank lines are passed over. Names may be any bytes, as on disk.

    Raises OSError or ValueError.
    """
    jobs = []
    for number, line in enumerate(path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        if not line.strip():
            continue
        source, tab, output = os.fsdecode(line.rstrip(b"\r")).partition("\t")
        if not source or not tab or not output or "\t" in output or "\0" in line.decode(errors="replace"):
            raise ValueError(f"{shown(path)}, line {number}: in<TAB>out is expected")
        jobs.append(Job(Path(source), Path(output)))
    return jobs


def shown(path: Path) -> str:
    """Return a file's name as any terminal can show it: a name need not be UTF-8."""
    return os.fsencode(path).decode(errors="backslashreplace")


def clash(jobs: Iterable[Job]) -> str | None:
    """Return a sentence on the first file that would be written over by what comes of it or of another; else None."""
    for job in jobs:
        files = [path for path in (job.output, job.report, job.rejects) if path is not None]
        if any(path.exists() and path.samefile(job.source) for path in files if job.source.is_file()):
            return f"{shown(job.source)} would be replaced by its own output"
        # Several may go to one terminal or to nowhere, but not to one file.
        real = [path.resolve() for path in files if path.is_file() or not path.exists()]
        if len(set(real)) < len(real):
            return f"{shown(job.output)}: clean file, report and refused rows need a file each"
    return None


def run_jobs(jobs: Iterable[Job], *, kind: TemplateKind | None, structure_only: bool) -> list[tuple[Job, str]]:
    """Do all jobs and return those whose file was refused or could not be read, each with the sentence why."""
    refused = []
    for job in jobs:
        try:
            if structure_only:
                repair(job)
            else:
                clean(job, kind)
        except FileRejectedError as error:
            refused.append((job, f"{error} ({error.rejection.code})"))
        except OSError as error:
            name = "" if error.filename is None else f": {shown(Path(error.filename))}"
            refused.append((job, f"{error.strerror or error}{name}"))
    return refused


def repair(job: Job) -> None:
    """Write the file's table as canonical CSV: UTF-8, comma, LF; no header and no cell is changed."""
    structure = read_structure(chunks_of(job.source), ParseHints(), Limits())
    with _written(job.output) as file:
        out = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
        csv.writer(out, lineterminator="\n").writerows(structure.rows())
        out.flush()
        out.detach()


def clean(job: Job, kind: TemplateKind | None) -> None:
    """Sanitize one file as the function would. Raises FileRejectedError, the report written all the same."""
    with _read(job.source) as (file, size), _drafts(job) as sinks:
        request = SanitizeRequest(size_bytes=size, kind=kind)
        report = sanitize(_chunks(file), request, sinks, source_version=LOCAL_VERSION)
        if job.report is not None:
            with _written(job.report) as out:
                out.write(report.dump())
        if report.rejection is not None:
            raise FileRejectedError(report.rejection)


@contextmanager
def _drafts(job: Job) -> Iterator[Sinks]:
    """Yield sinks for the job's files, which come to stand under their names when the block ends well."""
    wanted = {job.output} | ({job.rejects} if job.rejects else set())
    # A pipe, a device or a link is written to and never replaced.
    drafts = {path: path.with_name(f".{path.name}.part") for path in wanted if path.is_file() or not path.exists()}
    drafts = {path: draft for path, draft in drafts.items() if path not in _STREAMS and not path.is_symlink()}
    with ExitStack() as files:
        for path, draft in drafts.items():
            if not path.parent.is_dir():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            files.callback(draft.unlink, missing_ok=True)
        opened = {path: files.enter_context(_written(drafts.get(path, path))) for path in wanted}
        yield Sinks(opened[job.output], opened[job.rejects] if job.rejects else _Nothing(), _Nothing())
        for path, draft in drafts.items():
            draft.replace(path)


def detect_lines(files: Iterable[Path], *, as_json: bool) -> Iterator[tuple[str, bool]]:
    """Yield one line a file, and whether the file was refused."""
    for path in files:
        try:
            found = _fields(_detect(path))
        except FileRejectedError as error:
            refusal = {"file": shown(path), "error": error.rejection.code, "message": str(error)}
            yield _json(refusal) if as_json else f"{shown(path)}: {error}", True
        else:
            yield _json({"file": shown(path)} | found) if as_json else _sentence(path, found), False


def chunks_of(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in pieces of ``CHUNK_BYTES``."""
    with path.open("rb") as file:
        yield from _chunks(file)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


@contextmanager
def _read(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Yield a file and its bytes; what comes through a pipe is kept until its size is known."""
    with path.open("rb") as file:
        if path.is_file():
            yield file, path.stat().st_size
            return
        with TemporaryFile() as kept:
            shutil.copyfileobj(file, kept, CHUNK_BYTES)
            size = kept.tell()
            kept.seek(0)
            yield kept, size


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """Yield what to write to; standard output goes on where it is, as a file of its own it would be cut off."""
    if path in _STREAMS:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with path.open("wb") as file:
            yield file


def _detect(path: Path) -> DetectedFormat:
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
        names = partial(names_columns, request=SanitizeRequest(len(sample)))
        complete = not file.read(1)
        found = detect(sample, complete=complete, names=names)
        text = Decoder(detect_encoding(sample, complete=complete)).decode(sample, last=complete)
        if not text.strip("\x00\ufeff \t\r\n"):
            raise reject(RejectionCode.FILE_EMPTY, "The file is empty.")
        return found


def _fields(found: DetectedFormat) -> dict[str, Any]:
    return {
        "encoding": found.encoding,
        "bom": found.bom,
        "delimiter": found.delimiter,
        "quote": found.quote,
        "escape": found.escape,
        "newline": found.newline,
        "header_line": found.header_line,
        "confidence": found.confidence,
    }


def _sentence(path: Path, found: dict[str, Any]) -> str:
    parts = (f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in found.items() if value is not None)
    return f"{shown(path)}: {', '.join(parts)}"


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


class _Nothing:
    """Takes what nobody asked for."""

    def write(self, _: bytes, /) -> None:
        """Forget it."""
