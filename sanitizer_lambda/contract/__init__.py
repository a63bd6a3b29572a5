"""What the sanitizer and the rest of the house agree on. Standard library only."""

from sanitizer_lambda.contract.codes import (
    FileRejectedError,
    Rejection,
    RejectionCode,
    RowErrorCode,
    reject,
)
from sanitizer_lambda.contract.columns import (
    COLUMNS,
    PHASE_COLUMNS,
    SUITE_COLUMNS,
    AreaUnit,
    Column,
    ColumnType,
    DependencyType,
    DurationUnit,
    SuiteType,
    TemplateKind,
    prefixed,
)
from sanitizer_lambda.contract.keys import CLEAN_NAME, REPORT_KEY_METADATA, SOURCE_VERSION_METADATA, UploadKey
from sanitizer_lambda.contract.limits import Limits
from sanitizer_lambda.contract.linemap import LineMapWriter, lines_of
from sanitizer_lambda.contract.message import SanitizedMessage, SanitizerStage
from sanitizer_lambda.contract.refused import ERRORS_HEADER, LINE_HEADER, REFUSED_HEADER, RefusedRow, read_refused
from sanitizer_lambda.contract.report import (
    MAX_EXAMPLES,
    RULE_SET_VERSION,
    CellChange,
    ColumnMatch,
    DetectedFormat,
    MatchedBy,
    Note,
    NoteCount,
    RefusedCount,
    Report,
    Rule,
    RuleCount,
)
from sanitizer_lambda.contract.request import ColumnMapping, ParseHints, SanitizeRequest
from sanitizer_lambda.contract.wire import ContractError, Wire

__all__ = [
    "CLEAN_NAME",
    "COLUMNS",
    "ERRORS_HEADER",
    "LINE_HEADER",
    "MAX_EXAMPLES",
    "PHASE_COLUMNS",
    "REFUSED_HEADER",
    "REPORT_KEY_METADATA",
    "RULE_SET_VERSION",
    "SOURCE_VERSION_METADATA",
    "SUITE_COLUMNS",
    "AreaUnit",
    "CellChange",
    "Column",
    "ColumnMapping",
    "ColumnMatch",
    "ColumnType",
    "ContractError",
    "DependencyType",
    "DetectedFormat",
    "DurationUnit",
    "FileRejectedError",
    "Limits",
    "LineMapWriter",
    "MatchedBy",
    "Note",
    "NoteCount",
    "ParseHints",
    "RefusedCount",
    "RefusedRow",
    "Rejection",
    "RejectionCode",
    "Report",
    "RowErrorCode",
    "Rule",
    "RuleCount",
    "SanitizeRequest",
    "SanitizedMessage",
    "SanitizerStage",
    "SuiteType",
    "TemplateKind",
    "UploadKey",
    "Wire",
    "lines_of",
    "prefixed",
    "read_refused",
    "reject",
]
