from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from sanitizer_lambda.contract import FileRejectedError, RejectionCode
from sanitizer_lambda.reading.reader import open_table, read_structure


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    return out.getvalue()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
_PE = b"MZ" + b"\0" * 58 + (128).to_bytes(4, "little") + b"\0" * 64 + b"PE\0\0"
FILES = {
    "an Excel workbook": [_zip("[Content_Types].xml", "xl/workbook.xml"), _OLE + "Workbook".encode("utf-16-le")],
    "an OpenDocument spreadsheet": [_zip("mimetype", "x") + b"application/vnd.oasis.opendocument.spreadsheet"],
    "a Numbers spreadsheet": [_zip("Index/Document.iwa")],
    "a Word document": [_zip("word/document.xml")],
    "a ZIP archive": [_zip("a.csv")],
    "a gzip archive": [gzip.compress(b"a,b\n1,2\n")],
    "a tar archive": [_tar()],
    "a PDF document": [b"%PDF-1.7\n1 0 obj"],
    "a PNG image": [b"\x89PNG\r\n\x1a\n" + b"\0" * 20],
    "a JPEG image": [b"\xff\xd8\xff\xe0" + b"\0" * 20],
    "an HTML page": [b"\n<!-- x --><!DOCTYPE html><html>", b"<html><table><tr>", b"\xef\xbb\xbf<table>"],
    "an XML file": [b"<?xml version='1.0'?><a/>"],
    "a JSON file": [
        b'{"a": 1}', b'[{"a": 1}, {"a": 2}]\n', b'{"a": 1}\n{"a": 2}\n', json.dumps([{"a": "x" * 9}] * 40000).encode(),
    ],
    "a program": [b"\x7fELF\x02\x01", _PE, b"#!/bin/sh\necho hi\n"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, found in FILES.items() for data in found])
def test_a_file_of_another_format_is_refused_by_name(name: str, data: bytes) -> None:
    for read in (open_table, read_structure):
        with pytest.raises(FileRejectedError, match=name) as caught:
            read([data])
        assert caught.value.rejection.code is RejectionCode.NOT_CSV


@pytest.mark.parametrize(
    "text",
    ["[a],[b]\n1,2\n3,4\n", "{id},name\n1,2\n", "PK,name\n1,2\n", "MZ,name\n1,2\n", "<5,>5\n1,2\n", "#!,b\n1,2\n"],
)
def test_a_table_that_begins_like_another_format_is_read(text: str) -> None:
    assert len(list(open_table([text.encode()]).records())) == text.count("\n") - 1


def test_thousands_of_comments_before_no_page_at_all_take_no_time() -> None:
    assert list(read_structure([b"<!---->" * 30_000 + b",b\n1,2\n"]).rows())
