"""Servers that refuse, hang, answer nonsense or are full: the store answers, and nothing is lost."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from pytest_django import Settings

from stack.accounts.principal import Principal
from stack.core.errors import Unavailable
from stack.search.choice import choose_backend
from stack.search.elasticsearch import breaker, writer
from stack.search.elasticsearch.address import SearchServers
from stack.search.indexer import catch_up, ensure_fresh
from stack.search.queries import search_objects
from stack.search.suggestions import suggest
from stack.search.verify import verify_index
from stack.sharing.exporting.operations import export
from stack.sharing.exporting.records import ExportRequest
from stack.store.queries import last_change
from tests.integration.search.conftest import (
    TLP_RED,
    State,
    make_indicator,
    make_object,
    make_relationship,
)
from tests.integration.search.door import Door, open_door

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("database", ["elasticsearch"], indirect=True),
]

LOADER = make_object("malware", "Loader", modified="2024-03-01T00:00:00.000Z")
WIPER = make_object("malware", "Wiper", revoked=True, description="Not the loader")
TOOL = make_object("tool", "Loadstar", modified="2024-02-01T00:00:00.000Z")
ADDRESS = make_indicator("192.0.2.7", object_marking_refs=[TLP_RED])
NINTH = make_object("campaign", "Operation number 9", modified="2023-02-20T00:00:00.000Z")
LINK = make_relationship(LOADER, WIPER)
EVERYTHING = (LOADER, WIPER, TOOL, ADDRESS, NINTH, LINK)
Break = Callable[[Door], None]


@pytest.fixture(autouse=True)
def door(database: str, settings: Settings) -> Iterator[Door]:
    servers: SearchServers = settings.SEARCH
    with open_door(servers.urls[0]) as opened:
        settings.SEARCH = replace(servers, urls=(opened.url,))
        yield opened


def impatient(settings: Settings) -> None:
    """As in production, where a server that does not answer at once counts as down."""
    settings.SEARCH = replace(settings.SEARCH, patience_s=0.5)


BREAKS: dict[str, Break] = {
    "hangs": lambda door: door.hang(),
    "nonsense": lambda door: door.answer(200, b"<html>It works!</html>"),
    "a list": lambda door: door.answer(200, b"[]"),
    "another object": lambda door: door.answer(200, b'{"hello": 1}'),
    "unavailable": lambda door: door.answer(503, b'{"error": {"type": "no_master", "reason": ""}}'),
    "forbidden": lambda door: door.answer(403, b'{"error": {"type": "security_exception", "reason": ""}}'),
    "an error": lambda door: door.answer(500, b'{"error": "x"}'),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_a_search_is_answered_by_the_store_and_says_so(
    principal: Principal, state: State, door: Door, settings: Settings, fault: str
) -> None:
    state(*EVERYTHING)
    impatient(settings)
    BREAKS[fault](door)
    began = time.monotonic()
    page = search_objects(principal, query="loader", facets=("type",))
    assert time.monotonic() - began < 5
    assert [hit.row.name for hit in page.hits] == ["Loader"]
    assert (page.total_is_exact, page.next, page.facets) == (False, None, {"type": []})
    assert "database alone" in page.notice
    assert "database alone" in page.reading
    door.change = lambda _request, status, body: (status, body)
    door.lifted.set()


def test_a_server_that_hangs_costs_one_request_its_patience_and_the_others_nothing(
    principal: Principal, state: State, door: Door, settings: Settings
) -> None:
    state(LOADER)
    impatient(settings)
    door.hang()
    search_objects(principal, query="loader")
    asked = len(door.requests)
    began = time.monotonic()
    for _ in range(20):
        search_objects(principal, query="loader")
    assert len(door.requests) == asked
    assert time.monotonic() - began < 5
    assert not choose_backend().check().is_reachable


def test_servers_that_hang_in_the_middle_of_searches_are_not_waited_for(
    principal: Principal, state: State, door: Door, settings: Settings
) -> None:
    state(LOADER)
    impatient(settings)
    assert not search_objects(principal, query="loader").notice
    door.hang()
    began = time.monotonic()
    assert search_objects(principal, query="loader").notice
    assert time.monotonic() - began < 5


def test_who_comes_back_is_asked_again(
    principal: Principal, state: State, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "OPEN_S", 0.2)
    state(LOADER)
    choose_backend()._forget_current()  # type: ignore[attr-defined]
    door.answer(503, b"{}")
    assert search_objects(principal, query="loader").notice
    state(WIPER, index=False)
    assert not ensure_fresh(timeout=0.1)
    with pytest.raises(Unavailable):
        catch_up()
    door.change = lambda _request, status, body: (status, body)
    time.sleep(0.3)
    assert catch_up() == 1
    page = search_objects(principal, query="wiper")
    assert (page.total, page.notice, page.total_is_exact) == (1, "", True)
    assert verify_index().agrees


@pytest.fixture
def down(state: State, door: Door) -> None:
    state(*EVERYTHING)
    choose_backend()._forget_current()  # type: ignore[attr-defined]
    door.answer(503, b"{}")


@pytest.mark.usefixtures("down")
@pytest.mark.parametrize(
    ("query", "filters", "expected", "unanswered"),
    [
        ("192[.]0[.]2[.]7", {}, [ADDRESS], ""),
        ("value:192.0*", {}, [ADDRESS], ""),
        ("load", {}, [LOADER, TOOL], ""),
        ("name:load*", {}, [LOADER, TOOL], ""),
        ("load type:tool", {}, [TOOL], ""),
        ("operation number", {}, [NINTH], ""),
        ("9 operation", {}, [NINTH], ""),
        ("operation loader", {}, [], ""),
        ("load", {"type": ["malware"]}, [LOADER], ""),
        ("load source:feed", {}, [LOADER, TOOL], ""),
        ("load source:nobody", {}, [], ""),
        ("type:(tool OR malware)", {}, [LOADER, TOOL, WIPER], ""),
        ("revoked:true", {}, [WIPER], ""),
        ("tlp:red", {}, [ADDRESS], ""),
        ("modified:>2024-02-15", {}, [LOADER], ""),
        ("modified:<2024-02 type:malware", {}, [WIPER], ""),
        (f"id:{TOOL['id']}", {}, [TOOL], ""),
        ("text:loader", {}, [], "“loader” in text"),
        ("load text:nothing", {}, [LOADER, TOOL], "“nothing” in text"),
        ("load -type:tool", {}, [LOADER, TOOL], "not (type is tool)"),
        ("load", {"label": ["x"]}, [LOADER, TOOL], "label is x"),
        ("lo*d*r", {}, [], "names and text matches lo*d*r"),
    ],
)
def test_what_the_store_can_check_is_checked_and_what_it_cannot_is_named(
    principal: Principal,
    query: str,
    filters: dict[str, list[str]],
    expected: list[dict[str, Any]],
    unanswered: str,
) -> None:
    page = search_objects(principal, query=query, filters=filters)
    assert [hit.row.stix_id for hit in page.hits] == [each["id"] for each in expected]
    assert unanswered in page.notice
    assert ("not checked" in page.notice) == bool(unanswered)


@pytest.mark.usefixtures("down")
def test_without_a_query_the_latest_are_listed_and_hidden_ones_are_not(principal: Principal) -> None:
    assert search_objects(principal, query="").total == len(EVERYTHING)
    guest = replace(principal, tlp_ceiling=3)
    assert search_objects(guest, query="").total == len(EVERYTHING) - 1
    assert search_objects(guest, query="192.0.2.7").hits == []
    assert suggest(guest, "192.0") == []
    assert [each.text for each in suggest(principal, "192.0")] == ["192.0.2.7"]


@pytest.mark.usefixtures("down")
def test_an_export_fails_rather_than_to_leave_out(principal: Principal) -> None:
    with pytest.raises(Unavailable):
        export(principal, ExportRequest(query="loader"))


def test_a_later_page_says_that_it_cannot_be_had(principal: Principal, state: State, door: Door) -> None:
    state(*EVERYTHING)
    first = search_objects(principal, query="", limit=2)
    choose_backend()._forget_current()  # type: ignore[attr-defined]
    door.answer(503, b"{}")
    with pytest.raises(Unavailable):
        search_objects(principal, query="", limit=2, after=first.next)


class Refusals:
    """Turns away the first bulk requests: whole, or some of their documents although they were written."""

    def __init__(self, count: int, *, is_partial: bool, status: int = 429) -> None:
        self.left = count
        self._is_partial = is_partial
        self._status = status

    def __call__(self, request: str, status: int, body: bytes) -> tuple[int, bytes]:
        if "_bulk" not in request or not self.left:
            return status, body
        self.left -= 1
        error = {"type": "es_rejected_execution_exception", "reason": "full"}
        if not self._is_partial:
            return self._status, orjson.dumps({"error": error})
        answer = orjson.loads(body)
        for item in answer["items"][::2]:
            next(iter(item.values())).update({"status": self._status, "error": error})
        return 200, orjson.dumps(answer | {"errors": True})


@pytest.mark.parametrize(
    "refusals",
    [
        Refusals(3, is_partial=False),
        Refusals(3, is_partial=True),
        Refusals(2, is_partial=True, status=503),
        Refusals(2, is_partial=False, status=503),
        Refusals(1, is_partial=False, status=413),
    ],
    ids=["429", "some 429", "some 503", "503", "413"],
)
def test_what_is_turned_away_is_sent_again_until_it_is_there(
    principal: Principal, state: State, door: Door, refusals: Refusals
) -> None:
    state(LOADER)
    door.change = refusals
    state(WIPER, TOOL, LINK)
    assert refusals.left == 0
    assert search_objects(principal, query="").total == 4
    assert verify_index().agrees


def test_the_cursor_stays_where_it_is_while_nothing_is_taken(
    state: State, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_PATIENCE_S", 0.2)
    state(LOADER)
    before = last_change()
    state(WIPER, index=False)
    door.change = Refusals(1_000, is_partial=False)
    with pytest.raises(Unavailable):
        catch_up()
    door.change = lambda _request, status, body: (status, body)
    report = verify_index(refresh=False)
    assert (report.pending, report.agrees) == (last_change() - before, True)
    assert catch_up() == 1
    assert verify_index().agrees
