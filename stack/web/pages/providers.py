"""`/providers`, `/providers/<name>`: the services that analyses ask, and the accounts for them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.analysis.asking.operations import delete_account, save_account, test_account
from stack.analysis.asking.queries import get_provider, list_providers
from stack.analysis.asking.records import AccountRow, ProviderRow
from stack.core.errors import BadInput, StackError
from stack.web.access import needs
from stack.web.forms import Form
from stack.web.providers_shown import (
    ask_for_account,
    describe_account,
    describe_provider,
    may_change,
    place_faults,
    read_account,
)
from stack.web.tab_rows import describe_analysis_tabs

_URL = "/providers"


@needs(Permission.ANALYZE)
@require_http_methods(["GET", "HEAD"])
def show_providers(request: HttpRequest, principal: Principal) -> HttpResponse:
    rows = [describe_provider(row) for row in list_providers(principal)]
    context = {
        "tabs": describe_analysis_tabs(principal, _URL),
        "with_account": [each for each in rows if each["row"].accounts],
        "without": [each for each in rows if not each["row"].accounts],
    }
    return render(request, "pages/providers.html", context)


@needs(Permission.ANALYZE)
@require_http_methods(["GET", "HEAD"])
def show_provider(request: HttpRequest, principal: Principal, provider: str) -> HttpResponse:
    return _render(request, principal, get_provider(principal, provider))


@needs(Permission.ANALYZE)
@require_POST
def save(request: HttpRequest, principal: Principal, provider: str) -> HttpResponse:
    row = get_provider(principal, provider)
    try:
        asked = read_account(row, request.POST)
        save_account(principal, provider, **asked)
    except BadInput as error:
        return _render(request, principal, row, fault=error, status=error.status)
    said = "is asked from now on" if asked["is_enabled"] else "is not asked"
    messages.success(request, f"Saved: {row.title} {said}.", extra_tags="good")
    return HttpResponseRedirect(f"{_URL}/{provider}")


@needs(Permission.ANALYZE, cost=Cost.EXPENSIVE)
@require_POST
def test(request: HttpRequest, principal: Principal, provider: str) -> HttpResponse:
    row = get_provider(principal, provider)
    name, is_personal = _read_which(request)
    try:
        result = test_account(principal, provider, name=name, is_personal=is_personal)
    except BadInput as error:
        return _render(request, principal, row, fault=error, status=error.status)
    return _render(request, principal, get_provider(principal, provider), extra={"tested": result})


@needs(Permission.ANALYZE)
@require_POST
def remove(request: HttpRequest, principal: Principal, provider: str) -> HttpResponse:
    name, is_personal = _read_which(request)
    delete_account(principal, provider, name=name, is_personal=is_personal)
    messages.success(request, "The account is removed with its credentials.", extra_tags="good")
    return HttpResponseRedirect(f"{_URL}/{provider}")


def _read_which(request: HttpRequest) -> tuple[str, bool]:
    return request.POST.get("name", "")[:28], request.POST.get("scope") != "organisation"


def _render(
    request: HttpRequest,
    principal: Principal,
    row: ProviderRow,
    *,
    fault: StackError | None = None,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    sent = place_faults(fault) if fault else None
    name, is_personal = _read_which(request) if fault else ("", False)
    accounts = [
        _describe(
            request,
            principal,
            row,
            each,
            sent if (each.name, each.is_personal) == (name, is_personal) else None,
        )
        for each in row.accounts
    ]
    is_new = sent is not None and not any(each["form"] and each["form"].is_sent for each in accounts)
    context = {
        **describe_provider(row),
        "base": f"{_URL}/{row.name}",
        "accounts": accounts,
        "new_forms": _offer_new(request, principal, row, sent if is_new else None, is_personal=is_personal),
        # Components take an address of this name for their own.
        "url": "",
        **(extra or {}),
    }
    return render(request, "pages/provider.html", context, status=status)


def _describe(
    request: HttpRequest,
    principal: Principal,
    row: ProviderRow,
    account: AccountRow,
    fault: StackError | None,
) -> dict[str, Any]:
    may = may_change(principal, is_personal=account.is_personal)
    form = ask_for_account(row, account, is_personal=account.is_personal) if may else None
    if form is not None and fault is not None:
        form = form.refill(request.POST, fault)
    return {
        **describe_account(account),
        "form": form,
        "scope": "own" if account.is_personal else "organisation",
    }


def _offer_new(
    request: HttpRequest,
    principal: Principal,
    row: ProviderRow,
    fault: StackError | None,
    *,
    is_personal: bool,
) -> list[dict[str, Any]]:
    """The forms of accounts that there may be and are not; of one that is named, there may be more."""
    offered: list[dict[str, Any]] = []
    for scope in (False, True):
        has_one = any(each.is_personal is scope for each in row.accounts)
        if not may_change(principal, is_personal=scope) or (has_one and not row.is_named):
            continue
        form: Form = ask_for_account(row, None, is_personal=scope)
        if fault is not None and scope is is_personal:
            form = form.refill(request.POST, fault)
        offered.append({"form": form, "scope": "own" if scope else "organisation", "is_own": scope})
    return offered
