"""Files that are no CSV, recognised by their first bytes and refused by name."""

from __future__ import annotations

import codecs
import json
import re

from sanitizer_lambda.contract import FileRejectedError, RejectionCode, reject
from sanitizer_lambda.reading.formats import CHOOSE, EXPORT, MAGIC, MEDIA, OLE, RIFF, SAVE_AS, UNPACK, ZIPPED

_Found = tuple[str, str] | None

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# What no text begins with: a table may well be called BMW or ID3, or begin with a GIF's first letters.
_BINARY = rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]"
_BINARY_WITHIN = 512
_FEW_BYTES = 2
# A program for DOS or Windows names the offset of its second header at byte 60.
_PE_OFFSET = slice(60, 64)
# Versions of Java's class files; a program for several Macs has fewer parts than the first of them.
_JAVA = range(45, 200)
# Versions of pickles that begin with their number, and what a version of Stata up to 12 begins with.
_PICKLE, _STATA = range(2, 6), range(104, 116)
# First bytes of dBase and its kin.
_DBASE = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\xcb\xf5")
_DBASE_HEADER = 32

# Possessive throughout: thousands of comments must not be tried in every grouping.
_HTML = rb"(?is)\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body|table|meta|script)\b"
_XML = rb"\s*<\?xml\s"
_ROOT = rb"<([A-Za-z][\w:.-]{0,60})(?:\s[^<>]{0,4000})?>\s*<"
_SVG = rb"(?is)<(?:\?xml[^<>]{0,200}>\s*)?(?:<!doctype svg[^<>]{0,200}>\s*)?<?svg[\s>]"
_PDF = rb"%PDF-\d\.\d"
_RTF = rb"\{\\rtf\d"
_SCRIPT = rb"#!\s*/"
_SYLK = rb"ID;P\w*[^\r\n]*\r?\n(?:[A-Z];[^\r\n]*\r?\n){0,500}?[CF];(?:[^\r\n]*;)?[XY]\d"
_SHORTCUT = rb"\[InternetShortcut\]\s"
_CARD = rb"BEGIN:V(?:CARD|CALENDAR)\r?\n"
_MAIL_LINE = rb"(?:[!-9;-~]+:[ \t][^\r\n]*|[ \t][^\r\n]+)"
_MAIL = rb"(?:From [^\r\n]+\r?\n)?(?:%b\r?\n){3,400}" % _MAIL_LINE
_MAIL_NAMES = rb"(?im)^(?:from|to|subject|date)(?=:)"
# What only programs that send mail write; the others may well stand above a table.
_MAIL_MARKS = rb"(?im)^(?:message-id|mime-version|received|return-path|delivered-to):"
# So many lines of an e-mail's own names are no chance.
_FEW_NAMES = 2
_BOMS = rb"\A(?:\xef\xbb\xbf)?\s*"
_PLAIN: tuple[tuple[bytes, str, str], ...] = (
    (_HTML, "an HTML page", EXPORT),
    (_SVG, "an SVG image", EXPORT),
    (_PDF, "a PDF document", EXPORT),
    (_RTF, "a rich text document", EXPORT),
    (rb"%!PS", "a PostScript document", EXPORT),
    (_SCRIPT, "a program", CHOOSE),
    (_SYLK, "a SYLK spreadsheet", SAVE_AS),
    (_SHORTCUT, "a shortcut", "upload the file that it leads to"),
    (_CARD, "a calendar or an address card", EXPORT),
)
# Marks of UTF-16, in which some programs write XML and JSON.
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def refuse_other_formats(sample: bytes, *, complete: bool) -> None:
    """Raise FileRejectedError where the file's first bytes say that it is no CSV; ``complete`` if they are all."""
    found = _binary(sample) or _textual(sample, complete=complete)
    if found is not None:
        raise _refusal(*found)


def _refusal(what: str, advice: str) -> FileRejectedError:
    return reject(RejectionCode.NOT_CSV, f"This is {what}, not a CSV file; {advice}.")


def _binary(sample: bytes) -> _Found:
    if sample.startswith(_ZIP):
        return next(((what, advice) for name, what, advice in ZIPPED if name in sample), ("a ZIP archive", UNPACK))
    if sample.startswith(_OLE):
        return _ole(sample)
    is_binary = re.search(_BINARY, sample[:_BINARY_WITHIN]) is not None
    for offset, magic, what, advice in MAGIC:
        if sample.startswith(magic, offset) and (is_binary or _is_telling(magic)):
            return what, advice
    return (_container(sample) or _program(sample) or _table(sample)) if is_binary else None


def _is_telling(magic: bytes) -> bool:
    """Whether no table begins with ``magic``, even one that holds no binary data."""
    return len(magic) > _FEW_BYTES and not (magic.isascii() and magic.isalnum())


def _ole(sample: bytes) -> _Found:
    """Tell an OLE container by the names of its streams, which are written in UTF-16."""
    names = ((name.encode("utf-16-le"), what, advice) for name, what, advice in OLE)
    unknown = ("an Excel workbook or another Office document", SAVE_AS)
    return next(((what, advice) for name, what, advice in names if name in sample), unknown)


def _container(sample: bytes) -> _Found:
    if sample.startswith(b"RIFF") and sample[8:12] in RIFF:
        return RIFF[sample[8:12]], CHOOSE
    if sample[4:8] == b"ftyp":
        return MEDIA.get(sample[8:12], "a video"), CHOOSE
    # A bitmap's four bytes after its size are zero.
    return ("a bitmap image", EXPORT) if sample.startswith(b"BM") and sample[6:10] == bytes(4) else None


def _program(sample: bytes) -> _Found:
    if sample.startswith(b"\xca\xfe\xba\xbe"):
        return ("a Java class" if int.from_bytes(sample[4:8]) in _JAVA else "a program"), CHOOSE
    if sample.startswith(b"MZ"):
        offset = int.from_bytes(sample[_PE_OFFSET], "little")
        if sample[offset : offset + 2] in {b"PE", b"NE", b"LE"} or b"DOS mode" in sample[:512]:
            return "a program", CHOOSE
    return None


def _table(sample: bytes) -> _Found:
    """Tell tables of other programs, which begin with a version rather than a name."""
    first, second, third, fourth = (sample[:4] + bytes(4))[:4]
    if first == 0x80 and second in _PICKLE:  # noqa: PLR2004 - the opcode that begins a pickle
        return "a Python pickle", EXPORT
    if first in _STATA and second in {1, 2} and third == 1 and fourth == 0:
        return "a Stata file", EXPORT
    header, record = int.from_bytes(sample[8:10], "little"), int.from_bytes(sample[10:12], "little")
    dated = 1 <= third <= 12 and 1 <= fourth <= 31  # noqa: PLR2004 - a month and a day
    reserved = sample[12:14] == bytes(2)
    if (
        first in _DBASE
        and dated
        and reserved
        and record
        and header > _DBASE_HEADER
        and header % _DBASE_HEADER in {1, 8}
    ):
        return "a dBase table", EXPORT
    return None


def _textual(sample: bytes, *, complete: bool) -> _Found:
    codec = _UTF16.get(sample[:2])
    if codec is not None:
        sample = sample[2:].decode(codec, "ignore").encode(errors="ignore")
    start = re.match(_BOMS, sample)
    text = sample[start.end() if start else 0 :]
    found = next(((what, advice) for pattern, what, advice in _PLAIN if re.match(pattern, text)), None)
    if found is not None:
        return found
    if re.match(_XML, text):
        return ("an XML spreadsheet", SAVE_AS) if b"schemas-microsoft-com" in text else ("an XML file", EXPORT)
    if text[:1] == b"<":
        return ("an XML file", EXPORT) if _is_element(text, complete=complete) else None
    if text[:1] in {b"{", b"["}:
        return _json(text, complete=complete)
    return ("an e-mail", EXPORT) if _is_mail(text) else None


def _is_element(text: bytes, *, complete: bool) -> bool:
    """Whether the text is one element with others in it, open up to its end."""
    root = re.match(_ROOT, text)
    if root is None:
        return False
    end = text.find(b"</" + root[1])
    if end < 0:
        return not complete and text.count(b"<") >= text.count(b"\n")
    return re.fullmatch(rb"</%b\s*>\s*" % re.escape(root[1]), text[end:]) is not None


def _is_mail(text: bytes) -> bool:
    head = re.match(_MAIL, text)
    if head is None or not re.search(_MAIL_MARKS, head[0]):
        return False
    return len({name.lower() for name in re.findall(_MAIL_NAMES, head[0])}) >= _FEW_NAMES


def _json(text: bytes, *, complete: bool) -> _Found:
    decoded = text.decode("utf-8", errors="ignore").rstrip()
    whole = ("a JSON file", EXPORT)
    try:
        value, end = json.JSONDecoder().raw_decode(decoded)
    except RecursionError:
        return whole
    except ValueError as error:
        # A document cut off by the end of the sample fails where the sample ends, and nowhere before.
        cut_off = isinstance(error, json.JSONDecodeError) and error.pos > len(decoded) * 0.99
        return whole if cut_off and not complete else None
    if not value or not isinstance(value, dict | list):
        return None
    if end == len(decoded):
        return whole
    return ("a file of JSON lines", EXPORT) if re.match(r"\s*[{\[]", decoded[end:]) else None
