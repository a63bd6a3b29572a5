"""What S3 tells a browser on every answer, and moto on preflights and a few others alone."""

from collections.abc import Callable
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

from moto.s3.models import s3_backends
from moto.s3.utils import cors_matches_origin

from infra.local.aws import ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def with_cors(environ: "WSGIEnvironment", start_response: "StartResponse") -> "StartResponse":
    """Add the headers of the bucket's first rule for the request's origin and method, unless they are there."""
    origin, method = environ.get("HTTP_ORIGIN"), environ["REQUEST_METHOD"]
    if not origin or method == HTTPMethod.OPTIONS:
        return start_response

    def start(status: str, headers: list[tuple[str, str]], error: Any = None, /) -> Callable[[bytes], object]:
        if not any(name.lower() == _ALLOW_ORIGIN.lower() for name, _ in headers):
            headers = [*headers, *_headers(environ["PATH_INFO"], origin, method)]
        return start_response(status, headers, error)

    return start


def _headers(path: str, origin: str, method: str) -> list[tuple[str, str]]:
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    bucket = buckets.get(path.strip("/").partition("/")[0])
    for rule in (bucket and bucket.cors) or ():
        if method in rule.allowed_methods and cors_matches_origin(origin, rule.allowed_origins):
            exposed = [("Access-Control-Expose-Headers", ", ".join(rule.exposed_headers))]
            return [(_ALLOW_ORIGIN, origin), ("Vary", "Origin"), *(exposed if rule.exposed_headers else [])]
    return []
