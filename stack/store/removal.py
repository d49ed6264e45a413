"""Reverting a whole source: its statements go, and what others said is shown again."""

from collections.abc import Callable

import orjson

from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotFound
from stack.store.database import Database, write_database
from stack.store.models import Source
from stack.store.planning import KnownVersion, ObjectState
from stack.store.probing import find_rows, load_versions
from stack.store.reading import read_texts
from stack.store.records import ChangeKind, Statement
from stack.store.statements import describe_statement
from stack.store.writing import Writer, stated_ids

BATCH = 1000


def remove_source(principal: Principal, source_id: int, *, report: Callable[[int], None]) -> int:
    """Takes back every statement of a source, a batch a transaction; `report` gets the running count.

    Objects that nobody else stated lose their head; the others show what the rule of the head now says.
    Returns the number of statements taken back. Safe to repeat after an interruption.
    """
    principal.require(Permission.MANAGE_SOURCES)
    source = Source.objects.filter(pk=source_id, organisation_id=principal.organisation_id).first()
    if source is None:
        raise NotFound(f"There is no source {source_id}", remedy="List the sources to find its number.")
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
        changed = [state for state in states.values() if state.old_head_id in gone]
        old = _describe(database, [state.old_head_id for state in changed])
        _choose_heads(database, states, gone)
        row_ids = find_rows(
            database,
            stated_ids([*old.values(), *(s.head_statement for s in changed if s.head_statement is not None)]),
        )
        writer = Writer(database, principal, row_ids)
        writer.show_heads(changed)
        _hide(database, writer, [state for state in changed if state.head is None], old)
        writer.replace_index(
            changed, {state.id: old[state.old_head_id] for state in changed if state.old_head_id is not None}
        )
        database.change_members("DELETE FROM store_version WHERE id {members}", sorted(gone))
        database.change_members("DELETE FROM store_text WHERE id {members}", sorted(gone))
        writer.log_changes(
            (state.id, ChangeKind.DELETE if state.head is None else ChangeKind.UPDATE)
            for state in states.values()
        )
    return len(gone)


def _describe(database: Database, version_ids: list[int | None]) -> dict[int | None, Statement]:
    texts = read_texts(database, [version_id for version_id in version_ids if version_id is not None])
    return {row_id: describe_statement(text, orjson.loads(text)) for row_id, text in texts.items()}


def _choose_heads(database: Database, states: dict[int, ObjectState], gone: set[int]) -> None:
    """The highest rank among what stays; a new head is described so that it can be shown."""
    chosen: dict[int, ObjectState] = {}
    for state in states.values():
        state.versions = [version for version in state.versions if version.id not in gone]
        best: KnownVersion | None = max(state.versions, key=lambda version: version.rank, default=None)
        if state.old_head_id in gone:
            state.head = best
            if best is not None:
                chosen[best.id] = state
    for version_id, statement in _describe(database, list(chosen)).items():
        if version_id is not None:
            chosen[version_id].head_statement = statement


def _hide(
    database: Database, writer: Writer, states: list[ObjectState], old: dict[int | None, Statement]
) -> None:
    for state in states:
        writer.remove_index(state.id, old[state.old_head_id])
    database.change_members(
        "UPDATE store_object SET head=NULL, name='', created=NULL, modified=0, revoked=FALSE, "
        "confidence=NULL, audience_id=NULL WHERE id {members}",
        [state.id for state in states],
    )
