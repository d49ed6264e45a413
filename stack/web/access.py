"""Who may open a page: each view declares it, gets the `Principal`, and has its errors shown as pages.

A test walks every address and fails on a view that declares nothing (`tests/security/test_page_roles.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from stack.accounts.limits.charging import charge
from stack.accounts.limits.policies import Cost
from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import principal_of_user
from stack.accounts.sign_in.mfa import needs_second_factor
from stack.accounts.sign_in.reauthentication import ask_to_confirm, recently_confirmed
from stack.accounts.sign_in.redirects import find_way_back
from stack.core.errors import NotAllowed, StackError
from stack.web.errors import explain_method, show_error

P = ParamSpec("P")
V = TypeVar("V", bound=Callable[..., Any])
PageView = Callable[Concatenate[HttpRequest, Principal, P], HttpResponseBase]
GuardedView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

ENROLMENT = "/account/security"
_SAFE = {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares: the permission that it needs, or None and why everybody may open it.

    `before_enrolment` opens it to a member who still owes a second factor.
    """

    permission: Permission | None
    why: str = ""
    before_enrolment: bool = False


def needs(
    permission: Permission,
    *,
    before_enrolment: bool = False,
    confirm: bool = False,
    cost: Cost | None = None,
) -> Callable[[PageView[P]], GuardedView[P]]:
    """Gives the view the session's principal where it has the permission.

    Strangers are sent to the sign-in and back afterwards; who owes a second factor, to its enrolment. With
    `confirm`, what is sent is acted upon only by who has proved within minutes who they are. `cost` says what
    a request is charged as, where that is not a read or a write by its method.
    """

    def declare(view: PageView[P]) -> GuardedView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            principal = read_principal(request)
            if principal is None:
                return _ask_to_sign_in(request)
            try:
                _charge(request, principal, cost)
                _refuse_machine(principal)
                if not before_enrolment and needs_second_factor(principal):
                    return _ask_to_enrol(request)
                principal.require(permission)
                if confirm and request.method not in _SAFE and not recently_confirmed(request):
                    return ask_to_confirm(request)
                answer = view(request, principal, *args, **kwargs)
                return explain_method(request, answer) if answer.status_code == 405 else answer
            except StackError as error:
                return show_error(request, error, principal=principal)

        guarded.stack_access = Access(permission, before_enrolment=before_enrolment)  # type: ignore[attr-defined]  # how a view declares
        return guarded

    return declare


def open_page(why: str) -> Callable[[V], V]:
    """Declares a view that everybody may open, and why; the view sees no principal."""

    def declare(view: V) -> V:
        view.stack_access = Access(None, why)  # type: ignore[attr-defined]  # how a view declares
        return view

    return declare


def read_principal(request: HttpRequest) -> Principal | None:
    """Who the session belongs to, read once a request; None for strangers."""
    # A request that is refused early, for its host say, never got as far as having a user.
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return None
    known: Principal | None = getattr(request, "stack_principal", None)
    if known is None:
        known = principal_of_user(user)
        request.stack_principal = known  # type: ignore[attr-defined]  # lives as long as the request
    return known


def _charge(request: HttpRequest, principal: Principal, cost: Cost | None) -> None:
    charge(principal, cost=cost or (Cost.READ if request.method in _SAFE else Cost.WRITE))


def _refuse_machine(principal: Principal) -> None:
    if principal.role.is_machine:
        raise NotAllowed(
            f"{principal.name} is a {principal.role}, which is a program and opens no pages",
            remedy="Use an API key of this account, or ask an administrator for another role.",
        )


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if _is_for_a_program(request):
        return HttpResponse("Sign in first.\n", status=401, content_type="text/plain; charset=utf-8")
    if request.headers.get("HX-Request"):
        # A part of a page cannot hold the sign-in: the browser goes there, and comes back to the whole page.
        return HttpResponseClientRedirect(f"/sign-in?{urlencode({'next': find_way_back(request)})}")
    return redirect_to_login(find_way_back(request))


def _ask_to_enrol(request: HttpRequest) -> HttpResponseBase:
    if _is_for_a_program(request) or request.method not in _SAFE:
        raise NotAllowed(
            "Your organisation demands a second factor, and you have none yet",
            remedy=f"Add one under {ENROLMENT}.",
        )
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(ENROLMENT)
    return HttpResponseRedirect(ENROLMENT)


def _is_for_a_program(request: HttpRequest) -> bool:
    return request.path.endswith((".json", ".csv")) or "application/json" in request.headers.get("Accept", "")
