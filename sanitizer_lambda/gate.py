"""What happens to one arrival, in the order that makes every crash harmless (DESIGN.md, sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from typing import NamedTuple, Protocol

from sanitizer_lambda.contract import (
    RULE_SET_VERSION,
    ContractError,
    FileRejectedError,
    Limits,
    RejectionCode,
    Report,
    SanitizedMessage,
    SanitizeRequest,
    SanitizerStage,
    UploadKey,
    reject,
)
from sanitizer_lambda.events import Arrival
from sanitizer_lambda.passage.outlet import Sink
from sanitizer_lambda.sanitize import Sinks, sanitize

# Bytes from which on the steps on the way are told: smaller files are done before a note of them would be read.
_NOTED_BYTES = 1_000_000


class AlreadyThereError(Exception):
    """Another run finished a clean file first."""


class Source(Protocol):
    """One version of a quarantined object, open. ``size``: bytes, as storage has them."""

    version: str
    etag: str | None
    size: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes once."""

    def close(self) -> None:
        """Let go of the connection."""


class Writer(Sink, Protocol):
    """An object in the making: it is there after ``finish`` and not before."""

    def finish(self) -> None:
        """Put the object there. Raises AlreadyThereError for a clean file where there is one already."""

    def abandon(self) -> None:
        """Forget what was written, unless it is finished."""


class World(Protocol):
    """The two buckets and the queue. Every verb raises the vendor's error where trying again may help."""

    def open(self, arrival: Arrival) -> Source | None:
        """Open the arrival's version, or the current one where it names none; None where it is not there any more."""

    def hide(self, arrival: Arrival) -> None:
        """Put a delete marker on the quarantined object; its versions stay."""

    def read_request(self, key: UploadKey) -> bytes | None:
        """Return request.json, None where there is none."""

    def clean_source(self, key: UploadKey) -> str | None:
        """Return the version that the clean file was made from, None where there is no clean file."""

    def write(self, name: str) -> Writer:
        """Begin an object of the final bucket, which may replace one of that name."""

    def write_clean(self, key: UploadKey, source_version: str) -> Writer:
        """Begin the clean file; it carries its source version and the name of its report."""

    def say(self, message: SanitizedMessage) -> None:
        """Send a message to the worker."""


class Outcome(StrEnum):
    """What became of an arrival."""

    CLEAN = "clean"
    REFUSED = "refused"
    REPEATED = "repeated"  # done by an earlier run; told again
    LOST = "lost"  # another version was finished first
    OVERTAKEN = "overtaken"  # overwritten since; the newer version has an event of its own
    GONE = "gone"  # not there any more, and nothing was made of it


class Admission(NamedTuple):
    """The outcome of an arrival, with the report if the file was read."""

    outcome: Outcome
    report: Report | None = None


class Gate:
    """Lets arrivals through, one after another."""

    def __init__(self, world: World, limits: Limits) -> None:
        self.world = world
        self.limits = limits

    def admit(self, arrival: Arrival) -> Admission:
        """Sanitize the file that arrived, and tell the worker. Doing it again leads to the same end."""
        source = self.world.open(arrival)
        if source is None and (kept := self._kept(arrival)) is not None:
            arrival, source = kept, self.world.open(kept)
        if source is None:
            return self._gone(arrival)
        with ExitStack() as cleanup:
            cleanup.callback(source.close)
            if arrival.version_id is None and arrival.etag is not None and arrival.etag != source.etag:
                return Admission(Outcome.OVERTAKEN)
            large = source.size >= _NOTED_BYTES
            if large and (done := self.world.clean_source(arrival.key)) is not None:
                return self._settled(arrival, source, done)
            return self._read(arrival, source, cleanup, noted=large)

    def _read(self, arrival: Arrival, source: Source, cleanup: ExitStack, *, noted: bool) -> Admission:
        note = _Notes(self.world, arrival.key, noted=noted)
        note.stage(SanitizerStage.RECEIVED)
        try:
            request = self._request(arrival.key)
        except FileRejectedError as error:
            unread = Report(RULE_SET_VERSION, source.version, source.size, sha256_before="", rejection=error.rejection)
            return self._refuse(arrival, source, unread)
        key, version = arrival.key, source.version
        refused, lines = self.world.write(key.rejected(version)), self.world.write(key.lines(version))
        clean = self.world.write_clean(key, version)
        for writer in (refused, lines, clean):
            cleanup.callback(writer.abandon)
        note.stage(SanitizerStage.READING)
        report = sanitize(
            source.chunks(),
            request,
            Sinks(clean, refused, lines),
            source_version=version,
            limits=self.limits,
            begun=lambda: note.stage(SanitizerStage.CLEANING),
        )
        if report.rejection is not None:
            return self._refuse(arrival, source, report)
        if report.rows_refused:
            refused.finish()
        lines.finish()
        self._put_report(key, report)
        return self._finish(arrival, source, clean, report)

    def _kept(self, arrival: Arrival) -> Arrival | None:
        """Return where the file stands that was to be tried again, None where the upload was to get one of its own."""
        try:
            file = self._request(arrival.key).kept
            if file is None:
                return None
            key = UploadKey.of_quarantine(file.key)
        except (FileRejectedError, ContractError):
            return None
        same = (key.organization_id, key.project_id) == (arrival.key.organization_id, arrival.key.project_id)
        return arrival._replace(kept=key, version_id=file.version) if same else None

    def _request(self, key: UploadKey) -> SanitizeRequest:
        """Return the order. Raises FileRejectedError where there is none that can be read."""
        data = self.world.read_request(key)
        if data is None:
            raise reject(RejectionCode.REQUEST_MISSING, "Nobody asked for this upload; ask for one and send it there.")
        try:
            return SanitizeRequest.parse(data)
        except ContractError as error:
            message = "What was asked for cannot be read; send the file again."
            raise reject(RejectionCode.SANITIZER_FAILED, message, retryable=True) from error

    def _finish(self, arrival: Arrival, source: Source, clean: Writer, report: Report) -> Admission:
        try:
            clean.finish()
        except AlreadyThereError:
            done = self.world.clean_source(arrival.key)
            return self._settled(arrival, source, done)
        self._tell(arrival)
        return Admission(Outcome.CLEAN, report)

    def _settled(self, arrival: Arrival, source: Source, done: str | None) -> Admission:
        # There is a clean file: made of this version by a run that died since, or of another one.
        if done != source.version:
            return Admission(Outcome.LOST)
        self._tell(arrival)
        return Admission(Outcome.REPEATED)

    def _tell(self, arrival: Arrival) -> None:
        key = arrival.key
        self.world.say(SanitizedMessage(quarantine_s3_key=key.quarantine, final_s3_key=key.clean))
        self._hide(arrival)

    def _hide(self, arrival: Arrival) -> None:
        if arrival.kept is None:
            self.world.hide(arrival)

    def _gone(self, arrival: Arrival) -> Admission:
        # An earlier run moved it; whoever sends its event again may have missed the message.
        key = arrival.key
        if self.world.clean_source(key) is None:
            return Admission(Outcome.GONE) if arrival.kept is None else self._not_kept(arrival)
        self.world.say(SanitizedMessage(quarantine_s3_key=key.quarantine, final_s3_key=key.clean))
        return Admission(Outcome.REPEATED)

    def _not_kept(self, arrival: Arrival) -> Admission:
        version = arrival.version_id or ""
        message = "The file of the upload that was to be tried again is not kept any more; send it again."
        rejection = reject(RejectionCode.FILE_NOT_KEPT, message).rejection
        report = Report(RULE_SET_VERSION, version, 0, sha256_before="", rejection=rejection)
        return self._refused(arrival, report)

    def _refuse(self, arrival: Arrival, source: Source, report: Report) -> Admission:
        key = arrival.key
        if (done := self.world.clean_source(key)) is not None:
            return self._settled(arrival, source, done)._replace(report=report)
        return self._refused(arrival, report)

    def _refused(self, arrival: Arrival, report: Report) -> Admission:
        key = arrival.key
        self._put_report(key, report)
        self.world.say(
            SanitizedMessage(
                quarantine_s3_key=key.quarantine, source_version=report.source_version, rejection=report.rejection
            )
        )
        self._hide(arrival)
        return Admission(Outcome.REFUSED, report)

    def _put_report(self, key: UploadKey, report: Report) -> None:
        writer = self.world.write(key.report(report.source_version))
        writer.write(report.dump())
        writer.finish()


class _Notes:
    def __init__(self, world: World, key: UploadKey, *, noted: bool) -> None:
        self.world = world
        self.key = key
        self.noted = noted

    def stage(self, stage: SanitizerStage) -> None:
        if self.noted:
            self.world.say(SanitizedMessage(quarantine_s3_key=self.key.quarantine, stage=stage))
