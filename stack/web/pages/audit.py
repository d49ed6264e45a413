"""`/audit` and `/audit/<number>`: who did what, from where, on which object, with what result."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase

from stack.accounts.principal import Permission, Principal
from stack.audit.operations import record_export
from stack.audit.queries import get_entry, iterate_entries, list_entries
from stack.audit.records import ENTRY_COLUMNS, EntryRow, Wanted
from stack.core.errors import BadInput, FieldError, NotFound
from stack.stix.timestamps import format_instant
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.audit_shown import ACT_FAMILIES, show_entry_row
from stack.web.differences import list_differences
from stack.web.forms import Entry, Form, choose
from stack.web.links import change_query, next_page

_PAGE = 50
_FILTERS = ("text", "name", "actor", "object_kind", "object_id", "since", "until", "security")


@needs(Permission.READ_AUDIT)
def show_audit(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    wanted = _read_filters(request.GET)
    if form == "csv":
        rows = map(_write_entry, iterate_entries(principal, **wanted))
        record_export(principal, "audit", asked={name: value for name, value in wanted.items() if value})
        return answer_csv(Sheet(ENTRY_COLUMNS, rows, {}), "stack-audit.csv")
    after = request.GET.get("after") or None
    page = list_entries(principal, limit=_PAGE, after=after, **wanted)
    if form == "json":
        return answer_json(Sheet(ENTRY_COLUMNS, map(_list_values, page.rows), {"next": page.next}))
    query = change_query(request.GET, {})
    context = {
        "entries": [show_entry_row(row, request.GET) for row in page.rows],
        "form": _make_form(request.GET),
        "is_filtered": any(request.GET.get(name) for name in _FILTERS),
        "csv_url": f"/audit.csv{query}",
        "json_url": f"/audit.json{query}",
        "pager_text": f"Showing {len(page.rows)}, newest first",
        "next_url": next_page(request.GET, page.next),
        "first_url": query if after else "",
    }
    return render_page(request, "pages/audit.html", "pages/audit_list.html", context)


@needs(Permission.READ_AUDIT)
def show_entry(request: HttpRequest, principal: Principal, number: int) -> HttpResponse:
    row = get_entry(principal, number)
    if row is None:
        raise NotFound(f"There is no audit entry {number}, or it is not one that you may see.")
    context = {
        "each": show_entry_row(row, QueryDict()),
        "row": row,
        "changes": list_differences(row.before, row.after),
    }
    return render_page(request, "pages/audit_entry.html", "pages/audit_entry.html", context)


def _read_filters(asked: QueryDict) -> Wanted:
    return {
        "text": asked.get("text", "").strip(),
        "name": asked.get("name", "").strip(),
        "actor": asked.get("actor", "").strip(),
        "object_kind": asked.get("object_kind", "").strip(),
        "object_id": asked.get("object_id", "").strip(),
        "since": _read_day(asked, "since"),
        "until": _read_day(asked, "until", days=1),
        "security": asked.get("security") == "true",
    }


def _read_day(asked: QueryDict, name: str, days: int = 0) -> int | None:
    """A day, as its first moment and `days` later, or an exact time; in microseconds UTC."""
    text = asked.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-11-23"):
            moment += timedelta(days=days)
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        message = f"expected a day such as 2026-11-23, got {text[:40]!r}"
        raise BadInput(f"{name}: {message}", errors=(FieldError(name, message),)) from None


def _make_form(asked: QueryDict) -> Form:
    chosen = asked.get("name", "")
    families = dict(ACT_FAMILIES)
    acts = [("", "All"), *families.items(), *([(chosen, chosen)] if chosen not in {"", *families} else [])]
    entries = (
        Entry("text", "Text", placeholder="anywhere in an entry"),
        Entry("name", "Act", "select", choices=choose(acts)),
        Entry("actor", "Who", placeholder="name of a user"),
        Entry("object_id", "On", placeholder="id of an object"),
        Entry("since", "From", "date"),
        Entry("until", "Up to and with", "date"),
        Entry("security", "Events", "checks", choices=choose([("true", "Only security events")])),
    )
    return Form("audit", tuple(entry.fill(asked) for entry in entries))


def _list_values(row: EntryRow) -> list[Any]:
    values = {name: getattr(row, name) for name in ENTRY_COLUMNS}
    return [*(values | {"at": format_instant(row.at)}).values()]


def _write_entry(row: EntryRow) -> list[Any]:
    """A line of CSV: what changed is JSON in its cell."""
    return [orjson.dumps(value).decode() if isinstance(value, dict) else value for value in _list_values(row)]
