from __future__ import annotations

from tests.api.world import Tenant, User


async def test_a_viewer_sees_its_memberships_and_projects(ada: User, acme: Tenant) -> None:
    answer = await ada.ask(
        "{ viewer { user { email } memberships { role organization { name } }"
        " projects { totalCount edges { node { id name organization { name } } } } } }"
    )
    assert answer.data["viewer"] == {
        "user": {"email": ada.email},
        "memberships": [{"role": "EDITOR", "organization": {"name": "Acme Homes"}}],
        "projects": {
            "totalCount": 1,
            "edges": [{"node": {"id": acme.project_id, "name": "Acme One", "organization": {"name": "Acme Homes"}}}],
        },
    }
