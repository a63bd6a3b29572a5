"""What a user can mend, as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import strawberry

from gql.order import Problem, UploadErrorCode
from gql.schema.ground import described

described(
    UploadErrorCode,
    "What is to be mended. More may be added.",
    {
        UploadErrorCode.PROJECT_NOT_FOUND: "There is no such project, or you may not see it.",
        UploadErrorCode.FORBIDDEN: "Your role may only look.",
        UploadErrorCode.FILENAME_INVALID: "The name is empty, too long or holds control characters.",
        UploadErrorCode.TYPE_NOT_ALLOWED: "The name is not that of a CSV file.",
        UploadErrorCode.FILE_EMPTY: "The declared size is 0.",
        UploadErrorCode.FILE_TOO_LARGE: "The declared size is over the limit.",
        UploadErrorCode.HINT_INVALID: "A hint in `parse` cannot be followed.",
        UploadErrorCode.COLUMN_UNKNOWN: "`columnMap` names what is no column.",
        UploadErrorCode.IDEMPOTENCY_CONFLICT: "The key was used for another request.",
        UploadErrorCode.TOO_MANY_ACTIVE: "The project has too many unfinished uploads; try again later.",
        UploadErrorCode.UPLOAD_NOT_FOUND: "There is no such upload, or you may not see it.",
        UploadErrorCode.UPLOAD_EXPIRED: "No file of the upload is kept: none came, or it was too long ago.",
        UploadErrorCode.UPLOAD_FINISHED: "The upload has ended already.",
        UploadErrorCode.UPLOAD_NOT_FINISHED: "The upload has not ended yet.",
        UploadErrorCode.NOT_A_PLAN: "The upload is no dry run that came to its end.",
        UploadErrorCode.PLAN_OUTDATED: "`planHash` is not that of the plan.",
        UploadErrorCode.NOT_REVERTIBLE: "There is nothing to take back; the message says why.",
    },
)


@strawberry.type(description="One thing to mend.")
class UploadUserError:
    """A user error."""

    code: UploadErrorCode = strawberry.field(description="Stable, to branch on.")
    message: str = strawberry.field(description="A sentence for the user.")
    field: list[str] | None = strawberry.field(description="Where in the input; null where it is about all of it.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed later.")

    @classmethod
    def all_of(cls, problems: Iterable[Problem]) -> list[Self]:
        """Shape problems."""
        return [
            cls(
                code=problem.code,
                message=problem.message,
                field=list(problem.field) or None,
                retryable=problem.retryable,
            )
            for problem in problems
        ]
