"""Preparing in a helper process gives what preparing here gives, and its death costs no record."""

import json
import time
from collections.abc import Iterator

import pytest

from stack.ingest import preparation
from stack.ingest.base import Record
from stack.ingest.helper import Helper
from stack.ingest.preparation import Preparation
from stack.ingest.preparing import decode_object, prepare_records

TOOL = {
    "type": "tool",
    "spec_version": "2.1",
    "id": "tool--6c1c5f37-8e1d-4c9f-8a3f-7c552a5b4e1a",
    "created": "2024-01-01T00:00:00.000Z",
    "modified": "2024-01-01T00:00:00.000Z",
    "name": "Tool",
    "x_note": "a warning",
    "external_references": [{"source_name": "cve", "external_id": "CVE-2024-12345"}],
}
RECORDS = [
    Record(0, json.dumps(TOOL).encode()),
    Record(1, b'{"type":"tool"'),
    Record(2, json.dumps(TOOL | {"name": 17}).encode(), "line 3"),
    Record(3, json.dumps(TOOL | {"name": "Other"}).encode()),
]


@pytest.fixture
def helper() -> Iterator[Helper]:
    helper = Helper()
    deadline = time.monotonic() + 60
    while not helper.is_ready:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield helper
    helper.close()


def test_the_helper_makes_of_a_batch_what_this_process_makes_of_it(helper: Helper) -> None:
    expected = prepare_records(RECORDS)
    assert (len(expected.statements), expected.rejected) == (2, 2)
    for _ in range(2):
        assert helper.submit(RECORDS)
        assert helper.collect() == expected


def test_a_helper_that_dies_costs_no_record(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "_WORTH_A_HELPER_BYTES", 0)
    monkeypatch.setattr(preparation, "can_help", lambda: True)
    monkeypatch.setattr(preparation, "Helper", lambda: helper)
    with Preparation(1) as ahead:
        ahead.begin(RECORDS)
        helper._process.kill()
        helper._process.wait()
        assert ahead.finish(RECORDS) == prepare_records(RECORDS)
        ahead.begin(RECORDS)
        assert ahead.finish(RECORDS) == prepare_records(RECORDS)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"c":[{"d":1,"d":1}]}}',
        b'{"a" : 1, "a":2}',
        b'{"a\\u0062":1,"ab":2}',
        b'{"x":"\\":","a":1,"a":2}',
        b'{"":1,"":2}',
    ],
)
def test_a_name_that_is_there_twice_is_ambiguous(text: bytes) -> None:
    with pytest.raises(ValueError, match="twice"):
        decode_object(text)


@pytest.mark.parametrize(
    "text", [b'{"a":1,"b":{"a":1}}', b'{"x":"\\":","y":": \\" :"}', b'{"a" :[{"a":1},{"a":2}]}', b'{"":":"}']
)
def test_names_that_only_look_alike_are_not(text: bytes) -> None:
    assert decode_object(text) == json.loads(text)
