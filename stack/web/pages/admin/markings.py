"""`/admin/markings`: marking definitions that hide what carries them from whoever was not granted them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.operations import restrict_marking, unrestrict_marking
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import list_restricted_markings
from stack.core.errors import BadInput, Conflict
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json
from stack.web.forms import Entry, Form
from stack.web.tab_rows import ADMINISTRATION, describe_tabs

_URL = "/admin/markings"
_COLUMNS = ("id", "marking_id", "name", "is_granted")
_FORM = Form(
    "marking",
    (
        Entry("name", "Name", is_required=True, placeholder="Operation members only"),
        Entry(
            "marking_id",
            "Id of the marking definition",
            is_required=True,
            placeholder="marking-definition--…",
        ),
    ),
)


@needs(Permission.ADMINISTER, confirm=True)
@require_http_methods(["GET", "HEAD", "POST"])
def show_markings(request: HttpRequest, principal: Principal) -> HttpResponse:
    if request.method != "POST":
        return _render(request, principal, _FORM)
    sent = request.POST
    try:
        restrict_marking(principal, marking_id=sent.get("marking_id", ""), name=sent.get("name", ""))
    except (BadInput, Conflict) as error:
        return _render(request, principal, _FORM.refill(sent, error), status=error.status)
    return _return(request, "The marking is restricted: grant it to the members who may see it.")


@needs(Permission.ADMINISTER, confirm=True)
@require_POST
def lift_restriction(request: HttpRequest, principal: Principal, row_id: int) -> HttpResponse:
    unrestrict_marking(principal, row_id)
    return _return(request, "The marking hides nothing any more.")


@needs(Permission.ADMINISTER)
def export_markings(request: HttpRequest, principal: Principal, form: str) -> HttpResponseBase:
    rows = [(row.id, row.marking_id, row.name, row.is_granted) for row in list_restricted_markings(principal)]
    sheet = Sheet(_COLUMNS, rows, {"total": len(rows)})
    return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-restricted-markings.csv")


def _return(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said, extra_tags="good")
    return HttpResponseRedirect(_URL)


def _render(request: HttpRequest, principal: Principal, form: Form, *, status: int = 200) -> HttpResponse:
    context = {
        "markings": list_restricted_markings(principal),
        "form": form,
        "tabs": describe_tabs(ADMINISTRATION, _URL),
    }
    return render(request, "pages/admin_markings.html", context, status=status)
