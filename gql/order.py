"""What a client asks for with an upload, checked: everything that a user can mend is said as data."""

from __future__ import annotations

import codecs
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from models import ImportMode, InvalidRowPolicy
from models.upload import FILENAME_CHARS
from sanitizer_lambda.contract import COLUMNS, ColumnMapping, Limits, ParseHints, SanitizeRequest, TemplateKind

# The largest object one POST brings into S3, bytes.
MAX_POST_BYTES = 5 * 1024**3
# The encodings a client may want to choose from: of all the codecs, those that CSV files are met in.
ENCODINGS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso-8859-1", "iso-8859-15", "mac-roman"),
    *("cp437", "cp737", "cp850", "cp852", "cp857", "cp862", "cp866", "cp874", "cp1250", "cp1251", "cp1253", "cp1254"),
    *("cp1255", "cp1256", "cp1257", "cp1258", "iso-8859-2", "iso-8859-5", "iso-8859-6", "iso-8859-7", "koi8-r"),
    *("koi8-u", "mac-cyrillic", "shift_jis", "euc-jp", "iso-2022-jp", "gb18030", "big5", "euc-kr"),
)
EXTENSIONS = (".csv", ".tsv", ".txt")
# Longest name of a codec, and longest header, that are looked at, characters.
MAX_ENCODING_CHARS = 40
MAX_HEADER_CHARS = 1_000
MAX_DELIMITER_CHARS = 4
# Codecs of Python that turn text into text or are no encoding of files.
_NO_FILE_ENCODINGS = {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
_ARCHIVES = (".zip", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz")


class UploadErrorCode(StrEnum):
    """What a user can mend; the names are public, so none is ever renamed."""

    PROJECT_NOT_FOUND = "PROJECT_NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    FILENAME_INVALID = "FILENAME_INVALID"
    TYPE_NOT_ALLOWED = "TYPE_NOT_ALLOWED"
    FILE_EMPTY = "FILE_EMPTY"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    HINT_INVALID = "HINT_INVALID"
    COLUMN_UNKNOWN = "COLUMN_UNKNOWN"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    TOO_MANY_ACTIVE = "TOO_MANY_ACTIVE"
    UPLOAD_NOT_FOUND = "UPLOAD_NOT_FOUND"
    UPLOAD_EXPIRED = "UPLOAD_EXPIRED"
    UPLOAD_FINISHED = "UPLOAD_FINISHED"
    UPLOAD_NOT_FINISHED = "UPLOAD_NOT_FINISHED"
    NOT_A_PLAN = "NOT_A_PLAN"
    PLAN_OUTDATED = "PLAN_OUTDATED"
    NOT_REVERTIBLE = "NOT_REVERTIBLE"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: ``field`` is the path in the input; ``retryable`` means that time alone may mend it."""

    code: UploadErrorCode
    message: str
    field: tuple[str, ...] = ()
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """An upload as a client asks for it."""

    project_id: UUID
    filename: str
    size_bytes: int
    sha256: str | None
    kind: TemplateKind | None
    mode: ImportMode
    invalid_rows: InvalidRowPolicy
    dry_run: bool
    hints: ParseHints
    column_map: tuple[ColumnMapping, ...]

    @property
    def request(self) -> SanitizeRequest:
        """What the sanitizer is told."""
        return SanitizeRequest(self.size_bytes, self.sha256, self.kind, self.hints, self.column_map)

    @property
    def digest(self) -> str:
        """A SHA-256 of all that was asked: two orders with the same are the same."""
        rest = [str(self.project_id), self.filename, self.mode, self.invalid_rows, self.dry_run]
        return hashlib.sha256(json.dumps(rest).encode() + self.request.dump()).hexdigest()


def clean_filename(filename: str) -> str:
    """Return the name as it is shown and compared: trimmed, in NFC."""
    return unicodedata.normalize("NFC", filename).strip()


def problems(order: Order, limits: Limits) -> list[Problem]:
    """Return everything that is wrong with an order, by itself."""
    return [
        *_of_filename(order.filename),
        *_of_size(order.size_bytes, min(limits.max_file_bytes, MAX_POST_BYTES)),
        *_of_hints(order.hints),
        *_of_columns(order.column_map, order.kind),
    ]


# What divides cells so often that no file quotes with it.
_DELIMITERS = ",;\t|: "


def _of_filename(filename: str) -> list[Problem]:
    if not 1 <= len(filename) <= FILENAME_CHARS or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in filename):
        message = f"A file name has 1 to {FILENAME_CHARS} characters and no control characters."
        return [Problem(UploadErrorCode.FILENAME_INVALID, message, ("filename",))]
    name = filename.casefold()
    if name.endswith(EXTENSIONS):
        return []
    if name.endswith(_WORKBOOKS):
        message = "This is a workbook; save it as CSV and upload that."
    elif name.endswith(_ARCHIVES):
        message = "This is an archive; unpack it and upload the CSV file."
    else:
        message = f"Only {', '.join(EXTENSIONS[:-1])} and {EXTENSIONS[-1]} files are taken."
    return [Problem(UploadErrorCode.TYPE_NOT_ALLOWED, message, ("filename",))]


def _of_size(size: int, largest: int) -> list[Problem]:
    if size <= 0:
        return [Problem(UploadErrorCode.FILE_EMPTY, "The file is empty.", ("sizeBytes",))]
    if size > largest:
        message = f"The file is larger than {largest:,} bytes; divide it."
        return [Problem(UploadErrorCode.FILE_TOO_LARGE, message, ("sizeBytes",))]
    return []


def _of_hints(hints: ParseHints) -> list[Problem]:
    wrong = {}
    if hints.encoding is not None and not _is_encoding(hints.encoding):
        wrong["encoding"] = "This is no encoding of text files that we know."
    if hints.delimiter is not None and not _is_delimiter(hints.delimiter):
        wrong["delimiter"] = f"A delimiter has 1 to {MAX_DELIMITER_CHARS} characters and no line break or quote."
    if hints.quote is not None and (len(hints.quote) > 1 or not _is_plain(hints.quote)):
        wrong["quote"] = "A quote is one character, or empty where there is none."
    if hints.quote and (hints.quote in _DELIMITERS or hints.quote in (hints.delimiter or "")):
        wrong["quote"] = "A quote is no delimiter."
    if hints.header_line is not None and hints.header_line < 0:
        wrong["headerLine"] = "The header's line counts from 1; 0 means that there is none."
    if hints.decimal_mark not in (None, ".", ","):
        wrong["decimalMark"] = "A decimal mark is a point or a comma."
    return [Problem(UploadErrorCode.HINT_INVALID, message, ("parse", name)) for name, message in wrong.items()]


def _of_columns(mappings: tuple[ColumnMapping, ...], kind: TemplateKind | None) -> list[Problem]:
    kinds = [kind] if kind else list(TemplateKind)
    known = {column.name for each in kinds for column in COLUMNS[each]}
    found = []
    for index, mapping in enumerate(mappings):
        place = ("columnMap", str(index))
        if mapping.column not in known:
            message = f"There is no column {mapping.column[:FILENAME_CHARS]!r}; `importSchema` lists them."
            found.append(Problem(UploadErrorCode.COLUMN_UNKNOWN, message, (*place, "column")))
        if not 1 <= len(mapping.header) <= MAX_HEADER_CHARS or "\0" in mapping.header:
            message = f"A header has 1 to {MAX_HEADER_CHARS} characters."
            found.append(Problem(UploadErrorCode.COLUMN_UNKNOWN, message, (*place, "header")))
    return found


def _is_encoding(name: str) -> bool:
    try:
        codec = (
            codecs.lookup(name) if name.isascii() and name.isprintable() and len(name) <= MAX_ENCODING_CHARS else None
        )
    except LookupError:
        return False
    # Python keeps apart what turns bytes into text from what turns bytes into bytes.
    return codec is not None and codec._is_text_encoding and codec.name not in _NO_FILE_ENCODINGS  # noqa: SLF001


def _is_delimiter(text: str) -> bool:
    return 1 <= len(text) <= MAX_DELIMITER_CHARS and _is_plain(text.replace("\t", " ")) and not set(text) & set("\"'")


def _is_plain(text: str) -> bool:
    return not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)
