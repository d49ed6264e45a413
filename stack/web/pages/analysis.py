"""`/analyses/<uid>`: a verdict, why it is so, what each source said, and where to look next."""

from typing import Any, Final

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.analysis.operations import Wish, ask_again, delete_analysis, start_analysis
from stack.analysis.queries import get_analysis
from stack.analysis.records import AnalysisDetail
from stack.analysis.samples import open_sample
from stack.analysis.subjects import FILES
from stack.analysis.writing import write_analysis, write_bundle
from stack.core.errors import NotFound
from stack.web.access import needs
from stack.web.analyses_shown import analysis_url, describe_row
from stack.web.analysis_parts import Part, describe_parts, read_seen, write_seen

_GONE: Final = "There is no such analysis, or it is not one that you may see."
_RAW_SHOWN: Final = 200_000


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_analysis(request: HttpRequest, principal: Principal, uid: str) -> HttpResponse:
    detail = _find(principal, uid)
    parts = describe_parts(principal, detail)
    context = {**_describe_frame(detail, parts, principal), **_describe_layout(detail, parts)}
    return render(request, "pages/analysis.html", context)


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_changes(request: HttpRequest, principal: Principal, uid: str) -> HttpResponse:
    """The parts that are otherwise than the browser has them; 204 where none is."""
    detail = _find(principal, uid)
    parts = describe_parts(principal, detail)
    seen = read_seen(request.GET.get("seen", ""))
    changed = [part for part in parts if seen.get(part.key) != part.digest]
    if not changed and not detail.row.is_finished:
        return HttpResponse(status=204)
    context = _describe_frame(detail, parts, principal) | {"changed": changed}
    response = render(request, "pages/analysis_changes.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def download_json(request: HttpRequest, principal: Principal, uid: str) -> HttpResponse:
    """The analysis as REST has it, with the raw answers."""
    body = orjson.dumps(write_analysis(_find(principal, uid), with_raw=True), option=orjson.OPT_INDENT_2)
    return HttpResponse(body, content_type="application/json")


@needs(Permission.EXPORT)
@require_http_methods(["GET", "HEAD"])
def download_stix(request: HttpRequest, principal: Principal, uid: str) -> HttpResponse:
    bundle = write_bundle(principal, _find(principal, uid))
    response = HttpResponse(bundle, content_type="application/stix+json;version=2.1")
    response["Content-Disposition"] = f'attachment; filename="analysis-{uid}.json"'
    return response


@needs(Permission.READ)
@require_http_methods(["GET", "HEAD"])
def show_raw(request: HttpRequest, principal: Principal, uid: str, plugin: str) -> HttpResponse:
    """The answer of one source as it came, for the page to show below it when somebody opens it."""
    for row in _find(principal, uid).answers:
        if row.plugin == plugin and row.answer is not None and row.answer.raw is not None:
            text = orjson.dumps(row.answer.raw, option=orjson.OPT_INDENT_2)
            context = {
                "text": text[:_RAW_SHOWN].decode("utf-8", "replace"),
                "size": len(text),
                "is_cut": len(text) > _RAW_SHOWN,
            }
            return render(request, "pages/analysis_raw.html", context)
    raise NotFound("This source gave no answer that could be shown.")


@needs(Permission.ANALYZE, cost=Cost.EXPENSIVE)
@require_POST
def ask(request: HttpRequest, principal: Principal, uid: str) -> HttpResponse:
    ask_again(principal, uid, request.POST.get("plugin", "")[:100])
    return HttpResponseRedirect(analysis_url(uid))


@needs(Permission.ANALYZE, cost=Cost.EXPENSIVE)
@require_POST
def repeat(request: HttpRequest, principal: Principal, uid: str) -> HttpResponse:
    """A new analysis of the same value; answers that are fresh enough are used again."""
    row = _find(principal, uid).row
    again = start_analysis(principal, value=row.value, kind=row.kind, tlp=row.tlp, wish=Wish())
    return HttpResponseRedirect(analysis_url(again.uid))


@needs(Permission.ANALYZE)
@require_POST
def forget(request: HttpRequest, principal: Principal, uid: str) -> HttpResponse:
    delete_analysis(principal, uid)
    messages.success(request, "The analysis is deleted; what it stated stays.", extra_tags="good")
    return HttpResponseRedirect("/analyses")


@needs(Permission.ANALYZE, cost=Cost.EXPENSIVE)
@require_http_methods(["GET", "HEAD"])
def download_sample(request: HttpRequest, principal: Principal, uid: str) -> HttpResponseBase:
    """The file in a zip with the password “infected”; it is never shown, and who takes it is recorded."""
    sample = open_sample(principal, uid)
    response = StreamingHttpResponse(sample.pieces, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{sample.sha256}.zip"'
    return response


def _find(principal: Principal, uid: str) -> AnalysisDetail:
    detail = get_analysis(principal, uid)
    if detail is None:
        raise NotFound(_GONE)
    return detail


def _describe_frame(detail: AnalysisDetail, parts: list[Part], principal: Principal) -> dict[str, Any]:
    row = describe_row(detail.row)
    score = "" if detail.row.score is None else f", {detail.row.score} of 100"
    return {
        "each": row,
        "row": detail.row,
        "base": analysis_url(detail.row.uid),
        "seen": write_seen(parts),
        "is_finished": detail.row.is_finished,
        "said": f"{row['state']}: {detail.row.word.value}{score}" if detail.row.is_finished else "",
        "may_analyze": Permission.ANALYZE in principal.permissions,
        "has_sample": detail.row.kind in FILES,
    }


def _describe_layout(detail: AnalysisDetail, parts: list[Part]) -> dict[str, Any]:
    """Which part stands where; those of the sources side by side."""
    by_key = {part.key: part for part in parts if not part.key.startswith("source-")}
    return {
        "top": [by_key["verdict"], by_key["evidence"]],
        "sources": [part for part in parts if part.key.startswith("source-")],
        "middle": [by_key["facts"], by_key["pivots"], by_key["timeline"]],
        "side": [by_key["places"], by_key["objects"]],
        "answered": detail.row.answered,
    }
