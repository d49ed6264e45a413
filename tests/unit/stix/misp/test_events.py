"""Events of MISP become STIX that keeps their UUIDs, times, tags and all that STIX has no place for."""

import msgspec
import pytest

from stack.stix.markings import TLP_20_IDS
from stack.stix.misp.properties import RawRecords
from stack.stix.validation.validate import validate_object
from tests.unit.stix.misp.samples import (
    EVENT_UUID,
    ORG_UUID,
    attribute,
    event,
    losses_of,
    misp_object,
    only,
    part,
    read,
    tags,
    uuid_of,
)

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


def test_an_attribute_for_detection_becomes_an_indicator() -> None:
    found = attribute(
        1, "domain", "evil.example", to_ids=True, comment="C2", first_seen="2026-01-01T00:00:00+02:00"
    )
    objects, problems = read(event(found))
    assert problems == []
    indicator = only(objects, "indicator")
    assert indicator == {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid_of(1)}",
        "created_by_ref": f"identity--{ORG_UUID}",
        "created": "2026-01-30T00:00:00.000Z",
        "modified": "2026-01-31T08:00:00.000Z",
        "name": "evil.example",
        "description": "C2",
        "pattern": "[domain-name:value = 'evil.example']",
        "pattern_type": "stix",
        "valid_from": "2025-12-31T22:00:00.000Z",
        "x_misp": {
            "type": "domain",
            "value": "evil.example",
            "category": "Network activity",
            "to_ids": True,
            "first_seen": "2026-01-01T00:00:00+02:00",
        },
    }


def test_what_is_not_for_detection_was_observed() -> None:
    objects, _ = read(event(attribute(1, "ip-dst", "198.51.100.7", comment="Seen once")))
    observed, address = only(objects, "observed-data"), only(objects, "ipv4-addr")
    assert observed["object_refs"] == [address["id"]]
    assert observed["x_misp"]["comment"] == "Seen once"
    assert not any(obj["type"] == "indicator" for obj in objects)


def test_the_event_is_a_report_of_all_that_it_gives() -> None:
    objects, _ = read(
        event(attribute(1, "domain", "evil.example"), attribute(2, "link", "https://example.com/a"))
    )
    report = only(objects, "report")
    assert report["id"] == f"report--{EVENT_UUID}"
    assert report["name"] == "Example"
    assert report["published"] == "2026-01-31T09:00:00.000Z"
    assert set(report["object_refs"]) == {obj["id"] for obj in objects} - {report["id"]}
    assert report["external_references"] == [{"source_name": "MISP link", "url": "https://example.com/a"}]
    assert report["x_misp"]["threat_level_id"] == "2"


def test_values_without_an_observable_are_kept_as_they_are() -> None:
    objects, _ = read(event(attribute(1, "btc", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", to_ids=True)))
    assert only(objects, "x-misp-attribute")["value"] == "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
    assert (
        "no pattern for the type btc"
        in losses_of(event(attribute(1, "btc", "x", to_ids=True)))["Attribute.to_ids"]
    )


@pytest.mark.parametrize(
    ("type_name", "pattern_type"),
    [("yara", "yara"), ("sigma", "sigma"), ("snort", "snort"), ("stix2-pattern", "stix")],
)
def test_rules_become_indicators_of_their_own_language(type_name: str, pattern_type: str) -> None:
    objects, _ = read(event(attribute(1, type_name, "[url:value = 'x']")))
    indicator = only(objects, "indicator")
    assert (indicator["pattern"], indicator["pattern_type"]) == ("[url:value = 'x']", pattern_type)


def test_tlp_tags_become_markings_and_the_strictest_holds() -> None:
    clear = attribute(1, "domain", "a.example", Tag=tags("tlp:white", "botnet"))
    red = attribute(2, "domain", "b.example", Tag=tags("TLP:RED"))
    found = event(clear, red, Tag=tags("tlp:amber+strict", "osint"))
    objects, _ = read(found)
    marks = {obj["id"]: obj.get("object_marking_refs") for obj in objects}
    assert marks[f"observed-data--{uuid_of(1)}"] == [TLP_20_IDS["amber+strict"]]
    assert marks[f"observed-data--{uuid_of(2)}"] == [TLP_20_IDS["red"]]
    assert marks[f"report--{EVENT_UUID}"] == [TLP_20_IDS["amber+strict"]]
    assert "less strict than the event" in losses_of(found)["Attribute.Tag"]
    by_value = {obj["value"]: obj["object_marking_refs"] for obj in objects if obj["type"] == "domain-name"}
    assert by_value == {"a.example": [TLP_20_IDS["amber+strict"]], "b.example": [TLP_20_IDS["red"]]}
    assert only(objects, "report")["labels"] == ["osint"]


def test_a_cluster_of_mitre_is_the_very_object_of_attack_but_loses_to_it() -> None:
    cluster = {
        "uuid": "a93494bb-4b80-4ea1-8695-3236a49916fd",
        "type": "mitre-attack-pattern",
        "value": "Brute Force - T1110",
        "tag_name": 'misp-galaxy:mitre-attack-pattern="Brute Force - T1110"',
        "description": "…",
    }
    galaxies = [{"type": "mitre-attack-pattern", "GalaxyCluster": [cluster]}]
    found = event(attribute(1, "domain", "a.example", to_ids=True, Galaxy=galaxies))
    objects, _ = read(found)
    technique = only(objects, "attack-pattern")
    assert technique["id"] == "attack-pattern--a93494bb-4b80-4ea1-8695-3236a49916fd"
    assert technique["name"] == "Brute Force"
    assert technique["modified"] == "1970-01-01T00:00:00.000Z"
    assert technique["external_references"] == [{"source_name": "mitre-attack", "external_id": "T1110"}]
    link = only(objects, "relationship")
    assert (link["relationship_type"], link["target_ref"]) == ("indicates", technique["id"])
    assert "Attribute.Galaxy.GalaxyCluster.description" in losses_of(found)


def test_a_tag_alone_finds_the_object_of_attack_by_its_number() -> None:
    objects, _ = read(event(Tag=tags('misp-galaxy:mitre-attack-pattern="Malware - T1587.001"')))
    assert only(objects, "attack-pattern")["id"] == "attack-pattern--212306d8-efa4-44c9-8c2d-ed3d2e224aa0"


def test_an_object_is_one_indicator_with_its_parts_as_alternatives_and_one_observable() -> None:
    file = misp_object(
        10,
        "file",
        part(11, "md5", "md5", MD5, to_ids=True),
        part(12, "sha1", "sha1", SHA1, to_ids=True),
        part(13, "filename", "filename", "a.exe"),
        part(14, "size-in-bytes", "size-in-bytes", "77"),
    )
    objects, problems = read(event(objects=[file]))
    assert problems == []
    indicator, observable = only(objects, "indicator"), only(objects, "file")
    assert indicator["id"] == f"indicator--{uuid_of(10)}"
    assert indicator["pattern"] == f"[file:hashes.MD5 = '{MD5}' OR file:hashes.'SHA-1' = '{SHA1}']"
    assert observable["hashes"] == {"MD5": MD5, "SHA-1": SHA1}
    assert (observable["name"], observable["size"]) == ("a.exe", 77)
    assert only(objects, "relationship")["target_ref"] == observable["id"]
    assert [kept["object_relation"] for kept in indicator["x_misp"]["Attribute"]] == [
        "md5",
        "sha1",
        "filename",
        "size-in-bytes",
    ]


def test_address_and_port_of_a_network_object_belong_together() -> None:
    found = misp_object(
        10,
        "ip-port",
        part(11, "ip", "ip-dst", "198.51.100.7", to_ids=True),
        part(12, "dst-port", "port", "443"),
    )
    objects, _ = read(event(objects=[found]))
    assert only(objects, "indicator")["pattern"] == (
        "[(network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443)]"
    )
    assert only(objects, "network-traffic")["dst_port"] == 443


def test_an_object_that_stix_has_nothing_for_is_kept_whole() -> None:
    objects, _ = read(
        event(objects=[misp_object(10, "av-signature", part(11, "signature", "text", "Bad.A"))])
    )
    kept = only(objects, "x-misp-object")["x_misp"]
    assert kept["name"] == "av-signature"
    assert kept["Attribute"][0]["value"] == "Bad.A"


def test_references_become_relationships() -> None:
    reference = {
        "uuid": uuid_of(99),
        "referenced_uuid": uuid_of(20),
        "relationship_type": "Drops by",
        "comment": "at start",
        "timestamp": "1769846401",
    }
    first = misp_object(10, "file", part(11, "md5", "md5", MD5, to_ids=True), ObjectReference=[reference])
    second = misp_object(20, "url", part(21, "url", "url", "http://evil.example/", to_ids=True))
    objects, _ = read(event(objects=[first, second]))
    [link] = [obj for obj in objects if obj["id"] == f"relationship--{uuid_of(99)}"]
    assert link["source_ref"], link["target_ref"] == (
        f"indicator--{uuid_of(10)}",
        f"indicator--{uuid_of(20)}",
    )
    assert link["relationship_type"] == "drops-by"
    assert link["x_misp"] == {"relationship_type": "Drops by"}
    assert link["description"] == "at start"


def test_a_reference_out_of_the_event_is_a_loss() -> None:
    reference = {"uuid": uuid_of(99), "referenced_uuid": uuid_of(77), "relationship_type": "drops"}
    found = event(objects=[misp_object(10, "file", part(11, "md5", "md5", MD5), ObjectReference=[reference])])
    assert "not in the event" in losses_of(found)["ObjectReference"]


def test_sightings_are_sightings_and_false_positives_opinions() -> None:
    sightings = [
        {"uuid": uuid_of(50), "type": "0", "date_sighting": "1769846500", "source": "sensor"},
        {"uuid": uuid_of(51), "type": "1", "date_sighting": "1769846600"},
        {"uuid": uuid_of(52), "type": "2", "date_sighting": "1769846700"},
    ]
    found = event(attribute(1, "domain", "a.example", to_ids=True, Sighting=sightings))
    objects, _ = read(found)
    assert only(objects, "sighting")["sighting_of_ref"] == f"indicator--{uuid_of(1)}"
    assert only(objects, "opinion")["opinion"] == "strongly-disagree"
    assert "Sighting" in losses_of(found)


def test_what_was_deleted_is_revoked() -> None:
    objects, _ = read(event(attribute(1, "domain", "a.example", to_ids=True, deleted=True)))
    assert only(objects, "indicator")["revoked"] is True


def test_event_reports_are_notes() -> None:
    texts = [
        {"uuid": uuid_of(70), "name": "Summary", "content": "# What happened", "timestamp": "1769846400"}
    ]
    note = only(read(event(EventReport=texts))[0], "note")
    assert (note["abstract"], note["content"]) == ("Summary", "# What happened")


def test_each_property_that_is_not_carried_is_named() -> None:
    found = event(
        attribute(1, "attachment", "a.zip", data="UEsDBA==", event_id="4"),
        event_creator_email="somebody@example.com",
        ShadowAttribute=[{"id": "1"}],
        Unheard={"of": 1},
        RelatedEvent=[],
    )
    losses = losses_of(found)
    assert losses.keys() == {
        *("Attribute.data", "Attribute.event_id", "Attribute.id", "Event.ShadowAttribute", "Event.Unheard"),
        "Event.event_creator_email",
    }
    assert "somebody@example.com" not in str(losses)


def test_bad_records_cost_only_themselves() -> None:
    found = event(
        attribute(1, "domain", ""), {"type": 7, "value": "x"}, attribute(2, "md5", "zz", to_ids=True)
    )
    found["Attribute"] += [None, attribute(3, "domain", "a.example")]
    objects, problems = read(found)
    assert [(problem.rule, problem.is_lost) for problem in problems] == [
        ("misp", True),
        ("misp", True),
        ("value", False),
        ("misp", True),
    ]
    assert only(objects, "domain-name")["value"] == "a.example"
    assert only(objects, "x-misp-attribute")["value"] == "zz"


def test_all_that_is_made_is_valid() -> None:
    objects, _ = read(
        event(
            attribute(1, "ip-dst|port", "198.51.100.7|443", to_ids=True),
            attribute(2, "vulnerability", "CVE-2026-0001"),
            attribute(3, "threat-actor", "Somebody"),
            attribute(4, "email-subject", "Hello"),
            attribute(5, "filename", "/tmp/a"),
            objects=[misp_object(10, "process", part(11, "command-line", "text", "cmd /c x"))],
        )
    )
    faults = [fault for obj in objects for fault in validate_object(obj) if fault.severity == "error"]
    assert faults == []


def test_an_event_without_ids_comes_out_the_same_again() -> None:
    bare = {"info": "Bare", "Attribute": [{"type": "domain", "value": "a.example"}]}
    assert read(bare) == read(bare)
    assert only(read(bare)[0], "report")["id"] != only(read(bare | {"info": "Other"})[0], "report")["id"]


def test_a_record_that_is_no_text_costs_only_itself() -> None:
    found = event()
    found["Attribute"] = RawRecords([msgspec.Raw(b'{"type": "\x80"}'), msgspec.Raw(b"{}")])
    _, problems = read(found)
    assert ("Attribute[0]", "json") in {(problem.place, problem.rule) for problem in problems}
