"""`/sign-in` with its second step and passkeys, `/sign-in/<token>` (a link that works once), `/sign-out`."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stack.accounts.operations import redeem_sign_in
from stack.accounts.sign_in import flows, mfa, passkeys
from stack.accounts.sign_in.providers import list_providers
from stack.accounts.sign_in.redirects import is_own_path
from stack.core.errors import StackError, TooMany
from stack.web.access import open_page

_WRONG = (
    "That user name and password do not belong together, or the account cannot sign in",
    "Passwords are case-sensitive. Who has lost theirs asks an administrator for a link.",
)
_REFUSED = {
    "1": _WRONG,
    "passkey": ("That passkey does not sign in here", "Sign in with your password instead."),
    "unknown": ("Nobody here belongs to that account", "Ask an administrator for an invitation."),
    "single-sign-on": ("The other side did not let you in", "Try again, or sign in with your password."),
}


@open_page("where one signs in")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def show_sign_in(request: HttpRequest) -> HttpResponse:
    go_on = request.POST.get("next", "") or request.GET.get("next", "")
    if request.user.is_authenticated:
        return HttpResponseRedirect(go_on if is_own_path(go_on) else settings.LOGIN_REDIRECT_URL)
    if request.method != "POST":
        return _render(request, go_on, fault=_REFUSED.get(request.GET.get("refused", "")))
    name, password = request.POST.get("username", ""), request.POST.get("password", "")
    try:
        answer = flows.enter_password(request, name=name, password=password, go_on=go_on)
    except StackError as error:
        return _refuse(
            _render(request, go_on, fault=(error.detail, error.remedy), status=error.status), error
        )
    return answer or _render(request, go_on, fault=_WRONG, status=422)


@open_page("who owes the second step; everybody else is sent to the first")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_second_factor(request: HttpRequest) -> HttpResponse:
    user = flows.find_pending_user(request)
    if user is None:
        return HttpResponseRedirect("/sign-in")
    fault, status, refusal = None, 200, None
    if request.method == "POST":
        code, given = request.POST.get("code", "").strip(), request.POST.get("credential", "")
        try:
            answer = flows.enter_second_factor(request, code=code, answer=given)
        except StackError as error:
            answer, fault, refusal = None, (error.detail, error.remedy), error
        if answer is not None:
            return answer
        fault = fault or ("That is not right", "A code works once and for a minute: take the one shown now.")
        status = refusal.status if refusal else 422
    factors = mfa.list_factors(user)
    context: dict[str, Any] = {"fault": fault, "factors": factors, "name": user.get_username()}
    if factors.passkeys:
        context["options"] = passkeys.begin_authentication(user)
    page = render(request, "pages/second_factor.html", context, status=status)
    return _refuse(page, refusal) if refusal else page


@open_page("asks for a passkey, or takes one")
@never_cache
@require_http_methods(["GET", "POST"])
def use_passkey(request: HttpRequest) -> HttpResponse:
    """GET gives the options for the browser; POST signs in with its answer."""
    if request.method == "GET":
        return JsonResponse(passkeys.begin_authentication(None))
    given, go_on = request.POST.get("credential", ""), request.POST.get("next", "")
    try:
        answer = flows.enter_passkey(request, answer=given, go_on=go_on)
    except StackError as error:
        return _refuse(
            _render(request, go_on, fault=(error.detail, error.remedy), status=error.status), error
        )
    return answer or _render(request, go_on, fault=_REFUSED["passkey"], status=422)


@open_page("the link is the proof")
@never_cache
@require_GET
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """Signs in whoever brings an unused link; a used or expired one explains how to get another."""
    user = redeem_sign_in(token)
    if user is None:
        return render(request, "pages/sign_in_expired.html", status=410)
    if request.user.is_authenticated:
        logout(request)
    return flows.enter_link(request, user)


@open_page("ends the session of whoever asks")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect("/sign-in")


def _render(
    request: HttpRequest, go_on: str, *, fault: tuple[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "next": go_on,
        "fault": fault,
        "name": request.POST.get("username", "")[:200],
        "providers": list_providers(),
    }
    return render(request, "pages/sign_in.html", context, status=status)


def _refuse(response: HttpResponse, error: StackError) -> HttpResponse:
    """The form again, for whoever reached a limit."""
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after)
    return response
