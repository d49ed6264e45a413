"""The splitter gives exact slices, whatever surrounds them, and a broken record costs only itself."""

import json
import time
from io import BytesIO
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stack.ingest import json_window
from stack.ingest.base import Limits, Record, RecordFault
from stack.ingest.splitting import split_json
from stack.ingest.streams import ByteStream, stream_bytes
from tests.conftest import DataFiles


def split(data: bytes, *, limit: int = 1_000_000) -> tuple[list[bytes], list[RecordFault]]:
    items = list(split_json(stream_bytes(data), Limits(record=limit)))
    used = [item.position for item in items if isinstance(item, Record) or item.severity == "error"]
    assert used == list(range(len(used))), "positions count records and errors, in order"
    records = [item.text for item in items if isinstance(item, Record)]
    return records, [item for item in items if isinstance(item, RecordFault)]


def make(number: int, **properties: Any) -> bytes:
    obj = {"type": "tool", "id": f"tool--{number:08}-0000-4000-8000-000000000000", "name": "x"} | properties
    return json.dumps(obj).encode()


def bundle(*objects: bytes, tail: bytes = b"") -> bytes:
    return b'{"type":"bundle","id":"bundle--1","objects":[' + b",".join(objects) + b"]" + tail + b"}"


TRICKY = [
    make(1, name='braces } ] { [ and \\" quotes \\\\'),
    make(2, nested={"objects": [{"type": "bundle", "objects": [1, {"a": []}]}]}),
    b'{ "id" : "tool--3" ,\n\t"type" : "tool" , "b\\"ra}ce" : "\\\\" }',
    b"{}",
    make(4, name="\u00e9\u4e2d\U0001f600"),
]


def test_records_are_the_exact_slices_of_a_bundle() -> None:
    assert split(bundle(*TRICKY)) == (TRICKY, [])


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        (b"[", b",", b"]"),
        (b" \n[ ", b" \r\n,\t", b" ]\n"),
        (b'{"objects" : [', b",\n  ", b'], "more": {"objects": {"x": [1]}}, "type": "bundle"}'),
        (b'{"x_note": "objects [", "n": [1, [2]], "objects":[', b",", b"]}"),
        (b"", b"\n", b""),
        (b"\xef\xbb\xbf[", b",", b"]"),
    ],
)
def test_arrays_envelopes_and_bare_objects_are_split_alike(
    before: bytes, between: bytes, after: bytes
) -> None:
    assert split(before + between.join(TRICKY) + after) == (TRICKY, [])


def test_many_records_across_many_chunks_stay_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_window, "_CHUNK", 700)
    objects = [make(n, name="y" * (n % 900), refs=[{"a": n}, {"b": "},{"}]) for n in range(500)]
    assert split(bundle(*objects)) == (objects, [])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    ),
    st.sampled_from([None, 1, "\t"]),
)
def test_any_json_is_split_as_a_decoder_would(values: list[Any], indent: str | int | None) -> None:
    objects = [{"type": "x", "value": value} for value in values]
    data = json.dumps({"objects": objects, "type": "bundle"}, indent=indent, ensure_ascii=False).encode()
    records, faults = split(data)
    assert [json.loads(record) for record in records] == objects
    assert faults == []


def test_real_bundles_are_split_as_msgspec_splits_them(data_file: DataFiles) -> None:
    class Bundle(msgspec.Struct):
        objects: list[msgspec.Raw]

    for name in ("attack/ics-attack-17.1.json", "stix21/capec.json", "stix21/mbc.json"):
        data = data_file(name).read_bytes()
        expected = [bytes(raw) for raw in msgspec.json.decode(data, type=Bundle).objects]
        assert split(data) == (expected, [])


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (b'{"type":"tool","id":"tool--bad", nope}', "json"),
        (b'{"type":"tool","score":NaN}', "json"),
        (b'{"type":"tool","name":"no end}', "json"),
        (b'{"type":"tool","name":"too few braces","a":{"b":1}', "json"),
        (b'{"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "depth"),
        (b'{"deep":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", "depth"),
        (b'"just a string"', "json"),
        (b"17", "json"),
        (b'{"type":"tool","name":"' + b"x" * 2_000_000 + b'"}', "size"),
        (b'{"type":"tool","list":[' + b'"y\\"",' * 300_000 + b"1]}", "size"),
    ],
)
def test_a_broken_record_costs_only_itself(broken: bytes, rule: str) -> None:
    before, after = [make(n) for n in range(3)], [make(n) for n in range(5, 9)]
    records, faults = split(bundle(*before, broken, *after))
    assert records == before + after
    assert [fault.rule for fault in faults] == [rule]
    assert faults[0].label == "objects[3]"


def test_one_bad_record_in_ten_thousand_is_named() -> None:
    objects = [make(n) for n in range(10_000)]
    records, [fault] = split(bundle(*objects[:7000], b'{"type":"tool",}', *objects[7001:]))
    assert records == objects[:7000] + objects[7001:]
    assert fault.label == "objects[7000]"


def test_a_truncated_bundle_gives_what_came_before_and_says_where_it_is_cut() -> None:
    objects = [make(n) for n in range(5)]
    whole = bundle(*objects)
    data = whole[: whole.index(objects[4]) + 20]
    records, [fault] = split(data)
    assert records == objects[:4]
    assert fault.rule == "truncated"
    assert f"ends at byte {len(data):,}" in fault.message


@pytest.mark.parametrize("cut", range(1, 11))
def test_a_bundle_cut_in_its_last_bytes_keeps_all_objects_that_are_whole(cut: int) -> None:
    whole = bundle(make(1), make(2), tail=b',"x":"y"')
    records, [fault] = split(whole[:-cut])
    assert records == [make(1), make(2)]
    assert fault.rule == "truncated"


def test_garbage_after_the_bundle_is_told() -> None:
    records, [fault] = split(bundle(make(1)) + b"\n<html>")
    assert records == [make(1)]
    assert "<html>" in fault.message


def test_a_missing_or_superfluous_comma_loses_nothing_and_is_told() -> None:
    records, faults = split(b"[" + make(1) + make(2) + b"," + make(3) + b",]")
    assert records == [make(1), make(2), make(3)]
    assert [fault.severity for fault in faults] == ["warning", "warning"]


def test_two_lists_of_objects_in_one_bundle_are_both_read() -> None:
    records, [fault] = split(b'{"objects":[' + make(1) + b'],"objects":[' + make(2) + b"]}")
    assert records == [make(1), make(2)]
    assert (fault.rule, fault.severity) == ("duplicate-key", "warning")


@pytest.mark.parametrize("unit", [b'{"', b'{"a":[' + make(1) + b",", b'{"a":{"b', b"[", b'\\"{'])
def test_hostile_input_takes_bounded_time(unit: bytes) -> None:
    data = b"[" + unit * (3_000_000 // len(unit))
    begun = time.process_time()
    _, faults = split(data)
    assert faults
    assert time.process_time() - begun < 10


def test_a_large_input_is_read_in_pieces() -> None:
    class Counting(BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            self.largest = max(self.largest, size or 0)
            return super().read(size)

    file = Counting(bundle(*[make(n, name="z" * 1000) for n in range(5000)]))
    stream = ByteStream(file)
    seen_early = next(iter(split_json(stream, Limits())))
    assert isinstance(seen_early, Record)
    assert stream.raw_position < 2_000_000
    assert 0 < file.largest <= 1_048_576


def test_the_objects_of_listed_bundles_are_records_and_empty_bundles_hold_none() -> None:
    empty = b'{"type":"bundle","id":"bundle--2"}'
    listed = b"[" + b",".join([bundle(*TRICKY[:2]), make(5), bundle(TRICKY[2], b"7"), empty]) + b"]"
    records, [fault] = split(listed)
    assert records == [*TRICKY[:2], make(5), TRICKY[2]]
    assert (fault.label, fault.rule) == ("record 4", "json")
    assert split(empty) == ([], [])


@pytest.mark.parametrize("inner", [bundle(bundle(make(1))), b'{"type":"bundle","objects":{}}'])
def test_a_bundle_that_is_none_is_a_fault_of_its_own(inner: bytes) -> None:
    records, [fault] = split(bundle(make(1), inner, make(2)))
    assert records == [make(1), make(2)]
    assert (fault.rule, fault.position) == ("bundle", 1)
