"""The places of a worker at which reverts run."""

from __future__ import annotations

from workers.places import Places
from workers.reverting import Effects, revert_next


class Reverter(Places):
    """Takes changes back, up to ``places`` change sets at a time, whenever it is nudged."""

    def __init__(self, places: int, effects: Effects) -> None:
        super().__init__(places)
        self._effects = effects

    async def _next(self) -> bool:
        """Take one change set back; whether there was one to take back."""
        return await revert_next(self._effects)
