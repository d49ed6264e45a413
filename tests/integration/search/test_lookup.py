"""Look-up: one answer per line, in order, whatever the line is."""

from dataclasses import replace

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.core.errors import BadInput, NotFound
from stack.search.lookup import MOST_INPUTS, MOST_OBJECTS, look_up
from stack.search.operations import load_lookup, save_lookup
from tests.integration.search.conftest import TLP_RED, State, make_indicator, make_object

pytestmark = pytest.mark.django_db(databases="__all__")

ADDRESS = {
    "type": "ipv4-addr",
    "spec_version": "2.1",
    "id": "ipv4-addr--5853f6a4-638f-5b4e-9b0f-ded361ae3812",
    "value": "198.51.100.7",
}
NETWORK = ADDRESS | {"id": "ipv4-addr--00000000-638f-5b4e-9b0f-ded361ae3812", "value": "198.51.100.0/24"}
PATTERN = make_indicator("198.51.100.7")
URL = make_indicator("http://evil.example/a", path="url:value")
ACTOR = make_object("intrusion-set", "Quiet Otter", aliases=["Otter Group"])
FLAW = make_object("vulnerability", "CVE-2024-3400")
TECHNIQUE = make_object(
    "attack-pattern",
    "Scripting",
    external_references=[{"source_name": "mitre-attack", "external_id": "T1059"}],
)


@pytest.fixture
def filled(state: State) -> None:
    state(PATTERN, ADDRESS, NETWORK, URL, ACTOR, FLAW, TECHNIQUE, index=False)


@pytest.mark.usefixtures("filled")
def test_each_line_gets_one_answer_in_order_and_unknown_lines_too(principal: Principal) -> None:
    inputs = [
        "198[.]51[.]100[.]7",
        "nowhere.example",
        "otter  GROUP",
        "198[.]51[.]100[.]7",
        "",
        "cve-2024-3400",
    ]
    answers = look_up(principal, inputs)
    assert [answer.input for answer in answers] == inputs
    assert [answer.known for answer in answers] == [True, False, True, True, False, True]
    assert [answer.kind for answer in answers] == ["ipv4", "domain", "name", "ipv4", "text", "cve"]
    assert answers[0].value == "198.51.100.7"
    assert "refanged from 198[.]51" in answers[0].note
    assert answers[1].note == ""


@pytest.mark.usefixtures("filled")
def test_objects_that_are_the_value_come_before_patterns_before_networks(principal: Principal) -> None:
    [answer] = look_up(principal, ["198.51.100.7"])
    assert [row.stix_id for row in answer.objects] == [ADDRESS["id"], PATTERN["id"], NETWORK["id"]]
    assert answer.networks == ("198.51.100.0/24",)
    [beside] = look_up(principal, ["198.51.100.9"])
    assert [row.stix_id for row in beside.objects] == [NETWORK["id"]]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (str(ACTOR["id"]), ACTOR),
        (str(ACTOR["id"]).upper(), ACTOR),
        ("quiet otter", ACTOR),
        ("t1059", TECHNIQUE),
        ("hxxp://EVIL[.]example/a", URL),
        ("198.51.100.0/24", NETWORK),
    ],
)
def test_ids_names_and_values_are_all_found(
    principal: Principal, text: str, expected: dict[str, str]
) -> None:
    [answer] = look_up(principal, [text])
    assert [row.stix_id for row in answer.objects] == [expected["id"]]


def test_the_host_of_a_url_is_a_mention(principal: Principal, state: State) -> None:
    named = make_indicator("evil.example", path="domain-name:value", modified="2023-01-01T00:00:00Z")
    address = {"type": "url", "spec_version": "2.1", "value": "http://evil.example/a"}
    state(named, address | {"id": "url--c1477287-23ac-5971-a010-5c287877fa60"}, index=False)
    [answer] = look_up(principal, ["evil[.]example"])
    assert [row.type for row in answer.objects] == ["indicator", "url"]


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        (("198.51.0.0/16", "198.51.100.0/24", "198.51.100.8/30"), "198.51.100.7", (0, 1)),
        (("2001:db8::/32", "2001:db8:1::/48", "198.51.100.0/24"), "2001:db8:1::5", (0, 1)),
        (("2001:db8::/32",), "32.1.13.184", ()),
    ],
)
def test_an_address_is_found_in_networks_of_any_size(
    principal: Principal, state: State, networks: tuple[str, ...], address: str, expected: tuple[int, ...]
) -> None:
    state(*[make_indicator(value, path=f"ipv{6 if ':' in value else 4}-addr:value") for value in networks])
    [answer] = look_up(principal, [address])
    assert {row.name for row in answer.objects} == {networks[number] for number in expected}
    assert len(answer.networks) == len(expected)


def test_a_value_with_many_objects_says_how_many_more_there_are(principal: Principal, state: State) -> None:
    made = [
        make_indicator("192.0.2.1", id=f"indicator--{n:08}-0000-4000-8000-000000000000") for n in range(95)
    ]
    state(*made, index=False)
    [answer] = look_up(principal, ["192.0.2.1"])
    assert (len(answer.objects), answer.more) == (MOST_OBJECTS, 95 - MOST_OBJECTS)
    assert {row.stix_id for row in answer.objects} == {obj["id"] for obj in made[-MOST_OBJECTS:]}


def test_what_is_the_value_is_shown_however_many_newer_objects_mention_it(
    principal: Principal, state: State
) -> None:
    host = {"type": "domain-name", "spec_version": "2.1", "value": "evil.example"}
    state(host | {"id": "domain-name--c1477287-23ac-5971-a010-5c287877fa60"}, index=False)
    state(*[make_indicator(f"http://evil.example/{n}", path="url:value") for n in range(60)], index=False)
    [answer] = look_up(principal, ["evil.example"])
    assert answer.objects[0].type == "domain-name"
    assert len(answer.objects) + answer.more == 61


def test_what_may_not_be_seen_is_unknown(principal: Principal, state: State) -> None:
    state(make_indicator("192.0.2.1", object_marking_refs=[TLP_RED]), index=False)
    hidden, never = look_up(replace(principal, tlp_ceiling=3), ["192.0.2.1", "192.0.2.2"])
    assert (hidden.known, hidden.objects, hidden.more, hidden.networks) == (
        never.known,
        never.objects,
        never.more,
        never.networks,
    )


def test_more_than_ten_thousand_lines_are_refused(principal: Principal) -> None:
    assert len(look_up(principal, ["x"] * MOST_INPUTS)) == MOST_INPUTS
    with pytest.raises(BadInput):
        look_up(principal, ["x"] * (MOST_INPUTS + 1))


def test_a_saved_look_up_comes_back_for_its_organisation_only(principal: Principal) -> None:
    saved = save_lookup(principal, "192.0.2.1\nevil.example")
    assert load_lookup(principal, saved) == "192.0.2.1\nevil.example"
    stranger = replace(principal, organisation_id=Organisation.objects.create(name="Others").pk)
    for asked, by in ((saved, stranger), ("missing", principal)):
        with pytest.raises(NotFound) as caught:
            load_lookup(by, asked)
        assert caught.value.detail == "There is no such look-up"
