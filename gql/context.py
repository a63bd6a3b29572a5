"""What a resolver may reach: the services of the process, who asks, and the loaders of this request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from gql.auth import Viewer
from gql.hub import Hub
from gql.loaders import Loaders
from infra.bus import Bus
from infra.database import Database
from infra.settings import AuthSettings, UploadSettings
from infra.storage import Storage
from sanitizer_lambda.contract import Limits


@dataclass(frozen=True, slots=True)
class Services:
    """What the process holds as long as it lives; its lifespan builds it once."""

    storage: Storage
    bus: Bus
    database: Database
    hub: Hub
    auth: AuthSettings
    uploads: UploadSettings
    limits: Limits
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Context:
    """One request, or one event of a subscription. ``correlation_id`` is the one in the logs."""

    services: Services
    viewer: Viewer
    loaders: Loaders = field(default_factory=Loaders)
    correlation_id: UUID = field(default_factory=uuid4)

    @property
    def now(self) -> datetime:
        """The time, UTC."""
        return self.services.clock()

    def renewed(self) -> Context:
        """Return the same context with nothing loaded."""
        return Context(self.services, self.viewer, Loaders(), self.correlation_id)
