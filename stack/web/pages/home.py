"""`/`: what changed since the last visit, what runs, what failed; an empty Stack shows the next step."""

from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from stack.accounts.principal import Permission, Principal
from stack.audit.queries import list_entries
from stack.core.clock import now_us
from stack.jobs.models import JobState
from stack.jobs.queries import list_jobs
from stack.jobs.records import JobRow
from stack.search.queries import search_objects
from stack.store.queries import list_recent_changes
from stack.store.records import ChangeKind, RecentChange
from stack.web.access import needs
from stack.web.answers import render_page
from stack.web.audit_shown import show_entry_row
from stack.web.jobs_shown import show_job
from stack.web.kinds import describe_type
from stack.web.links import object_url
from stack.web.naming import show_name

_CHANGES = 12
_CHANGES_READ = 100
_TYPES = 6
_SOURCES = 8
_EVENTS = 6
_A_WEEK = 7 * 86_400 * 1_000_000
_A_VISIT_LASTS = 30 * 60 * 1_000_000
_CHANGE_WORDS = {
    ChangeKind.ADD: ("added", "plus"),
    ChangeKind.UPDATE: ("updated", "refresh-cw"),
    ChangeKind.REVOKE: ("revoked", "ban"),
    ChangeKind.DELETE: ("removed", "minus"),
}


@needs(Permission.READ)
def show_home(request: HttpRequest, principal: Principal) -> HttpResponseBase:
    # The same query as the list behind each figure, so that figure and list agree.
    found = search_objects(principal, query="", limit=1, facets=("type", "source"), with_snippets=False)
    # Relationships come in by the thousand and would push out what they connect.
    recent = list_recent_changes(principal, limit=_CHANGES_READ)
    changes = [change for change in recent if change.row.type != "relationship"][:_CHANGES]
    jobs = list_jobs(principal, limit=50).rows
    last_visit = _remember_visit(request)
    counts = found.facets.get("type", [])
    context: dict[str, Any] = {
        "is_empty": not recent and not found.total,
        "total": found.total,
        "may_ingest": Permission.INGEST in principal.permissions,
        "figures": [
            {"name": describe_type(each.value).many, "count": each.count, "url": f"/search?type={each.value}"}
            for each in counts[:_TYPES]
        ],
        "other_types": max(0, len(counts) - _TYPES),
        "changes": [_describe_change(change, last_visit) for change in changes],
        "news": sum(change.at > last_visit for change in changes) if last_visit else 0,
        "has_more_news": bool(last_visit and changes and all(change.at > last_visit for change in changes)),
        "last_visit": last_visit,
        "active": [show_job(job) for job in jobs if not job.is_finished],
        "failed": [show_job(job) for job in jobs if _failed_lately(job)][:5],
        "sources": found.facets.get("source", [])[:_SOURCES],
        "security_events": _list_security_events(principal),
    }
    return render_page(request, "pages/home.html", "pages/home.html", context)


def _list_security_events(principal: Principal) -> list[dict[str, Any]]:
    """The latest, for who may read the audit log."""
    if Permission.READ_AUDIT not in principal.permissions:
        return []
    rows = list_entries(principal, security=True, limit=_EVENTS).rows
    return [show_entry_row(row, QueryDict()) for row in rows]


def _failed_lately(job: JobRow) -> bool:
    """Failures older than a week are history: the list of jobs has them."""
    return job.state in {JobState.FAILED, JobState.DEAD} and (job.finished_at or 0) > now_us() - _A_WEEK


def _remember_visit(request: HttpRequest) -> int | None:
    """When the visit before this one was; reloads within half an hour belong to the same visit."""
    now = now_us()
    visit = request.session.get("visit") or {}
    seen, before = visit.get("seen"), visit.get("before")
    if seen is None or now - seen > _A_VISIT_LASTS:
        before = seen
    request.session["visit"] = {"seen": now, "before": before}
    return int(before) if before is not None else None


def _describe_change(change: RecentChange, last_visit: int | None) -> dict[str, Any]:
    word, icon = _CHANGE_WORDS[change.kind]
    return {
        "row": change.row,
        "shown": show_name(change.row),
        "url": object_url(change.row.stix_id),
        "at": change.at,
        "word": word,
        "icon": icon,
        "is_news": last_visit is not None and change.at > last_visit,
    }
