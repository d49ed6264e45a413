"""`/account/security`: password, authenticator app, passkeys, recovery codes, single sign-on."""

import base64
import io
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.accounts.sign_in import mfa, passkeys, totp
from stack.accounts.sign_in.password_change import change_password, needs_current_password
from stack.accounts.sign_in.pending_secrets import forget_secret, read_secret, start_secret
from stack.accounts.sign_in.providers import list_providers
from stack.accounts.sign_in.reauthentication import ask_to_confirm, recently_confirmed
from stack.accounts.sign_in.single_sign_on import list_links, remove_link
from stack.core.errors import BadInput, Conflict, NotFound, TooMany
from stack.web.access import needs

_PAGE = "/account/security"


@needs(Permission.READ, before_enrolment=True)
def show_security(request: HttpRequest, principal: Principal) -> HttpResponse:
    return _render(request, principal)


@needs(Permission.READ, before_enrolment=True)
@sensitive_post_parameters("current", "new", "again")
@require_POST
def set_password(request: HttpRequest, principal: Principal) -> HttpResponse:
    sent = request.POST
    try:
        change_password(
            request, current=sent.get("current", ""), new=sent.get("new", ""), again=sent.get("again", "")
        )
    except BadInput as error:
        faults: dict[str, str] = {}
        for fault in error.errors:
            faults.setdefault(fault.field, fault.message)
        return _render(request, principal, faults=faults, status=error.status)
    except TooMany as error:
        return _render(request, principal, faults={"current": error.remedy}, status=error.status)
    messages.success(request, "Your password is set; your other sessions have ended.", extra_tags="good")
    return HttpResponseRedirect(_PAGE)


@needs(Permission.READ, before_enrolment=True)
@require_http_methods(["GET", "HEAD", "POST"])
def add_app(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Shows the secret as a square and as text; a POST with the app's first code enrols it."""
    if not recently_confirmed(request):
        return ask_to_confirm(request)
    user, fault, status = cast("User", request.user), "", 200
    secret = read_secret(request)
    if request.method == "POST" and secret:
        try:
            mfa.add_totp(user, secret=secret, code=request.POST.get("code", ""))
        except BadInput as error:
            fault, status = error.detail, error.status
        else:
            forget_secret(request)
            return _after_first_factor(request, user, "Your authenticator app is set up.")
    else:
        secret = start_secret(request)
    address = totp.describe_secret(secret, name=user.get_username())
    context = {"secret": secret, "square": _draw_square(address), "fault": fault}
    return _never_kept(render(request, "pages/security_app.html", context, status=status))


@needs(Permission.READ, before_enrolment=True, confirm=True)
@require_POST
def remove_app(request: HttpRequest, principal: Principal) -> HttpResponse:
    mfa.remove_totp(cast("User", request.user))
    messages.success(request, "The authenticator app is removed.", extra_tags="good")
    return HttpResponseRedirect(_PAGE)


@needs(Permission.READ, before_enrolment=True, confirm=True)
@require_POST
def make_codes(request: HttpRequest, principal: Principal) -> HttpResponse:
    """New recovery codes, in the answer itself: they are shown this once."""
    return _show_codes(request, mfa.make_recovery_codes(cast("User", request.user)))


@needs(Permission.READ, before_enrolment=True)
@require_GET
def offer_passkey(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What the browser needs to make a passkey; `alone` for one that signs in without the password."""
    if not recently_confirmed(request):
        return JsonResponse(
            {"detail": "Confirm who you are first.", "url": f"/confirm?next={_PAGE}"}, status=403
        )
    is_alone = request.GET.get("alone") == "yes"
    return _never_kept(JsonResponse(passkeys.begin_registration(cast("User", request.user), alone=is_alone)))


@needs(Permission.READ, before_enrolment=True, confirm=True)
@require_POST
def add_passkey(request: HttpRequest, principal: Principal) -> HttpResponse:
    user, sent = cast("User", request.user), request.POST
    name = sent.get("name", "").strip() or f"Passkey {len(mfa.list_factors(user).passkeys) + 1}"
    try:
        passkeys.complete_registration(
            user, sent.get("credential", ""), name=name, alone=sent.get("alone") == "yes"
        )
    except BadInput as error:
        faults = {"passkey": f"{error.detail}. {error.remedy}".strip()}
        return _render(request, principal, faults=faults, status=error.status)
    return _after_first_factor(request, user, f"The passkey “{name}” is added.")


@needs(Permission.READ, before_enrolment=True, confirm=True)
@require_POST
def remove_passkey(request: HttpRequest, principal: Principal, passkey_id: int) -> HttpResponse:
    mfa.remove_passkey(cast("User", request.user), passkey_id)
    messages.success(request, "The passkey is removed.", extra_tags="good")
    return HttpResponseRedirect(_PAGE)


@needs(Permission.READ, before_enrolment=True, confirm=True)
@require_POST
def unlink(request: HttpRequest, principal: Principal, link_id: int) -> HttpResponse:
    try:
        remove_link(cast("User", request.user), link_id)
    except (Conflict, NotFound) as error:
        messages.error(request, f"{error.detail}. {error.remedy}", extra_tags="bad")
    return HttpResponseRedirect(_PAGE)


def _after_first_factor(request: HttpRequest, user: User, text: str) -> HttpResponse:
    """With the first factor come recovery codes, because a lost device must not lock anybody out."""
    messages.success(request, text, extra_tags="good")
    if mfa.list_factors(user).codes_left is None:
        return _show_codes(request, mfa.make_recovery_codes(user))
    return HttpResponseRedirect(_PAGE)


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return _never_kept(render(request, "pages/security_codes.html", {"codes": codes}))


def _render(
    request: HttpRequest,
    principal: Principal,
    *,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = cast("User", request.user)
    links = list_links(user)
    linked = {row.provider for row in links}
    context: dict[str, Any] = {
        "factors": mfa.list_factors(user),
        "owes_factor": mfa.needs_second_factor(principal),
        "has_password": user.has_usable_password(),
        "asks_current": needs_current_password(request),
        "faults": faults or {},
        "links": links,
        "providers": [row for row in list_providers() if row.id not in linked],
    }
    return _never_kept(render(request, "pages/security.html", context, status=status))


def _never_kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _draw_square(address: str) -> str:
    """The address as a QR code, in the form of an image's address."""
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    drawn = io.BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage).save(drawn)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"
