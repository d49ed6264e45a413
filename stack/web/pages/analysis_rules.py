"""`/analyses/rules`: what is analysed by itself when it comes in."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.principal import Permission, Principal
from stack.analysis.rules.operations import KINDS, change_rule, create_rule, delete_rule
from stack.analysis.rules.queries import list_rules
from stack.analysis.rules.records import RuleRow
from stack.core.errors import BadInput, Conflict, FieldError, StackError
from stack.web.access import needs
from stack.web.analyses_shown import name_kind
from stack.web.forms import Choice, Entry, Form
from stack.web.tab_rows import describe_analysis_tabs

_URL = "/analyses/rules"
_MANY = 1_000


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_rules(request: HttpRequest, principal: Principal) -> HttpResponse:
    return _render(request, principal)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def add(request: HttpRequest, principal: Principal) -> HttpResponse:
    try:
        row = create_rule(principal, name=request.POST.get("name", ""), **_read(request.POST))
    except (BadInput, Conflict) as error:
        return _render(request, principal, fault=error)
    messages.success(request, f"{row.name} holds for what comes in from now on.", extra_tags="good")
    return HttpResponseRedirect(_URL)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def change(request: HttpRequest, principal: Principal, rule_id: int) -> HttpResponse:
    try:
        row = change_rule(principal, rule_id, **_read(request.POST))
    except (BadInput, Conflict) as error:
        return _render(request, principal, fault=error, rule_id=rule_id)
    messages.success(request, f"{row.name} is changed, and works for you from now on.", extra_tags="good")
    return HttpResponseRedirect(_URL)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def switch(request: HttpRequest, principal: Principal, rule_id: int) -> HttpResponse:
    row = change_rule(principal, rule_id, is_enabled=bool(request.POST.get("on")))
    messages.success(request, f"{row.name} is {'on' if row.is_enabled else 'off'}.", extra_tags="good")
    return HttpResponseRedirect(_URL)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def delete(request: HttpRequest, principal: Principal, rule_id: int) -> HttpResponse:
    delete_rule(principal, rule_id)
    messages.success(request, "The rule is gone; the analyses that it started stay.", extra_tags="good")
    return HttpResponseRedirect(_URL)


def _render(
    request: HttpRequest, principal: Principal, *, fault: StackError | None = None, rule_id: int | None = None
) -> HttpResponse:
    may_manage = {Permission.MANAGE_SOURCES, Permission.ANALYZE} <= principal.permissions
    form = _ask_for_rule()
    context = {
        "tabs": describe_analysis_tabs(principal, _URL),
        "rules": [
            _describe(
                row,
                may_manage=may_manage,
                sent=request.POST if fault and row.id == rule_id else None,
                fault=fault,
            )
            for row in list_rules(principal)
        ],
        "may_manage": may_manage,
        "form": form.refill(request.POST, fault) if fault and rule_id is None else form,
    }
    return render(request, "pages/analysis_rules.html", context, status=fault.status if fault else 200)


def _describe(
    row: RuleRow, *, may_manage: bool, sent: QueryDict | None, fault: StackError | None
) -> dict[str, Any]:
    form = _ask_for_rule(row) if may_manage else None
    if form is not None and sent is not None and fault is not None:
        form = form.refill(sent, fault)
    return {
        "row": row,
        "kinds": ", ".join(map(name_kind, row.kinds)),
        "form": form,
        "base": f"{_URL}/{row.id}",
    }


def _ask_for_rule(row: RuleRow | None = None) -> Form:
    chosen = row.kinds if row else ()
    kinds = tuple(Choice(kind, name_kind(kind), is_chosen=kind in chosen) for kind in KINDS)
    asks = (Choice("1", "Ask the providers, which costs their quota", is_chosen=bool(row and row.may_ask)),)
    name = (Entry("name", "Name", is_required=True),)
    return Form(
        f"rule-{row.id}" if row else "rule",
        (
            *(() if row else name),
            Entry(
                "query",
                "Of what this search finds",
                value=row.query if row else "",
                hint="Empty: all that comes in.",
                placeholder='source:"Partner feed"',
            ),
            Entry("per_day", "At most, a day", kind="number", value=str(row.per_day if row else _MANY)),
            Entry("kinds", "Values of these kinds", kind="checks", choices=kinds),
            Entry("may_ask", "Providers", kind="checks", choices=asks),
        ),
    )


def _read(sent: QueryDict) -> dict[str, Any]:
    return {
        "kinds": sent.getlist("kinds"),
        "query": sent.get("query", ""),
        "may_ask": bool(sent.get("may_ask")),
        "per_day": _read_number(sent.get("per_day", "")),
    }


def _read_number(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    message = "expected a whole number"
    raise BadInput(f"per_day: {message}", errors=(FieldError("per_day", message),))
