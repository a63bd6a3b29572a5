"""S3: one bucket and the handful of things we do with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from infra.aws import aws_client, translated
from infra.settings import AwsSettings, StorageSettings

# One read of a stream, bytes: large enough that the loop's overhead does not show, small enough for many at once.
CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class PresignedPost:
    """An HTML-form POST: send ``fields`` in order, the file last, to ``url``."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a HEAD tells: size in bytes, version (None in a bucket without versions), user metadata."""

    size: int
    version: str | None
    metadata: dict[str, str]
    modified_at: datetime


class Bucket:
    """One bucket. Every verb may raise Unavailable or AccessDenied beside what it names."""

    def __init__(self, client: Any, name: str, signer: Any = None) -> None:
        self.name = name
        self._client = client
        self._signer = signer or client

    async def sign_post(
        self, key: str, *, max_bytes: int, content_type: str, ttl: timedelta, now: datetime
    ) -> PresignedPost:
        """Sign a form POST of 1 to ``max_bytes`` bytes to exactly ``key``; purely local, nothing is sent."""
        with translated("s3:PutObject", f"{self.name}/{key}"):
            signed = await self._signer.generate_presigned_post(
                self.name,
                key,
                Fields={"Content-Type": content_type},
                Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
                ExpiresIn=int(ttl.total_seconds()),
            )
        return PresignedPost(signed["url"], signed["fields"], now + ttl)

    async def sign_get(self, key: str, *, filename: str, ttl: timedelta) -> str:
        """Sign a GET that a browser saves as ``filename`` (plain ASCII)."""
        with translated("s3:GetObject", f"{self.name}/{key}"):
            url: str = await self._signer.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self.name,
                    "Key": key,
                    "ResponseContentDisposition": f'attachment; filename="{filename}"',
                },
                ExpiresIn=int(ttl.total_seconds()),
            )
        return url

    async def head(self, key: str) -> StoredObject:
        """Describe the newest version. Raises ObjectMissing."""
        with translated("s3:GetObject", f"{self.name}/{key}"):
            found = await self._client.head_object(Bucket=self.name, Key=key)
        return StoredObject(found["ContentLength"], found.get("VersionId"), found["Metadata"], found["LastModified"])

    async def read(self, key: str) -> bytes:
        """Return a whole small object. Raises ObjectMissing."""
        with translated("s3:GetObject", f"{self.name}/{key}"):
            found = await self._client.get_object(Bucket=self.name, Key=key)
            async with found["Body"] as body:
                data: bytes = await body.read()
        return data

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object's bytes in chunks of up to ``CHUNK_BYTES``. Raises ObjectMissing."""
        with translated("s3:GetObject", f"{self.name}/{key}"):
            found = await self._client.get_object(Bucket=self.name, Key=key)
            async with found["Body"] as body:
                async for chunk in body.iter_chunks(CHUNK_BYTES):
                    yield chunk

    async def write(self, key: str, data: bytes, *, content_type: str) -> None:
        """Put a small object, whatever stood under the key before."""
        with translated("s3:PutObject", f"{self.name}/{key}"):
            await self._client.put_object(Bucket=self.name, Key=key, Body=data, ContentType=content_type)

    async def write_file(self, key: str, file: IO[bytes], *, content_type: str) -> None:
        """Put what ``file``, which can be sought, holds from here on: up to 5 GB, never all of it in memory."""
        with translated("s3:PutObject", f"{self.name}/{key}"):
            await self._client.put_object(Bucket=self.name, Key=key, Body=file, ContentType=content_type)

    async def check(self) -> None:
        """Return when the bucket answers."""
        with translated("s3:ListBucket", self.name):
            await self._client.head_bucket(Bucket=self.name)


@dataclass(frozen=True, slots=True)
class Storage:
    """Both buckets."""

    quarantine: Bucket
    final: Bucket


@asynccontextmanager
async def open_storage(aws: AwsSettings, storage: StorageSettings) -> AsyncIterator[Storage]:
    """Yield both buckets on one client; URLs are signed for the endpoint that clients reach."""
    async with (
        aws_client("s3", aws) as client,
        aws_client("s3", aws, aws.public_endpoint_url) as signer,
    ):
        yield Storage(
            Bucket(client, storage.quarantine_bucket, signer),
            Bucket(client, storage.final_bucket, signer),
        )
