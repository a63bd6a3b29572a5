from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from gql.auth import UnauthenticatedError, bearer, mint, token_of_payload, verify
from infra.settings import AuthSettings
from models import Membership, UserAccount
from tests.api.running import SECRET, Running
from tests.api.wire import Wire
from tests.api.world import Tenant, User, World

SETTINGS = AuthSettings(secret=SECRET)
NOW = datetime.now(UTC)


def forged(secret: str = SECRET, algorithm: str | None = "HS256", **claims: Any) -> str:
    whole = {"sub": "ada@example.test", "iss": "airlock", "aud": "airlock", "exp": NOW + timedelta(hours=1)} | claims
    kept = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(kept, secret if algorithm else None, algorithm=algorithm or "none")  # type: ignore[arg-type]  # PyJWT takes None for "none"


def test_a_minted_token_says_whose_it_is_and_until_when() -> None:
    claims = verify(mint("Ada@Example.test ", timedelta(minutes=5), SETTINGS, NOW), SETTINGS, NOW)
    assert claims.email == "ada@example.test"
    assert timedelta(minutes=5) < claims.expires_at - NOW <= timedelta(minutes=5) + SETTINGS.leeway


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "nonsense",
        "a.b.c",
        "x" * 5000,
        forged(secret="another secret of thirty-two bytes!"),
        forged(algorithm=None),
        forged(secret="another secret of thirty-two bytes, and more of it for 512 bits..", algorithm="HS512"),
        forged(secret=SECRET * 2, algorithm="HS512"),
        forged(iss="another"),
        forged(aud="another"),
        forged(aud=None),
        forged(iss=None),
        forged(sub=None),
        forged(exp=None),
        forged(sub=7),
        forged(exp="soon"),
        forged(exp=10**30),
        forged(nbf=NOW + timedelta(hours=1)),
        forged(exp=NOW - timedelta(minutes=5)),
    ],
)
def test_a_token_that_is_not_wholly_right_is_refused(token: str | None) -> None:
    with pytest.raises(UnauthenticatedError):
        verify(token, SETTINGS, NOW)


def test_clocks_may_differ_a_little() -> None:
    assert verify(forged(exp=NOW - timedelta(seconds=5)), SETTINGS, NOW).email == "ada@example.test"


def test_a_token_that_was_accepted_is_refused_once_it_has_ended() -> None:
    token = forged()
    verify(token, SETTINGS, NOW)
    with pytest.raises(UnauthenticatedError, match="expired"):
        verify(token, SETTINGS, NOW + timedelta(hours=2))


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, None),
        ("Bearer abc", "abc"),
        ("bearer   abc", "abc"),
        ("Basic abc", None),
        ("Bearer ", None),
        ("abc", None),
    ],
)
def test_the_header_is_read_as_the_standard_has_it(header: str | None, token: str | None) -> None:
    assert bearer(header) == token


@pytest.mark.parametrize(
    "payload",
    [
        {"Authorization": "Bearer abc"},
        {"authorization": "bearer abc"},
        {"AUTHORIZATION": "abc"},
        {"token": "abc"},
        {"accessToken": "Bearer abc"},
        {"headers": {"Authorization": "Bearer abc"}},
    ],
)
def test_a_socket_s_token_is_found_however_the_client_spells_it(payload: dict[str, Any]) -> None:
    assert token_of_payload(payload) == "abc"


@pytest.mark.parametrize("payload", [{}, {"authorization": 7}, {"token": ""}, {"headers": "x"}, {"token": "Basic a b"}])
def test_a_payload_without_a_token_has_none(payload: dict[str, Any]) -> None:
    assert token_of_payload(payload) is None


async def test_without_a_token_nothing_is_answered(api: Running, http: httpx.AsyncClient) -> None:
    for query in ("{ __typename }", "{ __schema { types { name } } }", "{ viewer { user { id } } }", "{"):
        answer = await http.post(f"{api.url}/graphql", json={"query": query})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="airlock"'
        assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_wrong_token_is_told_to_be_invalid(api: Running, http: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {forged(iss='another')}"}
    answer = await http.post(f"{api.url}/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_right_token_of_nobody_is_refused(api: Running, http: httpx.AsyncClient) -> None:
    for sub in ("nobody@example.test", "\0", "' or 1=1 --"):
        headers = {"Authorization": f"Bearer {forged(sub=sub)}"}
        answer = await http.post(f"{api.url}/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert answer.status_code == 401


async def test_a_socket_without_a_right_token_is_closed(api: Running) -> None:
    for payload in ({}, {"Authorization": "Bearer nonsense"}):
        async with Wire.opened(api.socket_url) as wire:
            await wire.send(type="connection_init", payload=payload)
            assert (await wire.closed())[0] == 4403


async def test_a_socket_ends_with_its_token(api: Running, world: World, acme: Tenant) -> None:
    eve = await world.user(acme, ttl=timedelta(seconds=1) - api.settings.auth.leeway)
    async with eve.socket() as wire:
        assert await wire.closed() == (4403, "The token has expired.")


async def test_a_right_that_is_taken_away_is_gone_with_the_next_request(ada: User, acme: Tenant) -> None:
    query = "query ($p: ID!) { uploads(projectId: $p) { totalCount } }"
    assert (await ada.ask(query, p=acme.project_id)).data == {"uploads": {"totalCount": 0}}
    await Membership.filter(user_id=ada.id).delete()
    assert (await ada.ask(query, p=acme.project_id)).data == {"uploads": None}
    await UserAccount.filter(id=ada.id).delete()
    assert (await ada.ask(query, p=acme.project_id)).status == 401


async def test_many_requests_at_once_are_answered_each_for_its_own_user(ada: User, bob: User) -> None:
    query = "{ viewer { user { email } } }"
    answers = await asyncio.gather(*(user.ask(query) for _ in range(10) for user in (ada, bob)))
    assert [answer.data["viewer"]["user"]["email"] for answer in answers] == [ada.email, bob.email] * 10
