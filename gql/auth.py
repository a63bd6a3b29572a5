"""Who asks: a bearer token (JWT, HS256) becomes a Viewer, for HTTP and for sockets alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from tortoise.connection import get_connection

from infra.settings import AuthSettings
from models import Role

ALGORITHM = "HS256"
# Longest token that is looked at, characters; ours have about 250.
MAX_TOKEN_CHARS = 4096
# Tokens in use at a time whose signature is not checked again and again; about 1 kB each.
MAX_KNOWN_TOKENS = 2_000


# Read for every request: written out, it takes a third of the time that the ORM needs to write it.
_VIEWER = """
SELECT u.id, u.email, u.name, m.organization_id, m.role
FROM user_account u LEFT JOIN membership m ON m.user_id = u.id
WHERE u.email = $1
"""


class UnauthenticatedError(Exception):
    """No token, or one that is not accepted; the message is a sentence for the client."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an accepted token says: the user's email, and when it ends."""

    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks and what it may see: ``roles`` by organization, as the database has them at the time of the request."""

    user_id: UUID
    email: str
    name: str
    roles: Mapping[UUID, Role]
    expires_at: datetime

    def may_see(self, organization_id: UUID) -> bool:
        """Whether the viewer is a member of that organization, in any role."""
        return organization_id in self.roles

    def may_upload(self, organization_id: UUID) -> bool:
        """Whether the viewer may change anything in that organization."""
        role = self.roles.get(organization_id)
        return role is not None and role.may_upload


def bearer(header: str | None) -> str | None:
    """Return the token of an ``Authorization`` header (RFC 6750), or None where it carries none."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def token_of_payload(payload: Mapping[str, Any]) -> str | None:
    """Return the token of a ``connection_init`` payload: clients spell the key in many ways, with ``Bearer`` or not."""
    given = {key.lower(): value for key, value in payload.items() if isinstance(value, str)}
    nested = next((value for key, value in payload.items() if key.lower() == "headers"), None)
    if isinstance(nested, dict):
        given = {key.lower(): value for key, value in nested.items() if isinstance(value, str)} | given
    for name in ("authorization", "token", "accesstoken", "authtoken"):
        if text := given.get(name, "").strip():
            return bearer(text) or (text if " " not in text else None)
    return None


def verify(token: str | None, settings: AuthSettings, now: datetime) -> Claims:
    """Return what a token says, once signature, issuer, audience and times hold. Raises UnauthenticatedError."""
    if not token:
        raise UnauthenticatedError("A bearer token is needed.")
    if len(token) > MAX_TOKEN_CHARS:
        raise UnauthenticatedError("The token is not accepted.")
    claims = _decoded(token, settings)
    if claims.expires_at <= now:
        raise UnauthenticatedError("The token has expired.")
    return claims


@lru_cache(MAX_KNOWN_TOKENS)
def _decoded(token: str, settings: AuthSettings) -> Claims:
    """Check a token that is sent with many requests once; only that it has not ended is to be checked each time."""
    try:
        claims = jwt.decode(
            token,
            settings.secret,
            algorithms=[ALGORITHM],
            issuer=settings.issuer,
            audience=settings.audience,
            leeway=settings.leeway,
            # Whether it has ended is asked at each use, by the clock of who asks.
            options={"require": ["exp", "iss", "aud", "sub"], "verify_exp": False},
        )
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC) + settings.leeway
    except (jwt.InvalidTokenError, ValueError, OverflowError, OSError):
        raise UnauthenticatedError("The token is not accepted.") from None
    return Claims(email=claims["sub"], expires_at=expires_at)


async def identify(claims: Claims) -> Viewer:
    """Return the user a token names, with its memberships, in one query. Raises UnauthenticatedError."""
    if "\0" in claims.email:
        raise UnauthenticatedError("The token's user is not known.")
    rows = await get_connection("default").execute_query_dict(_VIEWER, [claims.email.lower()])
    if not rows:
        raise UnauthenticatedError("The token's user is not known.")
    roles = {row["organization_id"]: Role(row["role"]) for row in rows if row["organization_id"] is not None}
    first = rows[0]
    return Viewer(first["id"], first["email"], first["name"], roles, claims.expires_at)


def mint(email: str, ttl: timedelta, settings: AuthSettings, now: datetime) -> str:
    """Return a token for the user with this email that lives ``ttl`` from ``now``."""
    claims = {
        "sub": email.strip().lower(),
        "iss": settings.issuer,
        "aud": settings.audience,
        "iat": now,
        "exp": now + ttl,
    }
    return jwt.encode(claims, settings.secret, algorithm=ALGORITHM)
