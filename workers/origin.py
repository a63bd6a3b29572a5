"""Which upload the rows of a file of refused rows were refused from: the one that said the same of the same lines."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models import UploadedTemplateFile
from sanitizer_lambda.contract import Report

# Of the project's uploads that refused rows, the one whose errors match most of what came back: by line and code, as
# the sentence may have been shortened or mended; of equals the one whose file has the size of this one, then as many
# rows, then the newest.
_QUERY = """
    SELECT u.id FROM uploaded_template_file u
    JOIN row_error e ON e.upload_id = u.id
    JOIN unnest($2::bigint[], $3::text[]) AS r (line, errors)
      ON r.line = e.line AND (r.errors = '' OR position(e.code IN r.errors) > 0)
    WHERE u.project_id = $1 AND u.id <> $4 AND u.rejects_rows IS NOT NULL
    GROUP BY u.id ORDER BY count(DISTINCT e.line) DESC, u.rejects_bytes = $5 DESC,
    u.rejects_rows = $6 DESC, u.uploaded_at DESC LIMIT 1
"""


async def origin_of(upload: UploadedTemplateFile, report: Report, using: BaseDBAsyncClient) -> UUID | None:
    """Return the upload whose refused rows ``upload`` sends back, None where none said that."""
    lines, errors = [row.line for row in report.resent], [row.errors for row in report.resent]
    values = [upload.project_id, lines, errors, upload.id, report.bytes_before, report.rows_read]
    _, found = await using.execute_query(_QUERY, values)
    return found[0]["id"] if found else None
