"""GraphiQL for browsers, from our own origin alone and under the policy that stands in ``web/csp.txt``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

# Where a checkout has what ``make web`` builds.
WEB = Path(__file__).resolve().parent.parent / "web"

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Airlock</title>
<p>GraphiQL is not built yet: run <code>make web</code> in the checkout and load this page again.
The API itself answers POST requests at this address.
"""
_PLAIN_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Page:
    """The page at the API's own address, and its files under ``/assets``."""

    def __init__(self, web: Path = WEB) -> None:
        self._html = web / "dist" / "graphiql" / "index.html"
        policy = web / "csp.txt"
        lines = policy.read_text().splitlines() if policy.is_file() else [_PLAIN_POLICY]
        self._headers = {
            "Content-Security-Policy": "; ".join(line.strip() for line in lines if line.strip()),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        self.assets = _Assets(web / "dist" / "assets", self._headers)

    def response(self) -> Response:
        """Return the page, or how to build it."""
        html = self._html.read_text() if self._html.is_file() else _NOT_BUILT
        return HTMLResponse(html, headers={**self._headers, "Cache-Control": "no-cache", "Vary": "Accept"})


class _Assets(StaticFiles):
    """Files whose names change with what is in them."""

    def __init__(self, directory: Path, headers: dict[str, str]) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._headers = {**headers, "Cache-Control": "public, max-age=31536000, immutable"}

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Add what the page's policy asks for: its workers obey their own."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(self._headers)
        return response
