from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gql.auth import Viewer
from gql.ids import Kind, global_id
from gql.order import Problem
from gql.reverts import revert
from models import ChangeCause, ChangeSet, Role, RowCounts
from tests.api.world import Tenant, User, World

REVERT = """
mutation ($id: ID!) { revertUpload(input: {uploadId: $id}) { changeSet { id } userErrors { code field } } }
"""
SHORT = timedelta(seconds=0.1)


async def change_set(world: World, tenant: Tenant) -> ChangeSet:
    """Make what an upload wrote."""
    upload, now = await world.upload(tenant), datetime.now(UTC)
    await world.finish(upload, RowCounts(1, 1, 0, 0, 0))
    own: dict[str, Any] = {"organization": tenant.organization, "project": tenant.project, "upload": upload}
    more: dict[str, Any] = {"cause": ChangeCause.IMPORT, "dry_run": False, "at": now, "finished_at": now, "created": 1}
    return await ChangeSet.create(**own, **more)


async def refused(user: User, name: str) -> list[str]:
    answer = (await user.ask(REVERT, id=name)).data["revertUpload"]
    assert answer["changeSet"] is None
    return [error["code"] for error in answer["userErrors"]]


def viewer(user: User, tenant: Tenant) -> Viewer:
    return Viewer(user.id, user.email, "Ada", {tenant.organization.id: Role.EDITOR}, datetime.now(UTC))


async def test_who_may_only_look_reverts_nothing_and_who_may_not_look_sees_nothing(
    acme: Tenant, bob: User, world: World
) -> None:
    wrote = await change_set(world, acme)
    looking = await world.user((acme, Role.VIEWER))
    for name in (global_id(Kind.CHANGE_SET, wrote.id), global_id(Kind.UPLOAD, wrote.upload_id)):
        assert await refused(looking, name) == ["FORBIDDEN"]
        assert await refused(bob, name) == ["UPLOAD_NOT_FOUND"]
    assert await ChangeSet.filter(undoes_id=wrote.id).count() == 0


async def test_a_revert_that_takes_long_goes_on_and_is_found_again(ada: User, acme: Tenant, world: World) -> None:
    wrote, services = await change_set(world, acme), world.api.services
    first = await revert(wrote.id, viewer(ada, acme), services, dry_run=False, within=SHORT)
    again = await revert(wrote.id, viewer(ada, acme), services, dry_run=False, within=SHORT)
    dry = await revert(wrote.id, viewer(ada, acme), services, dry_run=True, within=SHORT)
    assert not isinstance(first, Problem)
    assert not isinstance(again, Problem)
    assert not isinstance(dry, Problem)
    assert (first.finished_at, again.id, first.by_id) == (None, first.id, ada.id)
    assert (dry.dry_run, dry.id != first.id) == (True, True)
    query = "query ($id: ID!) { node(id: $id) { ... on ChangeSet { finishedAt cause revertible undoes { id } } } }"
    found = (await ada.ask(query, id=global_id(Kind.CHANGE_SET, first.id))).data["node"]
    wanted = {"finishedAt": None, "cause": "REVERT", "revertible": False}
    assert found == {**wanted, "undoes": {"id": global_id(Kind.CHANGE_SET, wrote.id)}}
