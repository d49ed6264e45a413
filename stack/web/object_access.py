"""Who may see an object and why, for its header; and what the marking picker begins with."""

from typing import Any

from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotFound
from stack.ingest.audience_words import describe_access, format_minute
from stack.ingest.handling import HandlingDraft
from stack.store.queries import get_access
from stack.store.records import AccessRow
from stack.web.links import object_url
from stack.web.marking_picker import draft_of

_GONE = "There is no such object, or it is not one that you may see."
_NOT_OWN = "Your organisation has stated nothing of this object, so there is nothing of it to mark."


def describe_for_header(principal: Principal, stix_id: str) -> dict[str, Any]:
    """What the header says of who may see the object, and where that is changed by who may."""
    access = get_access(principal, stix_id)
    if access is None:
        return {}
    context: dict[str, Any] = {
        "access": access,
        "access_text": describe_access(access),
        "access_note": _explain_owner(access),
        "embargo_text": f"embargo until {format_minute(access.embargo_until)}"
        if access.embargo_until
        else "",
        "extra_markings": [row for row in access.markings if row.kind != "tlp"],
        "mark_url": "",
    }
    if access.is_own and Permission.MARK in principal.permissions:
        context["mark_url"] = f"{object_url(stix_id)}/handling"
    return context


def _explain_owner(access: AccessRow) -> str:
    return "" if access.is_own or not access.owner else "Who may see it is for them to say."


def find_draft(principal: Principal, stix_id: str) -> HandlingDraft:
    """How the organisation has the object handled now; NotFound where it states nothing of it."""
    access = get_access(principal, stix_id)
    if access is None or not access.is_own:
        raise NotFound(_GONE if access is None else _NOT_OWN)
    return draft_of(access)
