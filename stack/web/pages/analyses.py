"""`/analyses`: start analyses, see what would be sent, and the history; `analysis.py` shows one."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.analysis.accepting import start_file_analysis
from stack.analysis.operations import MOST_VALUES, preview_analysis, start_analysis, start_batch
from stack.analysis.queries import list_analyses
from stack.analysis.records import AnalysisPage
from stack.core.errors import BadInput, StackError
from stack.web.access import needs
from stack.web.analyses_shown import (
    FILTER_KINDS,
    WORDS,
    analysis_url,
    describe_preview,
    describe_rows,
    name_kind,
    offer_start,
    read_tlp,
    read_wish,
    write_sheet,
)
from stack.web.answers import answer_csv, answer_json, render_page
from stack.web.links import change_query, next_page
from stack.web.tab_rows import describe_analysis_tabs

_URL: Final = "/analyses"
_PAGE: Final = 50
_SHEET_PAGE: Final = 200
_PREVIEWED: Final = 20


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_analyses(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    """The history with its filters; with `batch`, the rows of one pasted list in their order."""
    asked = request.GET
    batch = asked.get("batch", "")
    if form != "html":
        page = _list(principal, asked, limit=MOST_VALUES if batch else _SHEET_PAGE)
        sheet = write_sheet(page.rows, page.total)
        return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-analyses.csv")
    page = _list(principal, asked, limit=MOST_VALUES if batch else _PAGE)
    context = {**_describe_list(page, asked), **_describe_form(principal)}
    return render_page(request, "pages/analyses.html", "pages/analyses_list.html", context)


@needs(Permission.ANALYZE, cost=Cost.EXPENSIVE)
@require_POST
def start(request: HttpRequest, principal: Principal) -> HttpResponse:
    """One value leads to its page, several to their list; nothing starts where one cannot be read."""
    sent = request.POST
    try:
        values = _read_values(sent)
        kind, tlp, wish = sent.get("kind", ""), read_tlp(sent), read_wish(sent)
        if len(values) > 1:
            rows = start_batch(principal, values=values, kind=kind, tlp=tlp, wish=wish)
            return HttpResponseRedirect(f"{_URL}?batch={rows[0].batch}")
        row = start_analysis(principal, value=values[0], kind=kind, tlp=tlp, wish=wish)
    except BadInput as error:
        return _render_form(request, principal, fault=error)
    return HttpResponseRedirect(analysis_url(row.uid))


@needs(Permission.ANALYZE, cost=Cost.EXPENSIVE)
@require_POST
def start_file(request: HttpRequest, principal: Principal) -> HttpResponse:
    """With a script each file is a request that wants JSON; without one the browser goes to the analysis."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    upload = request.FILES.get("file")
    if upload is None:
        raise BadInput("No file was sent", remedy="Choose a file first.")
    row = start_file_analysis(
        principal,
        chunks=upload.chunks(),
        filename=upload.name or "file",
        tlp=read_tlp(request.POST),
        wish=read_wish(request.POST),
    )
    url = analysis_url(row.uid)
    return JsonResponse({"id": row.uid, "url": url}, status=202) if wants_json else HttpResponseRedirect(url)


@needs(Permission.ANALYZE)
@require_POST
def preview(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What would be sent to whom, for the first values; nothing is sent."""
    sent = request.POST
    context: dict[str, Any] = {"previewed": (), "values": 0, "limit": _PREVIEWED}
    try:
        values = _read_values(sent)
        wish = read_wish(sent)
        found = [
            preview_analysis(
                principal, value=value, kind=sent.get("kind", ""), tlp=read_tlp(sent), plugins=wish.plugins
            )
            for value in values[:_PREVIEWED]
        ]
        context |= {"previewed": [describe_preview(each) for each in found], "values": len(values)}
        context["may_ask"] = wish.may_ask
    except BadInput as error:
        context["fault"] = error
    if request.headers.get("HX-Request"):
        return render(request, "pages/analysis_preview.html", context)
    return _render_form(request, principal, extra={"preview": context, **context})


def _list(principal: Principal, asked: QueryDict, *, limit: int) -> AnalysisPage:
    word = asked.get("verdict", "")
    return list_analyses(
        principal,
        kind=asked.get("kind", "")[:20],
        word=word if word in WORDS else "",
        text=asked.get("text", "")[:200],
        batch=asked.get("batch", "")[:36],
        after=asked.get("after") or None,
        limit=limit,
    )


def _describe_list(page: AnalysisPage, asked: QueryDict) -> dict[str, Any]:
    batch, after, word = asked.get("batch", ""), asked.get("after", ""), asked.get("verdict", "")
    query = change_query(asked, {})
    counts = {name: sum(row.word.value == name and row.is_finished for row in page.rows) for name in WORDS}
    return {
        "rows": describe_rows(page.rows, is_batch=bool(batch)),
        "total": page.total,
        "batch": batch,
        "counts": counts if batch else None,
        "is_live": any(not row.is_finished for row in page.rows) and not after,
        "going_on": sum(not row.is_finished for row in page.rows),
        "here": f"{_URL}{query}",
        "text": asked.get("text", ""),
        "kind": asked.get("kind", ""),
        "word": word,
        "filter_kinds": [(each, name_kind(each)) for each in FILTER_KINDS],
        "words": [
            {"value": each, "url": f"{_URL}{change_query(asked, {'verdict': each})}", "current": each == word}
            for each in ("", *WORDS)
        ],
        "is_filtered": bool(asked.get("text") or asked.get("kind") or word),
        "csv_url": f"{_URL}.csv{query}",
        "json_url": f"{_URL}.json{query}",
        "next_url": next_page(asked, page.next),
        "first_url": f"{_URL}{query}" if after else "",
        "range": f"{len(page.rows):,} of {page.total:,}",
    }


def _describe_form(principal: Principal, sent: QueryDict | None = None) -> dict[str, Any]:
    return {
        "may_analyze": Permission.ANALYZE in principal.permissions,
        "start": offer_start(principal, sent),
        "tabs": describe_analysis_tabs(principal, _URL),
    }


def _render_form(
    request: HttpRequest,
    principal: Principal,
    *,
    fault: StackError | None = None,
    extra: dict[str, Any] | None = None,
) -> HttpResponse:
    page = _list(principal, QueryDict(), limit=_PAGE)
    context = {
        **_describe_list(page, QueryDict()),
        **_describe_form(principal, request.POST),
        "fault": fault,
        **(extra or {}),
    }
    return render(request, "pages/analyses.html", context, status=422 if fault else 200)


def _read_values(sent: QueryDict) -> Sequence[str]:
    values = [line.strip() for line in sent.get("values", "").splitlines() if line.strip()]
    if not values:
        raise BadInput("There is nothing to analyse", remedy="Paste a value, or several, one a line.")
    return values
