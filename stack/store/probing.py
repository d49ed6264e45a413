"""What the store already has of the ids and objects in a batch, in a few set-based reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stack.store.database import Database
from stack.store.planning import Draft, FaceState, Identity, KnownVersion
from stack.store.records import Statement
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


@dataclass(slots=True)
class Referred:
    """Ids that a batch only refers to: the anchors of those that the store has a row for, and the others."""

    anchors: dict[str, int] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)


def claim_batch(
    database: Database, statements: Sequence[Statement], others: Iterable[bytes] = ()
) -> Referred:
    """Claims what the batch states, other UUIDs that it is about, and those ids that it refers to and that
    the store has no row for. Rows stay, and later ones of an id have higher numbers, so that an anchor that
    is there needs no claim: half of all batches refer to the same few objects.
    """
    stated = {statement.stix_id for statement in statements}
    referred = Referred(absent=sorted(stated_ids(statements) - stated))
    _find_referred(database, referred)
    if database.is_alone:
        return referred
    uuids = {statement.uuid for statement in statements}
    database.claim(uuids.union(others, map(uuid_of, referred.absent)))
    _find_referred(database, referred)
    return referred


def _find_referred(database: Database, referred: Referred) -> None:
    """Looks again for those that were absent."""
    if referred.absent:
        referred.anchors |= find_anchors(database, referred.absent)
        referred.absent = [name for name in referred.absent if name not in referred.anchors]


def probe_batch(
    database: Database, drafts: Sequence[Draft], referred: Referred, visible: frozenset[int]
) -> Probe:
    """Also gives out the row ids of new faces and of ids that the store has no row for.

    A face never takes the row that stood for its id alone: lists are in the order of these ids, and an early
    one would tell that somebody had referred to the object, or had stated it, before.
    """
    identities = {draft.statement.stix_id: draft.identity for draft in drafts}
    faces = find_faces(database, identities.values())
    stored = {identity: [row_id for row_id, _ in rows] for identity, rows in faces.items()}
    new_ids = iter(database.take_ids("store_object", _count_new(drafts, faces) + len(referred.absent)))
    probe = Probe(anchors=referred.anchors)
    for draft in drafts:
        siblings = probe.states.setdefault(draft.identity, [])
        if siblings and any(state.audience_id == draft.audience_id for state in siblings):
            continue
        rows = faces.setdefault(draft.identity, [])
        row_id = next((row_id for row_id, audience in rows if audience == draft.audience_id), None)
        is_new = row_id is None
        face_id = next(new_ids) if row_id is None else row_id
        siblings.append(
            FaceState(
                face_id,
                draft.identity,
                draft.audience_id,
                is_stored=not is_new,
                is_beside_others=any(audience not in {None, draft.audience_id} for _, audience in rows),
            )
        )
        if is_new:
            rows.append((face_id, draft.audience_id))
    for name, identity in identities.items():
        probe.anchors[name] = faces[identity][0][0]
    for name, row_id in zip(referred.absent, new_ids, strict=True):
        probe.anchors[name] = probe.absent[name] = row_id
    load_versions(database, probe.states, stored, visible)
    return probe


def _count_new(drafts: Sequence[Draft], faces: Faces) -> int:
    wanted = {(draft.identity, draft.audience_id) for draft in drafts}
    if faces:
        wanted -= {(identity, audience) for identity, rows in faces.items() for _, audience in rows}
    return len(wanted)


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
    stored: Mapping[Identity, Sequence[int]],
    visible: frozenset[int],
) -> None:
    """Fills the states with what the stored rows of their ids say: versions, head, and other faces."""
    siblings_of = {row_id: states[each] for each, rows in stored.items() if each in states for row_id in rows}
    for face_id, version in read_versions(database, list(siblings_of)):
        for state in siblings_of[face_id]:
            if state.id == face_id:
                state.versions.append(version)
            elif version.audience_id in visible:
                state.elsewhere.append(version)
    by_row = {state.id: state for siblings in states.values() for state in siblings if state.is_stored}
    for row_id, head, revoked in database.read_members(
        "SELECT id, head, revoked FROM store_object WHERE id {members} AND head IS NOT NULL", list(by_row)
    ):
        state = by_row[row_id]
        state.old_head_id = head
        state.revoked = bool(revoked)
        state.head = next(version for version in state.versions if version.id == head)
