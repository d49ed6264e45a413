"""`/account`: the password and the API keys of whoever is signed in."""

from typing import TypeAlias, cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from stack.accounts.models import User
from stack.accounts.operations import create_key, revoke_key
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import list_keys
from stack.core.errors import BadInput
from stack.web.access import needs

PasswordForm: TypeAlias = "PasswordChangeForm | SetPasswordForm[User]"


@needs(Permission.READ)
def show_account(request: HttpRequest, principal: Principal) -> HttpResponse:
    return _render(request, principal, _build_form(request))


@needs(Permission.READ)
@require_POST
def change_password(request: HttpRequest, principal: Principal) -> HttpResponse:
    form = _build_form(request, request.POST)
    if not form.is_valid():
        return _render(request, principal, form, status=422)
    form.save()
    update_session_auth_hash(request, form.user)
    messages.success(request, "Your password is set.", extra_tags="good")
    return HttpResponseRedirect("/account")


@needs(Permission.READ)
@require_POST
def add_key(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Shows the new key in the answer itself: it is kept nowhere and cannot be shown again."""
    try:
        key = create_key(principal, name=request.POST.get("name", ""))
    except BadInput as error:
        return _render(request, principal, _build_form(request), key_fault=error.detail, status=422)
    return _render(request, principal, _build_form(request), new_key=key.key)


@needs(Permission.READ)
@require_POST
def remove_key(request: HttpRequest, principal: Principal, key_id: int) -> HttpResponse:
    revoke_key(principal, key_id)
    messages.success(request, "The key is revoked.", extra_tags="good")
    return HttpResponseRedirect("/account")


def _build_form(request: HttpRequest, data: QueryDict | None = None) -> PasswordForm:
    """Who came by a link and has no password yet sets one; who has one must know it to change it."""
    user = cast("User", request.user)
    return PasswordChangeForm(user, data) if user.has_usable_password() else SetPasswordForm(user, data)


def _render(
    request: HttpRequest,
    principal: Principal,
    form: PasswordForm,
    *,
    status: int = 200,
    new_key: str = "",
    key_fault: str = "",
) -> HttpResponse:
    context = {"form": form, "keys": list_keys(principal), "new_key": new_key, "key_fault": key_fault}
    response = render(request, "pages/account.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
