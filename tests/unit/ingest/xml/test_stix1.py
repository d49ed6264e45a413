"""STIX 1 packages through stix2-elevator, in the sandbox."""

import json

import pytest

from stack.core.errors import BadInput
from stack.ingest.base import ParseOptions, Record
from stack.ingest.formats import list_parsers
from stack.ingest.streams import stream_bytes

PARSER = list_parsers()["stix-1"]
OPTIONS = ParseOptions(source="test", filename="x.xml", received="2026-02-01T00:00:00.000Z")
HEAD = PARSER.example.partition(b"<stix:Indicators>")[0]
TTP = (
    b'<stix:TTPs xmlns:ttp="http://stix.mitre.org/TTP-1" xmlns:stixCommon="http://stix.mitre.org/common-1">'
    b'<stix:TTP id="ex:ttp-not-a-uuid" xsi:type="ttp:TTPType"><ttp:Title>T</ttp:Title><ttp:Behavior>'
    b"<ttp:Malware><ttp:Malware_Instance><ttp:Name>Bad</ttp:Name></ttp:Malware_Instance></ttp:Malware>"
    b"</ttp:Behavior></stix:TTP></stix:TTPs></stix:STIX_Package>"
)


def test_what_has_no_id_gets_one_of_its_contents_and_what_is_lost_is_named() -> None:
    data = HEAD.replace(b' timestamp="2016-01-31T08:00:00Z"', b"") + TTP
    items = list(PARSER.parse(stream_bytes(data), OPTIONS))
    records = [item for item in items if isinstance(item, Record)]
    [malware] = [found for record in records if (found := json.loads(record.text))["type"] == "malware"]
    assert malware["name"] == "Bad"
    assert malware["created"] == OPTIONS.received
    assert all(record.is_undated for record in records)
    assert items == list(PARSER.parse(stream_bytes(data), OPTIONS))
    assert [item.rule for item in items if not isinstance(item, Record)] == ["loss"]


def test_a_package_that_the_elevator_cannot_read_says_so() -> None:
    with pytest.raises(BadInput, match="no STIX 1 package"):
        list(PARSER.parse(stream_bytes(b'<stix:STIX_Package xmlns:stix="urn:other"/>'), OPTIONS))
