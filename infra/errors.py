"""What can go wrong at the edge of the house, in our words; a vendor's exception never comes further in.

::

    InfraError
    ├── SettingsError          a variable of the environment is missing or cannot be read
    ├── Unavailable            the service does not answer or says "later": worth another try
    ├── AccessDenied           the service refuses us: names the action and the resource
    ├── ObjectMissing          there is no such object or version
    └── ObjectExists           a conditional write found an object under its key
"""

from __future__ import annotations


class InfraError(Exception):
    """Base of all errors of this floor; the message is one sentence and holds no secret."""


class SettingsError(InfraError):
    """A variable of the environment is missing or cannot be read."""


class Unavailable(InfraError):  # noqa: N818 - reads as the state it is
    """The service does not answer, or asks us to come back later."""


class AccessDenied(InfraError):  # noqa: N818 - reads as the state it is
    """The service refuses us; ``action`` and ``resource`` name what permission is lacking."""

    def __init__(self, action: str, resource: str) -> None:
        super().__init__(f"access denied: {action} on {resource}")
        self.action = action
        self.resource = resource


class ObjectMissing(InfraError):  # noqa: N818 - reads as the state it is
    """There is no such object, or no such version of it."""


class ObjectExists(InfraError):  # noqa: N818 - reads as the state it is
    """An object already stands under the key of a conditional write."""
