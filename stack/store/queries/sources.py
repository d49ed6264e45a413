"""Sources, with what each has stated as far as the principal may see it."""

from stack.accounts.principal import Permission, Principal
from stack.store.database import read_database
from stack.store.queries.rows import open_view
from stack.store.records import SourceRow


def list_sources(principal: Principal) -> list[SourceRow]:
    """The organisation's sources by name."""
    return _read_sources(principal, None)


def name_sources(principal: Principal) -> dict[int, str]:
    """The names of the organisation's sources by id, without counting what they stated."""
    principal.require(Permission.READ)
    rows = read_database().read(
        "SELECT id, name FROM store_source WHERE organisation_id = %s ORDER BY name",
        [principal.organisation_id],
    )
    return dict(rows)


def get_source(principal: Principal, source_id: int) -> SourceRow | None:
    rows = _read_sources(principal, source_id)
    return rows[0] if rows else None


def _read_sources(principal: Principal, source_id: int | None) -> list[SourceRow]:
    view = open_view(principal)
    chosen = "" if source_id is None else "AND s.id = %s "
    rows = view.read(
        "SELECT s.id, s.name, s.kind, s.reliability, COUNT(v.id), COUNT(DISTINCT v.object_id), "
        "MIN(v.first_received), MAX(v.last_received) FROM store_source s LEFT JOIN store_version v "
        f"ON v.source_id = s.id AND {view.counts('v')} "
        f"WHERE s.organisation_id = %s {chosen}"
        "GROUP BY s.id, s.name, s.kind, s.reliability ORDER BY s.name",
        [principal.organisation_id, *([] if source_id is None else [source_id])],
    )
    return [SourceRow(*row) for row in rows]
