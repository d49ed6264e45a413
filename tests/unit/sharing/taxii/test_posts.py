"""What is in the body of a post."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from stack.core.errors import BadInput
from stack.sharing.taxii import posts
from stack.sharing.taxii.errors import TooLarge
from stack.sharing.taxii.posts import Posted, list_posted, read_body

_MALWARE = {"id": "malware--1", "modified": "2026-01-31T10:00:00.000Z", "created": "2025-01-31T10:00:00.000Z"}


def body(*objects: Any, **more: Any) -> bytes:
    return json.dumps({"objects": objects} | more).encode()


def test_each_object_is_named_with_its_version() -> None:
    found = list_posted(
        body(_MALWARE, {"id": "tool--1", "created": "2025-01-31T10:00:00Z"}, {"id": "url--1"})
    )
    assert found == [
        Posted("malware--1", "2026-01-31T10:00:00.000Z"),
        Posted("tool--1", "2025-01-31T10:00:00Z"),
        Posted("url--1", ""),
    ]


def test_what_has_no_id_is_named_by_its_place() -> None:
    found = list_posted(body(_MALWARE, {}, {"id": 7, "modified": 8}, {"id": ""}, {"id": "x" * 400}))
    assert [each.stix_id for each in found[1:]] == [f"objects[{number}]" for number in range(1, 5)]
    assert {each.version for each in found[1:]} == {""}


def test_a_bundle_is_an_envelope_too() -> None:
    assert len(list_posted(body(_MALWARE, type="bundle", id="bundle--1", more=False))) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  ",
        b"{}",
        b'{"objects":[]}',
        b'{"objects":{}}',
        b'{"objects":"x"}',
        b'[{"id":"malware--1"}]',
        b'{"id":"malware--1","type":"malware"}',
        b'{"objects":[{"id":"malware--1"}',
        b'{"objects":[{"id":"malware--1"},]}',
        b'{"objects":[{"id":}]}',
        b'{"objects":[{"id":"malware--1"},7]}',
        b'{"objects":[null]}',
        b'{"objects":[{"id":"a"}]}{"objects":[{"id":"b"}]}',
        b'{"objects":[{"id":"a"}]} x',
        b"\x1f\x8b\x08\x00",
        b'\xff\xfe{"objects":[{}]}',
    ],
)
def test_what_is_no_envelope_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="no TAXII envelope") as refused:
        list_posted(content)
    assert refused.value.status == 422


def test_more_objects_than_are_kept_track_of_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "MOST_OBJECTS", 3)
    assert len(list_posted(body(*[_MALWARE] * 3))) == 3
    with pytest.raises(TooLarge, match="more than"):
        list_posted(body(*[_MALWARE] * 4))


class _Unreadable(BytesIO):
    def read(self, *arguments: Any) -> bytes:
        raise AssertionError("the body was read")


def test_a_body_that_is_too_long_is_not_read() -> None:
    request = RequestFactory().generic("POST", "/", b"x" * 11)
    request.META["wsgi.input"] = _Unreadable()
    request._stream = _Unreadable()
    with pytest.raises(TooLarge):
        read_body(request, limit=10)


def test_a_body_in_chunks_is_read_up_to_the_limit() -> None:
    request = RequestFactory().generic("POST", "/", headers={"Transfer-Encoding": "chunked"})
    request.META["wsgi.input"] = BytesIO(b"x" * 10)
    assert read_body(request, limit=10) == b"x" * 10
    endless = BytesIO(b"x" * 10_000_000)
    request.META["wsgi.input"] = endless
    with pytest.raises(TooLarge):
        read_body(request, limit=1_000_000)
    assert endless.tell() < 2_000_000
