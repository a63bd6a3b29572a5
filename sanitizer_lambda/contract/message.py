"""What the sanitizer tells the worker over SQS. A message is untrusted: reading one checks that its keys agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from sanitizer_lambda.contract.codes import Rejection
from sanitizer_lambda.contract.keys import UploadKey
from sanitizer_lambda.contract.wire import ContractError, Wire


class SanitizerStage(StrEnum):
    """Steps the sanitizer notes on its way; the names are those of ``UploadStage``."""

    RECEIVED = "RECEIVED"
    READING = "READING"
    CLEANING = "CLEANING"


@dataclass(frozen=True, slots=True)
class SanitizedMessage(Wire):
    """One of three: a clean file (``final_s3_key``), a refused one (``rejection``), or a note on the way (``stage``).

    The first is exactly the two agreed keys: what it was made from stands in the clean object's metadata. A refused
    file names the ``source_version`` that was read, as its report is named after it.
    """

    ALWAYS: ClassVar[frozenset[str]] = frozenset({"quarantine_s3_key", "final_s3_key"})

    quarantine_s3_key: str
    final_s3_key: str | None = None
    source_version: str | None = None
    rejection: Rejection | None = None
    stage: SanitizerStage | None = None

    def __post_init__(self) -> None:
        """Both keys must name the same upload, and exactly one of the three things must be said."""
        key = UploadKey.of_quarantine(self.quarantine_s3_key)
        if self.final_s3_key is not None and self.final_s3_key != key.clean:
            raise ContractError("the two keys name different uploads")
        if sum(said is not None for said in (self.final_s3_key, self.rejection, self.stage)) != 1:
            raise ContractError("exactly one of final_s3_key, rejection and stage is expected")

    @property
    def key(self) -> UploadKey:
        """The upload this is about."""
        return UploadKey.of_quarantine(self.quarantine_s3_key)

    @property
    def is_final(self) -> bool:
        """Whether the sanitizer is done with this upload."""
        return self.stage is None
