"""Tenants, users and uploads that no other test sees, and what the worker would do to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from tortoise.transactions import in_transaction

from gql.auth import mint
from gql.ids import Kind, global_id
from infra.bus import Hint
from models import (
    Failure,
    Membership,
    Organization,
    ProjectProfile,
    Role,
    RowCounts,
    UploadedTemplateFile,
    UploadStage,
    UserAccount,
)
from tests.api.running import Running
from tests.api.wire import Wire


@dataclass(slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Any
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body["errors"]]


@dataclass(slots=True)
class User:
    """A user with a token, speaking to the server."""

    id: UUID
    email: str
    token: str
    api: Running
    http: httpx.AsyncClient

    async def ask(self, query: str, **variables: Any) -> Answer:
        body = {"query": query, "variables": variables}
        headers = {"Authorization": f"Bearer {self.token}"}
        response = await self.http.post(f"{self.api.url}/graphql", json=body, headers=headers)
        return Answer(response.status_code, response.json(), response.headers)

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[Wire]:
        async with Wire.opened(self.api.socket_url, **options) as wire:
            await wire.send(type="connection_init", payload={"Authorization": f"Bearer {self.token}"})
            assert await wire.receive() == {"type": "connection_ack"}
            yield wire


@dataclass(slots=True)
class Tenant:
    """An organization with one project."""

    organization: Organization
    project: ProjectProfile

    @property
    def project_id(self) -> str:
        return global_id(Kind.PROJECT, self.project.id)


@dataclass(slots=True)
class World:
    """Makes tenants, users and uploads that no other test sees, and moves uploads as the worker does."""

    api: Running
    http: httpx.AsyncClient

    async def tenant(self, name: str = "Acme") -> Tenant:
        organization = await Organization.create(name=f"{name} Homes")
        return Tenant(organization, await ProjectProfile.create(name=f"{name} One", organization=organization))

    async def user(self, *places: tuple[Tenant, Role] | Tenant, ttl: timedelta = timedelta(hours=1)) -> User:
        row = await UserAccount.create(email=f"{uuid4().hex}@example.test", name="Ada")
        for place in places:
            tenant, role = place if isinstance(place, tuple) else (place, Role.EDITOR)
            await Membership.create(user=row, organization=tenant.organization, role=role)
        token = mint(row.email, ttl, self.api.settings.auth, datetime.now(UTC))
        return User(row.id, row.email, token, self.api, self.http)

    async def upload(self, tenant: Tenant, by: User | None = None, **columns: Any) -> UploadedTemplateFile:
        """Make an upload that waits for its file, without the API."""
        key = uuid4()
        values: dict[str, Any] = {
            "id": key,
            "organization_id": tenant.organization.id,
            "project_id": tenant.project.id,
            "s3_key_quarantine": f"{tenant.organization.id}/{tenant.project.id}/{key}.csv",
            "uploaded_at": datetime.now(UTC),
            "uploaded_by_id": by.id if by else None,
            "filename": "suites.csv",
            "size_bytes": 100,
            "mode": "UPSERT",
            "invalid_rows": "REJECT_FILE",
            "dry_run": False,
            "request": {"size_bytes": 100},
            "request_digest": "0" * 64,
            "deadline_at": datetime.now(UTC) + timedelta(hours=1),
            **dict.fromkeys(("attempt", "rows_read", "rows_created", "rows_updated"), 0),
            **dict.fromkeys(("rows_unchanged", "rows_rejected"), 0),
            **columns,
        }
        async with in_transaction() as tx:
            upload = UploadedTemplateFile(**values)
            await upload.open(tx)
        await self.hint(upload)
        return upload

    async def reach(self, upload: UploadedTemplateFile, stage: UploadStage, *, hint: bool = True) -> None:
        async with in_transaction() as tx:
            locked = await UploadedTemplateFile.locked(upload.id, tx)
            assert locked is not None
            assert await locked.reach(stage, now=datetime.now(UTC), deadline=timedelta(hours=1), using=tx)
        await self._told(locked, hint=hint)

    async def finish(self, upload: UploadedTemplateFile, counts: RowCounts, *, hint: bool = True) -> None:
        async with in_transaction() as tx:
            locked = await UploadedTemplateFile.locked(upload.id, tx)
            assert locked is not None
            assert await locked.finish(counts, now=datetime.now(UTC), using=tx)
        await self._told(locked, hint=hint)

    async def fail(self, upload: UploadedTemplateFile, failure: Failure, *, hint: bool = True) -> None:
        async with in_transaction() as tx:
            locked = await UploadedTemplateFile.locked(upload.id, tx)
            assert locked is not None
            assert await locked.fail(failure, now=datetime.now(UTC), using=tx)
        await self._told(locked, hint=hint)

    async def hint(self, upload: UploadedTemplateFile, **progress: Any) -> None:
        await self.api.services.bus.publish(Hint(upload.id, upload.project_id, upload.sequence, **progress))

    async def _told(self, upload: UploadedTemplateFile, *, hint: bool) -> None:
        if hint:
            await self.hint(upload)
