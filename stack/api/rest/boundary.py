"""What holds for every answer of the API, whatever operation gave it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from stack.api.rest.problems import LengthRequired, Malformed, MethodNotAllowed, TooLarge, problem_response
from stack.core.errors import NotFound, StackError

View = Callable[..., HttpResponseBase]


def with_boundary(view: View) -> View:
    """Refuses what is too large before any of it is read, and keeps answers out of shared caches.

    The check of the session's CSRF token is made by `authentication`, which knows whether a session is used.
    """

    @csrf_exempt
    @wraps(view)
    def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refusal = _refuse_body(request)
        response = problem_response(refusal) if refusal else view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            response = _explain_method(request, response)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return bounded


@csrf_exempt
def refuse_unknown_route(request: HttpRequest) -> HttpResponseBase:
    return problem_response(
        NotFound("There is nothing at this address", remedy="See /api/v1/openapi.json for what there is.")
    )


def refuse_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    remedy = "Ask by a name in STACK_ALLOWED_HOSTS." if isinstance(exception, DisallowedHost) else ""
    return problem_response(Malformed("Stack does not answer to this request", remedy=remedy))


def _refuse_body(request: HttpRequest) -> StackError | None:
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return LengthRequired("The length of the body must be known", remedy="Send a Content-Length header.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > settings.UPLOAD_LIMIT_BYTES:
        limit = settings.UPLOAD_LIMIT_BYTES // 1_048_576
        return TooLarge(
            f"The body has {int(length):,} bytes; at most {limit:,} MiB are taken",
            remedy="Send it in parts or compressed, or raise STACK_UPLOAD_LIMIT_MB.",
        )
    return None


def _explain_method(request: HttpRequest, refusal: HttpResponseNotAllowed) -> HttpResponseBase:
    allowed = refusal["Allow"]
    response = problem_response(
        MethodNotAllowed(f"{request.method} is not possible here; possible: {allowed}")
    )
    response["Allow"] = allowed
    return response
