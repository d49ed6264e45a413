"""How an object's row is selected and read, in one place for all queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from stack.accounts.principal import Permission, Principal
from stack.stix.ids import format_id, parse_id
from stack.store.access import compile_predicate, name_tlp, visible_audiences
from stack.store.database import Database, read_database
from stack.store.records import ObjectRow

COLUMN_COUNT = 11


@dataclass(frozen=True, slots=True)
class View:
    """The store as one principal sees it: a connection, and the access rule as SQL."""

    database: Database
    audiences: frozenset[int]

    def sees(self, alias: str) -> str:
        """True in SQL for an object (by table alias) that has a head this principal may see."""
        return compile_predicate(f"{alias}.audience_id", self.audiences)

    def columns(self, alias: str) -> str:
        """What `read_row` reads; sources whose statements the principal may not see are not counted."""
        statements = compile_predicate("sv.audience_id", self.audiences)
        return (
            f"{alias}.id, {alias}.uuid, {alias}.type, {alias}.name, {alias}.created, {alias}.modified, "
            f"{alias}.revoked, {alias}.confidence, {alias}.score, "
            f"(SELECT tlp FROM store_audience sa WHERE sa.id = {alias}.audience_id), "
            f"(SELECT COUNT(DISTINCT sv.source_id) FROM store_version sv "
            f"WHERE sv.object_id = {alias}.id AND {statements})"
        )


def open_view(principal: Principal) -> View:
    principal.require(Permission.READ)
    database = read_database()
    return View(database, visible_audiences(principal, database=database))


def read_row(row: tuple[Any, ...], start: int = 0) -> ObjectRow:
    """An `ObjectRow` from the columns that `View.columns` selected, the first of them at `start`."""
    row_id, uuid, kind, name, created, modified, revoked, confidence, score, tlp, sources = row[
        start : start + COLUMN_COUNT
    ]
    return ObjectRow(
        id=row_id,
        stix_id=format_id(kind, bytes(uuid)),
        type=kind,
        name=name,
        created=created,
        modified=modified or None,
        revoked=bool(revoked),
        confidence=confidence,
        score=score,
        tlp=name_tlp(tlp),
        sources=sources,
    )


def read_rows(rows: Iterable[tuple[Any, ...]]) -> list[ObjectRow]:
    return [read_row(row) for row in rows]


def find_visible(view: View, stix_id: str) -> tuple[int, int] | None:
    """Row id and head version of an object the principal may see; None for any other text."""
    try:
        identity = parse_id(stix_id)
    except ValueError:
        return None
    rows = view.database.read(
        f"SELECT o.id, o.head FROM store_object o WHERE o.uuid = %s AND o.type = %s AND {view.sees('o')}",
        [identity.uuid, identity.type],
    )
    return (rows[0][0], rows[0][1]) if rows else None
