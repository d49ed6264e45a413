"""What the store has beside a value: neighbours, relations, similar hashes, as far as one may see."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.analysis import relations
from stack.analysis.relations import find_similar, list_addresses, list_related
from stack.core.errors import BadInput
from stack.stix.observables.kinds import Kind
from stack.store.operations import ensure_source, write_statements
from stack.store.queries import list_values
from stack.store.statements import describe_statement

pytestmark = pytest.mark.django_db(databases="__all__")

TLP_RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
MD5, SHA256 = (
    "0cc175b9c0f1b6a831c399e269772661",
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
)
SSDEEP = "96:abcdefghijkl:mnopqrst"
TLSH = "T188928E699A111D5A7D9759C188DF171881847B227F109CE2EDBD3D0F43284FFB4A2A2E"

State = Callable[..., None]


def make_object(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    times = {"created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z", "name": name}
    base = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(NAMESPACE_URL, kind + name)}"}
    return base | times | properties


def make_indicator(pattern: str, **properties: Any) -> dict[str, Any]:
    fields = {"pattern": pattern, "pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z"}
    return make_object("indicator", pattern, **fields, **properties)


def make_file(name: str, **hashes: str) -> dict[str, Any]:
    base = {"type": "file", "spec_version": "2.1", "id": f"file--{uuid5(NAMESPACE_URL, name)}", "name": name}
    return base | {"hashes": {key.replace("_", "-"): value for key, value in hashes.items()}}


def indicate_address(address: str, **properties: Any) -> dict[str, Any]:
    kind = "ipv6" if ":" in address else "ipv4"
    return make_indicator(f"[{kind}-addr:value = '{address}']", **properties)


@pytest.fixture
def member(database: str) -> Principal:
    organisation = Organisation.objects.create(name="Test organisation")
    return Principal("tester", organisation.pk, None, frozenset(Permission), 4)


@pytest.fixture
def state(member: Principal) -> State:
    def state_objects(*objects: dict[str, Any], kind: str = "upload") -> None:
        source = ensure_source(member, name=f"Partner by {kind}", kind=kind, reliability=1)
        texts = [json.dumps(obj).encode() for obj in objects]
        statements = [describe_statement(text, json.loads(text)) for text in texts]
        write_statements(member, statements=statements, source_id=source.id)

    return state_objects


def test_the_addresses_of_a_network_are_listed_with_what_has_them(member: Principal, state: State) -> None:
    state(
        indicate_address("198.51.100.7", labels=["c2"], valid_until="2030-01-01T00:00:00Z"),
        indicate_address("198.51.100.70"),
        indicate_address("198.51.101.7"),
        make_indicator("[ipv4-addr:value = '198.51.100.0/25']"),
        make_indicator("[domain-name:value = '198.51.100.7.example.org']"),
    )
    found = list_addresses(member, "198.51.100.0/24")
    assert [each.value for each in found] == ["198.51.100.7", "198.51.100.70"]
    [known] = found[0].objects
    assert (known.type, known.role, known.labels) == ("indicator", "pattern", ("c2",))
    assert [(source.name, source.reliability) for source in known.sources] == [("Partner by upload", 1)]
    assert known.valid_until == 1_893_456_000_000_000
    assert [each.value for each in list_addresses(member, "198.51.0.0/16")][-1] == "198.51.101.7"


def test_neighbours_of_ipv6_are_in_canonical_text(member: Principal, state: State) -> None:
    state(indicate_address("2001:db8:0:1::7"), indicate_address("2001:db8:0:2::7"))
    assert [each.value for each in list_addresses(member, "2001:db8:0:1::/64")] == ["2001:db8:0:1::7"]
    assert len(list_addresses(member, "2001:db8::/48")) == 2


@pytest.mark.parametrize(
    "network", ["", "198.51.100.0/25", "0.0.0.0/0", "198.51.100.7/32", "2001:db8::/50", "x"]
)
def test_only_whole_groups_have_neighbours(member: Principal, network: str) -> None:
    with pytest.raises(BadInput):
        list_addresses(member, network)


def test_what_one_may_not_see_is_no_neighbour_and_no_relation(member: Principal, state: State) -> None:
    file = make_file("a.exe", MD5=MD5, SHA_256=SHA256, SSDEEP=SSDEEP)
    state(
        indicate_address("198.51.100.7", object_marking_refs=[TLP_RED]),
        file | {"object_marking_refs": [TLP_RED]},
    )
    reader = replace(member, tlp_ceiling=2)
    assert list_addresses(member, "198.51.100.0/24")
    assert list_addresses(reader, "198.51.100.0/24") == []
    assert list_related(member, Kind.MD5, MD5)
    assert list_related(reader, Kind.MD5, MD5) == []
    near = "96:abcdefghijklm:mnopqrst"
    assert [each.value for each in find_similar(member, Kind.SSDEEP, near)] == [SSDEEP]
    assert find_similar(reader, Kind.SSDEEP, near) == []


def test_other_hashes_and_edges_of_a_file_are_found(member: Principal, state: State) -> None:
    file = make_file("a.exe", MD5=MD5, SHA_256=SHA256, SSDEEP=SSDEEP)
    malware = make_object(
        "malware", "Rat", is_family=False, sample_refs=[file["id"]], malware_types=["trojan"]
    )
    indicator = make_indicator(f"[file:hashes.MD5 = '{MD5}']")
    link = make_object(
        "relationship",
        "x",
        relationship_type="indicates",
        source_ref=indicator["id"],
        target_ref=malware["id"],
    )
    state(file, malware, indicator, {key: value for key, value in link.items() if key != "name"})
    found = list_related(member, Kind.MD5, MD5)
    assert [each.values for each in found if each.relation == "same-file"] == [
        (("sha256", SHA256), ("ssdeep", SSDEEP))
    ]
    edges = {
        (each.by.type, each.relation, each.other.type, each.is_outgoing)
        for each in found
        if each.other is not None
    }
    assert ("indicator", "indicates", "malware", True) in edges
    assert any(by == "file" and other == "malware" and not out for by, _, other, out in edges)
    assert {each.other.labels for each in found if each.other} == {("trojan",)}


def test_what_only_analyses_state_is_no_witness(member: Principal, state: State) -> None:
    state(make_file("a.exe", MD5=MD5, SHA_256=SHA256), kind="analysis")
    assert list_related(member, Kind.MD5, MD5) == []


def test_similar_files_are_found_nearest_first(member: Principal, state: State, monkeypatch: Any) -> None:
    monkeypatch.setattr(relations, "_PAGE", 2)
    nearer = f"{TLSH[:-1]}F"
    far = "T1" + "0F" * 35
    scores = ["96:abcdefghijkl:mnopqrsu", "96:abcdefghijxx:zzzzzzzz", "768:abcdefghijkl:mnopqrst", "96:q:q"]
    state(
        *(make_file(f"s{number}", SSDEEP=value) for number, value in enumerate([SSDEEP, *scores])),
        *(make_file(f"t{number}", TLSH=value) for number, value in enumerate([TLSH, nearer, far])),
        make_object("attack-pattern", "x", aliases=["T1059"]),
    )
    found = find_similar(member, Kind.SSDEEP, SSDEEP)
    assert [(each.value, each.score) for each in found] == [(SSDEEP, 100), (scores[0], 100), (scores[1], 85)]
    assert [each.objects[0].type for each in found] == ["file", "file", "file"]
    assert [(each.value, each.distance) for each in find_similar(member, Kind.TLSH, TLSH)] == [
        (TLSH, 0),
        (nearer, 1),
    ]
    with pytest.raises(BadInput):
        find_similar(member, Kind.SSDEEP, "nonsense")
    with pytest.raises(BadInput):
        find_similar(member, Kind.MD5, MD5)


def test_values_are_listed_page_by_page(member: Principal, state: State) -> None:
    state(*(indicate_address(f"198.51.100.{host}") for host in range(5)))
    first = list_values(member, "198.51.100.", kind_code=1, limit=3)
    rest = list_values(member, "198.51.100.", kind_code=1, after=first[-1], limit=3)
    assert first + rest == [f"198.51.100.{host}" for host in range(5)]
