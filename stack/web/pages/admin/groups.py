"""`/admin/groups`: sharing groups, and which organisations are in each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.operations import create_group, delete_group, rename_group, set_group_members
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import GroupRow, list_groups, list_organisations
from stack.accounts.transactions import writing
from stack.core.errors import BadInput, Conflict, NotFound
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.forms import Choice, Entry, Form, read_ids
from stack.web.tab_rows import ADMINISTRATION, describe_tabs

_URL = "/admin/groups"
_COLUMNS = ("id", "name", "organisation_ids")


@needs(Permission.ADMINISTER, confirm=True)
@require_http_methods(["GET", "HEAD", "POST"])
def show_groups(request: HttpRequest, principal: Principal) -> HttpResponse:
    if request.method != "POST":
        return _render_list(request, principal, _ask(principal, None))
    try:
        with writing():
            made = create_group(principal, name=request.POST.get("name", ""))
            set_group_members(principal, made.id, organisation_ids=read_ids(request.POST, "organisation_ids"))
    except (BadInput, Conflict) as error:
        form = _ask(principal, None).refill(request.POST, error)
        return _render_list(request, principal, form, status=error.status)
    return _return(request, f"{made.name} is made.")


@needs(Permission.ADMINISTER, confirm=True)
@require_http_methods(["GET", "HEAD", "POST"])
def show_group(request: HttpRequest, principal: Principal, group_id: int) -> HttpResponse:
    """A page of its own, and the inside of the dialog that the list opens."""
    group = _find(principal, group_id)
    if request.method != "POST":
        return _render_one(request, group, _ask(principal, group))
    try:
        with writing():
            if request.POST.get("name", "") != group.name:
                rename_group(principal, group_id, name=request.POST.get("name", ""))
            set_group_members(
                principal, group_id, organisation_ids=read_ids(request.POST, "organisation_ids")
            )
    except (BadInput, Conflict) as error:
        form = _ask(principal, group).refill(request.POST, error)
        return _render_one(request, group, form, status=error.status)
    return _return(request, f"{request.POST.get('name', '').strip()} is changed, at once.")


@needs(Permission.ADMINISTER, confirm=True)
@require_POST
def take_apart(request: HttpRequest, principal: Principal, group_id: int) -> HttpResponse:
    group = _find(principal, group_id)
    delete_group(principal, group_id)
    return _return(request, f"{group.name} is deleted.")


@needs(Permission.ADMINISTER)
def export_groups(request: HttpRequest, principal: Principal, form: str) -> HttpResponseBase:
    groups = list_groups(principal)
    rows = [(group.id, group.name, list(group.organisation_ids)) for group in groups]
    sheet = Sheet(_COLUMNS, rows, {"total": len(groups)})
    return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-groups.csv")


def _find(principal: Principal, group_id: int) -> GroupRow:
    for group in list_groups(principal):
        if group.id == group_id:
            return group
    raise NotFound(f"There is no sharing group {group_id}")


def _ask(principal: Principal, group: GroupRow | None) -> Form:
    inside = () if group is None else group.organisation_ids
    choices = tuple(
        Choice(str(each.id), each.name, is_chosen=each.id in inside) for each in list_organisations(principal)
    )
    return Form(
        "group" if group is None else f"group-{group.id}",
        (
            Entry("name", "Name", value="" if group is None else group.name, is_required=True),
            Entry("organisation_ids", "Organisations in it", kind="checks", choices=choices),
        ),
    )


def _return(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said, extra_tags="good")
    return HttpResponseRedirect(_URL)


def _render_list(
    request: HttpRequest, principal: Principal, form: Form, *, status: int = 200
) -> HttpResponse:
    names = {each.id: each.name for each in list_organisations(principal)}
    context: dict[str, Any] = {
        "groups": [
            {
                "group": group,
                "url": f"{_URL}/{group.id}",
                "names": [names[each] for each in group.organisation_ids if each in names],
            }
            for group in list_groups(principal)
        ],
        "form": form,
        "tabs": describe_tabs(ADMINISTRATION, _URL),
    }
    return render(request, "pages/admin_groups.html", context, status=status)


def _render_one(request: HttpRequest, group: GroupRow, form: Form, *, status: int = 200) -> HttpResponse:
    context = {"group": group, "form": form, "url": f"{_URL}/{group.id}"}
    response = render_page(request, "pages/admin_group.html", "pages/admin_group_body.html", context)
    response.status_code = status
    return response
