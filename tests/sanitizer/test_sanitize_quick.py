"""The quick way gives byte for byte what looking at every cell gives."""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sanitizer_lambda.cleaning.cells import clean_cell
from sanitizer_lambda.cleaning.markup import _ACTIVE, _KNOWN
from sanitizer_lambda.contract import Limits, ParseHints, RejectionCode, Report, Rule, SanitizeRequest
from sanitizer_lambda.passage.outlet import csv_row
from sanitizer_lambda.passage.plain import CANONICAL, LARGE_BYTES, Reach, patterns
from sanitizer_lambda.sanitize import Sinks, sanitize

HEADER = ["Code", "Name", "Notes", "Bedrooms", "Area"]

Row = Callable[[random.Random, int], str]


def run(
    data: bytes,
    *,
    chunk: int = 65_536,
    quick: bool = True,
    limits: Limits | None = None,
    hints: ParseHints | None = None,
) -> tuple[Report, list[bytes]]:
    """Return the report and the three streams."""
    streams = [io.BytesIO() for _ in range(3)]
    report = sanitize(
        (data[start : start + chunk] for start in range(0, len(data), chunk)),
        SanitizeRequest(len(data), hashlib.sha256(data).hexdigest(), hints=hints or ParseHints()),
        Sinks(*streams),
        source_version="v",
        limits=limits or Limits(),
        quick=quick,
    )
    return report, [stream.getvalue() for stream in streams]


def line_of(cells: list[str], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=quoting).writerow(cells)  # type: ignore[arg-type]  # the stubs know the constants, not an int
    return text.getvalue()[:-1]


def honest(rng: random.Random, number: int) -> list[str]:
    notes = rng.choice(
        ["", "corner unit", "2BR < 60 m2", "R&D, AT&T", 'a 5" pipe', "Unit: 5", "total: 7", "Zoë", "日本語"]
    )
    return [f"S-{number}", rng.choice(["One", "Two, three", "  spaced "]), notes, str(rng.randint(-5, 5)), "52.4"]


def hostile(rng: random.Random, number: int) -> list[str]:
    cells = honest(rng, number)
    attacks = ["=1+1", "<b>x</b>", "a\u200bb", "javascript:x", '"=1', " =1", "\t=1", "-1*2", "a\x07b",
               "\uff1d1", "\ufffd", "-",
               "&#106;avascript:x", "x\u00a0y", "\u00a0=1", "Contact: t", "data:text/html,x", "t:", "ta:",
               "\ufeffx",
               "two\nlines", "two\r\nlines", "=1\nx", "t\n:x", "javascript\n:x", "ta\n:", "a\n\nb", "x\n", "line\n,\nx",
               'say ""\n"hi"', "y" * 700 + "\n" + "z" * 700]  # fmt: skip
    cells[rng.randrange(5)] = rng.choice(attacks)
    return cells


def odd(rng: random.Random, number: int) -> str:
    return rng.choice(
        [
            "", ",,,,", ",", "  ", "S,short", f"S-{number},a,b,1,2,3,4", line_of(HEADER),
            '"Code",Name,Notes,Bedrooms,Area',
            f'S-{number},"open,b,1,2', f'S-{number},a"b,c,1,2', f'S-{number}, "x",c,1,2', f'S-{number},"x" ,c,1,2',
            f'S-{number},"two\nlines",c,1,2', f'S-{number},"two\n\nlines","and\nmore",1,2', ",no code,c,1,2",
            "Total,,,3,4",
            "Note: end of list", f"S-{number},a,b;c,1", "-- 5 rows --", 'S,"",""x,1,2',
            f'S-{number},"a""b",c,1,2',
        ]
    )  # fmt: skip


def table(seed: int, rows: int, *, hostile_share: float, odd_share: float, quoting: int = csv.QUOTE_MINIMAL) -> str:
    rng = random.Random(seed)
    newline = rng.choice(["\n", "\n", "\r\n"])
    lines = [line_of(HEADER)]
    for number in range(rows):
        dice = rng.random()
        if dice < odd_share:
            lines.append(odd(rng, number))
        else:
            cells = hostile(rng, number) if dice < odd_share + hostile_share else honest(rng, number)
            lines.append(line_of(cells, quoting=quoting))
    if rng.random() < 0.3:
        lines += ["", "Totals,,,9,9", "printed on Monday"]
    return newline.join(lines) + rng.choice(["", newline])


def same(data: bytes, *, chunk: int = 65_536, hints: ParseHints | None = None) -> Report:
    """Assert that both ways agree, and return the report."""
    slow, slow_streams = run(data, quick=False, chunk=chunk, hints=hints)
    quick, quick_streams = run(data, chunk=chunk, hints=hints)
    assert quick.rejection == slow.rejection
    if slow.rejection is None:
        assert quick_streams == slow_streams
        assert quick == slow
    return quick


@pytest.mark.parametrize("chunk", [3_000, 65_536, 1_000_000])
@pytest.mark.parametrize(("hostile_share", "odd_share"), [(0, 0), (0.01, 0), (0.3, 0), (0.02, 0.002), (0.1, 0.1)])
def test_both_ways_agree_whatever_the_chunks(chunk: int, hostile_share: float, odd_share: float) -> None:
    data = table(7, 9_000, hostile_share=hostile_share, odd_share=odd_share).encode()
    report = same(data, chunk=chunk)
    assert report.rows_clean > 8_000


@pytest.mark.parametrize("seed", range(60))
def test_both_ways_agree_on_files_of_odd_lines(seed: int) -> None:
    rng = random.Random(seed)
    hostile_share, odd_share = rng.choice([0, 0.05, 0.3]), rng.choice([0.001, 0.01, 0.2])
    same(table(seed, rng.choice([30, 300, 3_000]), hostile_share=hostile_share, odd_share=odd_share).encode())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_both_ways_agree_where_every_row_has_line_breaks(newline: str) -> None:
    rng = random.Random(4)
    rows = [HEADER, *(honest(rng, number) for number in range(6_000))]
    for row in rows[1:]:
        row[2] += f"{newline}second line, of text"
    data = "".join(csv_row(row).decode() for row in rows).replace("\r\n", "\n").replace("\n", newline).encode()
    hints = ParseHints(quote='"', delimiter=",")
    assert same(data, hints=hints).rows_clean == 6_000


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_both_ways_agree_where_every_cell_is_quoted(quoting: int) -> None:
    same(table(3, 4_000, hostile_share=0.02, odd_share=0.001, quoting=quoting).encode())


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_both_ways_agree_on_other_delimiters(delimiter: str) -> None:
    rng = random.Random(5)
    rows = [HEADER, *(hostile(rng, number) if rng.random() < 0.05 else honest(rng, number) for number in range(4_000))]
    same("\n".join(line_of(cells, delimiter) for cells in rows).encode())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_both_ways_agree_on_other_encodings(encoding: str) -> None:
    same(table(11, 3_000, hostile_share=0.05, odd_share=0.005).encode(encoding, "replace"))


def test_both_ways_agree_where_columns_are_left_out() -> None:
    rng = random.Random(9)
    lines = ["Code,Secret,Name,Other"]
    lines += [line_of([f"S-{number}", "=1+1", *honest(rng, number)[1:3]]) for number in range(5_000)]
    report = same("\n".join(lines).encode())
    assert report.rules == ()


@pytest.mark.parametrize("place", [100, 40_000, 299_000])
@pytest.mark.parametrize("broken", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\r", b"\xe2\x80"])
def test_both_ways_agree_around_a_broken_byte(place: int, broken: bytes) -> None:
    data = table(13, 9_000, hostile_share=0.01, odd_share=0).encode()
    same(data[:place] + broken + data[place:])


def test_a_header_that_comes_again_is_set_aside_both_ways() -> None:
    body = table(1, 3_000, hostile_share=0, odd_share=0)
    report = same((body + "\n" + body.replace("\r", "") + "\n" + body).encode())
    assert [note.note for note in report.notes][:1] == ["HEADER_REPEATED"]


def test_a_second_table_is_kept_apart_both_ways() -> None:
    rows = "".join(f"S-{number},a,b,1,2\n" for number in range(20_000))
    report = same((line_of(HEADER) + "\n" + rows + "\nTask,Days\n" + "Paint,3\nDry,4\n" * 5_000).encode())
    assert report.rows_clean == 20_000


def test_one_long_line_is_refused_both_ways() -> None:
    rows = "".join(f"S-{number},a,b,1,2\n" for number in range(2_000))
    long = f"S-x,{'y' * 200_000},b,1,2\n"
    report = same((line_of(HEADER) + "\n" + rows + long + rows).encode())
    assert report.rejection is not None
    assert report.rejection.code is RejectionCode.CELL_TOO_LONG


def test_too_many_rows_are_refused_both_ways() -> None:
    data = table(1, 5_000, hostile_share=0, odd_share=0).encode()
    for quick in (True, False):
        report, _ = run(data, quick=quick, limits=Limits(max_rows=1_000))
        assert report.rejection is not None
        assert report.rejection.code is RejectionCode.TOO_MANY_ROWS


def test_sanitizing_the_clean_file_changes_nothing() -> None:
    data = table(21, 5_000, hostile_share=0.2, odd_share=0.02).encode()
    _, (clean, *_) = run(data)
    report, (again, *_) = run(clean)
    assert again == clean
    # What was replaced once stays marked as such.
    assert {count.rule for count in report.rules} <= {Rule.BYTES_REPLACED}
    assert report.sha256_before == report.sha256_after


def _is_hostile(cell: str) -> bool:
    return clean_cell(cell).text != cell


def _cells() -> Iterator[str]:
    singles = [chr(point) for point in range(0x3100) if not 0xD800 <= point < 0xE000]
    singles += [chr(point) for point in (*range(0xF900, 0x10000), *range(0x1BC90, 0x1BCB0), *range(0x1D160, 0x1D180))]
    singles += [chr(point) for point in range(0xE0000, 0xE0100)]
    for character in singles:
        yield from (character, f"x{character}", f"x{character}y", f"{character}=1")


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_pattern_calls_a_hostile_cell_harmless(delimiter: str, *, large: bool) -> None:
    known = patterns(2, delimiter, large=large)
    reaches: list[Reach] = [known.harmless, known.lean, known.sound, known.folded]
    if delimiter == ",":
        reaches.append(CANONICAL.harmless)
    for cell in filter(_is_hostile, _cells()):
        # A raw line break ends the record, and what is matched is another one.
        if "\n" in cell or "\r" in cell:
            continue
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
            data = (line_of(["k", cell], delimiter, quoting) + "\n").encode()
            assert not any(reach.end(data) for reach in reaches), ascii(cell)


@pytest.mark.parametrize("seed", range(20))
def test_no_pattern_calls_a_hostile_row_harmless(seed: int) -> None:
    rng = random.Random(seed)
    known = patterns(3, ",")
    pieces = [
        "t",
        "ta",
        "a",
        ":",
        "da",
        "javascript",
        "script",
        "&",
        "<",
        " ",
        '"',
        ",",
        "=",
        "-",
        "5",
        "\u00a0",
        "é",
        "b",
    ]
    for _ in range(3_000):
        cells = ["".join(rng.choices(pieces, k=rng.randint(0, 6))) for _ in range(3)]
        if any(map(_is_hostile, cells)):
            assert known.harmless.end(csv_row(cells)) == 0, cells
            assert known.folded.end(csv_row(cells)) == 0, cells


def test_honest_rows_are_harmless_to_the_pattern() -> None:
    known = patterns(5, ",")
    rng = random.Random(1)
    rows = [honest(rng, number) for number in range(500)]
    rows = [row for row in rows if not any(ending in row[2] for ending in ("Unit:", "AT&T"))]
    data = "".join(line_of(row) + "\n" for row in rows).encode()
    assert known.harmless.end(data) == len(data)


def test_a_report_of_the_quick_way_counts_what_it_did() -> None:
    data = table(2, 20_000, hostile_share=0.01, odd_share=0).encode()
    report, streams = run(data)
    assert report.rows_read == 20_000
    assert report.sha256_after == hashlib.sha256(streams[0]).hexdigest()
    assert report.bytes_after == len(streams[0])
    assert replace(report, rules=()) != report


@pytest.mark.parametrize("chunk", [1, 3_000, 65_536, 1_000_000])
@pytest.mark.parametrize("escape", [None, "\\"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_both_ways_agree_on_other_quotes_and_escapes(quote: str, escape: str | None, chunk: int) -> None:
    rng = random.Random(15)
    text = io.StringIO()
    writer = csv.writer(
        text, quotechar=quote, escapechar=escape, doublequote=escape is None, quoting=csv.QUOTE_ALL, lineterminator="\n"
    )
    writer.writerow(HEADER)
    for number in range(60 if chunk == 1 else 3_000):
        cells = hostile(rng, number) if rng.random() < 0.05 else honest(rng, number)
        cells[1] += rng.choice(["", "", f"say {quote}hi{quote}", f"{quote}", "a\\b", "end\\", "a, b"])
        writer.writerow(cells)
    assert same(text.getvalue().encode(), chunk=chunk, hints=ParseHints(delimiter=",", quote=quote)).rejection is None


def awkward(rng: random.Random, number: int) -> list[str]:
    """Return harmless cells in need of quotes in every way."""
    pieces = ['"', ",", ";", "a", "b c", "12,5", "é", " "]
    return [f"S-{number}", *("".join(rng.choices(pieces, k=rng.randint(0, 4))) for _ in range(3)), "x"]


@pytest.mark.parametrize("chunk", [3_000, 65_536, 1_000_000])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
def test_both_ways_agree_on_cells_that_need_quotes(quoting: int, delimiter: str, newline: str, chunk: int) -> None:
    rng = random.Random(16)
    rows = [HEADER, *(awkward(rng, number) for number in range(2_000)), HEADER, *(awkward(rng, 9) for _ in range(300))]
    data = newline.join([*(line_of(row, delimiter, quoting) for row in rows), ""]).encode()
    assert same(data, chunk=chunk, hints=ParseHints(delimiter=delimiter, quote='"')).rejection is None


@pytest.mark.parametrize("chunk", [3_000, 65_536, 1_000_000])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_both_ways_agree_on_line_breaks_among_quotes(delimiter: str, newline: str, chunk: int) -> None:
    rng = random.Random(17)
    rows = [HEADER]
    for number in range(2_000):
        cells = hostile(rng, number) if rng.random() < 0.02 else awkward(rng, number)
        cells[2] += rng.choice(["", "\nsecond", '\n"quoted"\n\nlast', "\n,\n;"])
        rows.append(cells)
    rows[1_500] = HEADER
    data = "\n".join([*(line_of(row, delimiter) for row in rows), ""]).replace("\n", newline).encode()
    assert same(data, chunk=chunk, hints=ParseHints(delimiter=delimiter, quote='"')).rejection is None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("blanks", [1, 2])
def test_both_ways_agree_on_delimiters_at_the_ends_of_lines(blanks: int, delimiter: str, seed: int) -> None:
    rng = random.Random(seed)
    lines = [line_of(HEADER, delimiter) + delimiter * blanks]
    for number in range(3_000):
        cells = hostile(rng, number) if rng.random() < 0.02 else honest(rng, number)
        line = line_of(cells, delimiter) + delimiter * blanks
        lines.append(
            lines[0] if number == 2_000 else line + rng.choice(["", " ", '""', "more"]) * (rng.random() < 0.01)
        )
    hints = ParseHints(delimiter=delimiter, quote='"')
    assert same("\n".join(lines).encode(), chunk=rng.choice([3_000, 65_536]), hints=hints).rows_clean > 2_500


def test_both_ways_agree_on_a_single_column_with_a_delimiter_at_the_end() -> None:
    data = "Code,\n" + "".join(f"abc-{number},\n" for number in range(200))
    same(data.encode(), hints=ParseHints(delimiter=",", quote='"'))


@pytest.mark.parametrize("seed", range(6))
def test_both_ways_agree_where_columns_with_awkward_cells_are_left_out(seed: int) -> None:
    rng = random.Random(seed)
    rows = [["Code", "Zyzzy", "Name", "Notes", "Bedrooms"], *(awkward(rng, number) for number in range(3_000))]
    lines = [line_of(row) for row in rows]
    data = "\n".join([*lines, lines[0], *lines[1:]]).encode()
    assert same(data, hints=ParseHints(delimiter=",", quote='"')).rows_clean > 5_000


# Longer than what is worth patterns of its own.
@pytest.mark.parametrize("end", ["", ",", ",,"])
def test_both_ways_agree_on_a_large_file(end: str) -> None:
    rng = random.Random(18)
    rows = [honest(rng, number) for number in range(2_000)]
    for row in rows[::50]:
        row[2] = "=1+1"
    piece = "".join(f"{line_of(row)}{end}\n" for row in rows)
    report = same((line_of(HEADER) + end + "\n" + piece * 140).encode(), hints=ParseHints(delimiter=",", quote='"'))
    assert report.bytes_before > LARGE_BYTES


_ACTS = sorted({*_ACTIVE.split("|"), *_KNOWN})


@pytest.mark.parametrize("large", [True, False])
def test_no_pattern_calls_an_element_an_address(*, large: bool) -> None:
    known = patterns(2, ",", large=large)
    shapes = ("<{}@b.example>", "x <{}.c@b.example>", "<{}+c@b>", "<{}-c@b>", "<{}_c@b>", "<{}@b/>", "<{}@b on=1>")
    for word in [*_ACTS, *(word.upper() for word in _ACTS), "ann", "bob", "jo"]:
        for cell in (shape.format(word) for shape in shapes):
            if _is_hostile(cell):
                assert known.harmless.end(csv_row(["k", cell])) == 0, cell
                assert known.folded.end(csv_row(["k", cell])) == 0, cell
    ann = csv_row(["k", "Ann <ann@acme.example>"])
    assert known.harmless.end(ann) == len(ann)


@pytest.mark.parametrize("rows", [3, 70, 400, 9_000])
@pytest.mark.parametrize("title", ["", "Phases\n"])
@pytest.mark.parametrize("chunk", [3_000, 65_536])
def test_a_second_table_of_the_same_width_is_kept_apart_both_ways(rows: int, title: str, chunk: int) -> None:
    first = "".join(f"S-{number},One,{number % 4},{number}.50\n" for number in range(rows))
    second = "phase,duration,trade,order\n" + "".join(f"P-{number},{number},x,{number}\n" for number in range(30))
    text = f"Code,Name,Bedrooms,Area\n{first}\n{first}\n{title}{second}"
    report = same(text.encode(), chunk=chunk)
    assert report.rows_clean == 2 * rows
