"""Reverting a whole source: its statements go, and what others said is shown again."""

from collections.abc import Callable, Mapping

from stack.accounts.principal import Permission, Principal
from stack.jobs.operations import enqueue
from stack.jobs.records import JobRow
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.indexing import Described, IndexChange, compare_index
from stack.store.operations import find_source
from stack.store.planning import ObjectState
from stack.store.probing import find_rows, load_versions
from stack.store.records import ChangeKind
from stack.store.writing import Writer, stated_ids

BATCH = 1000


def queue_removal(principal: Principal, *, source_id: int, name: str) -> JobRow:
    """The job that will revert the source; `name` is what lists of jobs call it."""
    return enqueue(principal, kind="remove-source", arguments={"source": source_id, "name": name})


def remove_source(principal: Principal, source_id: int, *, report: Callable[[int], None]) -> int:
    """Takes back every statement of a source, a batch a transaction; `report` gets the running count.

    Objects that nobody else stated lose their head; the others show what the rule of the head now says.
    Returns the number of statements taken back. Safe to repeat after an interruption.
    """
    principal.require(Permission.MANAGE_SOURCES)
    source = find_source(principal, source_id)
    database = write_database()
    removed = 0
    while count := _remove_batch(database, principal, source_id):
        removed += count
        report(removed)
    source.delete()
    return removed


def _remove_batch(database: Database, principal: Principal, source_id: int) -> int:
    with database.write():
        rows = database.read(
            "SELECT id, object_id FROM store_version WHERE source_id = %s ORDER BY id LIMIT %s",
            [source_id, BATCH],
        )
        if not rows:
            return 0
        gone = {row[0] for row in rows}
        states = {object_id: ObjectState(id=object_id, is_stored=True) for _, object_id in rows}
        load_versions(database, states)
        stored = describe_versions(
            database, [version for state in states.values() for version in state.versions]
        )
        for state in states.values():
            _choose_head(state, gone, stored)
        row_ids = find_rows(database, stated_ids(each.statement for each in stored.values()))
        writer = Writer(database, principal, row_ids)
        writer.show_heads(states.values())
        writer.replace_index(_compare(state, gone, stored) for state in states.values())
        _hide(database, [state.id for state in states.values() if state.head is None])
        database.change_members("DELETE FROM store_version WHERE id {members}", sorted(gone))
        database.change_members("DELETE FROM store_text WHERE id {members}", sorted(gone))
        writer.log_changes(
            (state.id, ChangeKind.DELETE if state.head is None else ChangeKind.UPDATE)
            for state in states.values()
        )
    return len(gone)


def _choose_head(state: ObjectState, gone: set[int], stored: Mapping[int, Described]) -> None:
    """The highest rank among what stays; a head that changes is at hand as a statement."""
    staying = [version for version in state.versions if version.id not in gone]
    if state.old_head_id in gone:
        state.head = max(staying, key=lambda version: version.rank, default=None)
        state.head_statement = None if state.head is None else stored[state.head.id].statement


def _compare(state: ObjectState, gone: set[int], stored: Mapping[int, Described]) -> IndexChange:
    staying = [stored[version.id] for version in state.versions if version.id not in gone]
    head = None if state.head is None else stored[state.head.id]
    return compare_index(state, stored=stored, staying=staying, head_after=head)


def _hide(database: Database, object_ids: list[int]) -> None:
    """Objects without a statement are only ids that others may refer to."""
    database.change_members(
        "UPDATE store_object SET head=NULL, name='', created=NULL, modified=0, revoked=FALSE, "
        "confidence=NULL, audience_id=NULL WHERE id {members}",
        object_ids,
    )
