"""Several writers on PostgreSQL (docs/decisions/0010): whatever happens at once, the store is as one writer
would have left it, and the change log has no gap that fills later."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest
from django.db import Error, connections

from stack.accounts.models import Organisation
from stack.accounts.operations import ensure_first_organisation
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.core.errors import NotFound
from stack.ingest.operations import accept_file
from stack.jobs.operations import run_inline
from stack.store.access import ensure_audience, visible_audiences
from stack.store.database import read_database, write_database
from stack.store.dialects.postgresql import company
from stack.store.marking import mark_object
from stack.store.models import Source
from stack.store.operations import ensure_source, touch_known, write_statements
from stack.store.queries import last_change, read_changes
from stack.store.records import OWN_ALONE, Handling
from stack.store.removal import remove_source
from stack.store.statements import describe_statement
from tests.databases import CHOSEN
from tests.integration.store.conftest import encode, make_link, make_object, name_id
from tests.integration.store.crossing import (
    EVERYONE,
    WRITERS,
    make_batches,
    make_principal,
    write_batch,
)
from tests.integration.store.soundness import dump_store, find_faults, has_row

pytestmark = [
    pytest.mark.django_db(databases="__all__", transaction=True),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
]
ALIAS = "postgresql"
_WAIT_S = 60.0
_SOON_S = 0.25
RATS_TOOL = make_object("tool", "that nobody states")


class Together:
    """Functions that run at the same time, each in a thread with a connection of its own."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def start(self, run: Callable[[], object]) -> threading.Thread:
        def run_here() -> None:
            CHOSEN.set(ALIAS)
            try:
                run()
            except BaseException as error:
                self.failures.append(error)
            finally:
                connections[ALIAS].close()

        thread = threading.Thread(target=run_here, daemon=True)
        thread.start()
        self._threads.append(thread)
        return thread

    def join(self) -> None:
        for thread in self._threads:
            thread.join(_WAIT_S)
            assert not thread.is_alive(), "a writer waits for ever"


@contextmanager
def together() -> Iterator[Together]:
    """Waits for all of them at the end; what one of them raises fails the test."""
    group = Together()
    yield group
    group.join()
    if group.failures:
        raise group.failures[0]


@pytest.fixture(autouse=True)
def in_company(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has met no other writer would begin alone."""
    monkeypatch.setattr(company, "until", float("inf"))


@pytest.fixture
def sources(principal: Principal) -> list[int]:
    """One for each writer, the first the most reliable."""
    return [
        ensure_source(principal, name=f"source {number}", reliability=number).id for number in range(WRITERS)
    ]


def tell(principal: Principal, source_id: int, *names: str, handling: Handling = OWN_ALONE) -> int:
    objects = [make_object("malware", name, is_family=False) for name in names]
    statements = [describe_statement(encode(obj), obj) for obj in objects]
    return write_statements(
        principal, statements=statements, source_id=source_id, handling=handling
    ).last_change


def hold_batch(
    principal: Principal, source_id: int, name: str, begun: threading.Event, end: threading.Event
) -> None:
    """A batch that has written all, and commits when it is told to."""
    with write_database().write(beside_others=True):
        tell(principal, source_id, name)
        begun.set()
        assert end.wait(_WAIT_S)


def test_a_batch_waits_for_common_ids_alone(principal: Principal, sources: list[int]) -> None:
    begun, end = threading.Event(), threading.Event()

    def claim_and_wait() -> None:
        with write_database().write(beside_others=True):
            write_database().claim(
                describe_statement(encode(rat), rat).uuid for rat in [make_object("malware", "rat")]
            )
            begun.set()
            assert end.wait(_WAIT_S)

    with together() as group:
        group.start(claim_and_wait)
        assert begun.wait(_WAIT_S)
        tell(principal, sources[0], "worm")
        waiting = group.start(lambda: tell(principal, sources[1], "rat", "other"))
        waiting.join(_SOON_S)
        was_waiting, early = waiting.is_alive(), has_row(name_id("malware", "other"))
        end.set()
    assert was_waiting
    assert not early
    assert has_row(name_id("malware", "rat"))


def test_what_is_only_referred_to_has_one_row(principal: Principal, sources: list[int]) -> None:
    missing = make_object("malware", "missing")
    start = threading.Barrier(WRITERS)

    def refer(number: int) -> None:
        link = make_link("uses", make_object("tool", f"tool {number}"), missing)
        start.wait(_WAIT_S)
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
        assert begun.wait(_WAIT_S)
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
        assert begun.wait(_WAIT_S)
        other = group.start(lambda: tell(principal, sources[1], "rat", "worm"))
        other.join(_SOON_S)
        assert other.is_alive()
        end.set()
        other.join(_WAIT_S)
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
        assert begun.wait(_WAIT_S)
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
            writer.join(_WAIT_S)
        done.set()
        reader.join(_WAIT_S)
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
            assert end.wait(_WAIT_S)
            tell(principal, sources[0], "a", handling=embargo(1))

    with together() as group:
        group.start(make_first)
        assert begun.wait(_WAIT_S)
        group.start(lambda: tell(principal, sources[1], "b", handling=embargo(2)))
        group.start(lambda: tell(principal, sources[2], "c", handling=embargo(3)))
        time.sleep(_SOON_S)
        visible_audiences(principal, database=read_database())
        end.set()
    used = {row[0] for row in read_database().read("SELECT DISTINCT audience_id FROM store_version")}
    assert len(used) == 3
    assert used <= visible_audiences(principal, database=read_database())


def database_address() -> str:
    told = connections[ALIAS].settings_dict
    user = quote(told["USER"]) + (f":{quote(told['PASSWORD'])}" if told["PASSWORD"] else "")
    return f"postgresql://{user}@{quote(told['HOST'], safe='')}:{told['PORT']}/{told['NAME']}"


def test_four_processes_leave_what_one_writer_leaves(principal: Principal, sources: list[int]) -> None:
    seed = 7
    environment = os.environ | {
        "STACK_DATABASE": database_address(),
        "DJANGO_SETTINGS_MODULE": "stack.config.settings",
        "STACK_SECRET_KEY": "tests-only-" + "k" * 40,
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.integration.store.crossing_process"]
            + [str(each) for each in (seed, number, principal.organisation_id, sources[number])],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    ended = [process.communicate("go\n", timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * WRITERS, ended
    assert find_faults() == []
    assert dump_store() == write_alone(seed)


def write_alone(seed: int) -> dict[str, list[object]]:
    """What one writer leaves, on SQLite."""
    token = CHOSEN.set("default")
    try:
        organisation = Organisation.objects.create(name="Test organisation")
        alone = make_principal(organisation.pk)
        batches = [list(make_batches(seed, number)) for number in range(WRITERS)]
        for number in range(WRITERS):
            ensure_source(alone, name=f"source {number}", reliability=number)
        ids = dict(Source.objects.values_list("name", "pk"))
        for step in range(len(batches[0])):
            for number in range(WRITERS):
                write_batch(alone, ids[f"source {number}"], batches[number][step])
        return dump_store()
    finally:
        CHOSEN.reset(token)


def test_the_same_file_by_several_jobs_at_once_is_new_once(database: str, tmp_path: Path) -> None:
    """One of them says what is new; what the others find out too late is prepared and written again."""
    principal = principal_of_user(ensure_first_organisation())
    rats = [make_object("malware", f"rat {number}", is_family=False) for number in range(300)]
    links = [make_link("uses", rat, RATS_TOOL) for rat in rats]
    objects = [each for pair in zip(links, rats, strict=True) for each in pair]
    path = tmp_path / "objects.jsonl"
    path.write_bytes(b"\n".join(map(encode, objects)))
    jobs = [
        accept_file(principal, path=path, source="the same" if number < 2 else f"source {number}")
        for number in range(WRITERS)
    ]
    results: list[dict[str, int]] = []
    with together() as group:
        for job in jobs:
            group.start(partial(take_in, job.id, results))
    assert sum(result["new"] for result in results) == len(objects)
    assert sum(result["known"] for result in results) == len(objects) * (WRITERS - 1)
    [(received,)] = write_database().read("SELECT SUM(times_received) FROM store_version")
    assert received == len(objects) * WRITERS
    assert find_faults() == []


def take_in(job_id: int, results: list[dict[str, int]]) -> None:
    ended = run_inline(job_id)
    assert not ended.error
    results.append(ended.result)


@pytest.mark.parametrize("seed", range(2))
def test_marking_and_removal_in_the_midst_of_batches(
    principal: Principal, sources: list[int], seed: int
) -> None:
    tell(principal, sources[3], *(f"m{number}" for number in range(20)))

    def write(number: int) -> None:
        for batch in make_batches(seed, number, batches=5, names=15):
            write_batch(principal, sources[number], batch)

    def repeat() -> None:
        """The same words by the same source at the same time, which count as received again."""
        for batch in make_batches(seed, 0, batches=5, names=15):
            touch_known(
                principal,
                identities=[(each.stix_id, each.sha256) for each in batch.statements],
                source_id=sources[0],
                handling=batch.handling,
            )

    def mark() -> None:
        for number in range(12):
            handling = Handling(everyone=number % 2 == 0, markings=())
            mark_object(principal, stix_id=name_id("malware", f"m{number}"), handling=handling)

    def remove() -> None:
        remove_source(principal, sources[3], report=lambda count: None)

    def write_removed() -> None:
        with suppress(NotFound):
            write(3)

    with together() as group:
        for number in range(3):
            group.start(partial(write, number))
        group.start(repeat)
        group.start(write_removed)
        group.start(mark)
        group.start(remove)
    assert find_faults() == []
    assert not Source.objects.filter(pk=sources[3]).exists()


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
