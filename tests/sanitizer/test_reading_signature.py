"""Files that are no CSV are refused by name, and no table that looks like one of them is."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import marshal
import pickle
import plistlib
import random
import sqlite3
import struct
import sys
import tarfile
import wave
import zipfile
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizer_lambda.contract import FileRejectedError, RejectionCode
from sanitizer_lambda.reading.formats import MAGIC
from sanitizer_lambda.reading.reader import open_table, read_structure
from sanitizer_lambda.reading.signature import refuse_other_formats


def _zip(*names: str, text: str = "x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, text)
    return out.getvalue()


def _ods() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")
    return out.getvalue()


def _tar(name: str = "a.csv") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return out.getvalue()


def _ole(*names: str) -> bytes:
    """Return an OLE container whose directory has streams of these names."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6)
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *names))
    return head.ljust(512, b"\0") + b"\xff" * 512 + entries


def _sqlite(folder: Path) -> bytes:
    database = sqlite3.connect(folder / "a.db")
    database.execute("create table a (b)")
    database.commit()
    database.close()
    return (folder / "a.db").read_bytes()


def _wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(b"\1\0" * 100)
    return out.getvalue()


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Prices, as agreed"
    message.set_content("Code,Name\n1A,One\n")
    return message.as_bytes()


def _dbase() -> bytes:
    head = struct.pack("<BBBBIHH", 3, 124, 5, 17, 1, 32 + 32 + 1, 11) + bytes(20)
    field = b"CODE".ljust(11, b"\0") + b"C" + bytes(4) + b"\x0a" + bytes(15)
    return head + field + b"\r" + b" 1A        \x1a"


_PE = b"MZ" + b"\0" * 58 + (128).to_bytes(4, "little") + b"\0" * 64 + b"PE\0\0"
_BMP = b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<IIIHH", 40, 2, 2, 1, 24) + bytes(40)
_GIF = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
_XLS = "an Excel workbook"
FILES: dict[str, list[bytes]] = {
    _XLS: [
        _zip("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
        _zip("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        _zip("[Content_Types].xml", "xl/workbook.bin"),
        _ole("Workbook"), _ole("\x05SummaryInformation", "Book"), b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(30),
    ],
    "a password-protected workbook": [_ole("EncryptionInfo", "EncryptedPackage")],
    "an Excel workbook or another Office document": [_ole("Contents")],
    "an OpenDocument spreadsheet": [_ods()],
    "a Numbers spreadsheet": [_zip("Index/Document.iwa"), _zip("Index.zip", "preview.jpg")],
    "a Word document": [_zip("word/document.xml"), _ole("WordDocument")],
    "an Outlook message": [_ole("__properties_version1.0")],
    "a ZIP archive": [_zip("a.csv"), _zip()],
    "a gzip archive": [gzip.compress(b"a,b\n1,2\n")],
    "a bzip2 archive": [bz2.compress(b"a,b\n1,2\n")],
    "an xz archive": [lzma.compress(b"a,b\n1,2\n")],
    "an LZMA archive": [lzma.compress(b"a,b\n1,2\n", format=lzma.FORMAT_ALONE)],
    "a Zstandard archive": [b"\x28\xb5\x2f\xfd\x20\x08\x41\x00\x00a,b\n1,2\n"],
    "a 7-Zip archive": [b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(24)],
    "a RAR archive": [b"Rar!\x1a\x07\x01\x00" + bytes(20)],
    "a tar archive": [_tar(), _tar("a" * 90)],
    "a PDF document": [b"%PDF-1.7\n1 0 obj", b"\xef\xbb\xbf%PDF-1.4\n"],
    "a rich text document": [b"{\\rtf1\\ansi Code}"],
    "a PNG image": [b"\x89PNG\r\n\x1a\n" + b"\0" * 20],
    "a JPEG image": [b"\xff\xd8\xff\xe0" + b"\0" * 20],
    "a GIF image": [_GIF],
    "a bitmap image": [_BMP],
    "a TIFF image": [b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"],
    "a WebP image": [b"RIFF\x24\0\0\0WEBPVP8 " + bytes(20)],
    "a HEIC image": [b"\0\0\0\x18ftypheic" + bytes(20)],
    "an SVG image": [b"<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>", b"<?xml version='1.0'?>\n<svg width='1'/>"],
    "an HTML page": [b"\n<!-- x --><!DOCTYPE html><html>", b"<html><table><tr>", b"\xef\xbb\xbf<table>"],
    "an XML spreadsheet": [b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>"],
    "an XML file": [
        b"<?xml version='1.0'?><a/>", b"<rows>\n <row><code>1</code></row>\n</rows>\n",
        b"<rows>\n" + b"<row><code>1</code></row>\n" * 20_000, "\ufeff<?xml version='1.0'?><a/>".encode("utf-16-le"),
    ],
    "a JSON file": [
        b'{"a": 1}', b'[{"a": 1}, {"a": 2}]\n', json.dumps([{"a": "x" * 9}] * 40000).encode(),
        '\ufeff[{"a": 1}]'.encode("utf-16-be"),
    ],
    "a file of JSON lines": [b'{"a": 1}\n{"a": 2}\n', b'["a", 1]\n["b", 2]\n', b'{"a": "x"}\n' * 40_000],
    "a program": [b"\x7fELF\x02\x01\x01" + bytes(9), _PE, b"#!/bin/sh\necho hi\n",
                  _zip("META-INF/MANIFEST.MF", "A.class"),
                  b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(20), b"\xcf\xfa\xed\xfe\x07\0\0\1"],
    "a Java class": [b"\xca\xfe\xba\xbe\0\0\0\x41\0\x10"],
    "a shortcut": [b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + bytes(56), b"[InternetShortcut]\r\nURL=x\r\n"],
    "a Parquet file": [b"PAR1\x15\x04\x15\x10" + bytes(8) + b"PAR1"],
    "an Arrow file": [b"ARROW1\0\0\xff\xff\xff\xff"],
    "a Feather file": [b"FEA1\0\0\0\0\x08"],
    "an Avro file": [b"Obj\x01\x04\x14avro.codec\x08null"],
    "an ORC file": [b"ORC\x0a\x03\x00\x00\x12\x04"],
    "a Python pickle": [pickle.dumps([{"a": 1}], protocol) for protocol in (2, 3, 4, 5)],
    "a NumPy array": [b"\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n" + bytes(8)],
    "a NumPy archive": [_zip("arr_0.npy")],
    "an HDF5 file": [b"\x89HDF\r\n\x1a\n\0\0\0\0"],
    "an SPSS file": [b"$FL2@(#) SPSS DATA FILE MS Windows 25.0" + bytes(40)],
    "a Stata file": [b"<stata_dta><header><release>118</release>", b"\x72\x02\x01\x00\x05\0" + bytes(40)],
    "a SAS data set": [bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")],
    "a SAS transport file": [b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000"],
    "a dBase table": [_dbase()],
    "an Access database": [b"\0\x01\0\0Standard Jet DB\0" + bytes(20), b"\0\x01\0\0Standard ACE DB\0" + bytes(20)],
    "a property list": [plistlib.dumps({"a": 1}, fmt=plistlib.FMT_BINARY)],
    "a WAV recording": [_wav()],
    "an MP3 recording": [b"ID3\x04\0\0\0\0\0\x23TSSE", b"\xff\xfb\x90\x64\0\0\0\0"],
    "an Ogg recording": [b"OggS\0\x02" + bytes(20)],
    "a video": [b"\0\0\0\x20ftypisom\0\0\2\0", b"RIFF\x24\0\0\0AVI LIST", b"\x1aE\xdf\xa3\x01\0\0\0"],
    "a font": [b"\0\x01\0\0\0\x0f\0\x80", b"OTTO\0\x0b\0\x80", b"wOFF\0\x01\0\0\0\0", b"wOF2\0\x01\0\0\0\0"],
    "an e-mail": [_mail(), b"From a@example.com Mon Nov 23\r\n" + _mail()],
    "a SYLK spreadsheet": [b"ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K1\r\nE\r\n"],
    "a calendar or an address card": [b"BEGIN:VCARD\r\nVERSION:3.0\r\n"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, found in FILES.items() for data in found])
def test_a_file_of_another_format_is_refused_by_name_with_what_to_do(name: str, data: bytes) -> None:
    for read in (open_table, read_structure):
        with pytest.raises(FileRejectedError) as caught:
            read([data])
        assert caught.value.rejection.code is RejectionCode.NOT_CSV
        said = caught.value.rejection.message
        assert said.startswith(f"This is {name}, not a CSV file; ")
        assert len(said) > len(f"This is {name}, not a CSV file; .") + 10


def test_a_database_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileRejectedError, match="a SQLite database"):
        open_table([_sqlite(tmp_path)])


def test_the_running_interpreter_is_a_program() -> None:
    with pytest.raises(FileRejectedError, match="a program"):
        open_table([Path(sys.executable).read_bytes()])


_HONEST = [
    "[a],[b]\n1,2\n3,4\n", "{id},name\n1,2\n", "PK,name\n1,2\n", "MZ,name\n1,2\n", "<5,>5\n1,2\n", "#!,b\n1,2\n",
    "BM,name\n1,2\n", "BMW,name\n1,2\n", "GIF89a,name\n1,2\n", "%PDF,name\n1,2\n", "%PDF-,name\n1,2\n",
    "ID3,name\n1,2\n",
    "<b>Name</b>,<b>Code</b>\n1,2\n", "<b><i>Name</i></b>,x\n1,2\n", '{"a": 1},x\n1,2\n', '"{""a"": 1}",x\n1,2\n',
    "[1],x\n2,3\n", "ORC,Elf\n1,2\n", "PAR1,b\n1,2\n", "FEA1,b\n1,2\n", "OTTO,b\n1,2\n", "BZh,b\n1,2\n",
    "Obj,b\n1,2\n",
    "RIFF,b\n1,2\n", "ID;Price\n1;2\n", "ID;PLZ;Ort\n1;80331;Bern\nC;2;X\n", "From,To,Subject\na,b,c\n",
    "Subject: a,b\n1,2\n", "L,b\n1,2\n", "ftyp,ftyp\n1,2\n", "wOFF,b\n1,2\n", "RDX2,b\n1,2\n",
    "LZIP,b\n1,2\n", "ustar,b\n1,2\n",
    "{},{}\n1,2\n", "[],x\n1,2\n", "SQLite format 3,b\n1,2\n", "8BPS,b\n1,2\n", "CDF,b\n1,2\n", "bplist00,b\n1,2\n",
    "<a@example.com>,<b@example.com>\n1,2\n", "MThd,b\n1,2\n", "\ufeffPK,name\n1,2\n",
]  # fmt: skip


@pytest.mark.parametrize("text", _HONEST)
def test_a_table_that_begins_like_another_format_is_read(text: str) -> None:
    refuse_other_formats(text.encode(), complete=True)
    assert len(list(read_structure([text.encode()]).rows())) == text.count("\n")


def test_a_table_below_the_head_of_a_letter_is_read() -> None:
    text = "From: Anna\nTo: Bea\nSubject: prices\nDate: today\nid,name,price\n1,x,2\n2,y,3\n"
    assert list(read_structure([text.encode()]).rows())[-1] == ["2", "y", "3"]


@given(
    st.sampled_from([magic for offset, magic, *_ in MAGIC if not offset and magic.isascii() and magic.isalnum()]),
    st.lists(st.text(alphabet="abc 12.,;\té€", min_size=1, max_size=9), min_size=1, max_size=9),
)
def test_no_name_that_a_format_begins_with_refuses_a_text(name: bytes, rows: list[str]) -> None:
    refuse_other_formats(name + b",b\n" + "\n".join(rows).encode(), complete=True)


@given(st.text(alphabet='<>/b a{}[]":,;\n1%!#', max_size=60))
def test_no_table_of_marks_raises_anything_but_a_refusal(text: str) -> None:
    with suppress(FileRejectedError):
        refuse_other_formats(text.encode(), complete=True)


@pytest.mark.parametrize("seed", range(20))
def test_bytes_that_are_no_text_are_refused(seed: int) -> None:
    data = random.Random(seed).randbytes(2_000 + 500 * seed)
    for read in (open_table, read_structure):
        with pytest.raises(FileRejectedError) as caught:
            read([data])
        assert caught.value.rejection.code is RejectionCode.NOT_TEXT


@pytest.mark.parametrize("mark", ["\x01", "\x1f"])
def test_a_table_parted_by_a_control_character_is_text(mark: str) -> None:
    rows = [["id", "name", "x"], *([str(number), "a", "b"] for number in range(9))]
    data = "".join(f"{mark.join(row)}\n" for row in rows).encode()
    assert list(read_structure([data]).rows()) == rows


def test_data_of_another_program_is_no_text() -> None:
    data = marshal.dumps([(number, float(number), str(number)) for number in range(2_000)])
    with pytest.raises(FileRejectedError) as caught:
        open_table([data])
    assert caught.value.rejection.code is RejectionCode.NOT_TEXT


def test_thousands_of_comments_before_no_page_at_all_take_no_time() -> None:
    assert list(read_structure([b"<!---->" * 30_000 + b",b\n1,2\n"]).rows())
