"""Whoever can write to the database behind Stack's back is found out, entry by entry."""

import pytest
from django.db import connections

from stack.audit.append_only import DROP_TRIGGERS
from stack.audit.chain import COLUMNS, hash_entry
from stack.audit.models import AuditEntry
from stack.audit.records import Checkpoint, FaultKind
from stack.audit.verification import verify_chain
from stack.core.acts import Act, record_act

pytestmark = pytest.mark.django_db(databases="__all__")
ENTRIES = 9


@pytest.fixture
def unguarded(database: str) -> str:
    """A log of nine entries, whose triggers somebody with the right to do so has dropped."""
    for number in range(1, ENTRIES + 1):
        record_act(Act(name="note.create", actor=None, object_id=str(number), after={"n": number}))
    execute(database, *DROP_TRIGGERS[connections[database].vendor])
    return database


def execute(alias: str, *statements: str) -> None:
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def found() -> list[tuple[int, FaultKind]]:
    return [(fault.sequence, fault.kind) for fault in verify_chain()]


def checkpoint_of(sequence: int) -> Checkpoint:
    return Checkpoint(sequence, AuditEntry.objects.get(pk=sequence).hash, 0, "", "")


def test_an_untouched_log_is_whole(unguarded: str) -> None:
    assert verify_chain(checkpoints=[checkpoint_of(3), checkpoint_of(ENTRIES)]) == []
    assert verify_chain(since=checkpoint_of(4)) == []


@pytest.mark.parametrize("column", [*COLUMNS[1:], "previous", "hash"])
def test_a_change_of_any_column_is_found(unguarded: str, column: str) -> None:
    value = {"at": "at + 1", "number": "number + 1", "is_security": "NOT is_security"}.get(
        column, "4711" if column.endswith("_id") and column not in {"object_id", "request_id"} else "'0'"
    )
    execute(unguarded, f"UPDATE audit_entry SET {column} = {value} WHERE sequence = 5")
    assert (5, FaultKind.ALTERED) in found()


def test_a_removed_entry_leaves_a_gap_that_is_named(unguarded: str) -> None:
    execute(unguarded, "DELETE FROM audit_entry WHERE sequence IN (4, 5, 7)")
    faults = verify_chain()
    assert [(fault.sequence, fault.kind) for fault in faults] == [
        (4, FaultKind.REMOVED),
        (7, FaultKind.REMOVED),
    ]
    assert faults[0].detail == "entries 4 to 5 were removed"


def test_the_first_entry_is_missed_too(unguarded: str) -> None:
    execute(unguarded, "DELETE FROM audit_entry WHERE sequence = 1")
    assert found() == [(1, FaultKind.REMOVED)]


@pytest.mark.parametrize(("one", "other"), [(4, 5), (3, 7)])
def test_swapped_entries_are_named_with_their_old_places(unguarded: str, one: int, other: int) -> None:
    execute(
        unguarded,
        f"UPDATE audit_entry SET sequence = 0 WHERE sequence = {one}",
        f"UPDATE audit_entry SET sequence = {one} WHERE sequence = {other}",
        f"UPDATE audit_entry SET sequence = {other} WHERE sequence = 0",
    )
    moved = {fault.sequence: fault.detail for fault in verify_chain() if fault.kind is FaultKind.REORDERED}
    assert moved == {
        one: f"entry {one} was moved: it was entry {other}",
        other: f"entry {other} was moved: it was entry {one}",
    }


def test_a_removal_whose_gap_was_closed_is_found(unguarded: str) -> None:
    execute(unguarded, "DELETE FROM audit_entry WHERE sequence = 4")
    for number in range(5, ENTRIES + 1):
        execute(unguarded, f"UPDATE audit_entry SET sequence = {number - 1} WHERE sequence = {number}")
    assert found()[0] == (4, FaultKind.REORDERED)
    assert len(found()) == ENTRIES - 4


def forge(sequence: int, previous: str | None = None) -> str:
    """Gives an altered entry the hash that it ought to have, as an insider who knows the code would."""
    entry = AuditEntry.objects.get(pk=sequence)
    previous = entry.previous if previous is None else previous
    digest = hash_entry([getattr(entry, name) for name in COLUMNS], previous)
    AuditEntry.objects.filter(pk=sequence).update(previous=previous, hash=digest)
    return digest


def test_an_entry_that_was_hashed_anew_breaks_the_chain_behind_it(unguarded: str) -> None:
    execute(unguarded, "UPDATE audit_entry SET actor_name = 'eve' WHERE sequence = 5")
    forge(5)
    assert found() == [(6, FaultKind.UNLINKED)]


def test_a_chain_that_was_written_anew_differs_from_a_checkpoint(unguarded: str) -> None:
    checkpoint = checkpoint_of(7)
    execute(unguarded, "UPDATE audit_entry SET actor_name = 'eve' WHERE sequence = 5")
    previous = None
    for sequence in range(5, ENTRIES + 1):
        previous = forge(sequence, previous)
    assert found() == []
    (fault,) = verify_chain(checkpoints=[checkpoint])
    assert (fault.sequence, fault.kind) == (7, FaultKind.REWRITTEN)


def test_only_a_checkpoint_knows_of_a_cut_end(unguarded: str) -> None:
    checkpoint = checkpoint_of(8)
    execute(unguarded, "DELETE FROM audit_entry WHERE sequence > 6")
    assert found() == []
    (fault,) = verify_chain(checkpoints=[checkpoint])
    assert (fault.sequence, fault.kind) == (7, FaultKind.CUT)
    assert [each.kind for each in verify_chain(since=checkpoint)] == [FaultKind.CUT]


def test_an_end_that_was_cut_and_grew_again_is_found(unguarded: str) -> None:
    checkpoint = checkpoint_of(8)
    execute(unguarded, "DELETE FROM audit_entry WHERE sequence > 6")
    for _ in range(4):
        record_act(Act(name="note.create", actor=None))
    assert [fault.kind for fault in verify_chain(checkpoints=[checkpoint])] == [FaultKind.REWRITTEN]


def test_an_emptied_log_is_found_by_a_checkpoint(unguarded: str) -> None:
    checkpoint = checkpoint_of(8)
    execute(unguarded, "DELETE FROM audit_entry")
    assert [fault.kind for fault in verify_chain(checkpoints=[checkpoint])] == [FaultKind.CUT]
