"""`/account`: the password of whoever is signed in."""

from typing import TypeAlias, cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
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


def _build_form(request: HttpRequest, data: QueryDict | None = None) -> PasswordForm:
    """Who came by a link and has no password yet sets one; who has one must know it to change it."""
    user = cast("User", request.user)
    return PasswordChangeForm(user, data) if user.has_usable_password() else SetPasswordForm(user, data)


def _render(
    request: HttpRequest, principal: Principal, form: PasswordForm, *, status: int = 200
) -> HttpResponse:
    response = render(request, "pages/account.html", {"form": form}, status=status)
    response["Cache-Control"] = "no-store"
    return response
