"""Every request gets an id, its client's address as the origin of its acts, and a line in the access log.

The line names the resolver's pattern and never the path or query, which may hold tokens. No header, cookie
or body is written.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from stack.accounts.principal import Principal
from stack.config.direct_paths import is_direct
from stack.core import measures
from stack.core.acts import Origin, acting_from
from stack.core.addresses import find_client_address, is_trusted
from stack.core.tracing import Span, clean_traceparent, span

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_access: Any = structlog.wrap_logger(
    logging.getLogger("stack.access"),
    processors=[
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.EventRenamer("log"),
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=False,
)


class RequestLogMiddleware:
    """Gives the request `stack_id`; the answer carries it as `X-Request-Id`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        origin = _find_origin(request)
        request.stack_id = origin.request_id  # type: ignore[attr-defined]
        method = _name_method(request.method)
        with acting_from(origin), span(method, kind="server", parent=_find_parent(request)) as current:
            response = self._get_response(request)
            route = _name_route(request)
            current.rename(f"{method} {route}")
            _describe(current, route=route, status=response.status_code, request_id=origin.request_id)
        seconds = time.perf_counter() - started
        measures.count_request(method, route=route, status=response.status_code, seconds=seconds)
        response.headers["X-Request-Id"] = origin.request_id
        if settings.ACCESS_LOG != "off":
            _log_when_sent(request, response, origin, started)
        return response


def _find_origin(request: HttpRequest) -> Origin:
    remote = request.META.get("REMOTE_ADDR", "")
    trusted = settings.TRUSTED_PROXIES
    address = find_client_address(remote, request.META.get("HTTP_X_FORWARDED_FOR", ""), trusted=trusted)
    claimed = request.META.get("HTTP_X_REQUEST_ID", "")
    is_believed = bool(_REQUEST_ID.fullmatch(claimed)) and is_trusted(remote, trusted=trusted)
    return Origin(
        face=_name_face(request.path_info),
        address=address,
        request_id=claimed if is_believed else secrets.token_hex(12),
    )


def _name_face(path: str) -> str:
    return "api" if path.startswith("/api/") else "taxii" if is_direct(path) else "web"


def _describe(current: Span, *, route: str, status: int, request_id: str) -> None:
    told: dict[str, str | int] = {
        "http.route": route,
        "http.response.status_code": status,
        "stack.request_id": request_id,
    }
    current.describe(**told)


def _find_parent(request: HttpRequest) -> str:
    """The trace that a proxy began; a stranger's would mix into those of others."""
    if not is_trusted(request.META.get("REMOTE_ADDR", ""), trusted=settings.TRUSTED_PROXIES):
        return ""
    return clean_traceparent(request.META.get("HTTP_TRACEPARENT", ""))


def _name_route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match:
        return f"/{match.route}"
    # A probe is answered before any pattern is looked for.
    return str(getattr(request, "stack_probe", "none"))


def _log_when_sent(request: HttpRequest, response: HttpResponseBase, origin: Origin, started: float) -> None:
    """A streamed answer is logged at its end, which the client may bring about early."""
    if isinstance(response, HttpResponse):
        _log(request, response.status_code, len(response.content), origin, started)
        return
    if not isinstance(response, StreamingHttpResponse) or response.is_async:
        return
    pieces = iter(response)

    def count() -> Iterator[bytes]:
        size = 0
        try:
            for piece in pieces:
                size += len(piece)
                yield piece
        finally:
            _log(request, response.status_code, size, origin, started)

    response.streaming_content = count()


def _log(request: HttpRequest, status: int, size: int, origin: Origin, started: float) -> None:
    principal = _find_principal(request)
    match = request.resolver_match
    _access.info(
        "access",
        request_id=origin.request_id,
        principal=principal.name if principal else None,
        user_id=principal.user_id if principal else None,
        key_id=principal.key_id if principal else None,
        organisation_id=principal.organisation_id if principal else None,
        address=origin.address,
        method=_name_method(request.method),
        route=f"/{match.route}" if match else None,
        status=status,
        bytes=size,
        latency_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def _find_principal(request: HttpRequest) -> Principal | None:
    """Whoever a face recognised: ninja keeps it as `auth`, the pages as `stack_principal`."""
    for name in ("auth", "stack_principal"):
        found = getattr(request, name, None)
        if isinstance(found, Principal):
            return found
    return None


def _name_method(method: str | None) -> str:
    """A method is free text to whoever sends it."""
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return method if method in known else "other"
