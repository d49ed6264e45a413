"""OpenIOC becomes STIX patterns that match what it meant, never more."""

from io import BytesIO
from typing import Any

import pytest

from stack.core.errors import BadInput
from stack.ingest.xml.openioc import read_openioc
from stack.stix.patterns.parser import parse_pattern
from stack.stix.validation.validate import validate_object

ID = "6d2a1b03-b216-4cd8-9a9e-8827af6ebf93"
ARGUMENTS = {"source": "test", "received": "2026-02-01T00:00:00.000Z"}


def item(search: str, value: str, condition: str = "is", more: str = "") -> str:
    return (
        f'<IndicatorItem id="1" condition="{condition}" {more}>'
        f'<Context document="x" search="{search}" type="mir"/>'
        f'<Content type="string">{value}</Content></IndicatorItem>'
    )


def group(operator: str, *children: str) -> str:
    return f'<Indicator operator="{operator}" id="2">{"".join(children)}</Indicator>'


def ioc(
    *children: str, head: str = "", identity: str = f'id="{ID}" last-modified="2026-01-31T08:00:00"'
) -> bytes:
    return (
        f'<?xml version="1.0"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc" {identity}>'
        f"<short_description>Name</short_description>{head}<definition>{''.join(children)}</definition></ioc>"
    ).encode()


def read(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    said = list(read_openioc(BytesIO(data), ARGUMENTS))
    [found] = [each["object"] for each in said if "object" in each]
    assert all(fault.severity == "warning" for fault in validate_object(found))
    return found, [each for each in said if "fault" in each]


HASH = item("FileItem/Md5sum", "d41d8cd98f00b204e9800998ecf8427e")
NAME = item("FileItem/FileName", "a.exe")
HOST = item("Network/DNS", "evil.example")
KEY = item("RegistryItem/Path", r"HKLM\Run", "contains")
MD5 = "file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e'"


@pytest.mark.parametrize(
    ("tree", "pattern"),
    [
        (group("OR", HASH, NAME), f"[{MD5} OR file:name = 'a.exe']"),
        (group("AND", HASH, NAME), f"[{MD5} AND file:name = 'a.exe']"),
        (group("OR", HASH, HOST), f"[{MD5}] OR [domain-name:value = 'evil.example']"),
        (group("AND", HASH, HOST), f"[{MD5}] AND [domain-name:value = 'evil.example']"),
        (
            group("OR", HOST, group("AND", NAME, HASH)),
            f"[domain-name:value = 'evil.example'] OR [file:name = 'a.exe' AND {MD5}]",
        ),
        (
            group("AND", NAME, group("OR", HASH, item("FileItem/SizeInBytes", "7", "greater-than"))),
            f"[file:name = 'a.exe' AND ({MD5} OR file:size > 7)]",
        ),
        (
            group("AND", HOST, group("OR", NAME, KEY)),
            "[domain-name:value = 'evil.example'] AND ([file:name = 'a.exe'] OR"
            r" [windows-registry-key:key LIKE '%HKLM\\Run%'])",
        ),
        (
            item("FileItem/FullPath", r"C:\Temp\a.exe"),
            r"[(file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\Temp')]",
        ),
        (item("FileItem/FileName", "a_b", "contains"), "[file:name MATCHES 'a_b']"),
        (item("FileItem/FileName", "a.", "starts-with"), "[file:name LIKE 'a.%']"),
        (item("FileItem/FileExtension", "exe"), "[file:name LIKE '%.exe']"),
        (item("FileItem/FileName", "a.exe", "isnot"), "[file:name != 'a.exe']"),
        (item("Network/DNS", "x", "containsnot"), "[domain-name:value NOT LIKE '%x%']"),
        (item("Network/DNS", "x", "matches", 'negate="true"'), "[domain-name:value NOT MATCHES 'x']"),
        (item("PortItem/remoteIP", "2001:db8::1"), "[ipv6-addr:value = '2001:db8::1']"),
        (item("Email/Subject", "it's"), r"[email-message:subject = 'it\'s']"),
    ],
)
def test_logic_and_conditions_are_kept(tree: str, pattern: str) -> None:
    found, faults = read(ioc(tree))
    assert found["pattern"] == pattern
    assert faults == []
    parse_pattern(pattern)


def test_what_says_who_and_when_is_kept() -> None:
    head = (
        "<description>Text</description><keywords>apt c2</keywords><authored_by>Analyst</authored_by>"
        "<authored_date>2026-01-30T08:00:00+02:00</authored_date>"
        '<links><link rel="report" href="https://example.com/r">Report</link>'
        '<link rel="grade">A</link></links>'
    )
    found, _ = read(ioc(HOST, head=head))
    assert found["id"] == f"indicator--{ID}"
    assert (found["name"], found["description"], found["labels"]) == ("Name", "Text", ["apt", "c2"])
    assert (found["created"], found["modified"]) == ("2026-01-30T06:00:00.000Z", "2026-01-31T08:00:00.000Z")
    assert found["external_references"] == [
        {"source_name": "report", "url": "https://example.com/r", "description": "Report"},
        {"source_name": "grade", "description": "A"},
    ]


def test_version_1_1_is_read() -> None:
    data = (
        f'<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1" id="{ID}"'
        ' last-modified="2026-01-31T08:00:00Z" published-date="2026-01-30T08:00:00Z">'
        "<metadata><short_description>N</short_description></metadata>"
        f'<criteria>{group("OR", HOST)}</criteria><parameters><param id="1"/></parameters></OpenIOC>'
    ).encode()
    found, faults = read(data)
    assert found["created"] == "2026-01-30T08:00:00.000Z"
    assert [fault["path"] for fault in faults] == ["parameters"]


def test_an_item_that_stix_cannot_say_is_lost_from_an_or_and_takes_an_and_with_it() -> None:
    unknown = item("ProcessItem/SectionList/MemorySection/Name", "x")
    found, faults = read(ioc(group("OR", HOST, unknown)))
    assert found["pattern"] == "[domain-name:value = 'evil.example']"
    assert [fault["path"] for fault in faults] == ["ProcessItem/SectionList/MemorySection/Name"]
    found, faults = read(ioc(group("OR", HOST, group("AND", NAME, unknown))))
    assert found["pattern"] == "[domain-name:value = 'evil.example']"
    assert {fault["path"] for fault in faults} == {
        "FileItem/FileName",
        "ProcessItem/SectionList/MemorySection/Name",
    }
    assert all(fault["severity"] == "warning" for fault in faults)


def test_an_indicator_of_which_nothing_is_left_is_an_error() -> None:
    [*_, last] = read_openioc(BytesIO(ioc(item("No/Such", "x"))), ARGUMENTS)
    assert last["rule"] == "pattern"


def test_without_times_and_ids_they_are_those_of_the_receipt_and_of_the_contents() -> None:
    [first] = read_openioc(BytesIO(ioc(HOST, identity="")), ARGUMENTS)
    [other] = read_openioc(BytesIO(ioc(NAME, identity="")), ARGUMENTS)
    assert first["undated"] is True
    assert first["object"]["created"] == ARGUMENTS["received"]
    assert first["object"]["id"] != other["object"]["id"]
    assert first == next(read_openioc(BytesIO(ioc(HOST, identity="")), ARGUMENTS))


def test_a_list_of_indicators_is_read() -> None:
    one = ioc(HOST).decode().partition("?>")[2]
    two = one.replace(ID, ID.replace("6d2a", "7d2a"))
    said = list(read_openioc(BytesIO(f"<iocs>{one}{two}</iocs>".encode()), ARGUMENTS))
    assert [each["place"] for each in said] == ["indicator 1", "indicator 2"]


@pytest.mark.parametrize("data", [b"", b"<ioc>", b"<x/>", b"{}", b"<ioc>\xff</ioc>"])
def test_what_is_no_openioc_says_so(data: bytes) -> None:
    with pytest.raises(BadInput):
        list(read_openioc(BytesIO(data), ARGUMENTS))
