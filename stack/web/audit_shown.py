"""How entries of the audit log are shown: their words, their tone, and where they lead."""

from typing import Any

import orjson
from django.http import QueryDict

from stack.audit.records import EntryRow
from stack.web.links import change_query, object_url

# The first word of an act, and what lists call the acts that begin with it.
ACT_FAMILIES = (
    ("sign-in", "Signing in"),
    ("session", "Sessions"),
    ("token", "Tokens"),
    ("password", "Passwords"),
    ("mfa", "Second factors"),
    ("passkey", "Passkeys"),
    ("recovery", "Recovery codes"),
    ("key", "API keys"),
    ("user", "Users"),
    ("member", "Members"),
    ("invitation", "Invitations"),
    ("organisation", "Organisations"),
    ("group", "Sharing groups"),
    ("marking", "Restricted markings"),
    ("object", "Objects"),
    ("note", "Notes"),
    ("source", "Sources"),
    ("ingest", "Ingest"),
    ("job", "Jobs"),
    ("export", "Exports"),
    ("access", "Refusals"),
    ("vault", "Vault"),
    ("audit", "The audit log"),
)
_RESULTS = {
    "done": ("good", "circle-check"),
    "refused": ("warn", "ban"),
    "failed": ("bad", "octagon-x"),
}
_PAGES = {"job": "/jobs/{}", "audit-entry": "/audit/{}"}
_LONGEST_SUMMARY = 80


def show_entry_row(row: EntryRow, query: QueryDict) -> dict[str, Any]:
    """What a list and the page of an entry show of it; links to others like it keep the rest of `query`."""
    number = row.number if row.sequence is None else row.sequence
    tone, icon = _RESULTS.get(row.result, ("", "circle-question-mark"))
    return {
        "row": row,
        "number": number,
        "url": f"/audit/{number}",
        "tone": tone,
        "icon": icon,
        "who": row.actor or "nobody signed in",
        "actor_url": "/audit" + change_query(query, {"actor": row.actor}) if row.actor else "",
        "object_url": _find_page(row),
        "same_object_url": "/audit"
        + change_query(query, {"object_kind": row.object_kind, "object_id": row.object_id}),
        "summary": _summarise(row),
    }


def _find_page(row: EntryRow) -> str:
    """The page of what was acted on, where there is one; whether it opens is for that page to say."""
    if row.object_kind == "object" and "--" in row.object_id:
        return object_url(row.object_id)
    pattern = _PAGES.get(row.object_kind, "")
    return pattern.format(row.object_id) if row.object_id.isdecimal() else ""


def _summarise(row: EntryRow) -> str:
    """What it is now, else what it was, for one line."""
    values = (row.before | row.after).items()
    text = " · ".join(f"{name} {_write(value)}" for name, value in values if value not in (None, "", [], {}))
    return text if len(text) <= _LONGEST_SUMMARY else text[: _LONGEST_SUMMARY - 1] + "…"


def _write(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_write, value))
    return value if isinstance(value, str) else orjson.dumps(value).decode()
