"""Which of some objects certain sources state, and whose statement a text is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stack.accounts.principal import Principal
from stack.stix.ids import format_id
from stack.store.access import read_audiences
from stack.store.probing import uuid_of
from stack.store.queries.rows import open_view


@dataclass(frozen=True, slots=True)
class Statement:
    """That a source states a text: `owner_id` is its organisation; `is_open`: everyone may see it."""

    source_id: int
    owner_id: int | None
    is_open: bool


def find_statements(
    principal: Principal, identities: Sequence[tuple[str, bytes]]
) -> dict[tuple[str, bytes], list[Statement]]:
    """For each (STIX id, SHA-256 of the text) who states it whole, as far as the principal may see."""
    view = open_view(principal)
    rows = view.read_members(
        "SELECT o.uuid, o.type, v.sha256, v.source_id, v.audience_id FROM store_object o "
        "JOIN store_version v ON v.object_id = o.id "
        f"WHERE v.redacted = 0 AND {view.may_see('v.audience_id')} AND o.uuid {{members}}",
        sorted({uuid_of(stix_id) for stix_id, _ in identities}),
    )
    audiences = read_audiences(view.database)
    found: dict[tuple[str, bytes], list[Statement]] = {}
    for uuid, kind, sha256, source_id, audience_id in rows:
        audience = audiences[audience_id]
        stated = Statement(source_id, audience.owner_id, audience.handling.everyone)
        found.setdefault((format_id(kind, bytes(uuid)), bytes(sha256)), []).append(stated)
    return found


def filter_by_source(
    principal: Principal, object_ids: Sequence[int], source_ids: Collection[int]
) -> frozenset[int]:
    """Those of the objects (row ids) of which the principal may see a statement by one of the sources."""
    view = open_view(principal)
    rows = view.read_members(
        "SELECT DISTINCT v.object_id, v.source_id FROM store_version v "
        f"WHERE v.object_id {{members}} AND {view.counts('v')}",
        list(object_ids),
    )
    return frozenset(object_id for object_id, source_id in rows if source_id in source_ids)


def find_object_sources(
    principal: Principal, object_ids: Sequence[int]
) -> dict[int, list[tuple[str, str, int]]]:
    """(name, kind, reliability) of the sources of each object (row ids) whose statement may be seen."""
    view = open_view(principal)
    rows = view.read_members(
        "SELECT DISTINCT v.object_id, s.name, s.kind, s.reliability FROM store_version v "
        "JOIN store_source s ON s.id = v.source_id "
        f"WHERE v.object_id {{members}} AND {view.counts('v')} ORDER BY v.object_id, s.reliability, s.name",
        list(object_ids),
    )
    found: dict[int, list[tuple[str, str, int]]] = {}
    for object_id, name, kind, reliability in rows:
        found.setdefault(object_id, []).append((name, kind, reliability))
    return found
