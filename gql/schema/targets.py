"""Where a file goes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from gql.curl import curl_command
from gql.schema.ground import KeyValue
from gql.schema.scalars import Long
from infra.storage import PresignedPost


@strawberry.type(
    description="One form POST (`multipart/form-data`): the fields first, then the file as `file`. Storage enforces"
    " key, size, type and expiry."
)
class PostTarget:
    """A signed POST."""

    url: str = strawberry.field(description="Where to send it.")
    fields: list[KeyValue] = strawberry.field(description="The form's fields, to be sent before the file.")
    max_bytes: Long = strawberry.field(description="The largest file that is taken: the size that was declared.")
    expires_at: datetime = strawberry.field(description="The POST must begin before.")
    curl: str = strawberry.field(description="The whole POST as a command to run in the file's folder.")

    @classmethod
    def of(cls, post: PresignedPost, filename: str, max_bytes: int) -> Self:
        """Shape a signed POST."""
        return cls(
            url=post.url,
            fields=[KeyValue(name=name, value=value) for name, value in post.fields.items()],
            max_bytes=Long(max_bytes),
            expires_at=post.expires_at,
            curl=curl_command(post, filename),
        )


UploadTarget = Annotated[PostTarget, strawberry.union("UploadTarget", description="Where and how a file is sent.")]
