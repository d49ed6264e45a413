"""Several writers on PostgreSQL (docs/decisions/0010): who waits for whom, and what a reader of the change
log sees meanwhile."""

import threading
import time
from functools import partial
from random import Random

import pytest
from django.db import Error, OperationalError, connections

from stack.accounts.principal import Principal
from stack.core.errors import NotFound
from stack.store.access import ensure_audience, visible_audiences
from stack.store.database import read_database, write_database
from stack.store.dialects.postgresql import company
from stack.store.marking import mark_object
from stack.store.operations import write_statements
from stack.store.queries import last_change, read_changes
from stack.store.records import Handling
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode, make_link, make_object, name_id
from tests.integration.store.crossing import (
    EVERYONE,
    WRITERS,
)
from tests.integration.store.soundness import find_faults, has_row
from tests.integration.store.together import ALIAS, WAIT_S, hold_batch, tell, together

pytestmark = [
    pytest.mark.django_db(databases="__all__", transaction=True),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.usefixtures("in_company"),
]
_SOON_S = 0.25


def test_a_batch_waits_for_common_ids_alone(principal: Principal, sources: list[int]) -> None:
    begun, end = threading.Event(), threading.Event()

    def claim_and_wait() -> None:
        with write_database().write(beside_others=True):
            write_database().claim(
                describe_statement(encode(rat), rat).uuid for rat in [make_object("malware", "rat")]
            )
            begun.set()
            assert end.wait(WAIT_S)

    with together() as group:
        group.start(claim_and_wait)
        assert begun.wait(WAIT_S)
        tell(principal, sources[0], "worm")
        waiting = group.start(lambda: tell(principal, sources[1], "rat", "other"))
        waiting.join(_SOON_S)
        was_waiting, early = waiting.is_alive(), has_row(name_id("malware", "other"))
        end.set()
    assert was_waiting
    assert not early
    assert has_row(name_id("malware", "rat"))


def test_who_is_impatient_gives_up_where_another_writes_alone(database: str) -> None:
    begun, end = threading.Event(), threading.Event()

    def write_alone() -> None:
        with write_database().write():
            begun.set()
            assert end.wait(WAIT_S)

    with together() as group:
        group.start(write_alone)
        assert begun.wait(WAIT_S)
        try:
            with (
                pytest.raises(OperationalError, match="lock timeout"),
                write_database().write(beside_others=True, patience_s=0.05),
            ):
                pytest.fail("it wrote beside one who writes alone")
        finally:
            end.set()


def test_what_is_only_referred_to_has_one_row(principal: Principal, sources: list[int]) -> None:
    missing = make_object("malware", "missing")
    start = threading.Barrier(WRITERS)

    def refer(number: int) -> None:
        link = make_link("uses", make_object("tool", f"tool {number}"), missing)
        start.wait(WAIT_S)
        write_statements(
            principal, statements=[describe_statement(encode(link), link)], source_id=sources[number]
        )

    with together() as group:
        for number in range(WRITERS):
            group.start(partial(refer, number))
    rows = write_database().read("SELECT COUNT(*) FROM store_object WHERE type = 'malware'")
    assert rows == [(1,)]
    assert find_faults() == []


def test_the_only_writer_waits_for_batches_and_they_for_it(principal: Principal, sources: list[int]) -> None:
    tell(principal, sources[0], "rat")
    begun, end = threading.Event(), threading.Event()
    with together() as group:
        group.start(lambda: hold_batch(principal, sources[0], "worm", begun, end))
        assert begun.wait(WAIT_S)
        marking = group.start(
            lambda: mark_object(principal, stix_id=name_id("malware", "rat"), handling=EVERYONE)
        )
        marking.join(_SOON_S)
        assert marking.is_alive()
        later = group.start(lambda: tell(principal, sources[1], "third"))
        later.join(_SOON_S)
        assert later.is_alive()
        end.set()
    assert find_faults() == []


def test_a_batch_alone_makes_others_wait_and_who_met_it_shares(
    principal: Principal, sources: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "until", 0.0)
    begun, end = threading.Event(), threading.Event()
    alone: list[bool] = []

    def write_next() -> None:
        with write_database().write(beside_others=True):
            alone.append(write_database().is_alone)

    with together() as group:
        group.start(lambda: hold_batch(principal, sources[0], "rat", begun, end))
        assert begun.wait(WAIT_S)
        other = group.start(lambda: tell(principal, sources[1], "rat", "worm"))
        other.join(_SOON_S)
        assert other.is_alive()
        end.set()
        other.join(WAIT_S)
        write_next()
        monkeypatch.setattr(company, "until", 0.0)
        write_next()
    assert alone == [False, True]
    assert find_faults() == []


def test_who_writes_beside_others_cannot_become_the_only_writer(principal: Principal) -> None:
    database = write_database()
    with (
        pytest.raises(RuntimeError, match="only writer"),
        database.write(beside_others=True),
        database.write(),
    ):
        pass


def test_who_began_first_and_commits_last_is_missed_by_no_cursor(
    principal: Principal, sources: list[int]
) -> None:
    begun, end = threading.Event(), threading.Event()
    with together() as group:
        group.start(lambda: hold_batch(principal, sources[0], "first", begun, end))
        assert begun.wait(WAIT_S)
        second = group.start(lambda: tell(principal, sources[1], "second"))
        second.join(_SOON_S)
        seen = read_changes(0, 10)
        end.set()
    assert seen == []
    names = dict(write_database().read("SELECT id, name FROM store_object"))
    assert [names[change.object_id] for change in read_changes(0, 10)] == ["first", "second"]


def test_a_cursor_misses_nothing_and_sees_everything_once(principal: Principal, sources: list[int]) -> None:
    """Writers hold their transactions open before and after they append; the reader polls all the time."""
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        cursor = 0
        while True:
            is_over = done.is_set()
            changes = read_changes(cursor, 7)
            seen.extend(change.sequence for change in changes)
            cursor = seen[-1] if seen else 0
            if is_over and not changes:
                return

    def write(number: int) -> None:
        random = Random(number)
        for each in range(12):
            with write_database().write(beside_others=True):
                time.sleep(random.random() * 0.01)
                names = [f"{number} {each} {row}" for row in range(random.randint(0, 9))]
                tell(principal, sources[number], *names)
                time.sleep(random.random() * 0.01)

    with together() as group:
        reader = group.start(follow)
        writers = [group.start(partial(write, number)) for number in range(WRITERS)]
        for writer in writers:
            writer.join(WAIT_S)
        done.set()
        reader.join(WAIT_S)
    assert seen == list(range(1, last_change() + 1))
    assert len(seen) > WRITERS * 12


def test_audiences_that_are_made_at_once_are_all_seen(principal: Principal, sources: list[int]) -> None:
    """Readers take the last row of the table as its version, so rows must come in the order of their ids."""
    begun, end = threading.Event(), threading.Event()
    now = time.time_ns() // 1000

    def embargo(number: int) -> Handling:
        return Handling(everyone=True, embargo_until=now + number * 10**9)

    def make_first() -> None:
        with write_database().write(beside_others=True):
            ensure_audience(principal.organisation_id, (), embargo(1), database=write_database())
            begun.set()
            assert end.wait(WAIT_S)
            tell(principal, sources[0], "a", handling=embargo(1))

    with together() as group:
        group.start(make_first)
        assert begun.wait(WAIT_S)
        group.start(lambda: tell(principal, sources[1], "b", handling=embargo(2)))
        group.start(lambda: tell(principal, sources[2], "c", handling=embargo(3)))
        time.sleep(_SOON_S)
        visible_audiences(principal, database=read_database())
        end.set()
    used = {row[0] for row in read_database().read("SELECT DISTINCT audience_id FROM store_version")}
    assert len(used) == 3
    assert used <= visible_audiences(principal, database=read_database())


def test_a_backend_that_is_killed_in_a_batch_leaves_nothing(principal: Principal, sources: list[int]) -> None:
    tell(principal, sources[0], "before")
    end = last_change()

    def write_and_be_killed() -> None:
        with write_database().write(beside_others=True):
            tell(principal, sources[0], "killed", handling=EVERYONE)
            [(pid,)] = write_database().read("SELECT pg_backend_pid()")
            with together() as group:
                group.start(lambda: write_database().read("SELECT pg_terminate_backend(%s)", [pid]))
            tell(principal, sources[0], "never")

    with pytest.raises(Error):
        write_and_be_killed()
    connections[ALIAS].close()
    assert last_change() == end
    assert not has_row(name_id("malware", "killed"))
    assert tell(principal, sources[1], "killed") == end + 1
    assert write_database().read("SELECT COUNT(*) FROM store_claim") == [(0,)]
    assert find_faults() == []


def test_row_ids_go_on_behind_rows_that_were_copied_in(principal: Principal, sources: list[int]) -> None:
    tell(principal, sources[0], "before")
    database = write_database()
    [(last,)] = database.read("SELECT MAX(id) FROM store_object")
    database.read("SELECT setval('store_object_ids', 1, false), setval('store_version_ids', 1, false)")
    with together() as group:
        for number in range(WRITERS):
            group.start(partial(tell, principal, sources[number], f"a{number}", f"b{number}"))
    rows = database.read("SELECT id FROM store_object WHERE id > %s", [last])
    assert len(rows) == WRITERS * 2
    assert find_faults() == []


def test_a_batch_undone_within_a_transaction_keeps_no_claim(principal: Principal, sources: list[int]) -> None:
    database = write_database()

    def claim_and_fail() -> None:
        with database.write(beside_others=True):
            database.claim([b"1" * 16])
            raise NotFound("undone")

    with database.write(beside_others=True):
        with pytest.raises(NotFound):
            claim_and_fail()
        database.claim([b"2" * 16])
