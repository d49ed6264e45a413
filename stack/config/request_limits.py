"""Limits that hold before it is known what is asked: by address, and for who is nobody.

What a principal may ask is charged by the faces, which know the principal and what the request costs. The
headers of answers of the API are set here, whichever face charged.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from stack.accounts.limits.charging import charge_address, charge_anonymous
from stack.api.rest.problems import problem_response
from stack.config.direct_paths import is_direct
from stack.core.acts import current_origin
from stack.core.errors import TooMany
from stack.core.limits import Allowance, describe_allowance
from stack.sharing.taxii.errors import answer_error
from stack.web.errors import show_error

_API = "/api/"


class AddressLimitMiddleware:
    """Comes before anything that costs; its refusal costs next to nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            charge_address(current_origin().address)
        except TooMany as error:
            return _refuse_shortly(request, error)
        answer = self._get_response(request)
        if request.path_info.startswith(_API):
            _tell(answer, getattr(request, "stack_allowance", None))
        return answer


class AnonymousLimitMiddleware:
    """Comes after the sessions, so that a cookie that is worth nothing does not make one somebody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_somebody(request):
            return self._get_response(request)
        try:
            request.stack_allowance = charge_anonymous(current_origin().address)  # type: ignore[attr-defined]
        except TooMany as error:
            request.stack_allowance = error.allowance  # type: ignore[attr-defined]  # told by its headers
            if request.path_info.startswith(_API):
                return problem_response(error)
            return show_error(request, error)
        return self._get_response(request)


def _is_somebody(request: HttpRequest) -> bool:
    """Whether the request will be charged to somebody else: a session, or a key that REST looks at."""
    if request.path_info.startswith(_API) and "HTTP_AUTHORIZATION" in request.META:
        return not request.path_info.startswith("/api/v1/auth/")
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated


def _refuse_shortly(request: HttpRequest, error: TooMany) -> HttpResponse:
    if request.path_info.startswith(_API):
        answer = problem_response(error)
        _tell(answer, error.allowance)
        return answer
    if is_direct(request.path_info):
        return answer_error(error)
    answer = HttpResponse(
        f"{error.detail}. {error.remedy}\n", status=error.status, content_type="text/plain; charset=utf-8"
    )
    answer["Retry-After"] = str(error.retry_after)
    return answer


def _tell(answer: HttpResponseBase, allowance: Allowance | None) -> None:
    if allowance is not None:
        for name, value in describe_allowance(allowance).items():
            answer.headers[name] = value
