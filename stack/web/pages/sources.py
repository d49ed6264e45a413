"""`/sources`: who said what, how much and when; a whole source can be taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotFound
from stack.sharing.demonstration import hide_demo
from stack.sources.demo.operations import remove_demo
from stack.stix.timestamps import format_instant
from stack.store.queries import get_source, list_sources
from stack.store.records import SourceRow
from stack.store.removal import queue_removal
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.links import change_query

_COLUMNS = ("id", "name", "kind", "reliability", "objects", "statements", "first_received", "last_received")
_RELIABILITY = (
    "A · completely reliable",
    "B · usually reliable",
    "C · fairly reliable",
    "D · not usually reliable",
    "E · unreliable",
    "F · cannot be judged",
)


@needs(Permission.READ)
def show_sources(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    sources = list_sources(principal)
    if form != "html":
        sheet = Sheet(_COLUMNS, map(_write_source, sources), {"total": len(sources)})
        return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-sources.csv")
    largest = max((source.objects for source in sources), default=0)
    context = {
        "sources": [_describe_source(source) for source in sources],
        "largest": largest,
        "may_remove": Permission.MANAGE_SOURCES in principal.permissions,
    }
    return render_page(request, "pages/sources.html", "pages/sources_list.html", context)


@needs(Permission.MANAGE_SOURCES)
@require_POST
def remove_source(request: HttpRequest, principal: Principal, source_id: int) -> HttpResponse:
    """Queues the removal; the job's page shows how far it is."""
    source = get_source(principal, source_id)
    if source is None:
        raise NotFound(f"There is no source {source_id}")
    job = queue_removal(principal, source_id=source.id, name=source.name)
    messages.info(request, f"{source.name} is being removed.", extra_tags="info")
    return HttpResponseRedirect(f"/jobs/{job.id}")


@needs(Permission.MANAGE_SOURCES)
@require_POST
def remove_demonstration(request: HttpRequest, principal: Principal) -> HttpResponse:
    remove_demo(principal)
    hide_demo(principal)
    messages.info(request, "The invented data set is being removed.", extra_tags="info")
    return HttpResponseRedirect("/jobs")


def _describe_source(source: SourceRow) -> dict[str, Any]:
    letter, _, meaning = _RELIABILITY[source.reliability].partition(" · ")
    return {
        "source": source,
        "letter": letter,
        "meaning": meaning,
        "dialog": f"remove-{source.id}",
        "question": f"Remove {source.name}?",
        "url": "/search" + change_query(QueryDict(), {"source": str(source.id)}),
    }


def _write_source(source: SourceRow) -> tuple[Any, ...]:
    times = [
        None if at is None else format_instant(at) for at in (source.first_received, source.last_received)
    ]
    return (
        source.id,
        source.name,
        source.kind,
        source.reliability,
        source.objects,
        source.statements,
        *times,
    )
