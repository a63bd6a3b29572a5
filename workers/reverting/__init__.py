"""Changes taken back: what may be given back is, what has been edited since or would break is kept, with a reason."""

from workers.reverting.revert import Effects, revert_next

__all__ = ["Effects", "revert_next"]
