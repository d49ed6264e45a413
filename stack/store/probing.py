"""What the store already has of the ids and objects in a batch, in a few set-based reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stack.store.database import Database
from stack.store.planning import Draft, FaceState, Identity, KnownVersion
from stack.store.writing import stated_ids

Faces = dict[Identity, list[tuple[int, int | None]]]


@dataclass(slots=True)
class Probe:
    """The faces that a batch states by STIX id, the anchor of every id in it (the row to which edges lead),
    and the new rows for ids that it only refers to."""

    states: dict[Identity, list[FaceState]] = field(default_factory=dict)
    anchors: dict[str, int] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)


def uuid_of(stix_id: str) -> bytes:
    return bytes.fromhex(stix_id[-36:].replace("-", ""))


def identity_of(stix_id: str) -> Identity:
    return uuid_of(stix_id), stix_id[:-38]


def probe_batch(database: Database, drafts: Sequence[Draft], visible: frozenset[int]) -> Probe:
    """Also gives out the row ids of new faces and of ids that the store has no row for."""
    own = dict.fromkeys(draft.statement.stix_id for draft in drafts)
    named = stated_ids(draft.statement for draft in drafts) | own.keys()
    faces = find_faces(database, map(identity_of, named))
    next_id = database.last_id("store_object") + 1
    probe = Probe()
    for draft in drafts:
        siblings = probe.states.setdefault(draft.identity, [])
        if any(state.audience_id == draft.audience_id for state in siblings):
            continue
        rows = faces.setdefault(draft.identity, [])
        row_id = _claim_row(rows, draft.audience_id)
        siblings.append(
            FaceState(
                id=next_id if row_id is None else row_id,
                identity=draft.identity,
                audience_id=draft.audience_id,
                is_stored=row_id is not None,
                is_beside_others=len(rows) > (row_id is not None),
            )
        )
        if row_id is None:
            rows.append((next_id, draft.audience_id))
            next_id += 1
    for name in (*own, *sorted(named - own.keys())):
        rows = faces.get(identity_of(name), [])
        if not rows:
            probe.absent[name] = next_id
            rows = [(next_id, None)]
            next_id += 1
        probe.anchors[name] = rows[0][0]
    load_versions(database, probe.states, faces, visible)
    return probe


def _claim_row(rows: list[tuple[int, int | None]], audience_id: int) -> int | None:
    """The row of the audience's face, or one that stands for the id alone and becomes this face."""
    for wanted in (audience_id, None):
        for place, (row_id, audience) in enumerate(rows):
            if audience == wanted:
                rows[place] = (row_id, audience_id)
                return row_id
    return None


def find_faces(database: Database, identities: Iterable[Identity]) -> Faces:
    """Row and audience of every face of those ids that the store has a row for, the anchor first."""
    wanted = set(identities)
    rows = database.read_members(
        "SELECT uuid, type, id, audience_id FROM store_object WHERE uuid {members}",
        list({uuid for uuid, _ in wanted}),
    )
    faces: Faces = {}
    for uuid, kind, row_id, audience_id in rows:
        if (identity := (bytes(uuid), kind)) in wanted:
            faces.setdefault(identity, []).append((row_id, audience_id))
    for found in faces.values():
        found.sort(key=lambda row: row[0])
    return faces


def find_anchors(database: Database, stix_ids: Iterable[str]) -> dict[str, int]:
    """The anchors of those STIX ids that the store has a row for."""
    names = {identity_of(name): name for name in stix_ids}
    return {names[identity]: rows[0][0] for identity, rows in find_faces(database, names).items()}


def read_versions(database: Database, face_ids: Sequence[int]) -> Iterator[tuple[int, KnownVersion]]:
    """Every version of these faces, with its face."""
    rows = database.read_members(
        "SELECT v.object_id, v.id, v.source_id, v.sha256, v.modified, s.reliability, v.audience_id, "
        "v.redacted FROM store_version v JOIN store_source s ON s.id = v.source_id "
        "WHERE v.object_id {members}",
        face_ids,
    )
    for face_id, row_id, source_id, sha256, *others in rows:
        yield face_id, KnownVersion(row_id, source_id, bytes(sha256), *others)


def load_versions(
    database: Database,
    states: Mapping[Identity, Sequence[FaceState]],
    faces: Faces,
    visible: frozenset[int],
) -> None:
    """Fills the states with what is stored: their versions and head, and what other faces say."""
    by_row = {state.id: state for siblings in states.values() for state in siblings if state.is_stored}
    identities = {row_id: each for each in states for row_id, _ in faces.get(each, ())}
    # Rows of new faces have no versions yet; most batches are new throughout.
    stored = [
        row_id for row_id in identities if row_id in by_row or _is_other(row_id, states[identities[row_id]])
    ]
    for face_id, version in read_versions(database, stored):
        audience_id = version.audience_id
        for state in states[identities[face_id]]:
            if state.id == face_id:
                state.versions.append(version)
            elif audience_id in visible:
                state.elsewhere.append(version)
    for row_id, head, revoked in database.read_members(
        "SELECT id, head, revoked FROM store_object WHERE id {members} AND head IS NOT NULL", list(by_row)
    ):
        state = by_row[row_id]
        state.old_head_id = head
        state.revoked = bool(revoked)
        state.head = next(version for version in state.versions if version.id == head)


def _is_other(row_id: int, siblings: Sequence[FaceState]) -> bool:
    return all(state.id != row_id for state in siblings)
