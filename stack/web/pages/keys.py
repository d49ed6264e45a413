"""`/account/keys` and `/organisation/keys`: API keys, one's own and those of all members."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.operations import create_key, revoke_key
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import KeyRow, list_keys
from stack.core.errors import BadInput
from stack.web.access import needs
from stack.web.answers import answer_csv, answer_json
from stack.web.forms import Form
from stack.web.keys_shown import ask_for_key, describe_keys, read_key, write_keys
from stack.web.tab_rows import ORGANISATION, describe_tabs

_OWN = "/account/keys"
_ALL = "/organisation/keys"


@needs(Permission.READ, confirm=True)
@require_http_methods(["GET", "HEAD", "POST"])
def show_own_keys(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The list and the form; a POST shows the new key in the answer itself, because it is kept nowhere."""
    form = ask_for_key(principal.permissions, principal.tlp_ceiling)
    if request.method != "POST":
        return _render_own(request, principal, form)
    try:
        key = create_key(principal, **read_key(request.POST))
    except BadInput as error:
        return _render_own(request, principal, form.refill(request.POST, error), status=error.status)
    return _render_own(request, principal, form, new_key=key.key)


@needs(Permission.READ)
def export_own_keys(request: HttpRequest, principal: Principal, form: str) -> HttpResponseBase:
    return _answer(list_keys(principal), form)


@needs(Permission.READ)
@require_POST
def revoke_own_key(request: HttpRequest, principal: Principal, key_id: int) -> HttpResponse:
    return _revoke(request, principal, key_id, _OWN)


@needs(Permission.MANAGE_MEMBERS)
def show_all_keys(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    keys = list_keys(principal, everyone=True)
    if form != "html":
        return _answer(keys, form)
    context = {
        "heading": "API keys of the organisation",
        "base": _ALL,
        "everyone": True,
        "keys": describe_keys(keys),
        "tabs": describe_tabs(ORGANISATION, _ALL),
    }
    return render(request, "pages/keys.html", context)


@needs(Permission.MANAGE_MEMBERS)
@require_POST
def revoke_any_key(request: HttpRequest, principal: Principal, key_id: int) -> HttpResponse:
    return _revoke(request, principal, key_id, _ALL)


def _revoke(request: HttpRequest, principal: Principal, key_id: int, back: str) -> HttpResponse:
    revoke_key(principal, key_id)
    messages.success(request, "The key is revoked.", extra_tags="good")
    return HttpResponseRedirect(back)


def _render_own(
    request: HttpRequest, principal: Principal, form: Form, *, status: int = 200, new_key: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "heading": "Your API keys",
        "base": _OWN,
        "keys": describe_keys(list_keys(principal)),
        "form": form,
        "new_key": new_key,
    }
    response = render(request, "pages/keys.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _answer(keys: Sequence[KeyRow], form: str) -> HttpResponseBase:
    sheet = write_keys(keys)
    return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-keys.csv")
