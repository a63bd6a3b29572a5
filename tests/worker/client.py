"""A client of the API that works on the worker's database: what was imported, as it may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from gql.auth import mint
from gql.ids import Kind, global_id, uuid_of
from infra.settings import AuthSettings
from models import Membership, Role, UploadedTemplateFile, UserAccount
from tests.worker.office import Project

CHANGES = """
  id dryRun at finishedAt revertible counts { created updated deleted keptBecauseEditedSince }
  failure { code message } upload { id } undoes { id } revertedBy { id }
  changes(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node {
    action kind code line reason fields { field before after } } } }
"""


@dataclass(slots=True)
class Client:
    """A user of one project, with a token."""

    http: httpx.AsyncClient
    url: str
    email: str
    token: str

    async def ask(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = (await self.http.post(f"{self.url}/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def change_set(self, upload: UploadedTemplateFile, first: int = 100, after: str | None = None) -> Any:
        """Return what an upload wrote."""
        query = f"query ($id: ID!, $first: Int!, $after: String) {{ upload(id: $id) {{ changeSet {{ {CHANGES} }} }} }}"
        data = await self.ask(query, id=global_id(Kind.UPLOAD, upload.id), first=first, after=after)
        return data["upload"]["changeSet"]

    async def plan(self, upload: UploadedTemplateFile, first: int = 100, after: str | None = None) -> Any:
        """Return what a dry run would do."""
        query = """
        query ($id: ID!, $first: Int!, $after: String) { upload(id: $id) { plan {
          planHash counts { read created updated unchanged rejected }
          changes(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node {
            action kind code line fields { field before after } } } }
        } } }
        """
        data = await self.ask(query, id=global_id(Kind.UPLOAD, upload.id), first=first, after=after)
        return data["upload"]["plan"]

    async def apply(self, plan: UploadedTemplateFile) -> UploadedTemplateFile:
        """Apply a dry run's plan; a worker has to do it."""
        query = """
        mutation ($id: ID!, $hash: String!) {
          applyUpload(input: {uploadId: $id, planHash: $hash}) { upload { id } userErrors { code } }
        }
        """
        answer = (await self.ask(query, id=global_id(Kind.UPLOAD, plan.id), hash=plan.plan_hash))["applyUpload"]
        return await UploadedTemplateFile.get(id=uuid_of(answer["upload"]["id"], Kind.UPLOAD))

    async def revert(self, what: UploadedTemplateFile | str, *, dry_run: bool = False) -> Any:
        """Take an upload or a change set back; a worker has to do it."""
        query = f"""
        mutation ($id: ID!, $dry: Boolean!, $first: Int!, $after: String) {{
          revertUpload(input: {{uploadId: $id, dryRun: $dry}}) {{
            changeSet {{ {CHANGES} }} userErrors {{ code message field retryable }}
          }}
        }}
        """
        name = what if isinstance(what, str) else global_id(Kind.UPLOAD, what.id)
        return (await self.ask(query, id=name, dry=dry_run, first=100, after=None))["revertUpload"]


def told(change_set: Any) -> list[tuple[str, str]]:
    """Return action and code of each change of an answer."""
    return [(edge["node"]["action"], edge["node"]["code"]) for edge in change_set["changes"]["edges"]]


async def client_of(http: httpx.AsyncClient, url: str, auth: AuthSettings, project: Project) -> Client:
    """Make a user who may change a project."""
    email = f"{project.id.hex}@example.test"
    user = await UserAccount.create(email=email, name="Ada")
    await Membership.create(user=user, organization_id=project.organization_id, role=Role.EDITOR)
    return Client(http, url, email, mint(email, timedelta(hours=1), auth, datetime.now(UTC)))
