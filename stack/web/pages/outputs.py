"""`/sharing/outputs`, `/sharing/outputs/<id>`, `/search/export`: what leaves, in which format, to whom."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.limits.policies import Cost
from stack.accounts.operations import revoke_key
from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, Conflict, NotFound, StackError
from stack.sharing.exporting.formats import FormatRow, describe_formats
from stack.sharing.exporting.operations import export, prepare_export
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs.operations import (
    change_output,
    create_output,
    create_output_key,
    delete_output,
)
from stack.sharing.outputs.queries import get_output, list_outputs
from stack.sharing.outputs.records import OutputRow
from stack.web.access import needs
from stack.web.answers import answer_csv, answer_json
from stack.web.forms import Form
from stack.web.outputs_shown import (
    ask_for_key,
    ask_for_output,
    cut_preview,
    describe_output,
    place_faults,
    read_key,
    read_output,
    write_outputs,
)
from stack.web.tab_rows import describe_sharing_tabs

_URL = "/sharing/outputs"


@needs(Permission.READ)
def show_outputs(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    rows = list_outputs(principal)
    if form != "html":
        sheet = write_outputs(rows)
        return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-outputs.csv")
    context = {
        "outputs": [describe_output(request, row) for row in rows],
        "formats": describe_formats(),
        "may_manage": Permission.MANAGE_SHARING in principal.permissions,
        "tabs": describe_sharing_tabs(principal, _URL),
    }
    return render(request, "pages/outputs.html", context)


@needs(Permission.MANAGE_SHARING)
@require_http_methods(["GET", "HEAD", "POST"])
def make_output(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The format is chosen first, because its options are asked for with the rest."""
    sent = request.POST if request.method == "POST" else request.GET
    chosen = _find_format(sent.get("format", ""))
    form = ask_for_output(principal, chosen)
    if request.method == "POST":
        try:
            made = create_output(
                principal, title=request.POST.get("title", ""), request=read_output(request.POST, chosen)
            )
        except (BadInput, Conflict) as error:
            form = form.refill(request.POST, place_faults(error))
        else:
            return _return(request, f"{made.title} is made. Make a key for who fetches it.", made.id)
    context = {"format": chosen, "form": form, "tabs": describe_sharing_tabs(principal, _URL)}
    return render(request, "pages/output_new.html", context, status=422 if form.is_sent else 200)


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_output(request: HttpRequest, principal: Principal, output_id: int) -> HttpResponse:
    return _render(request, principal, get_output(principal, output_id))


@needs(Permission.EXPORT, cost=Cost.EXPENSIVE)
@require_http_methods(["GET", "HEAD"])
def preview_output(request: HttpRequest, principal: Principal, output_id: int) -> HttpResponse:
    """The first lines of what would leave now, for this reader."""
    row = get_output(principal, output_id)
    try:
        text, is_cut = cut_preview(prepare_export(principal, row.request).pieces)
    except StackError as error:
        return _render(request, principal, row, fault=error, status=error.status)
    return _render(request, principal, row, extra={"preview": text, "is_cut": is_cut, "has_preview": True})


@needs(Permission.MANAGE_SHARING)
@require_POST
def alter_output(request: HttpRequest, principal: Principal, output_id: int) -> HttpResponse:
    row = get_output(principal, output_id)
    chosen = _find_format(row.format)
    try:
        change_output(
            principal,
            output_id,
            title=request.POST.get("title", ""),
            request=read_output(request.POST, chosen),
        )
    except (BadInput, Conflict) as error:
        form = ask_for_output(principal, chosen, row).refill(request.POST, place_faults(error))
        return _render(request, principal, row, form=form, status=error.status)
    return _return(request, "The output is changed; its address and keys stay.", output_id)


@needs(Permission.MANAGE_SHARING)
@require_POST
def end_output(request: HttpRequest, principal: Principal, output_id: int) -> HttpResponse:
    row = get_output(principal, output_id)
    delete_output(principal, output_id)
    messages.success(request, f"{row.title} is deleted, and its keys are revoked.", extra_tags="good")
    return HttpResponseRedirect(_URL)


@needs(Permission.OUTPUTS, confirm=True)
@require_POST
def make_key(request: HttpRequest, principal: Principal, output_id: int) -> HttpResponse:
    """Shows the address with the new key in the answer itself, because the key is kept nowhere."""
    row = get_output(principal, output_id)
    try:
        made = create_output_key(principal, output_id, **read_key(request.POST))
    except BadInput as error:
        key_form = ask_for_key(principal).refill(request.POST, error)
        return _render(request, principal, row, extra={"key_form": key_form}, status=error.status)
    shown = {"new_key": made.key, "new_address": request.build_absolute_uri(made.path)}
    return _render(request, principal, get_output(principal, output_id), extra=shown)


@needs(Permission.READ)
@require_POST
def revoke(request: HttpRequest, principal: Principal, output_id: int, key_id: int) -> HttpResponse:
    row = get_output(principal, output_id)
    if key_id not in {key.id for key in row.keys}:
        raise NotFound(f"The output has no key {key_id}")
    revoke_key(principal, key_id)
    return _return(request, "The key opens nothing any more.", output_id)


@needs(Permission.EXPORT, cost=Cost.EXPENSIVE)
@require_http_methods(["GET"])
def download_export(request: HttpRequest, principal: Principal) -> HttpResponseBase:
    """What a search finds, as a file of any format."""
    asked = request.GET
    wanted = ExportRequest(
        format=asked.get("format", "stix"),
        query=asked.get("q", ""),
        types=tuple(asked.getlist("type")),
    )
    made = export(principal, wanted)
    response = StreamingHttpResponse(made.pieces, content_type=made.media_type)
    response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    return response


def _find_format(name: str) -> FormatRow:
    for each in describe_formats():
        if each.name == name:
            return each
    raise BadInput(f"There is no format “{name[:40]}”", remedy="Choose one from the list.")


def _return(request: HttpRequest, said: str, output_id: int) -> HttpResponse:
    messages.success(request, said, extra_tags="good")
    return HttpResponseRedirect(f"{_URL}/{output_id}")


def _render(
    request: HttpRequest,
    principal: Principal,
    row: OutputRow,
    *,
    form: Form | None = None,
    fault: StackError | None = None,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    may_manage = Permission.MANAGE_SHARING in principal.permissions
    chosen = next((each for each in describe_formats() if each.name == row.format), None)
    context = {
        **describe_output(request, row),
        # Components take an address of this name for their own.
        "url": "",
        "base": f"{_URL}/{row.id}",
        "tabs": describe_sharing_tabs(principal, _URL),
        "may_preview": Permission.EXPORT in principal.permissions,
        "key_form": ask_for_key(principal) if Permission.OUTPUTS in principal.permissions else None,
        "form": (form or ask_for_output(principal, chosen, row)) if may_manage and chosen else None,
        "fault": fault,
        **(extra or {}),
    }
    response = render(request, "pages/output.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
