"""Files in the encodings of the world, recognised without being told."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sanitizer_lambda.reading.decode import Decoder
from sanitizer_lambda.reading.encoding import detect_encoding
from tests.corpus.scripts import PHRASES, SAVED_AS, read, script, scripts

_ONES = [(codec, tongue) for codec, tongues in SAVED_AS.items() if not codec.startswith("utf") for tongue in tongues]
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
# Scripts of which a file may hold nothing that is ASCII but the ends of its lines.
_OTHER = ("chinese", "taiwanese", "japanese", "korean", "russian", "greek", "arabic", "hebrew", "thai")


@pytest.mark.parametrize(("codec", "tongue"), _ONES)
@pytest.mark.parametrize("size", [(20, 20), (300, 300)])
def test_a_file_with_text_in_its_rows_is_read_exactly(codec: str, tongue: str, size: tuple[int, int]) -> None:
    made = script(codec, tongue, *size)
    assert read(made.data)[0] == made.text


@pytest.mark.parametrize("tongue", PHRASES)
@pytest.mark.parametrize("codec", ["utf-8", *_WIDE])
def test_a_file_of_one_phrase_in_unicode_is_read_exactly(codec: str, tongue: str) -> None:
    for size in ((1, 1), (300, 3)):
        made = script(codec, tongue, *size)
        assert read(made.data)[0] == made.text


def test_files_with_few_letters_are_nearly_all_read_exactly() -> None:
    made = [one for one in scripts(((1, 1), (3, 3), (12, 2), (300, 3))) if not one.codec.startswith("utf")]
    right = sum(read(one.data)[0] == one.text for one in made)
    assert right >= 0.9 * len(made)


def test_letters_that_come_after_the_sample_are_read_in_their_encoding() -> None:
    rows = "".join(f"{number},ready to be seen,third floor\r\n" for number in range(12_000))
    text = f"id,state,place\r\n{rows}1,Küche erneuern,Straße\r\n"
    assert read(text.encode("cp1252")) == (text, "cp1252")


@pytest.mark.parametrize("tongue", _OTHER)
@pytest.mark.parametrize("codec", _WIDE)
def test_wide_text_without_a_mark_and_hardly_an_ascii_character_is_recognised(codec: str, tongue: str) -> None:
    phrases = PHRASES[tongue].split("|")
    text = "\n".join("、".join(phrases[start:] + phrases[:start]) for start in range(4)) + "\n"
    assert read(text.encode(codec)) == (text, codec)


@pytest.mark.parametrize(
    "data",
    [b"a,b\n1,2\x00\n\x003,4\n", b"abc,def\n\x00\x00\n12,13\n", "Zoë,1\n".encode("cp1252") * 40 + b"\x00\x00\x00"],
)
def test_narrow_text_that_is_padded_with_zeros_is_not_taken_for_wide(data: bytes) -> None:
    assert detect_encoding(data, complete=True).codec in {"utf-8", "cp1252"}


def test_japanese_in_seven_bits_is_recognised_by_its_escapes() -> None:
    made = script("iso2022_jp", "japanese", 20, 20)
    assert read(made.data) == (made.text, "iso2022_jp")


def test_a_terminal_escape_is_no_encoding() -> None:
    assert detect_encoding(b"id,note\n1,\x1b[31mred\x1b[0m\n2,\x1b$x\n", complete=True).codec == "utf-8"


def test_a_few_broken_bytes_leave_a_file_in_utf_8() -> None:
    text = "".join(f"{number},Küche für Zoë à côté\n" for number in range(40)).encode()
    found = detect_encoding(text + b"41,caf\xe9\n", complete=True)
    assert found.codec == "utf-8"
    assert 0.5 < found.confidence < 1


def test_a_guess_from_one_letter_is_less_sure_than_one_from_many() -> None:
    one, many = (
        detect_encoding(f"id,name\n{rows}".encode("cp1251"), complete=True) for rows in ("1,Да\n", "1,Дом\n" * 90)
    )
    assert one.confidence < many.confidence


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(1, 50))
@example(b"\xef\xbb\xbfa", 1)
def test_any_bytes_are_decoded_alike_in_pieces_of_any_size(data: bytes, size: int) -> None:
    encoding = detect_encoding(data, complete=True)
    whole = Decoder(encoding).decode(data, last=True)
    decoder = Decoder(encoding)
    pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    assert "".join(decoder.decode(piece, last=index == len(pieces) - 1) for index, piece in enumerate(pieces)) == whole


# Signs and words of one letter, alone in a file: what a price list in English or French has beyond ASCII.
FEW = [
    *("Loft é,1", "prix à débattre", "price €5", "it’s fine", "50 °C,1", "25°C", "5 µm;3 m²"),  # noqa: RUF001 - as written
    *("£5,x", "½ cup,1", "Ø 12 mm", "No – yes", "“hi”", "A · B", "§ 5", "± 5"),  # noqa: RUF001 - as written
    *("É,1", "Ñ", "Zürich", "señor", "São Paulo"),
]


@pytest.mark.parametrize("rows", [1, 60])
@pytest.mark.parametrize("row", FEW)
def test_a_sign_in_every_row_says_no_more_than_in_one(row: str, rows: int) -> None:
    text = f"{row}\n" * rows
    assert read(text.encode("cp1252"))[0] == text
