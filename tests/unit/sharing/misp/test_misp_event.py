"""STIX of any origin becomes events of MISP; what came from MISP comes back as it was."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import pytest

from stack.sharing.exporters.misp_event import Exporter
from stack.sharing.exporters.misp_feed import Exporter as FeedExporter
from stack.sharing.exporters.misp_feed import Options as FeedOptions
from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.stix.markings import TLP_20_IDS
from stack.stix.misp.events import read_event
from stack.stix.misp.frame import Found
from tests.unit.stix.misp.samples import attribute, event, misp_object, part, tags, uuid_of

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
OCCASION = Occasion(title="Daily", made_at=1_769_846_400_000_000, changed_at=1_769_846_400_000_000)
STAMP = {"created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-02T00:00:00.000Z"}


def stix(type_name: str, number: int, **more: object) -> dict[str, Any]:
    return {
        "type": type_name,
        "spec_version": "2.1",
        "id": f"{type_name}--{uuid_of(number)}",
        **STAMP,
        **more,
    }


def indicator(number: int, pattern: str, **more: object) -> dict[str, Any]:
    given = {"pattern": pattern, "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00.000Z"}
    return stix("indicator", number, **(given | more))


def export(objects: Iterable[Mapping[str, Any]], losses: Losses | None = None) -> Any:
    items = (Item(orjson.dumps(obj)) for obj in objects)
    pieces = Exporter.write(
        items, options=ExportOptions(), occasion=OCCASION, losses=Losses() if losses is None else losses
    )
    return json.loads(b"".join(pieces))


def export_one(*objects: Mapping[str, Any], losses: Losses | None = None) -> Any:
    return export(objects, losses)["Event"]


def objects_of(misp: Mapping[str, Any]) -> dict[str, bytes]:
    found = read_event(misp, seed="test")
    return {o.object["id"]: orjson.dumps(o.object) for o in found if isinstance(o, Found)}


RICH = event(
    attribute(1, "domain", "evil.example", to_ids=True, comment="C2", Tag=tags("tlp:red", "botnet")),
    attribute(2, "link", "https://example.com/a"),
    attribute(3, "text", "Some text", distribution="0", disable_correlation=True),
    attribute(4, "ip-dst|port", "198.51.100.7|443", to_ids=True, deleted=True),
    attribute(
        5,
        "md5",
        MD5,
        to_ids=True,
        Sighting=[{"uuid": uuid_of(50), "type": "1", "date_sighting": "1769846600", "source": "x"}],
        Tag=tags('misp-galaxy:threat-actor="Somebody"'),
        Galaxy=[
            {
                "type": "threat-actor",
                "GalaxyCluster": [
                    {
                        "uuid": uuid_of(90),
                        "type": "threat-actor",
                        "value": "Somebody",
                        "tag_name": 'misp-galaxy:threat-actor="Somebody"',
                    }
                ],
            }
        ],
    ),
    objects=[
        misp_object(
            10,
            "file",
            part(11, "md5", "md5", MD5, to_ids=True, Tag=tags("seen")),
            part(12, "filename", "filename", "/tmp/a.exe"),
            ObjectReference=[
                {"uuid": uuid_of(60), "referenced_uuid": uuid_of(20), "relationship_type": "Dropped by"}
            ],
        ),
        misp_object(20, "av-signature", part(21, "signature", "text", "Bad.A"), comment="as seen"),
    ],
    Tag=tags("tlp:amber", "osint", 'misp-galaxy:mitre-attack-pattern="Malware - T1587.001"'),
    EventReport=[
        {"uuid": uuid_of(70), "name": "Summary", "content": "What happened", "timestamp": "1769846400"}
    ],
    SharingGroup={"uuid": uuid_of(80), "name": "Friends"},
)


def test_what_came_from_misp_goes_back_and_comes_in_again_the_same() -> None:
    first = objects_of(RICH)
    back = export(json.loads(text) for text in first.values())
    assert objects_of(back["Event"]) == first
    assert back["Event"]["uuid"] == RICH["uuid"]
    assert back["Event"]["SharingGroup"] == {"uuid": uuid_of(80), "name": "Friends"}
    by_uuid = {found["uuid"]: found for found in back["Event"]["Attribute"]}
    assert by_uuid[uuid_of(1)]["value"] == "evil.example"
    assert by_uuid[uuid_of(1)]["comment"] == "C2"
    assert {tag["name"] for tag in by_uuid[uuid_of(1)]["Tag"]} == {"botnet", "tlp:red"}
    assert "Tag" not in by_uuid[uuid_of(3)], "the level of the event is not repeated"
    assert by_uuid[uuid_of(4)]["deleted"] is True
    assert by_uuid[uuid_of(5)]["Sighting"][0]["uuid"] == uuid_of(50)


def test_a_marking_that_was_raised_in_stack_is_the_tag() -> None:
    objects = [json.loads(text) for text in objects_of(event(attribute(1, "domain", "a.example"))).values()]
    for obj in objects:
        if obj["type"] == "observed-data":
            obj["object_marking_refs"] = [TLP_20_IDS["red"]]
    [found] = export(objects)["Event"]["Attribute"]
    assert found["Tag"] == [{"name": "tlp:red"}]


def test_a_pattern_that_was_changed_in_stack_takes_the_place_of_what_misp_said() -> None:
    objects = [
        json.loads(t) for t in objects_of(event(attribute(1, "domain", "a.example", to_ids=True))).values()
    ]
    for obj in objects:
        if obj["type"] == "indicator":
            obj["pattern"] = "[domain-name:value = 'b.example']"
    losses = Losses()
    [found] = export(objects, losses)["Event"]["Attribute"]
    assert (found["uuid"], found["value"]) == (uuid_of(1), "b.example")
    assert any(loss.property == "x_misp" for loss in losses.list_losses())


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[domain-name:value = 'a.example']", [("domain", "a.example")]),
        ("[ipv4-addr:value = '198.51.100.7']", [("ip-dst", "198.51.100.7")]),
        ("[ipv4-addr:value = '198.51.100.7' OR url:value = 'http://a.example/']", 2),
        (f"[file:hashes.MD5 = '{MD5}']", [("md5", MD5)]),
        (
            "[domain-name:value = 'a.example' AND network-traffic:dst_port = 80]",
            [("stix2-pattern", "[domain-name:value = 'a.example' AND network-traffic:dst_port = 80]")],
        ),
        ("[url:value MATCHES '^a']", [("stix2-pattern", "[url:value MATCHES '^a']")]),
    ],
)
def test_a_pattern_becomes_attributes_or_stays_a_pattern(pattern: str, expected: object) -> None:
    found = export_one(indicator(1, pattern))["Attribute"]
    assert all(each["to_ids"] is True for each in found)
    if isinstance(expected, int):
        assert len({each["uuid"] for each in found}) == expected
    else:
        assert [(each["type"], each["value"]) for each in found] == expected
        assert found[0]["uuid"] == uuid_of(1)


def test_rules_keep_their_language_and_unknown_ones_are_lost_with_the_reason() -> None:
    losses = Losses()
    rule = indicator(1, "rule a { condition: true }", pattern_type="yara")
    other = indicator(2, "x", pattern_type="klingon")
    [found] = export_one(rule, other, losses=losses)["Attribute"]
    assert (found["type"], found["value"]) == ("yara", "rule a { condition: true }")
    assert [(loss.property, loss.why) for loss in losses.list_losses() if "klingon" in loss.why]


def test_each_report_is_an_event_and_the_rest_is_another() -> None:
    report = stix(
        "report",
        5,
        name="APT",
        published="2026-01-03T00:00:00.000Z",
        object_refs=[f"indicator--{uuid_of(1)}", f"attack-pattern--{uuid_of(7)}"],
        created_by_ref=f"identity--{uuid_of(6)}",
        description="Long text",
        external_references=[{"source_name": "blog", "url": "https://example.com/x"}],
        object_marking_refs=[TLP_20_IDS["green"]],
    )
    technique = stix(
        "attack-pattern",
        7,
        name="Brute Force",
        external_references=[{"source_name": "mitre-attack", "external_id": "T1110"}],
    )
    found = export(
        [
            indicator(1, "[domain-name:value = 'a.example']"),
            indicator(2, "[domain-name:value = 'b.example']"),
            report,
            technique,
            stix("identity", 6, name="ACME"),
        ]
    )["response"]
    first, rest = (each["Event"] for each in found)
    assert (first["uuid"], first["info"], first["date"]) == (uuid_of(5), "APT", "2026-01-03")
    assert first["Orgc"] == {"name": "ACME", "uuid": uuid_of(6)}
    assert {tag["name"] for tag in first["Tag"]} == {
        "tlp:green",
        'misp-galaxy:mitre-attack-pattern="Brute Force - T1110"',
    }
    assert [each["value"] for each in first["Attribute"]] == ["https://example.com/x", "a.example"]
    assert first["EventReport"][0]["content"] == "Long text"
    assert first["distribution"] == rest["distribution"] == "0"
    assert (rest["info"], [each["value"] for each in rest["Attribute"]]) == ("Daily", ["b.example"])
    assert rest["Tag"] == []


def test_what_misp_has_no_place_for_is_named() -> None:
    losses = Losses()
    export(
        [
            indicator(1, "[domain-name:value = 'a.example']", confidence=80, kill_chain_phases=[]),
            stix("location", 2, region="europe"),
            stix("opinion", 3, opinion="agree", object_refs=[f"indicator--{uuid_of(1)}"]),
        ],
        losses,
    )
    named = {(loss.stix_type, loss.property) for loss in losses.list_losses()}
    assert named == {
        ("indicator", "confidence"),
        ("indicator", "created"),
        ("indicator", "kill_chain_phases"),
        ("location", ""),
        ("opinion", ""),
    }


def test_observables_of_their_own_are_attributes_that_detect_nothing() -> None:
    losses = Losses()
    file = {"type": "file", "spec_version": "2.1", "id": f"file--{uuid_of(1)}"}
    found = export_one(file | {"hashes": {"MD5": MD5, "x": "y"}, "name": "a.exe", "size": 7}, losses=losses)
    assert [(each["type"], each["to_ids"]) for each in found["Attribute"]] == [
        ("md5", False),
        ("filename", False),
    ]
    assert [loss.property for loss in losses.list_losses()] == ["size"]


def test_nothing_is_an_empty_answer() -> None:
    assert export([]) == {"response": []}


@pytest.mark.parametrize(
    "extra",
    [
        "text",
        {"type": "domain"},
        {"type": "domain", "value": 7},
        {"name": "file", "Attribute": "x"},
        {"name": "file", "Attribute": [1, {"type": "md5"}, {"value": {}}]},
        {"name": 1, "Attribute": []},
        {"type": "md5", "value": "zz"},
        {"galaxies": [1, "x"], "own_tlp": "yes", "type": "domain", "value": "a.example"},
    ],
)
def test_a_forged_x_misp_never_breaks_an_export(extra: object) -> None:
    found = export_one(indicator(1, "[domain-name:value = 'a.example']", x_misp=extra))
    assert [each["value"] for each in found["Attribute"]] == ["a.example"]
    export([stix("x-misp-object", 2, x_misp=extra), stix("report", 3, x_misp=extra, object_refs=[7])])


def test_a_feed_has_a_manifest_hashes_and_a_file_for_each_event() -> None:
    objects = list(objects_of(RICH).values())
    pieces = FeedExporter.write(map(Item, objects), options=FeedOptions(), occasion=OCCASION, losses=Losses())
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files.keys() == {"manifest.json", "hashes.csv", f"{RICH['uuid']}.json"}
    manifest = json.loads(files["manifest.json"])
    assert manifest[RICH["uuid"]]["info"] == "Example"
    assert f"5a8dd3ad0756a93ded72b823b19dd877,{RICH['uuid']}".encode() not in files["hashes.csv"]
    assert len(files["hashes.csv"].splitlines()) == 9
    alone = FeedExporter.write(
        map(Item, objects), options=FeedOptions(file="manifest.json"), occasion=OCCASION, losses=Losses()
    )
    assert b"".join(alone) == files["manifest.json"]
