"""Every object of a collection comes, whatever the server's faults, and a drain always ends."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.core.http.errors import TooLarge
from stack.sources.taxii.paging import Drain
from stack.sources.taxii.protocol import Page
from stack.sources.taxii.records import Position
from tests.unit.sources.taxii.servers import BEGIN_US, Server, make_entries

SECOND = 1_000_000


def drain(server: Server, position: Position = Position(), **options: Any) -> tuple[list[bytes], Drain]:  # noqa: B008
    run = Drain(server.fetch, server.find_date, position, **options)
    return [text for portion in run.run() for text in portion.objects], run


FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "no next": {"gives_next": "none"},
    "no more": {"says_more": "absent"},
    "more is never said": {"says_more": False},
    "more is always said": {"says_more": True},
    "neither more nor next": {"says_more": "absent", "gives_next": "none"},
    "more always, next never": {"says_more": True, "gives_next": "none"},
    "next at the end leads to the first page": {"gives_next": "always"},
    "the same next for every page": {"gives_next": "same"},
    "no headers": {"gives_headers": False},
    "no headers and no next": {"gives_headers": False, "gives_next": "none"},
    "no headers, and next in a circle": {"gives_headers": False, "gives_next": "always"},
    "whole seconds": {"resolution_us": SECOND},
    "whole seconds and no next": {"resolution_us": SECOND, "gives_next": "none", "caps_limit": False},
    "added_after includes its date": {"is_inclusive": True},
    "includes its date, no next, more always": {
        "is_inclusive": True,
        "gives_next": "none",
        "says_more": True,
    },
    "ignores added_after": {"ignores_added_after": True},
    "newest first": {"is_descending": True},
    "newest first and no next": {"is_descending": True, "gives_next": "none", "caps_limit": False},
    "pages out of order": {"shuffles": True},
    "every page twice": {"repeats_pages": True},
    "forgets its next": {"refuses_tokens": True},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_everything_comes_once_and_the_next_run_brings_only_what_is_new(fault: str) -> None:
    entries = make_entries(137, step_us=100_000)
    server = Server(entries[:97], now=BEGIN_US + 20 * SECOND, **FAULTS[fault])
    got, run = drain(server, limit=10)
    assert Counter(got) == Counter(text for _, text in entries[:97])

    asked = len(server.asked)
    again, run = drain(server, run.position, limit=10)
    assert again == [] or fault == "ignores added_after"
    assert len(server.asked) - asked < 15 or fault in {"ignores added_after", "every page twice"}

    server.entries = entries
    rest, run = drain(server, run.position, limit=10)
    assert set(rest) >= {text for _, text in entries[97:]}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_that_was_killed_after_any_page_goes_on_without_loss(fault: str) -> None:
    entries = make_entries(63, step_us=100_000)
    for kill_after in range(1, 9):
        server = Server(entries, **FAULTS[fault])
        position, got = Position(), set()
        for place, portion in enumerate(Drain(server.fetch, server.find_date, position, limit=10).run(), 1):
            position = portion.position
            got |= set(portion.objects)
            if place == kill_after:
                break
        rest, _ = drain(server, position, limit=10)
        assert got | set(rest) == {text for _, text in entries}, kill_after


def test_objects_that_come_late_within_the_second_of_the_last_one_are_not_lost() -> None:
    entries = make_entries(30, step_us=50_000)
    server = Server(entries[:7], resolution_us=SECOND, now=BEGIN_US + SECOND)
    got, run = drain(server)
    assert not run.position.is_settled
    server.entries = entries[:15]
    more, run = drain(server, run.position)
    server.entries, server.now = entries, BEGIN_US + 3_600 * SECOND
    rest, run = drain(server, run.position)
    assert got + more + rest == [text for _, text in entries]
    assert run.position.is_settled
    assert len(run.position.recent) < 100


def test_a_peer_with_exact_dates_is_asked_for_nothing_twice() -> None:
    entries = make_entries(30)
    server = Server(entries, now=BEGIN_US + SECOND)
    got, run = drain(server, overlaps=False)
    assert len(got) == 30
    assert run.position.is_settled
    asked = len(server.asked)
    assert drain(server, run.position, overlaps=False)[0] == []
    assert len(server.asked) == asked + 1


def test_a_server_that_gives_the_same_pages_for_ever_is_left_with_a_note() -> None:
    page = Page([text for _, text in make_entries(10)], is_more=True)
    run = Drain(lambda **_: page, lambda _: "", Position())
    assert sum(len(portion.objects) for portion in run.run()) == 10
    assert run.pages < 20
    assert "says that there is more, but never gives it" in run.notes


def test_a_server_with_ever_new_tokens_and_nothing_new_is_left() -> None:
    count = 0

    def fetch(**_: Any) -> Page:
        nonlocal count
        count += 1
        return Page([text for _, text in make_entries(10)], is_more=True, next=f"token {count}")

    run = Drain(fetch, lambda _: "", Position())
    assert sum(len(portion.objects) for portion in run.run()) == 10
    assert run.pages < 100


def test_a_server_whose_clock_is_its_last_date_is_left() -> None:
    count = 0

    def fetch(**_: Any) -> Page:
        nonlocal count
        count += 1
        now = f"2026-11-23T10:00:00.{count:06d}Z"
        return Page([text for _, text in make_entries(10)], is_more=False, first=now, last=now)

    run = Drain(fetch, lambda _: "", Position())
    assert sum(len(portion.objects) for portion in run.run()) == 10
    assert run.pages < 100


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones() -> None:
    server = Server(make_entries(200), most=1_000)

    def fetch(*, added_after: str, token: str, limit: int) -> Page:
        if limit > 100:
            raise TooLarge("peer", "answers with more than 1 MB")
        return server.fetch(added_after=added_after, token=token, limit=limit)

    run = Drain(fetch, server.find_date, Position(), limit=1_000)
    assert sum(len(portion.objects) for portion in run.run()) == 200


@given(
    count=st.integers(0, 80),
    most=st.integers(1, 30),
    step_us=st.sampled_from([1, 1_000, 400_000, 3_000_000]),
    says_more=st.sampled_from(["right", "absent", True, False]),
    gives_next=st.sampled_from(["right", "always"]),
    gives_headers=st.booleans(),
    resolution_us=st.sampled_from([1, 1_000, SECOND]),
    is_inclusive=st.booleans(),
    repeats_pages=st.booleans(),
    shuffles=st.booleans(),
)
def test_whatever_the_faults_together_nothing_is_lost(count: int, step_us: int, **faults: Any) -> None:
    entries = make_entries(count, step_us=step_us)
    server = Server(entries, **faults)
    got, _ = drain(server, limit=20)
    assert set(got) == {text for _, text in entries}
    assert len(got) == len(set(got))
