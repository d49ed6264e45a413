"""Answers around stored bytes: legal JSON, and never an empty list."""

import json

from stack.sharing.taxii.envelopes import write_envelope, write_manifest, write_versions
from stack.store.selections.records import Entry


def test_texts_stay_as_they_are() -> None:
    texts = [b'{"a": 1.0}', b'{"b":"\\u00e9"}']
    assert write_envelope(texts, following="") == b'{"objects":[{"a": 1.0},{"b":"\\u00e9"}],"more":false}'
    assert write_envelope(texts[:1], following="x") == b'{"objects":[{"a": 1.0}],"more":true,"next":"x"}'


def test_what_is_empty_is_left_out() -> None:
    for write in (write_envelope, write_manifest, write_versions):
        assert write([], following="") == b"{}"
        assert json.loads(write([], following="x")) == {"more": True, "next": "x"}


def test_a_manifest_names_each_version() -> None:
    entries = [Entry(1_000_001, "malware--1", 0, b""), Entry(2_000_000, "tool--2", 1_001, b"")]
    assert json.loads(write_manifest(entries, following="")) == {
        "objects": [
            {
                "id": "malware--1",
                "date_added": "1970-01-01T00:00:01.000001Z",
                "version": "1970-01-01T00:00:00.000Z",
                "media_type": "application/stix+json;version=2.1",
            },
            {
                "id": "tool--2",
                "date_added": "1970-01-01T00:00:02.000000Z",
                "version": "1970-01-01T00:00:00.001001Z",
                "media_type": "application/stix+json;version=2.1",
            },
        ],
        "more": False,
    }


def test_versions_are_listed() -> None:
    assert json.loads(write_versions([0], following="")) == {
        "versions": ["1970-01-01T00:00:00.000Z"],
        "more": False,
    }
