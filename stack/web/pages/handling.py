"""`/handling`: what a choice in the picker comes to; `/o/<type>/<uuid>/handling`: mark an object anew."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods

from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, NotFound
from stack.ingest.handling import read_handling
from stack.store.marking import mark_object
from stack.store.queries import get_access, get_object
from stack.web.access import needs
from stack.web.links import object_url
from stack.web.marking_picker import Picker, describe_outcome, pick_for_object, read_draft
from stack.web.naming import show_names
from stack.web.object_access import find_draft

_GONE = "There is no such object, or it is not one that you may see."
_KEYS = frozenset({"ingest", "mark", "note"})


@needs(Permission.READ)
@require_GET
def show_outcome(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The sentence under the picker, for what is chosen in it."""
    key = request.GET.get("picker", "")
    text = describe_outcome(
        principal,
        key if key in _KEYS else "mark",
        read_draft(request.GET),
        about=request.GET.get("about", ""),
    )
    response = render(request, "components/marking_outcome.html", {"text": text})
    response["Cache-Control"] = "private, no-store"
    return response


@needs(Permission.MARK)
@require_http_methods(["GET", "POST"])
def show_handling(request: HttpRequest, principal: Principal, stix_type: str, uuid: str) -> HttpResponse:
    """The picker on a page of its own, for who has no script and for what was filled in wrongly."""
    stix_id = f"{stix_type}--{uuid}"
    if request.method == "GET":
        return _render(
            request, principal, stix_id, pick_for_object(principal, find_draft(principal, stix_id))
        )
    draft = read_draft(request.POST)
    try:
        mark_object(principal, stix_id=stix_id, handling=read_handling(principal, draft))
    except BadInput as fault:
        picker = pick_for_object(principal, draft, fault=fault)
        return _render(request, principal, stix_id, picker, fault=fault)
    access = get_access(principal, stix_id)
    said = "" if access else " You are not cleared for it yourself any more."
    messages.success(request, f"The marking holds from now on.{said}", extra_tags="good")
    return HttpResponseRedirect(object_url(stix_id) if access else "/search")


def _render(
    request: HttpRequest,
    principal: Principal,
    stix_id: str,
    picker: Picker,
    *,
    fault: BadInput | None = None,
) -> HttpResponse:
    row = get_object(principal, stix_id)
    if row is None:
        raise NotFound(_GONE)
    context = {
        "picker": picker,
        "shown": show_names(principal, [row])[row.id],
        "base": object_url(stix_id),
        "mark_url": f"{object_url(stix_id)}/handling",
        "fault": fault,
    }
    # In the dialog of the object's page only the form is wanted.
    is_part = request.method == "GET" and request.headers.get("HX-Request") == "true"
    template = "pages/object_mark_form.html" if is_part else "pages/object_handling.html"
    response = render(request, template, context | {"is_page": not is_part}, status=422 if fault else 200)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "private, no-store"
    return response
