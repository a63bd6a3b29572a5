"""Files that are no CSV, recognised by their first bytes and refused by name."""

from __future__ import annotations

import json
import re

from sanitizer_lambda.contract import FileRejectedError, RejectionCode, reject

_SAVE_AS = "open it in its program and save it as CSV"
_UNPACK = "unpack it and upload the CSV inside"
_EXPORT = "export the table as CSV"

# (offset, bytes, what it is, what to do). Formats whose first bytes no CSV file begins with.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x1f\x8b", "a gzip archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"%PDF-", "a PDF document", _EXPORT),
    (0, b"{\\rtf", "a rich text document", _EXPORT),
    (0, b"%!PS", "a PostScript document", _EXPORT),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image", _EXPORT),
    (0, b"\xff\xd8\xff", "a JPEG image", _EXPORT),
    (0, b"GIF87a", "a GIF image", _EXPORT),
    (0, b"GIF89a", "a GIF image", _EXPORT),
    (0, b"II*\x00", "a TIFF image", _EXPORT),
    (0, b"MM\x00*", "a TIFF image", _EXPORT),
    (8, b"WEBP", "a WebP image", _EXPORT),
    (4, b"ftypheic", "a HEIC image", _EXPORT),
    (0, b"\x00\x00\x01\x00", "an icon", _EXPORT),
    (0, b"\x7fELF", "a program", _EXPORT),
    (0, b"\xca\xfe\xba\xbe", "a program", _EXPORT),
    (0, b"\xcf\xfa\xed\xfe", "a program", _EXPORT),
    (0, b"\x00asm", "a program", _EXPORT),
    (0, b"SQLite format 3\x00", "a SQLite database", _EXPORT),
    (0, b"PAR1", "a Parquet file", _EXPORT),
    (0, b"ARROW1\x00\x00", "an Arrow file", _EXPORT),
    (0, b"Obj\x01", "an Avro file", _EXPORT),
    (0, b"bplist00", "a property list", _EXPORT),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# A name inside a ZIP archive -> what the archive is.
_ZIP_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet", _SAVE_AS),
    (b"opendocument.", "an OpenDocument file", _EXPORT),
    (b"xl/", "an Excel workbook", _SAVE_AS),
    (b"Index/", "a Numbers spreadsheet", _SAVE_AS),
    (b"word/", "a Word document", _EXPORT),
    (b"ppt/", "a PowerPoint presentation", _EXPORT),
)
# The name of a workbook's stream in an OLE container, in UTF-16 as the container writes it.
_WORKBOOK = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
# Possessive throughout: thousands of comments must not be tried in every grouping.
_HTML = rb"(?is)\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body|table|meta|script)\b"
_XML = rb"\s*<\?xml\s"
_SCRIPT = rb"#!\s*/"
_BOMS = rb"\A(?:\xef\xbb\xbf)?\s*"
# A program for DOS or Windows names the offset of its second header at byte 60.
_PE_OFFSET = slice(60, 64)


def refuse_other_formats(sample: bytes, *, complete: bool) -> None:
    """Raise FileRejectedError where the file's first bytes say that it is no CSV; ``complete`` if they are all."""
    found = _binary(sample) or _textual(sample, complete=complete)
    if found is not None:
        raise _refusal(*found)


def _refusal(what: str, advice: str) -> FileRejectedError:
    return reject(RejectionCode.NOT_CSV, f"This is {what}, not a CSV file; {advice}.")


def _binary(sample: bytes) -> tuple[str, str] | None:
    if sample.startswith(_ZIP):
        return next(((what, advice) for name, what, advice in _ZIP_KINDS if name in sample), ("a ZIP archive", _UNPACK))
    if sample.startswith(_OLE):
        workbook = any(name in sample for name in _WORKBOOK)
        return ("an Excel workbook", _SAVE_AS) if workbook else ("an Office document", _EXPORT)
    if sample.startswith(b"MZ") and b"\x00" in sample[:64]:
        offset = int.from_bytes(sample[_PE_OFFSET], "little")
        if sample[offset : offset + 2] in {b"PE", b"NE", b"LE"} or b"DOS mode" in sample[:512]:
            return ("a program", _EXPORT)
    return next(
        ((what, advice) for offset, magic, what, advice in _MAGIC if sample.startswith(magic, offset)),
        None,
    )


def _textual(sample: bytes, *, complete: bool) -> tuple[str, str] | None:
    start = re.match(_BOMS, sample)
    text = sample[start.end() if start else 0 :]
    if re.match(_HTML, text):
        return ("an HTML page", _EXPORT)
    if re.match(_XML, text):
        return ("an XML spreadsheet", _SAVE_AS) if b"schemas-microsoft-com" in text else ("an XML file", _EXPORT)
    if re.match(_SCRIPT, text):
        return ("a program", _EXPORT)
    if text[:1] in {b"{", b"["} and _is_json(text, complete=complete):
        return ("a JSON file", _EXPORT)
    return None


def _is_json(text: bytes, *, complete: bool) -> bool:
    try:
        decoded = text.decode("utf-8", errors="ignore").rstrip()
        value, end = json.JSONDecoder().raw_decode(decoded)
    except RecursionError:
        return True
    except ValueError as error:
        # A document cut off by the end of the sample fails where the sample ends, and nowhere before.
        return not complete and isinstance(error, json.JSONDecodeError) and error.pos > len(decoded) * 0.99
    whole = end == len(decoded) or decoded[end:].lstrip()[:1] in {"{", "["}
    return whole and bool(value) and isinstance(value, dict | list)
