"""Sources, with what each has stated as far as the principal may see it."""

from stack.accounts.principal import Permission, Principal
from stack.store.answers import remember
from stack.store.database import read_database
from stack.store.queries.rows import open_view
from stack.store.records import SourceRow

# Statements that come again change nothing but the last receipt, of which the change log does not tell.
_COUNTS_LIVE_S = 60
# Statements, objects, first and last receipt.
_Counted = tuple[int, int, int | None, int | None]
_NOTHING: _Counted = (0, 0, None, None)


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
    principal.require(Permission.READ)
    chosen = "" if source_id is None else "AND s.id = %s "
    parameters = [principal.organisation_id, *([] if source_id is None else [source_id])]
    rows = read_database().read(
        "SELECT s.id, s.name, s.kind, s.reliability FROM store_source s "
        f"WHERE s.organisation_id = %s {chosen}ORDER BY s.name",
        parameters,
    )
    counted = remember(
        principal,
        name="sources",
        arguments=source_id,
        compute=lambda: _count_statements(principal, chosen, parameters),
        shape=dict[int, _Counted],
        lives_s=_COUNTS_LIVE_S,
    )
    return [
        SourceRow(row_id, name, kind, reliability, *counted.get(row_id, _NOTHING))
        for row_id, name, kind, reliability in rows
    ]


def _count_statements(principal: Principal, chosen: str, parameters: list[int]) -> dict[int, _Counted]:
    """By source, as far as the principal may see."""
    view = open_view(principal)
    rows = view.read(
        "SELECT s.id, COUNT(v.id), COUNT(DISTINCT v.object_id), MIN(v.first_received), MAX(v.last_received) "
        "FROM store_source s JOIN store_version v "
        f"ON v.source_id = s.id AND {view.counts('v')} WHERE s.organisation_id = %s {chosen}GROUP BY s.id",
        parameters,
    )
    return {row[0]: row[1:] for row in rows}
