"""What becomes of a statement: kept as it came, judged against what others said, never overwritten."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from stack.accounts.principal import Principal
from stack.stix.observables.keys import ROLE_CODES, Role
from stack.store import queries
from stack.store.operations import ensure_source, touch_known
from stack.store.records import ChangeKind, Outcome
from stack.store.statements import describe_statement
from tests.integration.store.conftest import TLP_RED, State, encode, make_link, make_object, name_id

pytestmark = pytest.mark.django_db(databases="__all__")

NEW, KNOWN, UPDATED, CONFLICTING = Outcome.NEW, Outcome.KNOWN, Outcome.UPDATED, Outcome.CONFLICTING


def test_text_is_kept_byte_for_byte(principal: Principal, state: State) -> None:
    text = (
        b'{ "x_b" :1.50,\n\t"type":"malware", "spec_version":"2.1", "is_family":false, "id":"'
        + name_id("malware", "odd").encode()
        + b'", "created":"2024-01-01T00:00:00.1234567Z", "modified":"2024-01-01T00:00:00.1234567Z",'
        b' "name":"caf\xc3\xa9 \\u0041", "x_a":{"z":1,"a":[ ]} }'
    )
    assert state("feed", text) == [NEW]
    assert queries.get_text(principal, name_id("malware", "odd")) == text
    assert list(queries.iterate_texts(principal)) == [text]


def test_repeat_is_known_and_changes_nothing_but_receipts(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    assert state("feed", rat, rat) == [NEW, KNOWN]
    end = queries.last_change()
    assert state("feed", rat) == [KNOWN]
    assert queries.last_change() == end
    [version] = queries.list_versions(principal, rat["id"])
    assert version.times_received == 3


def test_other_white_space_and_key_order_say_the_same(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("feed", rat)
    reordered = json.dumps(dict(reversed(rat.items())), indent=2).encode()
    assert state("feed", reordered) == [KNOWN]
    assert len(queries.list_versions(principal, rat["id"])) == 1


def test_newer_modified_is_shown_and_older_is_kept(principal: Principal, state: State) -> None:
    first = make_object("malware", "rat")
    second = first | {"modified": "2024-02-01T00:00:00.000Z", "name": "RAT"}
    between = first | {"modified": "2024-01-15T00:00:00.000Z", "name": "Rat"}
    assert state("feed", first, second, between) == [NEW, UPDATED, UPDATED]
    row = queries.get_object(principal, first["id"])
    assert row is not None
    assert row.name == "RAT"
    names = [
        json.loads(queries.get_text(principal, first["id"], version=version.id) or b"")["name"]
        for version in queries.list_versions(principal, first["id"])
    ]
    assert names == ["RAT", "Rat", "rat"]


def test_same_modified_with_other_content_is_a_conflict(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("first feed", rat)
    assert state("second feed", rat | {"name": "worm"}) == [CONFLICTING]
    row = queries.get_object(principal, rat["id"])
    assert row is not None
    lowest = min(rat, rat | {"name": "worm"}, key=lambda each: sha256(encode(each)).digest())
    assert (row.name, row.sources) == (lowest["name"], 2)
    versions = queries.list_versions(principal, rat["id"])
    assert [version.is_conflicting for version in versions] == [True, True]
    assert [version.is_head for version in versions] == [True, False]
    assert versions[1].reason == "same modified time, and its SHA-256 is not the lowest"


def test_another_source_with_other_white_space_is_no_conflict(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("first feed", rat)
    assert state("second feed", json.dumps(rat, indent=2).encode()) == [KNOWN]
    versions = queries.list_versions(principal, rat["id"])
    assert [version.is_conflicting for version in versions] == [False, False]


def test_more_reliable_source_wins_a_tie(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("rumour", rat | {"name": "worm"}, reliability=4)
    assert state("own lab", rat, reliability=0) == [CONFLICTING]
    row = queries.get_object(principal, rat["id"])
    assert row is not None
    assert row.name == "rat"
    [match] = queries.match_values(principal, ["worm"])["worm"]
    assert match.role_code == ROLE_CODES[Role.UNSHOWN]


def test_same_text_from_another_source_corroborates(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("first feed", rat)
    assert state("second feed", rat) == [KNOWN]
    row = queries.get_object(principal, rat["id"])
    assert row is not None
    assert row.sources == 2


def test_revocation_is_final(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    revoked = rat | {"modified": "2024-02-01T00:00:00.000Z", "revoked": True}
    back = rat | {"modified": "2024-03-01T00:00:00.000Z"}
    state("feed", rat)
    assert state("feed", revoked) == [UPDATED]
    assert queries.list_recent_changes(principal, limit=1)[0].kind is ChangeKind.REVOKE
    assert state("feed", back) == [CONFLICTING]
    row = queries.get_object(principal, rat["id"])
    assert row is not None
    assert row.revoked


def test_edges_follow_the_head_and_former_values_are_found_as_such(
    principal: Principal, state: State
) -> None:
    actor, tool = make_object("intrusion-set", "Cold Lynx"), make_object("tool", "scan")
    indicator = make_object(
        "indicator",
        "c2",
        pattern="[ipv4-addr:value = '192.0.2.1']",
        pattern_type="stix",
        valid_from="2024-01-01T00:00:00Z",
        created_by_ref=name_id("identity", "lab"),
    )
    state("feed", actor, tool, indicator, make_link("uses", actor, tool))
    moved = indicator | {
        "modified": "2024-02-01T00:00:00.000Z",
        "pattern": "[ipv4-addr:value = '192.0.2.2']",
        "created_by_ref": actor["id"],
    }
    state("feed", moved)
    [former] = queries.match_values(principal, ["192.0.2.1"])["192.0.2.1"]
    [match] = queries.match_values(principal, ["192.0.2.2"])["192.0.2.2"]
    assert (former.role_code, match.role_code) == (ROLE_CODES[Role.UNSHOWN], ROLE_CODES[Role.PATTERN])
    [row] = queries.hydrate(principal, [match.object_id]).values()
    assert row.stix_id == indicator["id"]
    page = queries.list_neighbours(principal, actor["id"])
    assert [(n.kind, n.direction, n.other.stix_id) for n in page.rows] == [
        ("uses", "out", tool["id"]),
        ("created_by_ref", "in", indicator["id"]),
    ]
    assert page.rows[0].via is not None
    assert page.rows[1].via is None
    assert page.total == 2


def test_reference_arrives_before_its_object(principal: Principal, state: State) -> None:
    actor, tool = make_object("intrusion-set", "Cold Lynx"), make_object("tool", "scan")
    state("feed", make_link("uses", actor, tool))
    assert queries.get_object(principal, tool["id"]) is None
    assert state("feed", tool, actor) == [NEW, NEW]
    assert queries.list_neighbours(principal, tool["id"]).total == 1


def test_touch_known_tells_what_a_source_said_before(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("feed", rat)
    source = ensure_source(principal, name="feed")
    sha256 = describe_statement(encode(rat), rat).sha256
    identities = [(rat["id"], sha256), (rat["id"], b"\0" * 32), (name_id("tool", "x"), sha256)]
    assert touch_known(principal, identities=identities, source_id=source.id) == [True, False, False]
    [version] = queries.list_versions(principal, rat["id"])
    assert version.times_received == 2


def test_marked_objects_are_absent_below_their_level(principal: Principal, state: State) -> None:
    red = make_object("malware", "secret", object_marking_refs=[TLP_RED])
    clear = make_object("malware", "public")
    state("feed", red, clear, make_link("related-to", red, clear))
    outsider = replace(principal, tlp_ceiling=3)
    assert queries.get_object(outsider, red["id"]) is None
    assert queries.get_text(outsider, red["id"]) is None
    assert queries.list_versions(outsider, red["id"]) == []
    assert queries.list_neighbours(outsider, clear["id"]).total == 0
    assert queries.count_neighbours(outsider, clear["id"]) == []
    assert queries.match_values(outsider, ["secret"]) == {}
    assert queries.suggest_values(outsider, "sec") == []
    assert queries.list_objects(outsider).total == 2
    assert red["id"].encode() not in b"".join(
        text for text in queries.iterate_texts(outsider) if b"relationship" not in text
    )
    assert [change.row.name for change in queries.list_recent_changes(outsider)].count("secret") == 0
    assert queries.get_object(principal, red["id"]) is not None


def test_a_statement_for_others_adds_no_key(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("feed", rat | {"modified": "2024-02-01T00:00:00.000Z"})
    state("partner", rat | {"name": "secret name", "object_marking_refs": [TLP_RED]})
    assert queries.match_values(replace(principal, tlp_ceiling=2), ["secret name"]) == {}
    [match] = queries.match_values(principal, ["secret name"])["secret name"]
    assert match.role_code == ROLE_CODES[Role.UNSHOWN]
    raised = rat | {"modified": "2024-03-01T00:00:00.000Z", "object_marking_refs": [TLP_RED]}
    state("feed", raised)
    assert queries.match_values(principal, ["secret name", "rat"]).keys() == {"secret name", "rat"}
    assert queries.match_values(replace(principal, tlp_ceiling=3), ["secret name", "rat"]) == {}


def test_two_versions_in_one_batch_are_both_found(principal: Principal, state: State) -> None:
    first = make_object("malware", "rat")
    second = first | {"modified": "2024-02-01T00:00:00.000Z", "name": "worm"}
    assert state("feed", first, second) == [NEW, UPDATED]
    found = queries.match_values(principal, ["rat", "worm"])
    assert found["rat"][0].role_code == ROLE_CODES[Role.UNSHOWN]
    assert found["worm"][0].role_code == ROLE_CODES[Role.IS]


def test_statement_of_a_raised_marking_hides_the_object(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("feed", rat)
    raised = rat | {"modified": "2024-02-01T00:00:00.000Z", "object_marking_refs": [TLP_RED]}
    state("feed", raised)
    assert queries.get_object(replace(principal, tlp_ceiling=3), rat["id"]) is None
