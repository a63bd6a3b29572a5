"""What a client may fetch from storage."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import PurePosixPath
from typing import Self

import strawberry

from gql.context import Services
from gql.schema.scalars import Long
from models import UploadedTemplateFile
from sanitizer_lambda.contract import UploadKey

# What every browser, shell and header takes in a file's name.
_ODD = r"[^A-Za-z0-9._-]+"
_MAX_STEM_CHARS = 80


@strawberry.type(description="A file to be fetched by a plain GET, without a token, until its URL expires.")
class SignedFile:
    """A signed URL."""

    url: str = strawberry.field(description="Where it is; keep it to yourself.")
    expires_at: datetime = strawberry.field(description="The GET must begin before.")
    rows: Long = strawberry.field(description="Its rows, without the header.")
    bytes: Long = strawberry.field(description="Its size.")

    @classmethod
    async def of_rejects(cls, upload: UploadedTemplateFile, services: Services) -> Self | None:
        """Sign the refused rows of an upload; None where it has none."""
        if upload.rejects_rows is None or upload.rejects_bytes is None:
            return None
        key = UploadKey(upload.organization_id, upload.project_id, upload.id).rejects
        ttl = services.uploads.url_ttl
        url = await services.storage.final.sign_get(key, filename=_rejects_name(upload.filename), ttl=ttl)
        return cls(
            url=url,
            expires_at=services.clock() + ttl,
            rows=Long(upload.rejects_rows),
            bytes=Long(upload.rejects_bytes),
        )


def _rejects_name(filename: str) -> str:
    plain = unicodedata.normalize("NFKD", PurePosixPath(filename).stem).encode("ascii", "ignore").decode()
    stem = re.sub(_ODD, "-", plain).strip("-.")[:_MAX_STEM_CHARS]
    return f"{stem or 'upload'}-rejects.csv"
