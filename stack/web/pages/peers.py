"""`/sharing/peers`, `/sharing/peers/<id>`: other TAXII servers, what is pulled and pushed, and how well."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, Conflict, NotFound, StackError
from stack.ingest.handling import read_handling
from stack.sharing.collections.queries import find_collection
from stack.sources.taxii.client import TaxiiClient
from stack.sources.taxii.linking import add_pull, add_push, change_link, remove_link
from stack.sources.taxii.operations import add_peer, change_peer, remove_peer
from stack.sources.taxii.queries import PeerRow, access_of_peer, get_peer, list_peers
from stack.sources.taxii.scheduling import sync_peer
from stack.web.access import needs
from stack.web.forms import Form, read_level
from stack.web.marking_picker import read_draft
from stack.web.peers_shown import (
    ask_for_peer,
    describe_links,
    describe_peer,
    offer_links,
    read_changes,
    read_peer,
)
from stack.web.tab_rows import describe_sharing_tabs

_URL = "/sharing/peers"


@needs(Permission.MANAGE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
def show_peers(request: HttpRequest, principal: Principal) -> HttpResponse:
    form = ask_for_peer()
    if request.method == "POST":
        try:
            made = add_peer(principal, read_peer(request.POST))
        except (BadInput, Conflict) as error:
            form = form.refill(request.POST, error)
        else:
            return _return(request, f"{made.name} is a peer. Look at its collections.", made.id)
    context = {
        "peers": [describe_peer(row) for row in list_peers(principal)],
        "form": form,
        "tabs": describe_sharing_tabs(principal, _URL),
    }
    return render(request, "pages/peers.html", context, status=422 if form.is_sent else 200)


@needs(Permission.MANAGE_SOURCES)
@require_http_methods(["GET", "HEAD"])
def show_peer(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    return _render(request, principal, get_peer(principal, peer_id))


@needs(Permission.MANAGE_SOURCES, cost=Cost.EXPENSIVE)
@require_POST
def look_around(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    """Asks the peer for its collections, so that one can be chosen."""
    row = get_peer(principal, peer_id)
    try:
        with TaxiiClient(access_of_peer(principal, peer_id)) as client:
            found = client.list_collections()
    except StackError as error:
        return _render(request, principal, row, fault=error, status=error.status)
    return _render(request, principal, row, extra={"has_looked": True, **offer_links(principal, found)})


@needs(Permission.MANAGE_SOURCES)
@require_POST
def alter_peer(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    row = get_peer(principal, peer_id)
    try:
        change_peer(principal, peer_id, read_changes(request.POST))
    except (BadInput, Conflict) as error:
        form = ask_for_peer(row).refill(request.POST, error)
        return _render(request, principal, row, form=form, status=error.status)
    return _return(request, "The peer is changed.", peer_id)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def switch(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    row = change_peer(principal, peer_id, {"is_enabled": request.POST.get("to") == "on"})
    said = "is synchronised from now on" if row.is_enabled else "is left alone"
    return _return(request, f"{row.name} {said}.", peer_id)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def synchronise(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    jobs = sync_peer(principal, peer_id)
    if len(jobs) == 1:
        return HttpResponseRedirect(f"/jobs/{jobs[0].id}")
    said = f"{len(jobs)} links run now." if jobs else "Nothing to run: no link is on, or all run already."
    return _return(request, said, peer_id, tone="info")


@needs(Permission.MANAGE_SOURCES)
@require_POST
def forget_peer(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    row = get_peer(principal, peer_id)
    remove_peer(principal, peer_id)
    messages.success(request, f"{row.name} is removed; what was pulled stays.", extra_tags="good")
    return HttpResponseRedirect(_URL)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def pull(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    sent = request.POST
    try:
        add_pull(
            principal,
            peer_id,
            collection=sent.get("collection", ""),
            title=sent.get("title", ""),
            handling=read_handling(principal, read_draft(sent)),
        )
    except (BadInput, Conflict) as error:
        return _render(request, principal, get_peer(principal, peer_id), fault=error, status=error.status)
    return _return(request, "It is pulled from now on, first at once.", peer_id)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def push(request: HttpRequest, principal: Principal, peer_id: int) -> HttpResponse:
    sent = request.POST
    row = get_peer(principal, peer_id)
    own = find_collection(principal, sent.get("own", ""))
    if own is None or not own.can_read:
        raise NotFound("There is no such collection, or none that you may read")
    try:
        add_push(
            principal,
            peer_id,
            collection=sent.get("collection", ""),
            title=sent.get("title", ""),
            selection_id=own.id,
            tlp_ceiling=int(read_level(sent)),
        )
    except (BadInput, Conflict) as error:
        return _render(request, principal, row, fault=error, status=error.status)
    return _return(request, f"{own.title} is pushed from now on, first at once.", peer_id)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def alter_link(request: HttpRequest, principal: Principal, peer_id: int, link_id: int) -> HttpResponse:
    """`act` is `on`, `off`, `again` (from the start) or `remove`."""
    match request.POST.get("act"):
        case "on" | "off" as act:
            change_link(principal, peer_id, link_id, is_enabled=act == "on")
            said = "The link is on." if act == "on" else "The link is off; what was moved stays."
        case "again":
            change_link(principal, peer_id, link_id, from_start=True)
            said = "Everything is moved again, which does no harm."
        case "remove":
            remove_link(principal, peer_id, link_id)
            said = "The link is removed; what was moved stays."
        case _:
            raise BadInput("act: expected on, off, again or remove")
    return _return(request, said, peer_id)


def _return(request: HttpRequest, said: str, peer_id: int, *, tone: str = "good") -> HttpResponse:
    messages.success(request, said, extra_tags=tone)
    return HttpResponseRedirect(f"{_URL}/{peer_id}")


def _render(
    request: HttpRequest,
    principal: Principal,
    row: PeerRow,
    *,
    form: Form | None = None,
    fault: StackError | None = None,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **describe_peer(row),
        # Components take an address of this name for their own.
        "url": "",
        "base": f"{_URL}/{row.id}",
        "links": describe_links(principal, row),
        "refusals": [refusal for link in row.links for refusal in link.refusals],
        "form": form or ask_for_peer(row),
        "fault": fault,
        "tabs": describe_sharing_tabs(principal, _URL),
        **(extra or {}),
    }
    return render(request, "pages/peer.html", context, status=status)
