"""The enums: those of the house with a sentence for each value. On the wire they are in capitals."""

from __future__ import annotations

from gql.schema.ground import described
from models import ImportMode, InvalidRowPolicy, Role, UploadStage, UploadStatus
from sanitizer_lambda.contract import (
    AreaUnit,
    DependencyType,
    DurationUnit,
    MatchedBy,
    RowErrorCode,
    SuiteType,
    TemplateKind,
)

described(
    UploadStatus,
    "How far an upload is. The four words never change; `stage` says it more finely.",
    {
        UploadStatus.PENDING: "Asked for; the file is awaited.",
        UploadStatus.SANITIZING: "The file is there and is being read, cleaned and imported.",
        UploadStatus.PROCESSED: "Imported, or for a dry run planned. Nothing comes after it.",
        UploadStatus.FAILED: "Ended without an import; `failure` says why. Nothing comes after it.",
    },
)

described(
    UploadStage,
    "The step an upload is in, or failed in. Steps come in this order, may be left out and never go back; more may be"
    " added.",
    {
        UploadStage.AWAITING_FILE: "The file is awaited.",
        UploadStage.RECEIVED: "The file is in quarantine.",
        UploadStage.READING: "Encoding, layout and header are being found out.",
        UploadStage.CLEANING: "Every cell is being made harmless.",
        UploadStage.QUEUED: "The clean file waits for an importer.",
        UploadStage.CHECKING: "Every row is being checked.",
        UploadStage.IMPORTING: "The rows are being written.",
        UploadStage.PLANNED: "A dry run is done; nothing was written.",
        UploadStage.DONE: "The rows are written.",
    },
)

described(
    TemplateKind,
    "What the rows of a file are.",
    {
        TemplateKind.SUITE_TEMPLATES: "Types of unit.",
        TemplateKind.PHASE_TEMPLATES: "Steps of the work.",
        TemplateKind.SUITES_WITH_PHASES: "Both: one row a phase, with its suite's columns repeated.",
    },
)

described(
    ImportMode,
    "Which records an import may touch.",
    {
        ImportMode.UPSERT: "New ones are created, existing ones updated.",
        ImportMode.CREATE_ONLY: "A row whose record exists is refused.",
        ImportMode.UPDATE_ONLY: "A row whose record does not exist is refused.",
    },
)

described(
    InvalidRowPolicy,
    "What one refused row means for the rest of its file.",
    {
        InvalidRowPolicy.REJECT_FILE: "Nothing of the file is imported.",
        InvalidRowPolicy.REJECT_ROWS: "The other rows are imported.",
    },
)

described(
    Role,
    "What a member may do in an organization, each including what stands before it.",
    {
        Role.VIEWER: "See everything.",
        Role.EDITOR: "Upload.",
        Role.OWNER: "All there is.",
    },
)

described(
    MatchedBy,
    "How a header found its column.",
    {
        MatchedBy.MAPPED: "By the client's own map.",
        MatchedBy.EXACT: "By the column's name.",
        MatchedBy.SYNONYM: "By one of the column's synonyms.",
        MatchedBy.SIMILAR: "By similarity, with a clear lead over any other column.",
        MatchedBy.IGNORED: "It found none; its cells are left out.",
    },
)

described(
    RowErrorCode,
    "Why one row is refused.",
    {
        RowErrorCode.FIELD_COUNT: "It has too few or too many cells.",
        RowErrorCode.UNCLOSED_QUOTE: "A quote is opened and never closed.",
        RowErrorCode.UNDECODABLE_BYTES: "It holds bytes that are no text in the file's encoding.",
        RowErrorCode.REQUIRED: "A required cell is empty.",
        RowErrorCode.NOT_A_NUMBER: "A number is expected.",
        RowErrorCode.NOT_A_BOOLEAN: "Yes or no is expected.",
        RowErrorCode.NOT_A_CHOICE: "One of the column's values is expected.",
        RowErrorCode.AMBIGUOUS_VALUE: "The cell can be read in more than one way.",
        RowErrorCode.OUT_OF_RANGE: "The value is below or above the column's bounds.",
        RowErrorCode.TOO_LONG: "The text is longer than the column allows.",
        RowErrorCode.PATTERN: "The text does not have the column's form.",
        RowErrorCode.DUPLICATE_IN_FILE: "An earlier row of the file has the same key.",
        RowErrorCode.EXISTS_ALREADY: "The record exists, and only new ones may be created.",
        RowErrorCode.NOT_FOUND_FOR_UPDATE: "The record does not exist, and only existing ones may be updated.",
        RowErrorCode.UNKNOWN_REFERENCE: "It refers to a record that does not exist.",
        RowErrorCode.SELF_REFERENCE: "It refers to itself.",
        RowErrorCode.CYCLE: "It is part of a circle of references.",
        RowErrorCode.SEQUENCE_CONFLICT: "Another phase of its group has the same place.",
        RowErrorCode.MILESTONE_DURATION: "A milestone takes no time.",
        RowErrorCode.BAD_DEPENDENCY: "A dependency cannot be read, or could mean more than one phase.",
        RowErrorCode.CURRENCY_MISMATCH: "The cell's currency mark is not the row's currency.",
    },
)

described(
    SuiteType,
    "What a unit is used as.",
    {
        SuiteType.STUDIO: "One room to live and sleep in.",
        SuiteType.LOFT: "An open, high room.",
        SuiteType.APARTMENT: "A flat on one floor.",
        SuiteType.TOWNHOUSE: "A house in a row.",
        SuiteType.PENTHOUSE: "A flat on the top floor.",
        SuiteType.DUPLEX: "A flat on two floors.",
        SuiteType.COMMERCIAL: "A shop or an office.",
        SuiteType.OTHER: "Anything else.",
    },
)

described(
    AreaUnit,
    "The unit of a suite's areas.",
    {AreaUnit.SQM: "Square metres.", AreaUnit.SQFT: "Square feet."},
)

described(
    DurationUnit,
    "Which days a phase's duration counts.",
    {DurationUnit.WORKDAYS: "Days on which work is done.", DurationUnit.CALENDAR_DAYS: "All days."},
)

described(
    DependencyType,
    "Which end of the predecessor holds which end of the phase.",
    {
        DependencyType.FS: "The phase starts once the predecessor has finished.",
        DependencyType.SS: "The phase starts once the predecessor has started.",
        DependencyType.FF: "The phase finishes once the predecessor has finished.",
        DependencyType.SF: "The phase finishes once the predecessor has started.",
    },
)

__all__ = [
    "AreaUnit",
    "DependencyType",
    "DurationUnit",
    "ImportMode",
    "InvalidRowPolicy",
    "MatchedBy",
    "Role",
    "RowErrorCode",
    "SuiteType",
    "TemplateKind",
    "UploadStage",
    "UploadStatus",
]
