"""`/o/<type>/<uuid>` and its tabs: overview, relations, sources, history with differences, raw STIX."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput, NotFound
from stack.store.opening import record_opening
from stack.store.queries import count_neighbours, get_object, get_text, list_versions
from stack.web.access import needs
from stack.web.answers import answer_csv, answer_json, render_page
from stack.web.naming import show_names
from stack.web.object_access import describe_for_header
from stack.web.object_tabs import analysis, history, notes, overview, relations, sources, stix
from stack.web.object_tabs.base import Subject

_TABS = {
    "overview": overview.describe,
    "relations": relations.describe,
    "analysis": analysis.describe,
    "notes": notes.describe,
    "sources": sources.describe,
    "history": history.describe,
    "stix": stix.describe,
}
_SHEETS = {"relations": relations.write_sheet, "history": history.write_sheet}
_GONE = "There is no such object, or it is not one that you may see."


@needs(Permission.READ)
def show_object(
    request: HttpRequest, principal: Principal, stix_type: str, uuid: str, tab: str = "overview"
) -> HttpResponseBase:
    subject = _find_subject(request, principal, f"{stix_type}--{uuid}")
    received = [(version.first_received, version.last_received) for version in subject.versions]
    context = {
        "row": subject.row,
        "shown": show_names(principal, [subject.row])[subject.row.id],
        "base": subject.url,
        "tab": f"pages/object_{tab}.html",
        "tabs": _describe_tabs(subject, tab),
        "first_received": min((first for first, _ in received), default=None),
        "last_received": max((last for _, last in received), default=None),
        "is_conflicting": any(version.is_head and version.is_conflicting for version in subject.versions),
        **describe_for_header(principal, subject.stix_id),
        **_TABS[tab](subject),
    }
    return render_page(request, "pages/object.html", "pages/object_body.html", context)


@needs(Permission.READ)
def export_tab(
    request: HttpRequest, principal: Principal, *, stix_type: str, uuid: str, tab: str, form: str
) -> HttpResponseBase:
    subject = _find_subject(request, principal, f"{stix_type}--{uuid}")
    sheet = _SHEETS[tab](subject, form)
    return answer_json(sheet) if form == "json" else answer_csv(sheet, f"{subject.stix_id}-{tab}.csv")


@needs(Permission.READ)
def download_stix(request: HttpRequest, principal: Principal, stix_type: str, uuid: str) -> HttpResponse:
    """The exact bytes of the head or of one version, as they came."""
    stix_id = f"{stix_type}--{uuid}"
    row = get_object(principal, stix_id)
    text = get_text(principal, stix_id, version=_read_version(request.GET.get("version", "")))
    if row is None or text is None:
        raise NotFound(_GONE)
    record_opening(principal, row)
    response = HttpResponse(text, content_type="application/stix+json;version=2.1")
    response["Content-Disposition"] = f'attachment; filename="{stix_id}.json"'
    return response


def _find_subject(request: HttpRequest, principal: Principal, stix_id: str) -> Subject:
    row = get_object(principal, stix_id)
    if row is None:
        raise NotFound(_GONE)
    record_opening(principal, row)
    counts, versions = count_neighbours(principal, stix_id), list_versions(principal, stix_id)
    return Subject(principal, row, request.GET, counts, versions)


def _describe_tabs(subject: Subject, current: str) -> list[dict[str, Any]]:
    entries = (
        ("overview", "Overview", None),
        ("relations", "Relations", sum(count.count for count in subject.counts)),
        ("analysis", "Analysis", None),
        ("notes", "Notes", notes.count_notes(subject.counts)),
        ("sources", "Sources", len({version.source_id for version in subject.versions})),
        ("history", "History", len(subject.versions)),
        ("stix", "STIX", None),
    )
    return [
        {
            "name": title,
            "url": subject.url if key == "overview" else f"{subject.url}/{key}",
            "count": count,
            "current": key == current,
        }
        for key, title, count in entries
    ]


def _read_version(text: str) -> int | None:
    if text and not (text.isdecimal() and len(text) < 19):
        raise BadInput(f"“{text}” is no version", remedy="Open the object's history to find its versions.")
    return int(text) if text else None
