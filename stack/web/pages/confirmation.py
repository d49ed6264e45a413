"""`/confirm`: prove once more who you are, before something that matters."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.accounts.sign_in import flows, mfa, passkeys
from stack.accounts.sign_in.redirects import is_own_path
from stack.accounts.sign_in.single_sign_on import list_links
from stack.core.errors import TooMany
from stack.web.access import needs


@needs(Permission.READ, before_enrolment=True)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def show_confirmation(request: HttpRequest, principal: Principal) -> HttpResponse:
    go_on = request.POST.get("next", "") or request.GET.get("next", "")
    go_on = go_on if is_own_path(go_on) else "/account/security"
    if request.method != "POST":
        return _render(request, go_on)
    sent = request.POST
    try:
        is_confirmed = flows.confirm(
            request,
            password=sent.get("password", ""),
            code=sent.get("code", "").strip(),
            answer=sent.get("credential", ""),
        )
    except TooMany as error:
        page = _render(request, go_on, fault=(error.detail, error.remedy), status=error.status)
        page["Retry-After"] = str(error.retry_after)
        return page
    if not is_confirmed:
        return _render(request, go_on, fault=("That is not right", "Try again."), status=422)
    return flows.resume(request) or HttpResponseRedirect(go_on)


def _render(
    request: HttpRequest, go_on: str, *, fault: tuple[str, str] | None = None, status: int = 200
) -> HttpResponse:
    user = cast("User", request.user)
    factors = mfa.list_factors(user)
    context: dict[str, Any] = {
        "next": go_on,
        "fault": fault,
        "factors": factors,
        "has_password": user.has_usable_password(),
        "links": list_links(user),
        "options": passkeys.begin_authentication(user) if factors.passkeys else None,
    }
    response = render(request, "pages/confirmation.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
