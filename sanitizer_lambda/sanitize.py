"""One file through the airlock: bytes in; the clean file, the refused rows, the line map and a report out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sanitizer_lambda.contract import (
    RULE_SET_VERSION,
    FileRejectedError,
    Limits,
    Rejection,
    RejectionCode,
    Report,
    Rule,
    SanitizeRequest,
    reject,
)
from sanitizer_lambda.header.match import HeaderMap, names_columns, read_header
from sanitizer_lambda.passage.intake import Intake
from sanitizer_lambda.passage.outlet import Outlet, Sinks
from sanitizer_lambda.passage.resent import Resent
from sanitizer_lambda.passage.row_cleaner import RowCleaner
from sanitizer_lambda.passage.rows_out import RowsOut
from sanitizer_lambda.passage.splice import Splicer
from sanitizer_lambda.passage.tally import Tally
from sanitizer_lambda.reading.decode import spelled, visible
from sanitizer_lambda.reading.reader import Table, open_table

__all__ = ["Sinks", "sanitize"]

_DEFAULT_LIMITS = Limits()


def _nothing() -> None:
    pass


def sanitize(  # noqa: PLR0913 - a file, an order, three streams and what varies between runs
    chunks: Iterable[bytes],
    request: SanitizeRequest,
    sinks: Sinks,
    *,
    source_version: str,
    limits: Limits = _DEFAULT_LIMITS,
    begun: Callable[[], None] = _nothing,
    quick: bool = True,
) -> Report:
    """Read the file whose bytes are ``chunks`` and write what of it may come inside; memory stays bounded.

    ``begun`` is called once the file is known and before its first row is cleaned. ``quick`` False looks at every cell
    on its own, which says what is right and takes ten times as long.

    Never raises for what the file holds: the report's ``rejection`` says why the whole file is refused, and what the
    sinks have got by then is of no use.
    """
    passage = _Passage(Intake(chunks, request, limits), Outlet(sinks), request, limits)
    try:
        passage.go(begun, quick=quick)
    except FileRejectedError as error:
        return passage.report(source_version, passage.cause(error))
    return passage.report(source_version, None)


class _Passage:
    """The state of one run."""

    def __init__(self, intake: Intake, outlet: Outlet, request: SanitizeRequest, limits: Limits) -> None:
        self._intake = intake
        self._outlet = outlet
        self._request = request
        self._limits = limits
        self._tally = Tally()
        self._table: Table | None = None
        self._header: HeaderMap | None = None
        self._resent: Resent | None = None

    def go(self, begun: Callable[[], None], *, quick: bool) -> None:
        """Read, clean and write all of the file. Raises FileRejectedError."""
        names = partial(names_columns, request=self._request)
        table = self._table = open_table(self._intake, self._request.hints, self._limits, names)
        header = self._header = read_header(table.header, self._request, table.detected.header_line)
        self._resent = Resent.of(table.header)
        begun()
        for line, text in table.lost:
            self._tally.change((Rule.BYTES_REPLACED,), line, None, spelled(text), visible(text))
        self._outlet.clean.row(header.columns)
        self._clean_rows(table, header, quick=quick)
        self._outlet.flush()
        self._intake.finish()
        if self._outlet.rows == 0:
            raise reject(
                RejectionCode.HEADER_ONLY,
                "The file has a header but no rows; add at least one.",
                line=table.detected.header_line,
            )

    def cause(self, error: FileRejectedError) -> Rejection:
        """Return why the file is refused: bytes lost on their way explain any other error that they led to."""
        try:
            self._intake.finish()
        except FileRejectedError as transfer:
            return transfer.rejection
        return error.rejection

    def report(self, source_version: str, rejection: Rejection | None) -> Report:
        """Return what became of the file."""
        clean = self._outlet.clean
        return Report(
            rule_set_version=RULE_SET_VERSION,
            source_version=source_version,
            bytes_before=self._intake.size,
            sha256_before=self._intake.sha256,
            bytes_after=0 if rejection else clean.size,
            sha256_after=None if rejection else clean.sha256,
            detected=self._table.detected if self._table else None,
            kind=self._header.kind if self._header else self._request.kind,
            columns=self._header.matches if self._header else (),
            rules=self._tally.rules(),
            notes=self._table.notes.counts() if self._table else (),
            rows_read=self._outlet.rows,
            rows_clean=self._outlet.rows_clean,
            rows_refused=self._outlet.rows_refused,
            refused=self._tally.refused(),
            resent=tuple(self._resent.rows) if self._resent else (),
            rejection=rejection,
        )

    def _clean_rows(self, table: Table, header: HeaderMap, *, quick: bool) -> None:
        cleaner = RowCleaner(header, self._tally)
        rows = RowsOut(header, cleaner, self._outlet, self._limits)
        resent = self._resent
        if quick and resent is None and Splicer.suits(table):
            Splicer(table, header, cleaner, rows, self._outlet, size=self._request.size_bytes).run()
            return
        for records in table.stream.records():
            if resent is not None:
                resent.look(records)
            if quick:
                rows.take(records)
            else:
                for record in records:
                    rows.take_one(record)
                rows.check_rows()
