"""Local files through the Lambda's own code: `airlock sanitize` and `airlock detect`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sanitizer_lambda.contract import (
    DetectedFormat,
    FileRejectedError,
    Limits,
    ParseHints,
    SanitizeRequest,
    TemplateKind,
)
from sanitizer_lambda.header.match import names_columns
from sanitizer_lambda.reading.reader import detect, read_structure
from sanitizer_lambda.sanitize import Sinks, sanitize

# One read, bytes; the function reads S3 in pieces of the same size.
CHUNK_BYTES = 1 << 20
# What `detect` looks at, bytes: as much as the reader samples.
SAMPLE_BYTES = 1 << 20
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
    """Read lines of ``in<TAB>out``; blank lines are passed over. Raises OSError or ValueError."""
    jobs = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip():
            continue
        source, tab, output = line.partition("\t")
        if not tab or not output:
            raise ValueError(f"{path}, line {number}: in<TAB>out is expected")
        jobs.append(Job(Path(source), Path(output)))
    return jobs


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
            refused.append((job, f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"))
    return refused


def repair(job: Job) -> None:
    """Write the file's table as canonical CSV: UTF-8, comma, LF; no header and no cell is changed."""
    structure = read_structure(chunks_of(job.source), ParseHints(), Limits())
    with job.output.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(structure.rows())


def clean(job: Job, kind: TemplateKind | None) -> None:
    """Sanitize one file as the function would. Raises FileRejectedError, the report written all the same."""
    request = SanitizeRequest(size_bytes=job.source.stat().st_size, kind=kind)
    with _drafts(job) as sinks:
        report = sanitize(chunks_of(job.source), request, sinks, source_version=LOCAL_VERSION)
        if job.report is not None:
            job.report.write_bytes(report.dump())
        if report.rejection is not None:
            raise FileRejectedError(report.rejection)


@contextmanager
def _drafts(job: Job) -> Iterator[Sinks]:
    """Yield sinks for the job's files, which come to stand under their names when the block ends well."""
    wanted = {job.output} | ({job.rejects} if job.rejects else set())
    # A pipe, a device or a link is written to and never replaced.
    drafts = {path: path.with_name(f".{path.name}.part") for path in wanted if path.is_file() or not path.exists()}
    drafts = {path: draft for path, draft in drafts.items() if not path.is_symlink()}
    with ExitStack() as files:
        for draft in drafts.values():
            files.callback(draft.unlink, missing_ok=True)
        opened = {path: files.enter_context(drafts.get(path, path).open("wb")) for path in wanted}
        yield Sinks(opened[job.output], opened[job.rejects] if job.rejects else _Nothing(), _Nothing())
        for path, draft in drafts.items():
            draft.replace(path)


def detect_lines(files: Iterable[Path], *, as_json: bool) -> Iterator[tuple[str, bool]]:
    """Yield one line a file, and whether the file was refused."""
    for path in files:
        try:
            found = _fields(_detect(path))
        except FileRejectedError as error:
            shown = {"file": str(path), "error": error.rejection.code, "message": str(error)}
            yield json.dumps(shown, ensure_ascii=False) if as_json else f"{path}: {error}", True
        else:
            yield (
                json.dumps({"file": str(path)} | found, ensure_ascii=False) if as_json else _sentence(path, found),
                False,
            )


def chunks_of(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in pieces of ``CHUNK_BYTES``."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _detect(path: Path) -> DetectedFormat:
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
        names = partial(names_columns, request=SanitizeRequest(len(sample)))
        return detect(sample, complete=not file.read(1), names=names)


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
    return f"{path}: {', '.join(parts)}"


class _Nothing:
    """Takes what nobody asked for."""

    def write(self, _: bytes, /) -> None:
        """Forget it."""
