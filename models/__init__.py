"""What is remembered; Tortoise finds its models here."""

from models.changes import ChangeAction, ChangeCause, ChangeSet, RecordChange, id_prefix, ids_of
from models.status import (
    ACTIVE,
    CLAIMABLE,
    COMPLETE,
    TERMINAL,
    ImportMode,
    InvalidRowPolicy,
    UploadStage,
    UploadStatus,
)
from models.templates import EVERY_SUITE, PhaseTemplate, SuiteTemplate, fold_code
from models.tenancy import Membership, Organization, ProjectProfile, Role, UserAccount
from models.upload import Failure, RowCounts, RowError, UploadedTemplateFile, UploadEvent

__all__ = [
    "ACTIVE",
    "CLAIMABLE",
    "COMPLETE",
    "EVERY_SUITE",
    "TERMINAL",
    "ChangeAction",
    "ChangeCause",
    "ChangeSet",
    "Failure",
    "ImportMode",
    "InvalidRowPolicy",
    "Membership",
    "Organization",
    "PhaseTemplate",
    "ProjectProfile",
    "RecordChange",
    "Role",
    "RowCounts",
    "RowError",
    "SuiteTemplate",
    "UploadEvent",
    "UploadStage",
    "UploadStatus",
    "UploadedTemplateFile",
    "UserAccount",
    "fold_code",
    "id_prefix",
    "ids_of",
]
