"""The heads of faces that several statements are of, chosen again by the rule of this release."""

from stack.jobs.backfills import Step, register_backfill
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.faces import add_reordered
from stack.store.indexing import Content, compare_index
from stack.store.planning import FaceState, Identity, choose_head
from stack.store.probing import find_anchors, load_versions
from stack.store.records import ChangeKind
from stack.store.writing import Writer, log_changes, stated_ids

# Raise it when `planning.rank_statement` decides otherwise.
RULE_VERSION = 1
_AT_ONCE = 500


@register_backfill("heads of objects", version=RULE_VERSION)
def choose_heads_again(place: int) -> Step | None:
    """Faces past the row id `place`; those that show another statement now are told by the change log."""
    database = write_database()
    with database.write():
        rows = database.read(
            "SELECT id, uuid, type, audience_id FROM store_object WHERE id > %s AND head IS NOT NULL "
            "ORDER BY id LIMIT %s",
            [place, _AT_ONCE],
        )
        if not rows:
            return None
        states: dict[Identity, list[FaceState]] = {}
        for face_id, uuid, kind, audience_id in rows:
            identity = (bytes(uuid), kind)
            states.setdefault(identity, []).append(FaceState(face_id, identity, audience_id, is_stored=True))
        stored = {each: [state.id for state in siblings] for each, siblings in states.items()}
        load_versions(database, states, stored, frozenset())
        faces = [state for siblings in states.values() for state in siblings if len(state.versions) > 1]
        changed = _show_again(database, faces)
        changes = [(face_id, ChangeKind.UPDATE) for face_id in changed]
        log_changes(database, add_reordered(database, changes, list(states)))
    return Step(done=rows[-1][0], changed=len(changed))


def _show_again(database: Database, faces: list[FaceState]) -> list[int]:
    """Row ids of the faces whose head is another one now."""
    statements = describe_versions(database, [version.id for state in faces for version in state.versions])
    changed = []
    for state in faces:
        state.head = choose_head(state.versions, statements)
        if state.head is not None and state.head.id != state.old_head_id:
            state.head_statement = statements[state.head.id]
            changed.append(state)
    named = stated_ids(statements.values()) | {statement.stix_id for statement in statements.values()}
    writer = Writer(database, find_anchors(database, named))
    writer.show_heads(changed)
    writer.replace_index(
        compare_index(
            state.id,
            Content(said, statements[state.old_head_id] if state.old_head_id is not None else None),
            Content(said, state.head_statement),
        )
        for state in changed
        for said in [[statements[version.id] for version in state.versions]]
    )
    return [state.id for state in changed]
