"""What the store already has of the ids and objects in a batch, in a few set-based reads."""

from collections.abc import Iterable, Sequence

from stack.store.database import Database
from stack.store.planning import KnownVersion, ObjectState
from stack.store.records import Statement
from stack.store.writing import stated_ids

Identity = tuple[bytes, str]


def uuid_of(stix_id: str) -> bytes:
    return bytes.fromhex(stix_id[-36:].replace("-", ""))


def probe_batch(
    database: Database, statements: Sequence[Statement]
) -> tuple[dict[Identity, ObjectState], dict[str, int], dict[str, int]]:
    """Objects that the batch states, row ids of every id in it, and new rows for ids only referred to."""
    own = {st.stix_id: (st.uuid, st.type) for st in statements}
    named = stated_ids(statements) | own.keys()
    row_ids = find_rows(database, named)
    next_id = database.last_id("store_object") + 1
    states: dict[Identity, ObjectState] = {}
    stored = {row_ids[name] for name in own if name in row_ids}
    absent: dict[str, int] = {}
    for name in (*own, *sorted(named - own.keys())):
        is_new = name not in row_ids
        if is_new:
            row_ids[name] = next_id
            next_id += 1
        if name in own:
            states[own[name]] = ObjectState(id=row_ids[name], is_stored=not is_new)
        elif is_new:
            absent[name] = row_ids[name]
    load_versions(database, {state.id: state for state in states.values() if state.id in stored})
    return states, row_ids, absent


def find_rows(database: Database, stix_ids: Iterable[str]) -> dict[str, int]:
    """Row ids of those STIX ids that the store has a row for."""
    wanted = {(uuid_of(name), name[:-38]): name for name in stix_ids}
    rows = database.read_members(
        "SELECT uuid, type, id FROM store_object WHERE uuid {members}", [uuid for uuid, _ in wanted]
    )
    return {wanted[bytes(uuid), kind]: row_id for uuid, kind, row_id in rows if (bytes(uuid), kind) in wanted}


def load_versions(database: Database, states: dict[int, ObjectState]) -> None:
    ids = list(states)
    for row_id, object_id, source_id, sha256, modified, reliability, audience_id in database.read_members(
        "SELECT v.id, v.object_id, v.source_id, v.sha256, v.modified, s.reliability, v.audience_id "
        "FROM store_version v JOIN store_source s ON s.id = v.source_id WHERE v.object_id {members}",
        ids,
    ):
        states[object_id].versions.append(
            KnownVersion(row_id, source_id, bytes(sha256), modified, reliability, audience_id)
        )
    for object_id, head, revoked in database.read_members(
        "SELECT id, head, revoked FROM store_object WHERE id {members} AND head IS NOT NULL", ids
    ):
        state = states[object_id]
        state.old_head_id = head
        state.revoked = bool(revoked)
        state.head = next(version for version in state.versions if version.id == head)
