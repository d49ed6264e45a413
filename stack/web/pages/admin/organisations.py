"""`/admin/organisations`: all organisations on this Stack, and a form for a new one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from stack.accounts.operations import create_organisation
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import OrganisationRow, list_organisations
from stack.core.errors import BadInput, Conflict
from stack.stix.timestamps import format_instant
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json
from stack.web.forms import Form
from stack.web.members_shown import ask_for_name
from stack.web.roles_shown import describe_role
from stack.web.tab_rows import ADMINISTRATION, describe_tabs

_URL = "/admin/organisations"
_COLUMNS = ("id", "name", "members", "require_mfa_from", "created")


@needs(Permission.ADMINISTER, confirm=True)
@require_http_methods(["GET", "HEAD", "POST"])
def show_organisations(request: HttpRequest, principal: Principal) -> HttpResponse:
    if request.method != "POST":
        return _render(request, principal, ask_for_name("organisation"))
    try:
        made = create_organisation(principal, name=request.POST.get("name", ""))
    except (BadInput, Conflict) as error:
        form = ask_for_name("organisation").refill(request.POST, error)
        return _render(request, principal, form, status=error.status)
    messages.success(request, f"{made.name} is made. Invite its first member.", extra_tags="good")
    return HttpResponseRedirect(f"{_URL}/{made.id}")


@needs(Permission.ADMINISTER)
def export_organisations(request: HttpRequest, principal: Principal, form: str) -> HttpResponseBase:
    rows = list_organisations(principal)
    sheet = Sheet(_COLUMNS, map(_write_row, rows), {"total": len(rows)})
    return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-organisations.csv")


def _render(request: HttpRequest, principal: Principal, form: Form, *, status: int = 200) -> HttpResponse:
    context = {
        "rows": [_describe_row(row, principal) for row in list_organisations(principal)],
        "form": form,
        "tabs": describe_tabs(ADMINISTRATION, _URL),
    }
    return render(request, "pages/admin_organisations.html", context, status=status)


def _describe_row(row: OrganisationRow, principal: Principal) -> dict[str, Any]:
    required = row.require_mfa_from
    return {
        "row": row,
        "url": f"{_URL}/{row.id}",
        "is_own": row.id == principal.organisation_id,
        "second_factor": "" if required is None else describe_role(required).title,
    }


def _write_row(row: OrganisationRow) -> tuple[Any, ...]:
    return (row.id, row.name, row.members, row.require_mfa_from, format_instant(row.created_at))
