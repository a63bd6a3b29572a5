"""The shapes that cross a process: what is written is read back, and what does not fit is refused."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizer_lambda.contract import (
    COLUMNS,
    REFUSED_HEADER,
    CellChange,
    ColumnMapping,
    ColumnMatch,
    ColumnType,
    ContractError,
    DetectedFormat,
    Limits,
    LineMapWriter,
    MatchedBy,
    Note,
    NoteCount,
    ParseHints,
    RefusedCount,
    RefusedRow,
    Rejection,
    RejectionCode,
    Report,
    RowErrorCode,
    Rule,
    RuleCount,
    SanitizedMessage,
    SanitizeRequest,
    SanitizerStage,
    TemplateKind,
    UploadKey,
    Wire,
    lines_of,
    read_refused,
)
from sanitizer_lambda.passage.outlet import csv_row

_text = st.text(max_size=20)
_size = st.integers(min_value=0, max_value=2**53 - 1)
_optional_text = st.none() | _text


def _of(shape: type[Any], /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(shape, **fields)


_requests = _of(
    SanitizeRequest,
    size_bytes=_size,
    sha256=_optional_text,
    kind=st.none() | st.sampled_from(TemplateKind),
    hints=_of(ParseHints, encoding=_optional_text, delimiter=_optional_text, header_line=st.none() | _size),
    column_map=st.lists(_of(ColumnMapping, header=_text, column=_text), max_size=3).map(tuple),
)
_reports = _of(
    Report,
    rule_set_version=_text,
    source_version=_text,
    bytes_before=_size,
    sha256_before=_text,
    detected=st.none()
    | _of(
        DetectedFormat,
        encoding=_text,
        bom=st.booleans(),
        delimiter=_text,
        quote=_optional_text,
        escape=_optional_text,
        newline=_text,
        header_line=st.none() | _size,
        confidence=st.floats(0, 1),
    ),
    columns=st.lists(
        _of(
            ColumnMatch,
            position=_size,
            header=_text,
            column=_optional_text,
            matched_by=st.sampled_from(MatchedBy),
            score=st.none() | st.floats(0, 1),
            runner_up=_optional_text,
            unit=_optional_text,
        ),
        max_size=2,
    ).map(tuple),
    rules=st.lists(
        _of(
            RuleCount,
            rule=st.sampled_from(Rule),
            cells=_size,
            examples=st.lists(
                _of(CellChange, line=_size, column=_optional_text, before=_text, after=_text), max_size=2
            ).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    notes=st.lists(_of(NoteCount, note=st.sampled_from(Note), lines=_size, first_line=_size), max_size=2).map(tuple),
    refused=st.lists(_of(RefusedCount, code=st.sampled_from(RowErrorCode), rows=_size), max_size=2).map(tuple),
    rejection=st.none()
    | _of(
        Rejection, code=st.sampled_from(RejectionCode), message=_text, line=st.none() | _size, retryable=st.booleans()
    ),
)


@given(_requests | _reports)
def test_what_is_dumped_is_parsed_back(value: Wire) -> None:
    assert type(value).parse(value.dump()) == value


def test_a_reader_ignores_what_a_newer_writer_adds() -> None:
    assert SanitizeRequest.parse('{"size_bytes": 5, "colour": "red"}') == SanitizeRequest(5)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "7", "{}", '{"size_bytes": "5"}', '{"size_bytes": true}', '{"size_bytes": 5.5}',
        '{"size_bytes": 9007199254740992}', '{"size_bytes": 5, "kind": "OTHER"}', '{"size_bytes": 5, "hints": []}',
        '{"size_bytes": 5, "column_map": {}}', '{"size_bytes": 5, "column_map": [{"header": "a"}]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_what_has_not_the_agreed_shape_is_refused(text: str) -> None:
    with pytest.raises(ContractError):
        SanitizeRequest.parse(text)


@given(st.text(max_size=40) | st.binary(max_size=40))
def test_no_text_raises_anything_but_a_contract_error(text: str | bytes) -> None:
    for kind in (SanitizeRequest, Report, SanitizedMessage):
        try:
            kind.parse(text)
        except ContractError:
            continue


def _key() -> UploadKey:
    return UploadKey(uuid4(), uuid4(), uuid4())


def test_keys_are_read_back_from_every_name() -> None:
    key = _key()
    assert UploadKey.of_quarantine(key.quarantine) == key
    names = [key.clean, key.request, key.report("v"), key.rejected("v"), key.lines("v")]
    assert {UploadKey.of_final(name) for name in names} == {key}
    assert len(set(names)) == len(names)


def test_objects_of_two_versions_have_two_names() -> None:
    key = _key()
    assert key.report("one") != key.report("two")


@pytest.mark.parametrize("part", ["", "../", "A", "x" * 36, "0B0E3F9E-0A39-4A5C-9D55-0F5F3A1F2C01"])
def test_a_key_of_another_shape_is_refused(part: str) -> None:
    good = UUID("0b0e3f9e-0a39-4a5c-9d55-0f5f3a1f2c01")
    for name in (f"{part}/{good}/{good}.csv", f"{good}/{good}/{part}.csv", f"{good}/{good}/{good}.csv\n"):
        with pytest.raises(ContractError):
            UploadKey.of_quarantine(name)
    with pytest.raises(ContractError):
        UploadKey.of_final(f"{part}/{good}/{good}/clean.csv")


def test_the_clean_message_is_exactly_two_keys() -> None:
    key = _key()
    message = json.loads(SanitizedMessage(key.quarantine, key.clean).dump())
    assert message == {"quarantine_s3_key": key.quarantine, "final_s3_key": key.clean}


def test_refusals_and_notes_have_a_final_key_of_null() -> None:
    key = _key()
    for said in ({"rejection": Rejection(RejectionCode.NOT_CSV, "no")}, {"stage": SanitizerStage.READING}):
        message = SanitizedMessage(key.quarantine, **said)
        assert json.loads(message.dump())["final_s3_key"] is None
        assert SanitizedMessage.parse(message.dump()) == message


@pytest.mark.parametrize("change", [{"final_s3_key": None}, {"stage": "READING"}, {"quarantine_s3_key": "x"}])
def test_a_message_that_says_nothing_or_two_things_or_of_nothing_is_refused(change: dict[str, Any]) -> None:
    key = _key()
    good = {"quarantine_s3_key": key.quarantine, "final_s3_key": key.clean}
    with pytest.raises(ContractError):
        SanitizedMessage.parse(json.dumps(good | change))


def test_a_message_whose_keys_name_two_uploads_is_refused() -> None:
    text = json.dumps({"quarantine_s3_key": _key().quarantine, "final_s3_key": _key().clean})
    with pytest.raises(ContractError):
        SanitizedMessage.parse(text)


@given(st.lists(st.integers(1, 4), max_size=60), st.integers(1, 100))
def test_the_line_map_gives_back_every_line(steps: list[int], chunk: int) -> None:
    lines = [1]
    for step in steps:
        lines.append(lines[-1] + step)
    writer = LineMapWriter()
    data = b""
    for record, line in enumerate(lines):
        writer.add(record, line)
        data += writer.take() if record % 7 == 0 else b""
    data += writer.take()
    chunks = [data[start : start + chunk] for start in range(0, len(data), chunk)]
    assert list(islice(lines_of(chunks), len(lines))) == lines


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=20))
def test_a_run_says_what_its_lines_one_by_one_say(runs: list[tuple[int, int]]) -> None:
    whole, single = LineMapWriter(), LineMapWriter()
    record, line = 0, 1
    for count, gap in runs:
        whole.add_run(record, line, count)
        for offset in range(count):
            single.add(record + offset, line + offset)
        record, line = record + count, line + count + gap
    assert whole.take() == single.take()


@pytest.mark.parametrize("data", [b"", b"x", bytes(15), bytes([1]) + bytes(15)])
def test_a_line_map_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ContractError):
        next(lines_of([data]))


_cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=10)


@given(_cell, st.lists(_cell, max_size=4))
def test_a_refused_row_is_read_back(text: str, cells: list[str]) -> None:
    row = RefusedRow(3, 2, RowErrorCode.FIELD_COUNT, None, text or None, None, text, None, tuple(cells))
    data = (csv_row(REFUSED_HEADER) + csv_row(row.to_csv())).decode()
    assert list(read_refused(io.StringIO(data, newline=""))) == [row]


@pytest.mark.parametrize("environ", [{"MAX_ROWS": "many"}, {"MAX_ROWS": "0"}, {"MAX_FILE_BYTES": "-1"}])
def test_limits_that_are_none_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ContractError):
        Limits.from_environ(environ)


def test_limits_come_from_the_environment() -> None:
    assert Limits.from_environ({"MAX_ROWS": "7", "MAX_COLUMNS": ""}) == Limits(max_rows=7)


@pytest.mark.parametrize("kind", TemplateKind)
def test_the_columns_of_a_kind_are_consistent(kind: TemplateKind) -> None:
    columns = COLUMNS[kind]
    assert len({column.name for column in columns}) == len(columns)
    for column in columns:
        assert column.description
        assert {target for _, target in column.words} <= {*column.choices, "true", "false"}
        if column.type is ColumnType.DECIMAL:
            assert column.digits is not None
            assert column.scale is not None
            assert Decimal(column.example or "0") >= 0
