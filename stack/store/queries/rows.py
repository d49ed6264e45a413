"""How an object's row is selected and read, in one place for all queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from stack.accounts.principal import Permission, Principal
from stack.stix.ids import format_id, parse_id
from stack.stix.markings import TLP_DEFINITIONS
from stack.store.access import name_tlp, open_access
from stack.store.database import Database, read_database
from stack.store.marks import write_mask
from stack.store.records import ObjectRow

COLUMN_COUNT = 12
# Up to here a list is faster than a mask.
_FEW = 8


@dataclass(frozen=True, slots=True)
class View:
    """The store as one principal sees it: a connection, and the access rule as SQL."""

    database: Database
    audiences: frozenset[int]
    is_split: bool

    def may_see(self, column: str) -> str:
        """The access rule in SQL, on a column that holds an audience."""
        if len(self.audiences) <= _FEW:
            return f"{column} IN ({','.join(map(str, sorted(self.audiences))) or 'NULL'})"
        return self.database.is_seen(column)

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT that is made of the rules below."""
        return self.database.read(sql, parameters, mask=write_mask(self.audiences))

    def read_members(
        self, sql: str, members: Sequence[Any], parameters: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        return self.database.read_members(sql, members, parameters, mask=write_mask(self.audiences))

    def sees(self, alias: str) -> str:
        """True in SQL for the face (by table alias) that this principal is shown of a STIX id: one that they
        may see, and that comes before all others that they may see."""
        if not self.is_split:
            return self.may_see(f"{alias}.audience_id")
        # No NOT EXISTS: of that PostgreSQL makes a hash of all rivals, for each page of ten rows.
        return (
            f"({self.may_see(f'{alias}.audience_id')} AND ({alias}.rivals = 0 OR ("
            f"SELECT 1 FROM store_rival sr WHERE sr.face_id = {alias}.id "
            f"AND {self.may_see('sr.audience_id')} LIMIT 1) IS NULL))"
        )

    def counts(self, alias: str) -> str:
        """True in SQL for a version that this principal may see: whole, or the most of it that they may."""
        return (
            f"({self.may_see(f'{alias}.audience_id')} AND ({alias}.redacted = 0 OR NOT EXISTS ("
            "SELECT 1 FROM store_object rf JOIN store_object rg ON rg.uuid = rf.uuid AND rg.type = rf.type "
            f"JOIN store_version rv ON rv.object_id = rg.id WHERE rf.id = {alias}.object_id "
            f"AND rv.source_id = {alias}.source_id AND rv.sha256 = {alias}.sha256 "
            f"AND rv.redacted < {alias}.redacted AND {self.may_see('rv.audience_id')})))"
        )

    def columns(self, alias: str) -> str:
        """What `read_row` reads; sources whose statements the principal may not see are not counted."""
        faces = (
            f"so.uuid = {alias}.uuid AND so.type = {alias}.type" if self.is_split else f"so.id = {alias}.id"
        )
        return (
            f"{alias}.id, {alias}.uuid, {alias}.type, {alias}.name, {alias}.created, {alias}.modified, "
            f"{alias}.revoked, {alias}.confidence, {alias}.score, "
            f"(SELECT tlp FROM store_audience sa WHERE sa.id = {alias}.audience_id), "
            f"(SELECT markings FROM store_audience sa WHERE sa.id = {alias}.audience_id), "
            "(SELECT COUNT(DISTINCT sv.source_id) FROM store_object so "
            "JOIN store_version sv ON sv.object_id = so.id "
            f"WHERE {faces} AND {self.may_see('sv.audience_id')})"
        )


def open_view(principal: Principal) -> View:
    principal.require(Permission.READ)
    database = read_database()
    return View(database, *open_access(principal, database))


def read_row(row: tuple[Any, ...], start: int = 0) -> ObjectRow:
    """An `ObjectRow` from the columns that `View.columns` selected, the first of them at `start`."""
    row_id, uuid, kind, name, created, modified, revoked, confidence, score, tlp, markings, sources = row[
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
        statements=0 if markings is None else _count_statements(markings),
    )


@lru_cache(maxsize=4096)
def _count_statements(markings: str) -> int:
    """How many of the ids in a JSON list are no TLP markings. Few audiences, so few texts."""
    return sum(marking not in TLP_DEFINITIONS for marking in orjson.loads(markings))


def read_rows(rows: Iterable[tuple[Any, ...]]) -> list[ObjectRow]:
    return [read_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a principal is shown of a STIX id: the face, its head and audience, and the id's anchor."""

    identity: tuple[bytes, str]
    face_id: int
    head: int
    audience_id: int
    anchor: int


def find_visible(view: View, stix_id: str) -> Shown | None:
    """The face of an object the principal may see; None for any other text."""
    try:
        identity = parse_id(stix_id)
    except ValueError:
        return None
    rows = view.read(
        "SELECT o.id, o.head, o.audience_id, "
        "(SELECT MIN(a.id) FROM store_object a WHERE a.uuid = o.uuid AND a.type = o.type) "
        f"FROM store_object o WHERE o.uuid = %s AND o.type = %s AND {view.sees('o')}",
        [identity.uuid, identity.type],
    )
    return Shown((identity.uuid, identity.type), *rows[0]) if rows else None
