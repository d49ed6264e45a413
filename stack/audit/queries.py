"""Reads of the audit log: an organisation's own entries, or all for who administers the platform."""

from collections.abc import Iterator
from typing import Unpack

import orjson
from django.db.models import Q, QuerySet

from stack.accounts.principal import Permission, Principal
from stack.audit.models import AuditEntry
from stack.audit.records import EntryPage, EntryRow, Wanted

_LARGEST_CURSOR = 18
_TEXTS = (
    "name",
    "actor_name",
    "address",
    "request_id",
    "object_kind",
    "object_id",
    "before",
    "after",
)


def list_entries(
    principal: Principal, *, limit: int = 100, after: str | None = None, **wanted: Unpack[Wanted]
) -> EntryPage:
    """A page of what is wanted, newest first; `after` is the `next` of the page before."""
    order = _order(principal)
    entries = _select(principal, wanted).order_by(f"-{order}")
    if after:
        entries = entries.filter(**{f"{order}__lt": _read_cursor(after)})
    found = list(entries[: limit + 1])
    following = str(getattr(found[limit - 1], order)) if len(found) > limit else None
    return EntryPage([_describe(principal, entry) for entry in found[:limit]], following)


def iterate_entries(principal: Principal, **wanted: Unpack[Wanted]) -> Iterator[EntryRow]:
    """All that is wanted, newest first, for an export; a missing permission shows at once."""
    entries = _select(principal, wanted).order_by(f"-{_order(principal)}")
    return (_describe(principal, entry) for entry in entries.iterator(chunk_size=1000))


def get_entry(principal: Principal, number: int) -> EntryRow | None:
    """One entry by its number: within the organisation, or among all for a platform administrator."""
    entry = _select(principal, {}).filter(**{_order(principal): number}).first()
    return None if entry is None else _describe(principal, entry)


def count_entries() -> int:
    """The length of the chain. A system read: it shows nothing of any entry."""
    return AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0


def _is_administrator(principal: Principal) -> bool:
    return Permission.ADMINISTER in principal.permissions


def _order(principal: Principal) -> str:
    """The count of all entries tells an organisation how much the others do, also as a cursor."""
    return "sequence" if _is_administrator(principal) else "number"


def _select(principal: Principal, wanted: Wanted) -> QuerySet[AuditEntry]:
    principal.require(Permission.READ_AUDIT)
    entries = AuditEntry.objects.all()
    if not _is_administrator(principal):
        entries = entries.filter(organisation_id=principal.organisation_id)
    name, text = wanted.get("name", ""), wanted.get("text", "")
    if name:
        entries = entries.filter(Q(name=name) | Q(name__startswith=f"{name}."))
    if text:
        anywhere = Q()
        for column in _TEXTS:
            anywhere |= Q(**{f"{column}__icontains": text})
        entries = entries.filter(anywhere)
    exact = {
        "actor_name": wanted.get("actor"),
        "object_kind": wanted.get("object_kind"),
        "object_id": wanted.get("object_id"),
        "is_security": wanted.get("security"),
        "at__gte": wanted.get("since"),
        "at__lt": wanted.get("until"),
    }
    return entries.filter(**{column: value for column, value in exact.items() if value})


def _describe(principal: Principal, entry: AuditEntry) -> EntryRow:
    return EntryRow(
        number=entry.number,
        sequence=entry.sequence if _is_administrator(principal) else None,
        at=entry.at,
        name=entry.name,
        result=entry.result,
        actor=entry.actor_name,
        user_id=entry.user_id,
        key_id=entry.key_id,
        organisation_id=entry.organisation_id,
        face=entry.face,
        address=entry.address,
        request_id=entry.request_id,
        object_kind=entry.object_kind,
        object_id=entry.object_id,
        before=orjson.loads(entry.before),
        after=orjson.loads(entry.after),
        is_security=entry.is_security,
    )


def _read_cursor(after: str) -> int:
    """A cursor that was not given out leads to an empty page."""
    return int(after) if after.isdecimal() and len(after) <= _LARGEST_CURSOR else 0
