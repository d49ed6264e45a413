"""What an input is, told from its beginning; what is none says what it is and what to do."""

import json

import pytest

from stack.core.errors import BadInput
from stack.ingest.formats import choose_parser, list_parsers
from stack.ingest.streams import stream_bytes
from tests.conftest import DataFiles

TOOL = b'{"type":"tool","spec_version":"2.1","id":"tool--1","modified":"2024-01-01T00:00:00Z"}'


def name_of(data: bytes, filename: str = "file") -> str:
    return choose_parser(stream_bytes(data), filename=filename).name


@pytest.mark.parametrize(
    ("data", "filename", "expected"),
    [
        (b'{"type":"bundle","id":"bundle--1","objects":[' + TOOL + b"]}", "x.json", "stix"),
        (b'\xef\xbb\xbf \n{"objects" : [' + TOOL + b"]}", "x", "stix"),
        (
            b'{"type":"bundle","spec_version":"2.0","objects":[{"type":"tool","modified":"z"}]}',
            "x",
            "stix-2.0",
        ),
        (b'{"objects":[{"type":"tool","modified":"z"}],"type":"bundle"}', "x", "stix-2.0"),
        (b"[" + TOOL + b"]", "x.json", "stix-objects"),
        (TOOL, "x.json", "stix-objects"),
        (json.dumps(json.loads(TOOL), indent=2).encode(), "x.json", "stix-objects"),
        (TOOL + b"\n" + TOOL + b"\n", "x.json", "json-lines"),
        (TOOL + b"\n", "x.jsonl", "json-lines"),
        (b'{"Event":{"id":"281"}}', "x.json", "misp"),
        (b' {"response" : [{"Event":{"id":"7"}}]}', "x.json", "misp"),
        (b'{"uuid":"3d0b","info":"x","Attribute":[]}', "x.json", "misp"),
        (b"value,type\nevil.example,domain\n", "x.txt", "csv"),
        (b"198.51.100.7;high\n198.51.100.8;low\n", "list", "csv"),
        (b"one column\nevil.example\n", "x.csv", "csv"),
        (b"The malware, seen in May, calls 198.51.100.7.\nNothing else.\n", "x", "text"),
        (b"198.51.100.7\nevil.example\n", "x.txt", "text"),
    ],
)
def test_formats_are_recognised(data: bytes, filename: str, expected: str) -> None:
    assert name_of(data, filename) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML page, not STIX"),
        (b"\n<HTML>", "HTML page, not STIX"),
        ('{"type":"bundle"}'.encode("utf-16"), "UTF-16"),
        ('{"type":"bundle"}'.encode("utf-16-le"), "UTF-16"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"\x00\x01\x02\x03binary", "does not recognise"),
    ],
)
def test_what_is_no_intelligence_is_refused_with_a_reason(data: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message) as refused:
        name_of(data, "bundle.json")
    assert refused.value.remedy or message == "empty"


def test_a_format_can_be_forced() -> None:
    page = stream_bytes(b"<html><p>198.51.100.7</p></html>")
    assert choose_parser(page, filename="x", forced="text").name == "text"
    with pytest.raises(BadInput, match="no format 'pdf'"):
        choose_parser(page, filename="x", forced="pdf")


def test_real_files_are_recognised(data_file: DataFiles) -> None:
    for path in data_file("stix20/unit42").iterdir():
        assert name_of(path.read_bytes(), path.name) == "stix-2.0", path.name
    for name in ("attack/ics-attack-17.1.json", "stix21/capec.json", "stix21/indicators.json"):
        assert name_of(data_file(name).read_bytes()) == "stix"


def test_the_formats_are_those_of_the_documentation() -> None:
    assert list(list_parsers()) == [
        "csv",
        "json-lines",
        "misp",
        "openioc",
        "stix",
        "stix-1",
        "stix-2.0",
        "stix-objects",
        "text",
    ]
