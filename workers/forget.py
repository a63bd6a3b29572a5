"""What is let go of after a while: dry runs that nobody will look at any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from models import ChangeSet

# As long as storage keeps the file that a plan was made from (infra/template.yaml): after that it can't be tried again.
_PLANS_FOR = timedelta(days=30)


async def forget_plans(now: datetime) -> int:
    """Delete what old dry runs would have changed, which may be as much as their files; return how many there were."""
    return await ChangeSet.filter(dry_run=True, at__lt=now - _PLANS_FOR).delete()
