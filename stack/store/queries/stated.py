"""Which of some objects certain sources state."""

from collections.abc import Collection, Sequence

from stack.accounts.principal import Principal
from stack.store.queries.rows import open_view


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
