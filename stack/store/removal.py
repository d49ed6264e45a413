"""Reverting a whole source: its statements go, and what others said is shown again."""

from collections.abc import Callable, Mapping

from stack.accounts.principal import Permission, Principal
from stack.core.acts import Act, record_act
from stack.jobs.leases import in_transaction
from stack.jobs.operations import enqueue
from stack.jobs.records import JobRow
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.faces import add_reordered
from stack.store.indexing import Content, IndexChange, compare_index
from stack.store.moving import hide_faces
from stack.store.operations import find_source
from stack.store.planning import FaceState, Identity, choose_head
from stack.store.probing import find_anchors, load_versions
from stack.store.records import ChangeKind, Statement
from stack.store.writing import Writer, log_changes, stated_ids

BATCH = 1000


def queue_removal(principal: Principal, *, source_id: int, name: str) -> JobRow:
    """The job that will revert the source; `name` is what lists of jobs call it."""
    with in_transaction():
        job = enqueue(principal, kind="remove-source", arguments={"source": source_id, "name": name})
        record_act(
            Act(
                name="source.remove",
                actor=principal,
                object_kind="source",
                object_id=str(source_id),
                before={"name": name},
                after={"job": job.id},
            )
        )
    return job


def remove_source(principal: Principal, source_id: int, *, report: Callable[[int], None]) -> int:
    """Takes back every statement of a source, a batch a transaction; `report` gets the running count.

    Objects that nobody else stated lose their head; the others show what the rule of the head now says.
    Returns the number of statements taken back. Safe to repeat after an interruption.
    """
    principal.require(Permission.MANAGE_SOURCES)
    find_source(principal, source_id)
    database = write_database()
    removed = 0
    while count := _remove_batch(database, source_id):
        removed += count
        report(removed)
    return removed


def _remove_batch(database: Database, source_id: int) -> int:
    with database.write():
        rows = database.read(
            "SELECT v.id, v.object_id, o.uuid, o.type, o.audience_id FROM store_version v "
            "JOIN store_object o ON o.id = v.object_id WHERE v.source_id = %s ORDER BY v.id LIMIT %s",
            [source_id, BATCH],
        )
        if not rows:
            # In the transaction that saw its end: a batch that waits for this one finds no source.
            database.change("DELETE FROM store_source WHERE id = %s", [(source_id,)])
            return 0
        gone = {row[0] for row in rows}
        states: dict[Identity, list[FaceState]] = {}
        for face_id, uuid, kind, audience_id in dict.fromkeys(row[1:] for row in rows):
            identity = (bytes(uuid), kind)
            states.setdefault(identity, []).append(FaceState(face_id, identity, audience_id, is_stored=True))
        stored_rows = {each: [state.id for state in siblings] for each, siblings in states.items()}
        load_versions(database, states, stored_rows, frozenset())
        faces = [state for siblings in states.values() for state in siblings]
        stored = describe_versions(database, [version.id for state in faces for version in state.versions])
        for state in faces:
            _choose_head(state, gone, stored)
        named = stated_ids(stored.values()) | {statement.stix_id for statement in stored.values()}
        writer = Writer(database, find_anchors(database, named))
        writer.show_heads(faces)
        writer.replace_index(_compare(state, gone, stored) for state in faces)
        database.change_members("DELETE FROM store_version WHERE id {members}", sorted(gone))
        database.change_members("DELETE FROM store_text WHERE id {members}", sorted(gone))
        hide_faces(database, [state.id for state in faces if state.head is None])
        changes = [
            (state.id, ChangeKind.DELETE if state.head is None else ChangeKind.UPDATE) for state in faces
        ]
        log_changes(database, add_reordered(database, changes, states))
    return len(gone)


def _choose_head(state: FaceState, gone: set[int], stored: Mapping[int, Statement]) -> None:
    """What stays decides anew; a head that changes is at hand as a statement."""
    if state.old_head_id in gone:
        state.head = choose_head([each for each in state.versions if each.id not in gone], stored)
        state.head_statement = None if state.head is None else stored[state.head.id]


def _compare(state: FaceState, gone: set[int], stored: Mapping[int, Statement]) -> IndexChange:
    before = [stored[version.id] for version in state.versions]
    staying = [stored[version.id] for version in state.versions if version.id not in gone]
    return compare_index(
        state.id,
        Content(before, None if state.old_head_id is None else stored[state.old_head_id]),
        Content(staying, None if state.head is None else stored[state.head.id]),
    )
