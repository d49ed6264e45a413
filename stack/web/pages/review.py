"""`/review` and `/review/<id>`: what of a document becomes knowledge, decided beside its text."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, Conflict, NotFound, StackError
from stack.ingest.handling import read_handling
from stack.ingest.review.committing import commit_review
from stack.ingest.review.operations import (
    add_document,
    add_find,
    change_review,
    decide_finds,
    decide_set,
    discard_review,
    reopen_review,
)
from stack.ingest.review.queries import (
    count_reviews,
    get_part,
    get_review,
    list_finds,
    list_reviews,
    open_document,
)
from stack.ingest.review.records import Decision, FindDecision, FindRow, ReviewDetail, ReviewState
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.web.access import needs
from stack.web.answers import render_page
from stack.web.forms import Form
from stack.web.links import change_query, next_page, object_url
from stack.web.marking_picker import pick_for_file, read_draft
from stack.web.review_desk import MOST_IN_PART, describe_desk, read_number
from stack.web.reviews_shown import (
    STATES,
    ask_for_find,
    ask_for_report,
    describe_report,
    describe_row,
    read_find,
    read_report,
    read_ticked,
)

_URL = "/review"
_PAGE = 50


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_reviews(request: HttpRequest, principal: Principal) -> HttpResponse:
    return _render_list(request, principal)


@needs(Permission.INGEST, cost=Cost.EXPENSIVE)
@require_POST
def take_document(request: HttpRequest, principal: Principal) -> HttpResponse:
    upload = request.FILES.get("file")
    if upload is None:
        return _render_list(request, principal, fault=BadInput("No file was sent", remedy="Choose one."))
    try:
        row = add_document(
            principal,
            chunks=upload.chunks(),
            filename=upload.name or "document",
            source=request.POST.get("source", ""),
            handling=read_handling(principal, read_draft(request.POST)),
        )
    except BadInput as error:
        return _render_list(request, principal, fault=error)
    return HttpResponseRedirect(f"{_URL}/{row.id}")


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_review(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    return _render_one(request, principal, review_id)


@needs(Permission.READ)
def download_document(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponseBase:
    """The document as it came, for a viewer of the reader's own: it is never shown as a page."""
    row, file = open_document(principal, review_id)
    response = FileResponse(file, as_attachment=True, filename=row.filename)
    response["Content-Type"] = "application/octet-stream"
    return response


@needs(Permission.INGEST)
@require_POST
def decide(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    """One find (`act` is `accepted:12`), those that were ticked (`accepted`), or all that are open."""
    act, _, one = request.POST.get("act", "").partition(":")
    ids = (int(one),) if one.isascii() and one.isdecimal() else read_ticked(request.POST)

    def write(revision: int) -> None:
        if act == "accept-open":
            decide_set(principal, review_id, revision=revision, decision=Decision.ACCEPTED)
            return
        if act not in set(Decision):
            raise BadInput("act: expected accepted, rejected or open")
        if not ids:
            raise BadInput("Nothing is ticked", remedy="Tick the finds that it is about.")
        decisions = [FindDecision(find_ids=ids, decision=Decision(act))]
        decide_finds(principal, review_id, revision=revision, decisions=decisions)

    return _write(request, principal, review_id, write)


@needs(Permission.INGEST)
@require_http_methods(["GET", "HEAD", "POST"])
def change_find(request: HttpRequest, principal: Principal, review_id: int, find_id: int) -> HttpResponse:
    """A page of its own, and the inside of the dialog that the desk opens."""
    detail, find = _expect(principal, review_id), _find_one(request, principal, review_id, find_id)
    form = ask_for_find(find)
    if request.method == "POST":
        try:
            decisions = [read_find(find, request.POST)]
            decide_finds(principal, review_id, revision=_read_revision(request), decisions=decisions)
        except (BadInput, Conflict) as error:
            form = form.refill(request.POST, error)
        else:
            return _return(review_id, request.GET.urlencode(), f"#find-{find_id}")
    context = {
        "form": form,
        "find": find,
        "revision": detail.row.revision,
        "title": detail.row.title or detail.row.filename,
        "action": request.get_full_path(),
        "back": f"{_URL}/{review_id}",
    }
    response = render_page(request, "pages/review_find.html", "pages/review_find_body.html", context)
    response.status_code = form.fault.status if form.fault else 200
    return response


@needs(Permission.INGEST)
@require_POST
def add_missed(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    """What was marked in the text; without a script, the place where the written value first stands."""
    sent = request.POST
    number = read_number(sent.get("part", ""))

    def write(revision: int) -> None:
        kind = Kind(sent["kind"]) if sent.get("kind") in set(Kind) else None
        start, end = read_number(sent.get("start", "")), read_number(sent.get("end", ""))
        value = sent.get("value", "").strip()
        if end <= start:
            start = get_part(principal, review_id, number).text.find(value) if value else -1
            if start < 0:
                raise BadInput(
                    f"“{value[:60]}” does not stand in this part",
                    remedy="Write it as the document has it, or mark it in the text.",
                )
            end = start + len(value)
        add_find(
            principal, review_id, revision=revision, part=number, start=start, end=end, kind=kind, value=value
        )

    return _write(request, principal, review_id, write)


@needs(Permission.INGEST)
@require_POST
def change_report(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    detail = _expect(principal, review_id)
    try:
        change = read_report(principal, request.POST)
        change_review(principal, review_id, revision=_read_revision(request), change=change)
    except (BadInput, Conflict) as error:
        form = ask_for_report(detail.draft).refill(request.POST, error)
        return _render_one(request, principal, review_id, form=form, status=error.status)
    messages.success(request, "The report is saved.", extra_tags="good")
    return _return(review_id, request.POST.get("back", ""))


@needs(Permission.INGEST, cost=Cost.EXPENSIVE)
@require_POST
def commit(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    try:
        done = commit_review(principal, review_id, revision=_read_revision(request))
    except (BadInput, Conflict) as error:
        return _render_one(request, principal, review_id, fault=error, status=error.status)
    new = done.counts.get("new", 0)
    messages.success(request, f"Committed: {new:,} new objects, and the report.", extra_tags="good")
    return HttpResponseRedirect(f"{_URL}/{review_id}")


@needs(Permission.INGEST)
@require_POST
def reopen(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    reopen_review(principal, review_id, revision=_read_revision(request))
    return HttpResponseRedirect(f"{_URL}/{review_id}")


@needs(Permission.INGEST)
@require_POST
def discard(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    row = discard_review(principal, review_id, revision=_read_revision(request))
    messages.success(request, f"{row.title or row.filename} is discarded.", extra_tags="good")
    return HttpResponseRedirect(_URL)


def _write(
    request: HttpRequest, principal: Principal, review_id: int, write: Callable[[int], None]
) -> HttpResponse:
    """Writes, and shows the desk anew; who comes second is told, and what they had ticked stays ticked."""
    _expect(principal, review_id)
    back = request.POST.get("back", "")
    try:
        write(_read_revision(request))
    except (BadInput, Conflict) as error:
        ticked = frozenset(read_ticked(request.POST))
        return _render_one(request, principal, review_id, fault=error, ticked=ticked, status=error.status)
    if request.headers.get("HX-Request"):
        return _render_one(request, principal, review_id)
    return _return(review_id, back)


def _return(review_id: int, query: str, fragment: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"{_URL}/{review_id}{'?' + query if query else ''}{fragment}")


def _expect(principal: Principal, review_id: int) -> ReviewDetail:
    detail = get_review(principal, review_id)
    if detail is None or detail.row.state is ReviewState.DISCARDED:
        raise NotFound(f"There is no review {review_id}, or none that you may see")
    return detail


def _find_one(request: HttpRequest, principal: Principal, review_id: int, find_id: int) -> FindRow:
    part = read_number(request.GET.get("in", ""))
    for find in list_finds(principal, review_id, part=part or None, limit=MOST_IN_PART).rows:
        if find.id == find_id:
            return find
    raise NotFound(f"The review has no find {find_id}")


def _read_revision(request: HttpRequest) -> int:
    return read_number(request.POST.get("revision", ""))


def _render_list(
    request: HttpRequest, principal: Principal, *, fault: StackError | None = None
) -> HttpResponse:
    state = request.GET.get("state", "")
    chosen = ReviewState(state) if state in set(ReviewState) else None
    page = list_reviews(principal, state=chosen, limit=_PAGE, after=request.GET.get("after") or None)
    counts = count_reviews(principal)
    context = {
        "reviews": [describe_row(row) for row in page.rows],
        "states": [
            {
                "name": name.capitalize(),
                "url": change_query(request.GET, {"state": value}),
                "current": value == state,
                "count": counts.get(ReviewState(value), 0) if value else None,
            }
            for value, name in (("", "all"), *((key.value, words[0]) for key, words in STATES.items()))
        ],
        "fault": fault,
        "picker": pick_for_file(principal),
        "may_ingest": Permission.INGEST in principal.permissions,
        "first_url": change_query(request.GET, {}) if request.GET.get("after") else "",
        "next_url": next_page(request.GET, page.next),
    }
    return render(request, "pages/reviews.html", context, status=fault.status if fault else 200)


def _render_one(
    request: HttpRequest,
    principal: Principal,
    review_id: int,
    *,
    fault: StackError | None = None,
    form: Form | None = None,
    ticked: frozenset[int] = frozenset(),
    status: int = 200,
) -> HttpResponse:
    detail = _expect(principal, review_id)
    row = detail.row
    may_decide = Permission.INGEST in principal.permissions and row.state is ReviewState.OPEN
    context: dict[str, Any] = {
        **describe_row(row),
        # Components take an address of this name for their own.
        "url": "",
        "base": f"{_URL}/{review_id}",
        "fault": fault,
        "may_decide": may_decide,
        "may_ingest": Permission.INGEST in principal.permissions,
        "report_url": object_url(row.report_id) if row.report_id else "",
        "kinds": KIND_TITLES.items(),
    }
    if row.state in {ReviewState.OPEN, ReviewState.COMMITTED}:
        context |= describe_desk(request, principal, detail, ticked)
        if may_decide:
            context["form"] = form or ask_for_report(detail.draft)
            context |= describe_report(principal, row, detail.draft)
    response = render_page(request, "pages/review.html", "pages/review_body.html", context)
    # htmx swaps in no answer that is an error, and who was second has to see what holds now.
    response.status_code = 200 if request.headers.get("HX-Request") else status
    return response
