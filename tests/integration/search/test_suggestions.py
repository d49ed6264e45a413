"""Suggestions: what begins with the text, the latest first, of what the principal may see."""

from dataclasses import replace

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotAllowed
from stack.search.operations import save_lookup
from stack.search.suggestions import LONGEST, MOST_SUGGESTIONS, suggest
from tests.integration.search.conftest import TLP_RED, State, make_indicator, make_object
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")


def texts(principal: Principal, text: str) -> list[str]:
    return [found.text for found in suggest(principal, text)]


def test_values_and_names_that_begin_with_the_text_the_latest_first(
    principal: Principal, state: State
) -> None:
    state(
        make_indicator("evil.example", path="domain-name:value", modified="2024-03-01T00:00:00Z"),
        make_indicator("evade.example", path="domain-name:value", modified="2024-02-01T00:00:00Z"),
        make_object("malware", "Evil Loader", aliases=["Rotten"], modified="2024-01-02T00:00:00Z"),
        make_object("malware", "Medieval"),
    )
    found = suggest(principal, "ev")
    assert [(each.kind, each.text, each.type) for each in found] == [
        ("value", "evil.example", "domain"),
        ("value", "evade.example", "domain"),
        ("object", "Evil Loader", "malware"),
    ]
    assert found[2].id.startswith("malware--")
    assert texts(principal, "EVIL") == ["evil.example", "Evil Loader"]
    assert texts(principal, "evil l") == ["Evil Loader"]
    assert texts(principal, "rott") == ["Rotten"]


def test_the_text_may_be_defanged_and_a_value_comes_once(principal: Principal, state: State) -> None:
    state(
        make_indicator("http://evil.example/a", path="url:value"),
        make_indicator("http://evil.example/a", path="url:value", id=make_object("indicator", "x")["id"]),
    )
    assert texts(principal, "hxxp://evil[.]ex") == ["http://evil.example/a"]


def test_ten_at_most_also_when_what_matches_is_older_than_what_begins_alike(
    principal: Principal, state: State
) -> None:
    state(*(make_object("malware", f"Evil {n}", modified="2023-01-01T00:00:00Z") for n in range(12)))
    state(*(make_object("malware", f"Evening {n}") for n in range(60)))
    assert len(texts(principal, "ev")) == MOST_SUGGESTIONS
    found = texts(principal, "evil")
    assert len(found) == MOST_SUGGESTIONS
    assert all(text.startswith("Evil") for text in found)


def test_too_short_and_too_long_texts_have_none(principal: Principal, state: State) -> None:
    state(make_object("malware", "Evil"))
    assert [texts(principal, text) for text in ("", "e", " e ", "e" * (LONGEST + 1), "\0\0")] == [[]] * 5


def test_what_one_may_not_see_is_not_suggested_and_takes_no_place(principal: Principal, state: State) -> None:
    state(make_object("malware", "Evil Old", modified="2023-01-01T00:00:00Z"))
    state(*(make_object("malware", f"Evil {n}", object_marking_refs=[TLP_RED]) for n in range(70)))
    assert texts(replace(principal, tlp_ceiling=3), "evil") == ["Evil Old"]
    assert len(texts(principal, "evil")) == MOST_SUGGESTIONS
    stranger = replace(principal, organisation_id=Organisation.objects.create(name="Other").pk)
    assert texts(stranger, "evil") == []


def test_last_look_ups_are_ones_own(database: str, state: State) -> None:
    organisation = Organisation.objects.create(name="Readers")
    one, other = (make_principal(name, organisation) for name in ("one", "other"))
    lookup_id = save_lookup(one, "8.8.8.8\nhxxp://evil[.]example/a\n")
    assert [(each.kind, each.text, each.id) for each in suggest(one, "evil.ex")] == [
        ("lookup", "hxxp://evil[.]example/a", lookup_id)
    ]
    assert suggest(other, "evil.ex") == []
    elsewhere = replace(one, organisation_id=Organisation.objects.create(name="Elsewhere").pk)
    assert suggest(elsewhere, "evil.ex") == []


def test_suggestions_need_permission_to_read(principal: Principal) -> None:
    with pytest.raises(NotAllowed):
        suggest(replace(principal, permissions=frozenset({Permission.INGEST})), "evil")
