"""`/sharing` and `/sharing/collections/<id>`: what is shared over TAXII, with whom, and what is in it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.principal import Permission, Principal
from stack.audit.operations import record_export
from stack.core.errors import BadInput, Conflict, NotFound
from stack.sharing.collections.operations import (
    change_collection,
    create_api_root,
    create_collection,
    delete_api_root,
    delete_collection,
)
from stack.sharing.collections.picking import pick_objects, withdraw_object
from stack.sharing.collections.queries import find_collection, list_api_roots, list_collections
from stack.sharing.collections.records import CollectionRow
from stack.stix.timestamps import format_instant
from stack.store.queries import find_objects, get_object
from stack.store.selections.queries import read_entries
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.collections_shown import (
    ask_for_collection,
    ask_for_root,
    describe_collection,
    describe_collections,
    read_collection,
    write_collections,
)
from stack.web.forms import Form, read_words
from stack.web.links import change_query, next_page, object_url
from stack.web.naming import show_name, show_names
from stack.web.tab_rows import describe_sharing_tabs

_URL = "/sharing"
_PAGE = 50
_EXPORT_PAGE = 1000
_COLUMNS = ("added", "id", "version")


@needs(Permission.READ)
def show_sharing(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    if form != "html":
        sheet = write_collections(principal, list_collections(principal))
        return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-collections.csv")
    return _render_list(request, principal)


@needs(Permission.MANAGE_SHARING)
@require_POST
def add_collection(request: HttpRequest, principal: Principal) -> HttpResponse:
    try:
        made = create_collection(
            principal, **read_collection(request.POST), root=request.POST.get("root", "")
        )
    except (BadInput, Conflict) as error:
        form = ask_for_collection(principal).refill(request.POST, error)
        return _render_list(request, principal, form=form, status=error.status)
    said = f"{made.title} is made" + (" and is being filled." if made.is_live else ".")
    messages.success(request, said, extra_tags="good")
    return HttpResponseRedirect(f"{_URL}/collections/{made.id}")


@needs(Permission.ADMINISTER)
@require_POST
def add_root(request: HttpRequest, principal: Principal) -> HttpResponse:
    sent = request.POST
    try:
        made = create_api_root(
            principal,
            slug=sent.get("slug", "").strip(),
            title=sent.get("title", ""),
            description=sent.get("description", ""),
        )
    except (BadInput, Conflict) as error:
        form = ask_for_root().refill(sent, error)
        return _render_list(request, principal, root_form=form, status=error.status)
    return _return(request, f"The API root {made.slug} is made.")


@needs(Permission.ADMINISTER)
@require_POST
def end_root(request: HttpRequest, principal: Principal, slug: str) -> HttpResponse:
    delete_api_root(principal, slug)
    return _return(request, f"The API root {slug} is deleted.")


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_collection(request: HttpRequest, principal: Principal, collection_id: int) -> HttpResponse:
    return _render_one(request, principal, _find(principal, collection_id))


@needs(Permission.READ)
def export_collection(
    request: HttpRequest, principal: Principal, collection_id: str, form: str
) -> HttpResponseBase:
    """What is in it, by the date at which it came in: all as CSV, a page of a thousand as JSON."""
    row = _find(principal, int(collection_id))
    if form == "csv":
        record_export(principal, "collection", asked={"collection": row.uid})
        return answer_csv(Sheet(_COLUMNS, _read_all(principal, row), {}), f"{row.alias or row.uid}.csv")
    page = read_entries(principal, row.id, after=_read_after(request), limit=_EXPORT_PAGE, with_text=False)
    last = page.entries[-1].added_at if page.has_more else None
    rows = [_write_entry(entry.added_at, entry.stix_id, entry.version) for entry in page.entries]
    return answer_json(Sheet(_COLUMNS, rows, {"next": last}))


@needs(Permission.MANAGE_SHARING)
@require_POST
def alter_collection(request: HttpRequest, principal: Principal, collection_id: int) -> HttpResponse:
    row = _find(principal, collection_id)
    try:
        change_collection(principal, row.id, **read_collection(request.POST))
    except (BadInput, Conflict) as error:
        form = ask_for_collection(principal, row).refill(request.POST, error)
        return _render_one(request, principal, row, form=form, status=error.status)
    return _return(request, "The collection is changed, at once.", to=row)


@needs(Permission.MANAGE_SHARING)
@require_POST
def end_collection(request: HttpRequest, principal: Principal, collection_id: int) -> HttpResponse:
    row = _find(principal, collection_id)
    delete_collection(principal, row.id)
    return _return(request, f"{row.title} is deleted; its objects stay in the store.")


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def choose_collection(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A page of its own, and the inside of the dialog of an object's page: into which collection?"""
    row = get_object(principal, request.GET.get("id", ""))
    if row is None:
        raise NotFound("There is no such object, or it is not one that you may see.")
    context = {
        "row": row,
        "shown": show_name(row),
        "url": object_url(row.stix_id),
        "collections": [each for each in list_collections(principal) if _may_fill(principal, each)],
        "may_make": Permission.MANAGE_SHARING in principal.permissions,
    }
    return render_page(request, "pages/collection_choice.html", "pages/collection_choice_body.html", context)


@needs(Permission.READ)
@require_POST
def add_chosen(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The same as `add_objects`, for a form that says in a field into which collection."""
    chosen = request.POST.get("collection", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 19):
        raise BadInput("collection: expected the id of a collection", remedy="Choose one.")
    return _put_in(request, principal, int(chosen))


@needs(Permission.READ)
@require_POST
def add_objects(request: HttpRequest, principal: Principal, collection_id: int) -> HttpResponse:
    """The ids that were written; those that are in no store are told, not passed over."""
    return _put_in(request, principal, collection_id)


def _put_in(request: HttpRequest, principal: Principal, collection_id: int) -> HttpResponse:
    row = _find(principal, collection_id)
    wanted = list(dict.fromkeys([*request.POST.getlist("id"), *read_words(request.POST, "ids")]))
    if not wanted:
        raise BadInput("ids: expected STIX ids", remedy="Write one a line, or tick objects in the search.")
    known = find_objects(principal, wanted)
    pick_objects(principal, row.id, [stix_id for stix_id in wanted if stix_id in known])
    missing = len(wanted) - len(known)
    said = f"{len(known):,} put in." + (f" {missing:,} are not in the store." if missing else "")
    return _return(request, said, to=row, tone="info" if missing else "good")


@needs(Permission.READ)
@require_POST
def take_out(request: HttpRequest, principal: Principal, collection_id: int) -> HttpResponse:
    row = _find(principal, collection_id)
    gone = withdraw_object(principal, row.id, request.POST.get("id", ""))
    said = "Taken out; it stays in the store." if gone else "That object was not in the collection."
    return _return(request, said, to=row, tone="good" if gone else "info")


def _find(principal: Principal, collection_id: int) -> CollectionRow:
    row = find_collection(principal, str(collection_id))
    if row is None or row.id != collection_id:
        raise NotFound(f"There is no collection {collection_id}, or none that you may see")
    return row


def _ask(request: HttpRequest, principal: Principal) -> Form:
    """The form of a new collection; a search that one comes from stands in it already."""
    form = ask_for_collection(principal)
    query = request.GET.get("query", "")
    entries = tuple(replace(each, value=query) if each.name == "query" else each for each in form.entries)
    return replace(form, entries=entries)


def _may_fill(principal: Principal, row: CollectionRow) -> bool:
    manages = row.is_own and Permission.MANAGE_SHARING in principal.permissions
    return manages or (row.can_write and Permission.INGEST in principal.permissions)


def _render_list(
    request: HttpRequest,
    principal: Principal,
    *,
    form: Form | None = None,
    root_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    collections = describe_collections(request, principal, list_collections(principal))
    may_manage = Permission.MANAGE_SHARING in principal.permissions
    may_administer = Permission.ADMINISTER in principal.permissions
    context: dict[str, Any] = {
        "count": len(collections),
        "roots": [
            {
                "root": root,
                "url": request.build_absolute_uri(f"/taxii2/{root.slug}/"),
                "collections": [each for each in collections if each["row"].root == root.slug],
                "may_delete": may_administer
                and root.is_configured
                and root.organisation_id == principal.organisation_id,
            }
            for root in list_api_roots(principal)
        ],
        "discovery_url": request.build_absolute_uri("/taxii2/"),
        "tabs": describe_sharing_tabs(principal, _URL),
        "form": (form or _ask(request, principal)) if may_manage else None,
        "root_form": (root_form or ask_for_root()) if may_administer else None,
    }
    return render(request, "pages/sharing.html", context, status=status)


def _render_one(
    request: HttpRequest,
    principal: Principal,
    row: CollectionRow,
    *,
    form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    after = _read_after(request)
    manages = row.is_own and Permission.MANAGE_SHARING in principal.permissions
    context = {
        "each": describe_collection(request, principal, row),
        "row": row,
        "base": f"{_URL}/collections/{row.id}",
        "tabs": describe_sharing_tabs(principal, _URL),
        "form": (form or ask_for_collection(principal, row)) if manages else None,
        "may_fill": _may_fill(principal, row),
        **_describe_objects(request, principal, row, after),
    }
    response = render_page(request, "pages/collection.html", "pages/collection_objects.html", context)
    response.status_code = status
    return response


def _describe_objects(
    request: HttpRequest, principal: Principal, row: CollectionRow, after: int
) -> dict[str, Any]:
    """A page of what is in it, in the order in which it came in."""
    if not row.can_read:
        return {"objects": []}
    page = read_entries(principal, row.id, after=after, limit=_PAGE, with_text=False)
    found = find_objects(principal, [entry.stix_id for entry in page.entries])
    names = show_names(principal, found.values())
    return {
        "objects": [
            {
                "entry": entry,
                "row": found[entry.stix_id],
                "shown": names[found[entry.stix_id].id],
                "url": object_url(entry.stix_id),
            }
            for entry in page.entries
            if entry.stix_id in found
        ],
        "first_url": change_query(request.GET, {}) if after else "",
        "next_url": next_page(request.GET, str(page.entries[-1].added_at)) if page.has_more else "",
    }


def _read_all(principal: Principal, row: CollectionRow) -> Iterator[tuple[Any, ...]]:
    after = 0
    while True:
        page = read_entries(principal, row.id, after=after, limit=_EXPORT_PAGE, with_text=False)
        for entry in page.entries:
            yield _write_entry(entry.added_at, entry.stix_id, entry.version)
        if not page.has_more:
            return
        after = page.entries[-1].added_at


def _write_entry(added_at: int, stix_id: str, version: int) -> tuple[str, str, str]:
    return format_instant(added_at), stix_id, format_instant(version)


def _read_after(request: HttpRequest) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _return(
    request: HttpRequest, said: str, *, to: CollectionRow | None = None, tone: str = "good"
) -> HttpResponse:
    messages.success(request, said, extra_tags=tone)
    return HttpResponseRedirect(f"{_URL}/collections/{to.id}" if to else _URL)
