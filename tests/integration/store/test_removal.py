"""Reverting a source restores what the others said."""

import pytest

from stack.accounts.principal import Principal
from stack.store import queries
from stack.store.operations import ensure_source
from stack.store.removal import remove_source
from tests.integration.store.conftest import State, make_link, make_object

pytestmark = pytest.mark.django_db(databases="__all__")


def test_what_others_said_is_shown_again(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    only = make_object("tool", "only here")
    state("lab", rat)
    state("bad feed", rat | {"modified": "2024-05-01T00:00:00.000Z", "name": "worm"}, only)
    state("bad feed", make_link("uses", rat, only))
    source = ensure_source(principal, name="bad feed")
    seen: list[int] = []

    assert remove_source(principal, source.id, report=seen.append) == 3

    row = queries.get_object(principal, rat["id"])
    assert row is not None
    assert (row.name, row.sources) == ("rat", 1)
    assert queries.get_object(principal, only["id"]) is None
    assert queries.match_values(principal, ["worm", "only here"]) == {}
    assert [m.role_code for m in queries.match_values(principal, ["rat"])["rat"]] != []
    assert queries.list_neighbours(principal, rat["id"]).total == 0
    assert [s.name for s in queries.list_sources(principal)] == ["lab"]
    assert seen == [3]


def test_what_was_removed_can_come_again(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("feed", rat)
    remove_source(principal, ensure_source(principal, name="feed").id, report=lambda count: None)
    assert [outcome.value for outcome in state("feed", rat)] == ["new"]
    assert queries.match_values(principal, ["rat"]) != {}
