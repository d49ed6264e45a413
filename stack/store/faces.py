"""Which face of a STIX id comes first, for those who may see several.

Their heads decide it, by the rule of the head (`planning.rank_statement`). For each face the audiences of
those before it are kept (`store_rival`): it is shown to whoever sees its own audience and none of theirs, so
that nobody's view depends on what they may not see.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from stack.store.database import Database
from stack.store.planning import Identity, Rank, rank_statement
from stack.store.probing import find_faces
from stack.store.records import ChangeKind


@dataclass(frozen=True, slots=True)
class Face:
    """A face as it is shown: its row, its audience, and what decides its place."""

    id: int
    audience_id: int
    rank: Rank


def add_reordered(
    database: Database, changes: list[tuple[int, ChangeKind]], identities: Iterable[Identity]
) -> list[tuple[int, ChangeKind]]:
    """The changes, and after them those of faces that only have other rivals now: copies must know."""
    told = {face_id for face_id, _ in changes}
    reordered = [face_id for face_id in order_faces(database, identities) if face_id not in told]
    return changes + [(face_id, ChangeKind.INDEX) for face_id in reordered]


def order_faces(database: Database, identities: Iterable[Identity]) -> list[int]:
    """Brings the rivals of all faces of these ids up to date; returns the faces whose rivals changed."""
    siblings = {
        identity: [row_id for row_id, _ in rows]
        for identity, rows in find_faces(database, identities).items()
        if len(rows) > 1
    }
    row_ids = [row_id for rows in siblings.values() for row_id in rows]
    shown = _read_faces(database, row_ids)
    before = _read_rivals(database, row_ids)
    after: dict[int, set[int]] = {}
    for rows in siblings.values():
        faces = sorted((shown[row_id] for row_id in rows if row_id in shown), key=lambda face: face.rank)
        for place, face in enumerate(faces):
            after[face.id] = {other.audience_id for other in faces[place + 1 :]}
    changed = [row_id for row_id in row_ids if before.get(row_id, set()) != after.get(row_id, set())]
    _write_rivals(database, changed, after)
    return changed


def _read_faces(database: Database, row_ids: Collection[int]) -> dict[int, Face]:
    rows = database.read_members(
        "SELECT o.id, o.audience_id, o.revoked, o.modified, s.reliability, v.sha256, v.redacted, o.head "
        "FROM store_object o "
        "JOIN store_version v ON v.id = o.head JOIN store_source s ON s.id = v.source_id "
        "WHERE o.id {members}",
        list(row_ids),
    )
    return {
        row_id: Face(
            row_id,
            audience_id,
            rank_statement(
                revoked=bool(revoked),
                modified=modified,
                reliability=reliability,
                sha256=bytes(sha256),
                redacted=redacted,
                version_id=head,
            ),
        )
        for row_id, audience_id, revoked, modified, reliability, sha256, redacted, head in rows
    }


def _read_rivals(database: Database, row_ids: Collection[int]) -> dict[int, set[int]]:
    rivals: dict[int, set[int]] = {}
    for face_id, audience_id in database.read_members(
        "SELECT face_id, audience_id FROM store_rival WHERE face_id {members}", list(row_ids)
    ):
        rivals.setdefault(face_id, set()).add(audience_id)
    return rivals


def _write_rivals(database: Database, changed: list[int], after: dict[int, set[int]]) -> None:
    database.change_members("DELETE FROM store_rival WHERE face_id {members}", changed)
    database.insert(
        "store_rival",
        ("face_id", "audience_id"),
        [(face_id, audience_id) for face_id in changed for audience_id in sorted(after.get(face_id, ()))],
    )
    database.change(
        "UPDATE store_object SET rivals=%s WHERE id=%s",
        [(len(after.get(face_id, ())), face_id) for face_id in changed],
    )
