"""`/o/<type>/<uuid>/notes/add`: add a note to an object; the notes themselves are a tab of the object."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, NotFound
from stack.ingest.handling import read_handling
from stack.ingest.notes import LONGEST_ABSTRACT, LONGEST_CONTENT, add_note
from stack.store.queries import get_object
from stack.web.access import needs
from stack.web.links import object_url
from stack.web.marking_picker import pick_for_note, read_draft
from stack.web.naming import show_names


@needs(Permission.ANNOTATE)
@require_POST
def create_note(request: HttpRequest, principal: Principal, stix_type: str, uuid: str) -> HttpResponse:
    stix_id = f"{stix_type}--{uuid}"
    row = get_object(principal, stix_id)
    if row is None:
        raise NotFound("There is no such object, or it is not one that you may see.")
    draft = read_draft(request.POST)
    content, abstract = request.POST.get("content", ""), request.POST.get("abstract", "")
    base = object_url(stix_id)
    try:
        handling = read_handling(principal, draft)
        add_note(principal, stix_id=stix_id, content=content, abstract=abstract, handling=handling)
    except BadInput as fault:
        context = {
            "shown": show_names(principal, [row])[row.id],
            "base": base,
            "fault": fault,
            "picker": pick_for_note(principal, stix_id, draft, fault=fault),
            "note_content": content,
            "note_abstract": abstract,
            "longest_content": LONGEST_CONTENT,
            "longest_abstract": LONGEST_ABSTRACT,
        }
        return render(request, "pages/object_note.html", context, status=422)
    messages.success(request, "The note is kept.", extra_tags="good")
    return HttpResponseRedirect(f"{base}/notes")
