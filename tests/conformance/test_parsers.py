"""Every parser plugin keeps the contract of `stack.ingest.base`."""

import importlib
import inspect
import re
from typing import cast

import pytest

from stack.ingest.base import Limits, ParseOptions, ParserPlugin, Record
from stack.ingest.formats import list_parsers
from stack.ingest.parsers import _example
from stack.ingest.preparing import prepare_records
from stack.ingest.streams import stream_bytes

PARSERS: dict[str, ParserPlugin] = {**list_parsers(), "_example": cast("ParserPlugin", _example.Parser)}
OPTIONS = ParseOptions(
    source="test", filename="file", received="2026-01-01T00:00:00.000Z", limits=Limits(record=100_000)
)
every_parser = pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)


@every_parser
def test_it_says_what_it_is(parser: ParserPlugin) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", parser.name)
    assert parser.title
    assert not parser.title.endswith(".")
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", media_type) for media_type in parser.media_types)
    assert all(extension.startswith(".") for extension in parser.extensions)
    assert inspect.getdoc(importlib.import_module(parser.__module__)), "the module says what the format is"


@every_parser
def test_it_is_the_surest_of_its_own_example(parser: ParserPlugin) -> None:
    filename = f"file{parser.extensions[0]}"
    sureness = {other.name: other.sniff(parser.example, filename) for other in PARSERS.values()}
    assert max(sureness, key=lambda name: sureness[name]) == parser.name
    assert sureness[parser.name] <= 100


@every_parser
@pytest.mark.parametrize("head", [b"", b"\0\xff\x80", b"{" * 500, b'"\\', b"<html>", b"\n,;\t|"])
def test_it_sniffs_anything_without_an_error(parser: ParserPlugin, head: bytes) -> None:
    assert 0 <= parser.sniff(head, "") <= 100


@every_parser
def test_its_example_becomes_valid_objects_and_comes_out_the_same_again(parser: ParserPlugin) -> None:
    items = list(parser.parse(stream_bytes(parser.example), OPTIONS))
    records = [item for item in items if isinstance(item, Record)]
    assert items == records, "no faults"
    assert [record.position for record in records] == list(range(len(records)))
    assert all(record.label for record in records)
    prepared = prepare_records(records)
    assert prepared.errors == []
    assert len(prepared.statements) == len(records) > 0
    assert list(parser.parse(stream_bytes(parser.example), OPTIONS)) == items
