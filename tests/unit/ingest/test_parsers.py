"""What parsers make of rows and texts."""

import json
from typing import Any

import pytest

from stack.core.errors import BadInput
from stack.ingest.base import CsvMapping, Limits, ParseOptions, Record, RecordFault
from stack.ingest.formats import list_parsers
from stack.ingest.streams import stream_bytes
from stack.stix.validation.validate import validate_object

RECEIVED = "2026-01-31T08:15:30.000Z"


def parse(
    name: str, data: bytes, *, mapping: CsvMapping | None = None, source: str = "feed", limit: int = 10_000
) -> tuple[list[dict[str, Any]], list[RecordFault]]:
    options = ParseOptions(
        source=source, filename="x", received=RECEIVED, mapping=mapping, limits=Limits(record=limit)
    )
    items = list(list_parsers()[name].parse(stream_bytes(data), options))
    assert [item.position for item in items] == list(range(len(items)))
    objects = [json.loads(item.text) for item in items if isinstance(item, Record)]
    for obj in objects:
        assert validate_object(obj) == ()
    return objects, [item for item in items if isinstance(item, RecordFault)]


def test_csv_columns_are_found_by_their_headings() -> None:
    rows = (
        b"First Seen (UTC),IOC,ioc_type,tags,confidence_level,comment\n"
        b'2026-01-02 03:04:05,hxxp://evil[.]example/a,url,"c2,botnet",75,"first, with comma"\n'
        b"2026-01-03,198.51.100.7,ip,,100%,\n"
    )
    (url, address), faults = parse("csv", rows)
    assert faults == []
    assert url["pattern"] == "[url:value = 'http://evil.example/a']"
    assert (url["labels"], url["confidence"]) == (["c2", "botnet"], 75)
    assert url["description"] == "first, with comma"
    assert url["created"] == RECEIVED
    assert address["pattern"] == "[ipv4-addr:value = '198.51.100.7']"
    assert address["valid_from"] == "2026-01-03T00:00:00.000Z"
    assert "labels" not in address


def test_csv_as_abuse_ch_writes_it_has_its_heading_in_a_comment() -> None:
    rows = (
        b'# URLhaus dump\n# id,dateadded,url,url_status,threat,tags\n"1","2026-01-02 03:04:05",'
        b'"http://evil.example/x","online","malware_download","elf,mirai"\n'
    )
    [indicator], faults = parse("csv", rows)
    assert faults == []
    assert indicator["pattern"] == "[url:value = 'http://evil.example/x']"
    assert indicator["valid_from"] == "2026-01-02T03:04:05.000Z"
    assert indicator["labels"] == ["elf", "mirai"]


def test_csv_without_a_heading_is_read_by_its_content() -> None:
    (first, second), _ = parse("csv", b"7;low;evil.example\n8;high;2001:DB8::1\n")
    assert first["pattern"] == "[domain-name:value = 'evil.example']"
    assert second["pattern"] == "[ipv6-addr:value = '2001:db8::1']"


def test_csv_with_a_mapping_takes_the_columns_that_it_names() -> None:
    mapping = CsvMapping(value="Thing", value_type="file name", name=3, has_header=True)
    [indicator], faults = parse("csv", b"a,Thing,c\n1,It's.exe,Dropper\n", mapping=mapping)
    assert faults == []
    assert indicator["pattern"] == r"[file:name = 'It\'s.exe']"
    assert indicator["name"] == "Dropper"
    with pytest.raises(BadInput, match="names a column 'other'"):
        parse("csv", b"a,b\n1,2\n", mapping=CsvMapping(value="other", has_header=True))
    with pytest.raises(BadInput, match="does not know"):
        parse("csv", b"a\n1\n", mapping=CsvMapping(value=1, value_type="feeling"))


def test_a_bad_row_is_named_and_those_around_it_go_in() -> None:
    rows = (
        b"value,type,confidence,valid_from\nevil.example,domain,50,\nnot a hash,sha256,1,\n,domain,1,\n"
        b"a.example,domain,many,\nb.example,domain,1,yesterday\n\xff\xfe.example,domain,1,\nc.example,domain,101,\n"
        b"end.example,domain,0,1767323045\n"
    )
    objects, faults = parse("csv", rows)
    assert [obj["name"] for obj in objects] == ["evil.example", "end.example"]
    assert objects[1]["valid_from"] == "2026-01-02T03:04:05.000Z"
    assert [fault.label for fault in faults] == [f"line {n}" for n in range(3, 9)]
    assert "64 hexadecimal digits" in faults[0].message
    assert "no value" in faults[1].message
    assert "UTF-8" in faults[4].message


def test_the_same_row_has_the_same_id_from_one_source_and_another_from_the_next() -> None:
    row = b"value\nevil.example\n"
    [first], _ = parse("csv", row)
    [again], _ = parse("csv", b"value,comment\nEVIL[.]example,later\n")
    [other], _ = parse("csv", row, source="other feed")
    assert first["id"] == again["id"] != other["id"]


def test_a_csv_file_without_indicators_says_what_to_do() -> None:
    with pytest.raises(BadInput, match="No column"):
        parse("csv", b"colour,size\nred,7\n")


def test_a_text_becomes_observables_and_a_note_that_ties_them_to_it() -> None:
    text = "The loader calls hxxps://evil[.]example/gate.php and 198.51.100[.]7 (CVE-2024-12345).\n" * 2
    objects, faults = parse("text", text.encode())
    assert faults == []
    *values, note = objects
    assert [obj["type"] for obj in values] == ["url", "ipv4-addr", "vulnerability"]
    assert values[0]["value"] == "https://evil.example/gate.php"
    assert note["type"] == "note"
    assert note["content"] == text
    assert note["object_refs"] == [obj["id"] for obj in values]


def test_observables_of_a_text_have_the_ids_of_the_standard() -> None:
    (domain, _), _ = parse("text", b"see example[.]com")
    assert domain["id"] == "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"


def test_a_text_without_indicators_says_so() -> None:
    with pytest.raises(BadInput, match="No indicators"):
        parse("text", b"Nothing to see here, move along.\n")


def test_json_lines_keep_each_line_to_itself() -> None:
    tool = '{"type":"url","spec_version":"2.1","id":"url--c39cde21-53cb-5f38-8b91-ee7f0d21ce8c","value":"http://a/"}'
    data = f'{tool}\r\n\n{{"type":"bundle","objects":[{tool},{tool}]}}\n{"x" * 20_000}\n{tool}'
    objects, [fault] = parse("json-lines", data.encode())
    assert len(objects) == 4
    assert (fault.rule, fault.label) == ("size", "line 4")


def test_a_line_that_is_no_object_is_a_fault_and_a_list_is_read() -> None:
    url = list_parsers()["json-lines"].example.splitlines()[1]
    lines = [url, b"[1, " + url + b"]", b"5", b'"text"', b"null", b"[", url]
    objects, faults = parse("json-lines", b"\n".join(lines))
    assert [each["type"] for each in objects] == ["url"] * 3
    assert [fault.place for fault in faults] == ["line 2", "line 3", "line 4", "line 5", "line 6"]


def test_stix_20_is_upgraded_and_observables_inside_become_objects() -> None:
    data = {
        "type": "bundle",
        "spec_version": "2.0",
        "objects": [
            {
                "type": "observed-data",
                "id": "observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf",
                "created": "2016-04-06T19:58:16.000Z",
                "modified": "2016-04-06T19:58:16.000Z",
                "first_observed": "2015-12-21T19:00:00Z",
                "last_observed": "2015-12-21T19:00:00Z",
                "number_observed": 50,
                "objects": {"0": {"type": "domain-name", "value": "example.com"}},
            }
        ],
    }
    (observed, domain), faults = parse("stix-2.0", json.dumps(data).encode())
    assert faults == []
    assert observed["object_refs"] == [domain["id"]]
    assert domain["value"] == "example.com"


@pytest.mark.parametrize("data", [b"a\rb,c\nevil.example,d\n", b"value\r\nevil.example\r\n", b"\r\n\r0\n"])
def test_csv_with_carriage_returns_is_read_or_refused(data: bytes) -> None:
    try:
        objects, _ = parse("csv", data)
    except BadInput:
        objects = []
    assert (b"evil" in data) == any(obj["name"] == "evil.example" for obj in objects)
    choose = list_parsers()["csv"].sniff(data, "x.txt")
    assert 0 <= choose <= 100


def test_csv_with_a_cell_beyond_all_measure_is_refused() -> None:
    with pytest.raises(BadInput, match="no CSV"):
        parse("csv", b"value\n" + b"a" * 200_000 + b"\n", limit=1_000_000)
