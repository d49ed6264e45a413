"""Whatever a parser is given, it says what is wrong in words; what is good around it is kept."""

import json
from contextlib import suppress
from io import BytesIO
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stack.core.errors import BadInput
from stack.ingest.base import Limits, ParseOptions, Record, RecordFault
from stack.ingest.formats import list_parsers
from stack.ingest.preparing import prepare_records
from stack.ingest.streams import stream_bytes
from stack.ingest.xml.openioc import read_openioc
from stack.ingest.xml.settling import settle_objects
from stack.sharing.exporters.misp_event import Exporter
from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.stix.misp.values import _READERS
from tests.unit.ingest.xml.test_openioc import group, ioc, item
from tests.unit.stix.misp.samples import attribute, event, misp_object, tags, uuid_of

RECEIVED = "2026-02-01T00:00:00.000Z"
OPTIONS = ParseOptions(source="fuzz", filename="x", received=RECEIVED, limits=Limits(record=50_000))
# Those of JSON, CSV and text run here; the readers of XML are called without their sandbox below.
IN_PROCESS = [name for name in list_parsers() if name not in {"openioc", "stix-1"}]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = sorted(event(SharingGroup=0, Galaxy=0))
TEXT = st.text(max_size=40) | st.sampled_from(["", "|", "a|b", "198.51.100.7|80", "\\", "'", "\0", "\ud800"])


def parse(name: str, data: bytes) -> list[Record | RecordFault]:
    found: list[Record | RecordFault] = []
    with suppress(BadInput):
        found.extend(list_parsers()[name].parse(stream_bytes(data), OPTIONS))
    return found


def assert_sound(items: list[Record | RecordFault]) -> None:
    """Each record is one that the store takes, each fault is said in words and has a place."""
    records = [item for item in items if isinstance(item, Record)]
    assert prepare_records(records).errors == []
    for found in items:
        assert found.label
        assert isinstance(found, Record) or found.message


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(IN_PROCESS), st.data())
def test_an_example_that_was_damaged_anywhere_is_read_or_refused(name: str, data: st.DataObject) -> None:
    example = bytearray(list_parsers()[name].example)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(example) - 1)))
        cut = data.draw(st.integers(0, 4))
        example[at : at + cut] = data.draw(st.binary(max_size=4))
    for found in parse(name, bytes(example)):
        assert found.label


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(IN_PROCESS), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    for found in parse(name, data):
        assert found.label


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(sorted(_READERS)), TEXT, st.booleans())
def test_any_value_of_a_misp_attribute_makes_sound_objects(type_name: str, value: str, wanted: bool) -> None:
    broken = attribute(1, type_name, value.encode("utf-8", "replace").decode(), to_ids=wanted)
    good = attribute(2, "domain", "good.example", to_ids=True)
    part = misp_object(3, "file", attribute(4, type_name, broken["value"], to_ids=wanted))
    items = parse("misp", orjson.dumps({"Event": event(broken, good, objects=[part])}))
    assert_sound(items)
    assert any(isinstance(found, Record) and uuid_of(2).encode() in found.text for found in items)


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(st.sampled_from(MEMBERS), ANYTHING, max_size=4), ANYTHING)
def test_an_event_of_anything_keeps_what_is_good_in_it(members: dict[str, Any], extra: Any) -> None:
    good = attribute(2, "domain", "good.example", to_ids=True, Tag=extra, Galaxy=extra, Sighting=extra)
    found = event(good, Tag=tags("tlp:green"), EventReport=extra) | members
    items = parse("misp", json.dumps([{"Event": found}, {"Event": event(good)}]).encode())
    assert_sound(items)
    assert any(isinstance(each, Record) and uuid_of(2).encode() in each.text for each in items)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=30).filter(lambda data: b"{" not in data and b"[" not in data and b'"' not in data))
def test_an_event_after_a_broken_one_is_read(junk: bytes) -> None:
    good = orjson.dumps({"Event": event(attribute(2, "domain", "good.example"))})
    data = (
        b'{"response":[{"Event":{"info":1'
        + junk.replace(b"}", b"").replace(b"]", b"")
        + b"}},"
        + good
        + b"]}"
    )
    items = parse("misp", data)
    assert any(isinstance(found, Record) and uuid_of(2).encode() in found.text for found in items)


@settings(deadline=None, max_examples=60)
@given(ANYTHING, ANYTHING, st.sampled_from(["indicator", "report", "x-misp-object", "note", "relationship"]))
def test_any_x_misp_and_any_properties_leave_as_json_that_is_read_again(
    extra: Any, value: Any, kind: str
) -> None:
    obj = {"type": kind, "id": f"{kind}--{uuid_of(1)}", "modified": value, "x_misp": extra, "labels": value}
    obj |= {"object_refs": value, "external_references": value, "object_marking_refs": value, "name": value}
    good = {"type": "indicator", "id": f"indicator--{uuid_of(2)}", "pattern_type": "stix"}
    good["pattern"] = "[domain-name:value = 'good.example']"
    items = [Item(json.dumps(obj).encode()), Item(orjson.dumps(good))]
    pieces = Exporter.write(iter(items), options=ExportOptions(), occasion=Occasion(), losses=Losses())
    whole = b"".join(pieces)
    json.loads(whole)
    assert b"good.example" in whole


LEAF = st.builds(
    item,
    st.sampled_from(
        ["FileItem/Md5sum", "FileItem/FullPath", "FileItem/SizeInBytes", "Network/DNS", "No/Such"]
    ),
    st.text(alphabet="ab1%_\\'/. é", max_size=12),
    st.sampled_from(
        ["is", "isnot", "contains", "containsnot", "matches", "greater-than", "starts-with", "no"]
    ),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.builds(
        lambda operator, children: group(operator, *children),
        st.sampled_from(["AND", "OR", "XOR"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=100)
@given(TREE)
def test_any_tree_of_an_openioc_makes_a_pattern_or_says_why_not(tree: str) -> None:
    said = list(read_openioc(BytesIO(ioc(tree)), {"source": "s", "received": RECEIVED}))
    found = [Record(0, orjson.dumps(each["object"])) for each in said if "object" in each]
    prepared = prepare_records(found)
    assert prepared.errors == []
    assert prepared.warnings == [], "the pattern parses"
    assert found or any(each.get("severity") != "warning" for each in said)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=60), st.integers(0, 600))
def test_damaged_xml_is_refused_or_read(junk: bytes, at: int) -> None:
    example = list_parsers()["openioc"].example
    with suppress(BadInput):
        list(read_openioc(BytesIO(example[:at] + junk + example[at:]), {"source": "s", "received": RECEIVED}))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["type", "name", "created", "hashes", "x"]), ANYTHING), max_size=4
    )
)
def test_whatever_a_converter_gives_is_settled(objects: list[dict[str, Any]]) -> None:
    whole = [
        obj | {"type": "campaign", "id": f"campaign--{uuid_of(number)}"} for number, obj in enumerate(objects)
    ]
    found = list(settle_objects(whole, text=b"", source="s", received=RECEIVED))
    assert found == list(settle_objects(whole, text=b"", source="s", received=RECEIVED))
