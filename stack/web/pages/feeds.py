"""`/feeds`, `/feeds/new/<vendor>`, `/feeds/<id>`: what is read on a schedule, how well, what it brings."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, Conflict, NotFound, StackError
from stack.sources.feeds.operations import (
    add_feed,
    change_feed,
    disable_feed,
    enable_feed,
    remove_feed,
    run_feed_now,
)
from stack.sources.feeds.previewing import check_feed, preview_feed
from stack.sources.feeds.queries import get_feed, get_health, list_feeds, list_vendor_rows
from stack.sources.feeds.records import FeedRow, VendorRow
from stack.web.access import needs
from stack.web.answers import answer_csv, answer_json
from stack.web.feeds_shown import (
    ask_for_feed,
    describe_feed,
    describe_health,
    describe_preview,
    describe_vendor,
    pick_for_feed,
    place_faults,
    read_feed,
    write_feeds,
)
from stack.web.forms import Form
from stack.web.marking_picker import read_draft

_URL = "/feeds"


@needs(Permission.READ)
def show_feeds(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    rows = list_feeds(principal)
    if form != "html":
        sheet = write_feeds(rows)
        return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-feeds.csv")
    context = {
        "feeds": [describe_feed(row) for row in rows],
        "failing": sum(row.health == "failing" for row in rows),
        "may_manage": Permission.MANAGE_SOURCES in principal.permissions,
        "vendors": [describe_vendor(row) for row in list_vendor_rows()],
    }
    return render(request, "pages/feeds.html", context)


@needs(Permission.MANAGE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
def make_feed(request: HttpRequest, principal: Principal, vendor: str) -> HttpResponse:
    """A new feed, off until somebody enables it: its page offers a test and a look at what it would bring."""
    plugin = _find_vendor(vendor)
    form = ask_for_feed(plugin)
    if request.method == "POST":
        try:
            made = add_feed(principal, vendor=vendor, **read_feed(plugin, request.POST))
        except (BadInput, Conflict) as error:
            form = form.refill(request.POST, place_faults(error))
        else:
            said = f"{made.name} is added. Look at what it brings, then enable it."
            return _return(request, said, made.id)
    sent = read_draft(request.POST) if request.method == "POST" else None
    context = {
        "vendor": describe_vendor(plugin),
        "form": form,
        "picker": pick_for_feed(principal, plugin, sent=sent),
    }
    return render(request, "pages/feed_new.html", context, status=422 if form.is_sent else 200)


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_feed(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    return _render(request, principal, get_feed(principal, feed_id))


@needs(Permission.MANAGE_SOURCES)
@require_POST
def alter_feed(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    row = get_feed(principal, feed_id)
    plugin = _find_vendor(row.vendor)
    try:
        change_feed(principal, feed_id, **read_feed(plugin, request.POST))
    except (BadInput, Conflict) as error:
        form = ask_for_feed(plugin, row).refill(request.POST, place_faults(error))
        return _render(request, principal, row, form=form, status=error.status)
    return _return(request, "The feed is changed.", feed_id)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def switch_on(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    try:
        row = enable_feed(principal, feed_id)
    except BadInput as error:
        return _render(request, principal, get_feed(principal, feed_id), fault=error, status=error.status)
    return _return(request, f"{row.name} is visited on its schedule from now on.", feed_id)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def switch_off(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    row = disable_feed(principal, feed_id)
    return _return(request, f"{row.name} is not visited any more; what it brought stays.", feed_id)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def visit_now(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    try:
        job_id = run_feed_now(principal, feed_id, again=bool(request.POST.get("again")))
    except (BadInput, Conflict) as error:
        return _render(request, principal, get_feed(principal, feed_id), fault=error, status=error.status)
    return HttpResponseRedirect(f"/jobs/{job_id}")


@needs(Permission.MANAGE_SOURCES, cost=Cost.EXPENSIVE)
@require_POST
def look_ahead(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    """What a visit would bring now; nothing of it is stored."""
    row = get_feed(principal, feed_id)
    try:
        found = describe_preview(preview_feed(principal, feed_id=feed_id))
    except StackError as error:
        return _render(request, principal, row, fault=error, status=error.status)
    return _render(request, principal, row, extra={"preview": found})


@needs(Permission.MANAGE_SOURCES, cost=Cost.EXPENSIVE)
@require_POST
def test_feed(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    row = get_feed(principal, feed_id)
    try:
        checks = check_feed(principal, feed_id=feed_id)
    except StackError as error:
        return _render(request, principal, row, fault=error, status=error.status)
    return _render(request, principal, row, extra={"checks": checks})


@needs(Permission.MANAGE_SOURCES)
@require_POST
def forget_feed(request: HttpRequest, principal: Principal, feed_id: int) -> HttpResponse:
    row = get_feed(principal, feed_id)
    remove_feed(principal, feed_id)
    messages.success(request, f"{row.name} is removed; what it brought stays.", extra_tags="good")
    return HttpResponseRedirect(_URL)


def _find_vendor(name: str) -> VendorRow:
    for row in list_vendor_rows():
        if row.name == name:
            return row
    raise NotFound(f"There is no vendor {name[:60]}")


def _return(request: HttpRequest, said: str, feed_id: int) -> HttpResponse:
    messages.success(request, said, extra_tags="good")
    return HttpResponseRedirect(f"{_URL}/{feed_id}")


def _render(
    request: HttpRequest,
    principal: Principal,
    row: FeedRow,
    *,
    form: Form | None = None,
    fault: StackError | None = None,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    may_manage = Permission.MANAGE_SOURCES in principal.permissions
    context = {
        **describe_feed(row),
        **describe_health(get_health(principal, row.id)),
        "base": f"{_URL}/{row.id}",
        "may_manage": may_manage,
        "fault": fault,
        "source_url": f"/search?source={row.source_id}" if row.source_id else "",
        # Components take an address of this name for their own.
        "url": "",
        **(extra or {}),
    }
    vendor = next((each for each in list_vendor_rows() if each.name == row.vendor), None)
    if vendor is not None:
        context["vendor"] = describe_vendor(vendor)
        if may_manage:
            sent = read_draft(request.POST) if form else None
            context["form"] = form or ask_for_feed(vendor, row)
            context["picker"] = pick_for_feed(principal, vendor, row, sent=sent)
    return render(request, "pages/feed.html", context, status=status)
