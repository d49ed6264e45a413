"""What an object is connected to. An edge is visible when both ends and what states it are."""

from dataclasses import dataclass
from typing import Any

from stack.accounts.principal import Principal
from stack.core.errors import BadInput
from stack.store.places import open_place, seal_place
from stack.store.queries.rows import COLUMN_COUNT, Shown, View, find_visible, open_view, read_row
from stack.store.records import Neighbour, NeighbourCount, NeighbourPage

_DIRECTIONS = {"out": ("from_id", "to_id"), "in": ("to_id", "from_id")}

# The kind, the face at the other end, and the face that states the edge. The ids that edges are made of, of
# kinds and anchors, are as old as their first mention by anybody.
Place = tuple[str, int, int]
_START: Place = ("", 0, 0)


@dataclass(frozen=True, slots=True)
class Side:
    """The edges that leave one object (`out`), or that reach it (`in`), as a principal sees them."""

    view: View
    shown: Shown
    way: str

    @property
    def _source(self) -> str:
        near, far = _DIRECTIONS[self.way]
        # An edge leads to an anchor: any row of the id, whose faces are the rows with the same id.
        return (
            "FROM store_edge e JOIN store_edgekind k ON k.id = e.kind_id "
            f"JOIN store_object a ON a.id = e.{far} "
            "JOIN store_object o ON o.uuid = a.uuid AND o.type = a.type "
            "JOIN store_object x ON x.id = e.via_id "
            f"WHERE e.{near} = %s AND {self.view.sees('o')} AND {self.view.sees('x')} "
        )

    def count(self) -> list[NeighbourCount]:
        rows = self.view.read(
            f"SELECT k.name, o.type, COUNT(*) {self._source} GROUP BY k.name, o.type", [self.shown.anchor]
        )
        return [NeighbourCount(name, self.way, kind, count) for name, kind, count in rows]

    def read(self, kind: str | None, place: Place, limit: int) -> list[tuple[Place, Neighbour]]:
        chosen = "AND k.name = %s " if kind else ""
        rows = self.view.read(
            f"SELECT k.name, {self.view.columns('o')}, {self.view.columns('x')} {self._source} {chosen}"
            "AND (k.name, o.id, x.id) > (%s, %s, %s) ORDER BY k.name, o.id, x.id LIMIT %s",
            [self.shown.anchor, *([kind] if kind else []), *place, limit],
        )
        return [((row[0], row[1], row[1 + COLUMN_COUNT]), self._read_edge(row)) for row in rows]

    def _read_edge(self, row: tuple[Any, ...]) -> Neighbour:
        other = read_row(row, 1)
        via = read_row(row, 1 + COLUMN_COUNT)
        states_itself = via.id in {self.shown.face_id, other.id}
        return Neighbour(row[0], self.way, None if states_itself else via, other)


def list_neighbours(
    principal: Principal,
    stix_id: str,
    *,
    kind: str | None = None,
    direction: str = "both",
    limit: int = 100,
    after: str | None = None,
) -> NeighbourPage:
    """A page of edges, `out` before `in`, each with the object at its other end.

    `kind` is a relationship type or the name of a reference property; `after` is the `next` before.
    """
    if direction not in {"both", *_DIRECTIONS}:
        raise BadInput(f"No direction “{direction}”", remedy="Use out, in or both.")
    view = open_view(principal)
    found = find_visible(view, stix_id)
    if found is None:
        return NeighbourPage([], 0, None)
    ways = list(_DIRECTIONS) if direction == "both" else [direction]
    sides = [Side(view, found, way) for way in ways]
    total = sum(row.count for side in sides for row in side.count() if kind in (None, row.kind))
    start, place = _read_token(after, ways)
    rows: list[Neighbour] = []
    for side in sides[start:]:
        missing = limit - len(rows)
        edges = side.read(kind, place, missing + 1)
        rows += [neighbour for _, neighbour in edges[:missing]]
        if len(edges) > missing:
            last = edges[missing - 1][0] if missing else place
            return NeighbourPage(rows, total, seal_place((side.way, last), purpose="neighbours"))
        place = _START
    return NeighbourPage(rows, total, None)


def count_neighbours(principal: Principal, stix_id: str) -> list[NeighbourCount]:
    """How many edges of each kind, direction and type of the other end; the most frequent first."""
    view = open_view(principal)
    found = find_visible(view, stix_id)
    if found is None:
        return []
    counts = [row for way in _DIRECTIONS for row in Side(view, found, way).count()]
    return sorted(counts, key=lambda row: (-row.count, row.kind, row.type))


def _read_token(after: str | None, ways: list[str]) -> tuple[int, Place]:
    if not after:
        return 0, _START
    try:
        way, place = open_place(after, tuple[str, Place], purpose="neighbours")
        return ways.index(way), place
    except ValueError:
        raise BadInput(
            f"“{after[:40]}” is no page of this list", remedy="Use the `next` of the page before, unchanged."
        ) from None
