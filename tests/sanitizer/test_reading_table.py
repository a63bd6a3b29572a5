from __future__ import annotations

import pytest

from sanitizer_lambda.contract import FileRejectedError, Limits, Note, ParseHints, RejectionCode, RowErrorCode, Rule
from sanitizer_lambda.reading.reader import Record, Table, open_table, read_structure
from tests.corpus.case import pieces
from tests.corpus.tables import original
from tests.corpus.write import Manner

_HEADER = "code,name,beds,price,ready\n"
_ROWS = [
    f"{number}A,Suite {number},{number % 3},{250 + number}.50,2024-0{1 + number % 9}-11\n" for number in range(1, 30)
]
_BODY = "".join(_ROWS)


def _open(
    text: str | bytes, hints: ParseHints | None = None, limits: Limits | None = None
) -> tuple[Table, list[Record]]:
    data = text.encode() if isinstance(text, str) else text
    table = open_table(pieces(data), hints or ParseHints(), limits or Limits())
    return table, list(table.records())


def _notes(table: Table) -> dict[Note, tuple[int, int]]:
    return {count.note: (count.lines, count.first_line) for count in table.notes.counts()}


def _refused(text: bytes, limits: Limits | None = None) -> RejectionCode:
    with pytest.raises(FileRejectedError) as caught:
        _open(text, limits=limits)
    return caught.value.rejection.code


def test_a_record_says_its_physical_line_even_below_cells_of_several_lines() -> None:
    _, records = _open('a,b\n1,"x\ny"\n2,z\n')
    assert [(record.line, record.cells) for record in records] == [(2, ["1", "x\ny"]), (4, ["2", "z"])]


def test_lines_above_the_header_are_set_aside_and_counted() -> None:
    table, records = _open(f"Price list\nprinted 2024\n\n{_HEADER}{_BODY}")
    assert table.header == ["code", "name", "beds", "price", "ready"]
    assert table.detected.header_line == 4
    assert records[0].line == 5
    assert _notes(table) == {Note.PREAMBLE: (2, 1), Note.BLANK_ROW: (1, 3)}


def test_a_separator_line_names_the_delimiter_and_is_no_record() -> None:
    table, records = _open("sep=;\na;b,c\n1;2,5\n3;4,5\n")
    assert (table.detected.delimiter, table.header) == (";", ["a", "b,c"])
    assert len(records) == 2
    assert _notes(table) == {Note.SEPARATOR_LINE: (1, 1)}


def test_a_row_of_units_is_set_aside() -> None:
    table, records = _open(f"{_HEADER},,,[EUR],(yyyy-mm-dd)\n{_BODY}")
    assert _notes(table) == {Note.UNITS_ROW: (1, 2)}
    assert len(records) == len(_ROWS)


def test_names_over_several_columns_go_to_each_of_them() -> None:
    table, _ = _open(f"Suite,,Size,Sale,\n{_HEADER}{_BODY}")
    assert table.header == ["Suite code", "Suite name", "Size beds", "Sale price", "Sale ready"]
    assert _notes(table) == {Note.HEADER_CONTINUED: (1, 2)}


def test_a_file_without_header_has_empty_names_and_loses_no_row() -> None:
    table, records = _open(_BODY)
    assert table.header == [""] * 5
    assert table.detected.header_line is None
    assert len(records) == len(_ROWS)


def test_a_header_that_comes_again_is_set_aside() -> None:
    table, records = _open(f"{_HEADER}{_BODY}{_HEADER}{_BODY}")
    assert len(records) == 2 * len(_ROWS)
    assert _notes(table) == {Note.HEADER_REPEATED: (1, 31)}


def test_totals_and_footnotes_at_the_end_are_set_aside() -> None:
    table, records = _open(f"{_HEADER}{_BODY}Total,,,8000.50,\n\n* without tax\n")
    assert len(records) == len(_ROWS)
    assert _notes(table)[Note.FOOTER] == (2, 31)


def test_a_second_table_is_kept_apart() -> None:
    table, records = _open(f"{_HEADER}{_BODY}\nregion,head\nnorth,Kim\nsouth,Lee\n")
    assert len(records) == len(_ROWS)
    assert _notes(table)[Note.SECOND_TABLE] == (3, 32)


def test_columns_without_name_and_cells_at_the_right_are_left_out() -> None:
    table, records = _open("a,b,,\n1,2,,\n3,4,,\n")
    assert table.header == ["a", "b"]
    assert [record.cells for record in records] == [["1", "2"], ["3", "4"]]
    assert Note.EMPTY_COLUMN in _notes(table)


def test_a_row_that_can_be_laid_under_its_columns_in_two_ways_is_refused_as_it_stood() -> None:
    _, records = _open("a,b,c\nfoo bar,x y,p q\nbar foo,y x,q p\nfoo foo,zz y\nx y,q p,p q\n")
    assert records[2].cells == ["foo foo", "zz y"]
    assert records[2].error is not None
    assert records[2].error.code is RowErrorCode.FIELD_COUNT


def test_a_row_that_fits_in_one_way_only_is_aligned_and_says_so() -> None:
    _, records = _open(f"{_HEADER}{_BODY}30A,Suite, large,2,280.50,2024-01-11\n{_ROWS[0]}")
    assert records[-2].cells == ["30A", "Suite, large", "2", "280.50", "2024-01-11"]
    assert records[-2].repairs == (Rule.CELLS_ALIGNED,)
    assert records[-2].error is None


def test_a_quote_left_open_does_not_swallow_the_rows_below() -> None:
    _, records = _open(f'{_HEADER}{_BODY}30A,"Suite 30,2,280.50,2024-01-11\n{_BODY}')
    assert len(records) == 2 * len(_ROWS) + 1
    assert records[len(_ROWS)].cells == ["30A", "Suite 30", "2", "280.50", "2024-01-11"]
    assert Rule.QUOTE_REPAIRED in records[len(_ROWS)].repairs


def test_undecodable_bytes_are_replaced_visibly_in_their_row_alone() -> None:
    _, records = _open("id,wo\n1,Hôtel\n2,".encode() + b"caf\xe9 noir\n3,plain\n")
    assert [record.repairs for record in records] == [(), (Rule.BYTES_REPLACED,), ()]
    assert records[1].cells == ["2", "caf\ufffd noir"]


def test_the_encoding_of_a_file_that_begins_with_ascii_is_settled_where_it_ends() -> None:
    ascii_rows = "".join(f"{number},plain text,{number}.5\n" for number in range(30_000))
    data = f"id,name,size\n{ascii_rows}".encode() + "7,Größe über alles für Käufer,1.5\n".encode("cp1252")
    table, records = _open(data)
    assert records[-1].cells == ["7", "Größe über alles für Käufer", "1.5"]
    assert table.detected.encoding == "cp1252"


def test_hints_overrule_what_is_detected() -> None:
    table, _ = _open("a;b,c\n1;2,3\n", ParseHints(delimiter=",", header_line=1))
    assert table.header == ["a;b", "c"]
    table, records = _open("a,b\nc,d\n", ParseHints(header_line=0))
    assert (table.header, len(records)) == (["", ""], 2)
    table, _ = _open("naïve,b\n1,2\n".encode("cp1252"), ParseHints(encoding="cp437"))
    assert table.header[0] == "na\u2229ve"


def test_an_unknown_encoding_as_hint_is_refused() -> None:
    with pytest.raises(FileRejectedError) as caught:
        _open("a,b\n1,2\n", ParseHints(encoding="klingon"))
    assert caught.value.rejection.code is RejectionCode.HINT_INVALID


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(max_rows=10), RejectionCode.TOO_MANY_ROWS),
        (Limits(max_columns=4), RejectionCode.TOO_MANY_COLUMNS),
        (Limits(max_cell_chars=7), RejectionCode.CELL_TOO_LONG),
        (Limits(max_file_bytes=100), RejectionCode.FILE_TOO_LARGE),
    ],
)
def test_a_file_past_a_limit_is_refused_by_name(limits: Limits, code: RejectionCode) -> None:
    assert _refused((_HEADER + _BODY).encode(), limits) is code


@pytest.mark.parametrize("data", [b"", b"\n\n", b"   \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_but_its_structure_is_an_empty_table(data: bytes) -> None:
    assert _refused(data) is RejectionCode.FILE_EMPTY
    assert list(read_structure([data]).rows()) == []


def test_bytes_that_are_no_text_are_refused() -> None:
    assert _refused(bytes(range(256)) * 40) is RejectionCode.NOT_TEXT


@pytest.mark.parametrize("size", [1, 3, 3000, 65_536])
def test_the_size_of_the_chunks_makes_no_difference(size: int) -> None:
    data = Manner().text(original("orders", 5, 2500).rows).encode()
    whole = open_table([data])
    cut = open_table(pieces(data, size))
    assert list(cut.records()) == list(whole.records())
    assert cut.detected == whole.detected


def test_blocks_begin_at_the_first_record_and_feeding_them_gives_the_same_records() -> None:
    data = f"Price list\n\n{_HEADER}{_BODY}".encode()
    table, records = _open(data)
    other = open_table([data])
    assert other.is_plain
    body = b"".join(block.data for block in other.stream.blocks())
    assert body == _BODY.encode()
    assert other.stream.feed(body.decode(), other.body_line, last=True, broken=False) == records
    assert other.notes.counts() == table.notes.counts()


def test_a_row_far_too_wide_is_not_laid_by_the_habits_of_two_rows() -> None:
    _, records = _open("Code,Name,Notes\n1A,One,x\n2B,=1+1,<b>y</b>,too,many\n3C,Three,z\n")
    errors = [record.error.code if record.error else None for record in records]
    assert errors == [None, RowErrorCode.FIELD_COUNT, None]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("height,sex\nanna,170,f\nbert,182,m\ncarl,175,m\n", [["", "height", "sex"], ["anna", "170", "f"]]),
        ('"a" "b"\n"1" 3.5 7\n"2" 4.5 8\n"3" 5.5 9\n', [["", "a", "b"], ["1", "3.5", "7"]]),
        ("id,height\n1,170,f\n2,182,m\n3,175,m\n", [["id", "height", ""], ["1", "170", "f"]]),
    ],
)
def test_a_header_one_cell_short_lacks_the_name_of_the_rows_unless_its_first_name_is_one(
    text: str, rows: list[list[str]]
) -> None:
    assert list(read_structure([text.encode()]).rows())[:2] == rows


@pytest.mark.parametrize("line", ["------", "+---+---+", "# the pump was off", "// gap", "=== ==="])
def test_rulers_and_comments_amid_a_table_are_set_aside(line: str) -> None:
    structure = read_structure([f"{_HEADER}{_BODY}{line}\n{_BODY}".encode()])
    assert len(list(structure.rows())) == 1 + 2 * len(_ROWS)
    assert {count.note: count.lines for count in structure.notes.counts()} == {Note.SEPARATOR_LINE: 1}


def test_columns_set_with_blanks_are_cut_at_any_number_of_them() -> None:
    text = "".join(
        f"  {name:<9}{size:>9.2f}{count:>6}\n" for name, size, count in (("ash", 1.5, 12), ("oak", 20.25, 3))
    )
    structure = read_structure([(text * 4).encode()])
    assert structure.detected.delimiter == " "
    assert list(structure.rows())[:2] == [["ash", "1.50", "12"], ["oak", "20.25", "3"]]


def test_a_quote_far_below_the_first_lines_is_the_quote_of_the_file() -> None:
    rows = [f"{number},O'Hara,plain\n" for number in range(900)]
    assert read_structure(["".join(rows).encode()]).detected.quote is None
    rows[800] = '800,O\'Hara,"one, two"\n'
    assert read_structure(["".join(rows).encode()]).detected.quote == '"'
    rows[800] = "800,'O''Hara','one, two'\n"
    assert read_structure(["".join(rows).encode()]).detected.quote == "'"


@pytest.mark.parametrize(
    "second",
    ["\nphase,duration,trade\nMFND,3,x\nMFRM,4,y\n", "\nPhases\nphase,duration,trade\nMFND,3,x\nMFRM,4,y\n"],
)
def test_a_second_table_as_wide_as_the_first_is_kept_apart(second: str) -> None:
    rows = "".join(f"M{number},{number},{number}00.50\n" for number in range(30))
    data = f"code,bedrooms,base_price\n{rows}{second}".encode()
    table = open_table([data])
    assert [record.cells[0] for record in table.records()] == [f"M{number}" for number in range(30)]
    assert len(list(read_structure([data]).rows())) == 31
    assert Note.SECOND_TABLE in {count.note for count in table.notes.counts()}


def test_a_row_of_words_below_an_empty_line_is_a_row() -> None:
    data = b"code,area,price\nM1,1,200\nM2,2,300\n\nM3,unknown,unknown\nM4,4,5\n"
    assert [record.cells[0] for record in open_table([data]).records()] == ["M1", "M2", "M3", "M4"]


def test_a_header_repeated_below_an_empty_line_begins_no_second_table() -> None:
    data = b"code,area,price\nM1,1,200\nM2,2,300\n\ncode,area,price\nM3,3,4\nM4,4,5\n"
    assert [record.cells[0] for record in open_table([data]).records()] == ["M1", "M2", "M3", "M4"]
    assert [row[0] for row in read_structure([data]).rows()] == ["code", "M1", "M2", "code", "M3", "M4"]
