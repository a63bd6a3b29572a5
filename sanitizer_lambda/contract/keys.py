"""Where an upload's objects live in the two buckets. The user's file name is never part of a key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sanitizer_lambda.contract.wire import ContractError

if TYPE_CHECKING:
    from uuid import UUID

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_QUARANTINE = re.compile(rf"({_UUID})/({_UUID})/({_UUID})\.csv")
_FINAL = re.compile(rf"({_UUID})/({_UUID})/({_UUID})/([a-z0-9.-]{{1,64}})")

CLEAN_NAME = "clean.csv"
REQUEST_NAME = "request.json"
REJECTS_NAME = "rejects.csv"

# S3 user metadata of the clean object, which ties it to what it was made from.
SOURCE_VERSION_METADATA = "source-version"
REPORT_KEY_METADATA = "report-key"


@dataclass(frozen=True, slots=True)
class UploadKey:
    """The one name of an upload in storage: organization, project, upload."""

    organization_id: UUID
    project_id: UUID
    upload_id: UUID

    @property
    def quarantine(self) -> str:
        """The key the client's file is put under."""
        return f"{self.organization_id}/{self.project_id}/{self.upload_id}.csv"

    @property
    def clean(self) -> str:
        """The key of the clean file; it exists once a version is wholly sanitized."""
        return self._final(CLEAN_NAME)

    @property
    def request(self) -> str:
        """The key of what the API wrote before it signed anything."""
        return self._final(REQUEST_NAME)

    @property
    def rejects(self) -> str:
        """The key of the refused rows in the user's own layout, which the worker writes for people."""
        return self._final(REJECTS_NAME)

    def report(self, source_version: str) -> str:
        """Return the key of the report on one version of the quarantined object."""
        return self._final(f"report-{_tag(source_version)}.json")

    def rejected(self, source_version: str) -> str:
        """Return the key of the rows refused from one version (see ``contract.refused``); not there where none was."""
        return self._final(f"rejected-{_tag(source_version)}.csv")

    def lines(self, source_version: str) -> str:
        """Return the key of the line map of one version (see ``contract.linemap``)."""
        return self._final(f"lines-{_tag(source_version)}.bin")

    @classmethod
    def of_quarantine(cls, key: str) -> Self:
        """Read a quarantine key. Raises ContractError."""
        if (match := _QUARANTINE.fullmatch(key)) is None:
            raise ContractError("not a quarantine key")
        return cls(*_uuids(match.groups()))

    @classmethod
    def of_final(cls, key: str) -> Self:
        """Read the key of any object of the final bucket. Raises ContractError."""
        if (match := _FINAL.fullmatch(key)) is None:
            raise ContractError("not a final key")
        return cls(*_uuids(match.groups()[:3]))

    def _final(self, name: str) -> str:
        return f"{self.organization_id}/{self.project_id}/{self.upload_id}/{name}"


def _uuids(texts: Iterable[str]) -> Iterable[UUID]:
    from uuid import UUID  # noqa: PLC0415 - looks at the platform

    return map(UUID, texts)


def _tag(source_version: str) -> str:
    """Version ids may hold any character and 1,024 of them; 16 hexadecimal digits keep names short and plain."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL

    return hashlib.sha256(source_version.encode()).hexdigest()[:16]
