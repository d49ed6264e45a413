"""Kept answers: shared by those alone who may see the same, outdated by every change, never trusted."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import msgspec
import pytest
from django.conf import settings as configured
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.core import redis_connection
from stack.core.errors import NotAllowed
from stack.core.redis_connection import find_circuit, open_redis
from stack.stix.markings import TLP_20_IDS
from stack.store import answers, queries
from stack.store.answers import forget_answers, remember
from stack.store.database import write_database
from stack.store.operations import ensure_source, write_statements
from stack.store.records import Handling
from stack.store.removal import remove_source
from stack.store.statements import describe_statement
from tests.integration.store.conftest import State, encode, make_object
from tests.service_fixtures import OwnService

pytestmark = pytest.mark.django_db(databases="__all__")
RED = TLP_20_IDS["red"]


@pytest.fixture(params=["process", "redis"])
def place(request: pytest.FixtureRequest, settings: Settings) -> Iterator[str]:
    """Where answers are kept."""
    find_circuit.cache_clear()
    settings.REDIS_URL = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    yield request.param
    find_circuit.cache_clear()


class Question:
    """Counts how often it is worked out."""

    def __init__(self) -> None:
        self.times = 0

    def ask(self, principal: Principal, arguments: object = None, **options: Any) -> int:
        return remember(
            principal, name="question", arguments=arguments, compute=self._compute, shape=int, **options
        )

    def _compute(self) -> int:
        self.times += 1
        return self.times


def _keep_forged(key: str, value: bytes) -> None:
    if configured.REDIS_URL:
        open_redis(configured.REDIS_URL).set(key, value)
    else:
        answers._kept.put(key, value, 60)


def _list_kept() -> dict[str, bytes]:
    if configured.REDIS_URL:
        redis = open_redis(configured.REDIS_URL)
        names = list(redis.scan_iter("stack:answers:*"))
        return {name.decode(): bytes(value) for name in names if isinstance(value := redis.get(name), bytes)}
    return {key: value for key, (_, value) in answers._kept._kept.items()}


@pytest.mark.usefixtures("place")
def test_the_same_question_is_worked_out_once(principal: Principal) -> None:
    question = Question()
    assert [question.ask(principal) for _ in range(3)] == [1, 1, 1]
    assert question.ask(principal, ["other"]) == 2
    colleague = replace(principal, name="colleague")
    assert question.ask(colleague) == 1


@pytest.mark.usefixtures("place")
def test_a_change_outdates_at_once(principal: Principal, state: State) -> None:
    question = Question()
    assert question.ask(principal) == 1
    state("feed", make_object("malware", "rat"))
    assert question.ask(principal) == 2
    state("other feed", make_object("malware", "rat"))
    assert question.ask(principal) == 3


@pytest.mark.usefixtures("place")
def test_nobody_gets_what_another_set_of_audiences_was_told(principal: Principal, state: State) -> None:
    state("feed", make_object("malware", "open"), make_object("malware", "secret", object_marking_refs=[RED]))
    others = Organisation.objects.create(name="Others")
    readers = [
        principal,
        replace(principal, tlp_ceiling=1),
        replace(principal, hidden_markings=frozenset({RED})),
        replace(principal, organisation_id=others.pk),
    ]
    counts = [queries.list_objects(reader).total for reader in readers]
    assert counts == [2, 1, 1, 0]
    # Asked again in another order, each gets their own.
    assert [queries.list_objects(reader).total for reader in reversed(readers)] == counts[::-1]
    assert [queries.count_by_type(reader) for reader in readers] == [
        {"malware": 2},
        {"malware": 1},
        {"malware": 1},
        {},
    ]
    assert [sum(row.statements for row in queries.list_sources(reader)) for reader in readers] == counts


@pytest.mark.usefixtures("place")
def test_two_organisations_that_see_the_same_do_not_share(principal: Principal) -> None:
    others = Organisation.objects.create(name="Others")
    question = Question()
    assert question.ask(principal) == 1
    assert question.ask(replace(principal, organisation_id=others.pk)) == 2


@pytest.mark.usefixtures("place")
def test_an_audience_that_is_taken_away_is_gone_at_once(principal: Principal, state: State) -> None:
    others = Organisation.objects.create(name="Others")
    guest = replace(principal, organisation_id=others.pk, group_ids=frozenset({7}))
    source = ensure_source(principal, name="feed", reliability=3)
    obj = make_object("malware", "shared")
    write_statements(
        principal,
        statements=[describe_statement(encode(obj), obj)],
        source_id=source.id,
        handling=Handling(group_ids=(7,)),
    )
    assert queries.list_objects(guest).total == 1
    assert queries.list_objects(replace(guest, group_ids=frozenset())).total == 0


@pytest.mark.usefixtures("place")
def test_who_may_not_read_gets_no_answer(principal: Principal) -> None:
    Question().ask(principal)
    with pytest.raises(NotAllowed):
        Question().ask(replace(principal, permissions=frozenset({Permission.INGEST})))


@pytest.mark.usefixtures("place")
def test_what_a_writer_sees_of_itself_is_kept_for_nobody(principal: Principal) -> None:
    question = Question()
    with write_database().write():
        assert [question.ask(principal), question.ask(principal)] == [1, 2]
    assert _list_kept() == {}


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "forge",
    [
        lambda key, value: b"",
        lambda key, value: b"short",
        lambda key, value: value[:32] + msgspec.msgpack.encode(99),
        lambda key, value: bytes(32) + value[32:],
        # Signed as it should be, and of another type than the question's.
        lambda key, value: answers._sign(key, b"\xa2no") + b"\xa2no",
        lambda key, value: answers._sign(key, b"") + b"",
    ],
)
def test_a_value_that_was_tampered_with_is_worked_out_again(
    principal: Principal, forge: Callable[[str, bytes], bytes]
) -> None:
    question = Question()
    question.ask(principal)
    [(key, value)] = _list_kept().items()
    _keep_forged(key, forge(key, value))
    assert question.ask(principal) == 2
    assert question.ask(principal) == 2


@pytest.mark.usefixtures("place")
def test_an_answer_is_not_moved_to_another_question(principal: Principal) -> None:
    question = Question()
    question.ask(principal, "mine")
    [(mine, value)] = _list_kept().items()
    question.ask(principal, "other")
    [other] = set(_list_kept()) - {mine}
    _keep_forged(other, value)
    assert question.ask(principal, "other") == 3


def test_keys_and_values_in_redis_tell_little_and_end(
    principal: Principal, redis_url: str, settings: Settings, state: State
) -> None:
    settings.REDIS_URL = redis_url
    state("secret-feed", make_object("malware", "secret-name"))
    queries.list_sources(principal)
    queries.list_objects(principal)
    redis = open_redis(redis_url)
    kept = _list_kept()
    assert len(kept) == 2
    assert not any(word in name.encode() + value for name, value in kept.items() for word in (b"secret-",))
    assert all(0 < redis.ttl(name) <= answers.LIVES_S for name in kept)


@pytest.mark.usefixtures("place")
def test_sources_count_what_is_there_now(principal: Principal, state: State) -> None:
    state("feed", make_object("malware", "a"), make_object("malware", "b"))
    [before] = queries.list_sources(principal)
    assert (before.statements, before.objects) == (2, 2)
    ensure_source(principal, name="empty", reliability=3)
    assert [(row.name, row.statements) for row in queries.list_sources(principal)] == [
        ("empty", 0),
        ("feed", 2),
    ]
    remove_source(principal, before.id, report=lambda _: None)
    assert [row.name for row in queries.list_sources(principal)] == ["empty"]


def test_one_works_out_what_many_ask_at_once(principal: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    # The question's name is worked out in the database, which threads of a test cannot share.
    monkeypatch.setattr(answers, "_name_answer", lambda *asked: "stack:answers:question:x")
    question, barrier = Question(), Barrier(8)

    def ask(_: int) -> int:
        barrier.wait()
        return question.ask(principal)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [1] * 8


def test_redis_may_be_flushed_killed_and_come_back(
    principal: Principal,
    own_service: Callable[[str], OwnService],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis_connection, "_PAUSE_S", 0.0)
    redis = own_service("redis")
    settings.REDIS_URL = f"{redis.url}/0"
    question = Question()
    assert question.ask(principal) == 1
    open_redis(settings.REDIS_URL).flushdb()
    assert question.ask(principal) == 2
    redis.kill()
    # The process keeps answers by itself for so long.
    assert [question.ask(principal) for _ in range(2)] == [3, 3]
    redis.start()
    assert question.ask(principal) == 2
    forget_answers()
