"""Takes versions from one face to another, when it is decided anew who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stack.store.access import combine_handlings, ensure_audience, read_audiences
from stack.store.database import Database
from stack.store.describing import describe_versions
from stack.store.indexing import Content, compare_index
from stack.store.planning import FaceState, Identity, KnownVersion, choose_head
from stack.store.probing import find_anchors, find_faces, read_versions
from stack.store.records import ChangeKind, Statement
from stack.store.writing import Writer, stated_ids

Moves = Mapping[int, int]


@dataclass(slots=True)
class _Face:
    """The versions of a face before and after a move."""

    id: int
    audience_id: int
    is_stored: bool
    head_id: int | None = None
    before: list[KnownVersion] = field(default_factory=list)
    after: list[KnownVersion] = field(default_factory=list)


def raise_versions(
    database: Database, raised: Mapping[Identity, Mapping[int, int]]
) -> list[tuple[int, ChangeKind]]:
    """Narrows versions to what both their own audience and the given one allow."""
    changes: list[tuple[int, ChangeKind]] = []
    for identity, narrowing in raised.items():
        rows = database.read_members(
            "SELECT id, audience_id FROM store_version WHERE id {members}", list(narrowing)
        )
        audiences = read_audiences(database)
        moves = {}
        for version_id, audience_id in rows:
            old, now = audiences[audience_id], audiences[narrowing[version_id]]
            if now.owner_id is not None:
                moves[version_id] = ensure_audience(
                    now.owner_id,
                    {*old.markings, *now.markings},
                    combine_handlings(old.handling, now.handling),
                    database=database,
                ).id
        changes += move_versions(database, identity, moves)
    return changes


def move_versions(database: Database, identity: Identity, moves: Moves) -> list[tuple[int, ChangeKind]]:
    """Gives versions of one STIX id other audiences, by version id; returns what became of the faces."""
    faces = _read_faces(database, identity)
    doubled = _distribute(database, faces, moves)
    affected = [face for face in faces if [v.id for v in face.before] != [v.id for v in face.after]]
    known = [version.id for face in affected for version in (*face.before, *face.after)]
    statements = describe_versions(database, dict.fromkeys(known))
    _move_rows(database, affected, moves, doubled)
    anchors = find_anchors(
        database, stated_ids(statements.values()) | {st.stix_id for st in statements.values()}
    )
    return _show(database, Writer(database, anchors), identity, affected, statements)


def _read_faces(database: Database, identity: Identity) -> list[_Face]:
    rows = find_faces(database, [identity]).get(identity, [])
    faces = {row_id: _Face(row_id, audience_id or 0, is_stored=True) for row_id, audience_id in rows}
    ids = list(faces)
    for row_id, head in database.read_members("SELECT id, head FROM store_object WHERE id {members}", ids):
        faces[row_id].head_id = head
    for face_id, version in read_versions(database, ids):
        faces[face_id].before.append(version)
    return list(faces.values())


def _distribute(database: Database, faces: list[_Face], moves: Moves) -> dict[int, int]:
    """Fills `after`, with new faces where there is none for an audience. A version that says in its new face
    what its source says there already goes; returned are those, each with the one that stays."""
    by_audience = {face.audience_id: face for face in faces if face.before}
    wanted = {moves.get(version.id, version.audience_id) for face in faces for version in face.before}
    new_audiences = sorted(wanted - by_audience.keys())
    for audience_id, row_id in zip(
        new_audiences, database.take_ids("store_object", len(new_audiences)), strict=True
    ):
        by_audience[audience_id] = _Face(row_id, audience_id, is_stored=False)
        faces.append(by_audience[audience_id])
    doubled: dict[int, int] = {}
    seen: dict[tuple[int, int, bytes, int], int] = {}
    for version in sorted((v for face in faces for v in face.before), key=lambda each: each.id):
        audience_id = moves.get(version.id, version.audience_id)
        face = by_audience[audience_id]
        said = (face.id, version.source_id, version.sha256, version.redacted)
        if said in seen:
            doubled[version.id] = seen[said]
            continue
        seen[said] = version.id
        face.after.append(version)
    return doubled


def _move_rows(database: Database, faces: Sequence[_Face], moves: Moves, doubled: Mapping[int, int]) -> None:
    for gone, stays in doubled.items():
        database.change(
            "UPDATE store_version SET times_received = times_received + "
            "(SELECT d.times_received FROM store_version d WHERE d.id = %s) WHERE id = %s",
            [(gone, stays)],
        )
    database.change_members("DELETE FROM store_version WHERE id {members}", list(doubled))
    database.change_members("DELETE FROM store_text WHERE id {members}", list(doubled))
    moved = [
        (face.id, face.audience_id, version.id)
        for face in faces
        for version in face.after
        if version.id in moves
    ]
    # By way of ids that no face has: two versions that change places would collide on the way.
    database.change("UPDATE store_version SET object_id = -id WHERE id = %s", [(row[2],) for row in moved])
    database.change("UPDATE store_version SET object_id = %s, audience_id = %s WHERE id = %s", moved)


def _show(
    database: Database,
    writer: Writer,
    identity: Identity,
    faces: Sequence[_Face],
    statements: Mapping[int, Statement],
) -> list[tuple[int, ChangeKind]]:
    states, changes, emptied = [], [], []
    index = []
    for face in faces:
        head = choose_head(face.after, statements)
        shown = None if head is None else statements[head.id]
        states.append(
            FaceState(
                id=face.id,
                identity=identity,
                audience_id=face.audience_id,
                is_stored=face.is_stored,
                head=head,
                head_statement=shown,
            )
        )
        if head is None:
            emptied.append(face.id)
        before = None if face.head_id is None else statements.get(face.head_id)
        index.append(
            compare_index(
                face.id,
                Content([statements[v.id] for v in face.before], before),
                Content([statements[v.id] for v in face.after], shown),
            )
        )
        changes.append((face.id, _kind_of_change(before, shown)))
    writer.add_objects(states, {})
    writer.show_heads(states)
    writer.replace_index(index)
    hide_faces(database, emptied)
    return changes


def _kind_of_change(before: Statement | None, after: Statement | None) -> ChangeKind:
    if after is None:
        return ChangeKind.DELETE
    return ChangeKind.ADD if before is None else ChangeKind.UPDATE


def hide_faces(database: Database, face_ids: Sequence[int]) -> None:
    """Faces without a statement are only ids that others may refer to."""
    database.change_members(
        "UPDATE store_object SET head=NULL, name='', created=NULL, modified=0, revoked=FALSE, "
        "confidence=NULL, audience_id=NULL, rivals=0 WHERE id {members}",
        face_ids,
    )
    database.change_members("DELETE FROM store_rival WHERE face_id {members}", face_ids)
