"""How entries of the audit log are shown: their words, their tone, and where they lead."""

from collections.abc import Iterator
from typing import Any

import orjson
from django.http import QueryDict

from stack.audit.records import EntryRow
from stack.stix.markings import TlpLevel, tlp_level_of
from stack.web.formats import instant_utc
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
# What fields of acts are called in a summary, where the field's own name is no word.
_WORDS = {"tlp_ceiling": "up to", "user_id": "user", "everyone": "shared with everyone"}
_TIMES = {"embargo_until", "expires_at"}


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
    """What changed, else what was made or is gone, for one line."""
    before, after = dict(_flatten(row.before)), dict(_flatten(row.after))
    both = before | after
    changed = {name: value for name, value in both.items() if before.get(name) != after.get(name)}
    shown = changed if row.before and row.after and changed else both
    parts = (_describe(name, before.get(name), after.get(name)) for name in shown)
    text = " · ".join(part for part in parts if part)
    return text if len(text) <= _LONGEST_SUMMARY else text[: _LONGEST_SUMMARY - 1] + "…"


def _flatten(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value)
        else:
            yield name, value


def _describe(name: str, old: Any, new: Any) -> str:
    """`role reader → curator`; a switch that is on is its name alone, one that was turned off says so."""
    word = _WORDS.get(name, name.replace("_", " "))
    if isinstance(old, bool) or isinstance(new, bool):
        return word if new or (old and new is None) else f"no longer {word}" if old else ""
    was, now = _write(name, old), _write(name, new)
    if was and now and was != now:
        return f"{word} {was} → {now}"
    if was and not now and new is not None:
        return f"{word} {was} → none"
    return f"{word} {now or was}" if now or was else ""


def _write(name: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if name == "tlp_ceiling" and value in set(TlpLevel):
        return f"TLP:{TlpLevel(value).label.upper()}"
    if name in _TIMES and isinstance(value, int):
        return instant_utc(value)
    if isinstance(value, list):
        return ", ".join(_write(name, each) for each in value)
    if isinstance(value, str):
        level = tlp_level_of([value])
        return value if level is None else f"TLP:{level.label.upper()}"
    return orjson.dumps(value).decode()
