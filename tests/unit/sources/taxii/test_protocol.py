"""What servers say is read leniently, and never taken for what it is not."""

import json
from typing import Any

import pytest

from stack.core.errors import BadInput
from stack.sources.taxii.client import check_url
from stack.sources.taxii.envelopes import Sending, cut_envelopes, fits, write_envelope
from stack.sources.taxii.protocol import (
    NotTaxii,
    identify_object,
    read_collections,
    read_envelope,
    read_problem,
    read_status,
)


def test_objects_stay_the_bytes_that_came() -> None:
    odd = b'{ "id" : "x--1",\n "n":1.50, "u":"\\u0041\xc3\xa9" }'
    page = read_envelope(b'{"more": true, "next":"5", "objects" : [' + odd + b" , {}]}", {})
    assert page.objects == [odd, b"{}"]
    assert (page.is_more, page.next) == (True, "5")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        (1, True),
        (0, False),
        (None, None),
        ([], None),
    ],
)
def test_more_is_read_as_servers_write_it(said: Any, expected: bool | None) -> None:
    page = read_envelope(json.dumps({"more": said, "objects": []}).encode(), {})
    assert page.is_more is expected


@pytest.mark.parametrize("body", [b"", b" ", b"{}", b'{"objects":null}', b'{"more":false}'])
def test_an_empty_answer_is_an_empty_page(body: bytes) -> None:
    assert read_envelope(body, {}).objects == []


@pytest.mark.parametrize(
    "body", [b"[]", b'{"objects":{}}', b'{"objects":[}', b"<html>", b"[" * 90_000, b"\xff"]
)
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(NotTaxii):
        read_envelope(body, {})


def test_dates_that_are_none_are_left_out() -> None:
    headers = {"x-taxii-date-added-first": "yesterday", "x-taxii-date-added-last": "2026-01-01T00:00:00Z"}
    page = read_envelope(b"{}", headers)
    assert (page.first, page.last) == ("", "2026-01-01T00:00:00Z")


def test_a_token_that_is_a_number_or_too_long() -> None:
    assert read_envelope(b'{"next":7}', {}).next == "7"
    assert read_envelope(b'{"next":"' + b"x" * 10_000 + b'"}', {}).next == ""
    assert read_envelope(b'{"next":true}', {}).next == ""


def test_a_status_counts_the_failures_that_it_names() -> None:
    status = read_status(
        {
            "id": "s",
            "status": "complete",
            "success_count": 3,
            "failures": [{"id": "x--1", "message": "no"}, 5],
        }
    )
    assert (status.is_complete, status.succeeded, status.failed, status.pending) == (True, 3, 1, 0)
    assert status.failures[0].message == "no"
    assert not read_status({"status": "pending", "pending_count": -1}).is_complete


def test_collections_without_an_id_are_left_out() -> None:
    found = read_collections({"collections": [{"title": "x"}, "y", {"id": "1", "can_read": "true"}]})
    assert [(each.id, each.can_read, each.can_write) for each in found] == [("1", True, False)]


def test_versions_are_told_by_modified_else_by_created() -> None:
    assert identify_object(b'{"id":"a","modified":"2026-01-02T00:00:00Z"}')[1] == "2026-01-02T00:00:00Z"
    assert identify_object(b'{"id":"a","created":"2026-01-01T00:00:00Z"}')[1] == "2026-01-01T00:00:00Z"
    assert identify_object(b"[") == ("", "")


def test_a_problem_is_short_and_printable() -> None:
    text = read_problem(json.dumps({"title": "No\x1b[2J", "description": "x" * 9_000}).encode())
    assert text.startswith("No [2J: xxx")
    assert len(text) <= 300
    assert read_problem(b"<html>") == ""


@pytest.mark.parametrize(
    "url", ["taxii.example", "ftp://x.example", "https://u:p@x.example", "https://x/?a=1", ""]
)
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(BadInput):
        check_url(url)


def test_an_address_ends_with_one_slash() -> None:
    assert check_url(" https://x.example/root ") == "https://x.example/root/"
    assert check_url("https://x.example/root//") == "https://x.example/root/"


def test_envelopes_are_cut_in_order_within_both_limits() -> None:
    objects = [Sending(f"x--{place}", 0, place, b"x" * (100 + place)) for place in range(50)]
    cut = list(cut_envelopes(objects, most_bytes=1_000, most_objects=6))
    assert [each for envelope in cut for each in envelope] == objects
    assert all(len(envelope) <= 6 for envelope in cut)
    assert all(len(write_envelope(envelope)) <= 1_000 for envelope in cut)
    large = Sending("x--large", 0, 0, b"x" * 5_000)
    assert list(cut_envelopes([objects[0], large], most_bytes=1_000, most_objects=6)) == [
        [objects[0]],
        [large],
    ]
    assert not fits(large, most_bytes=1_000)


def test_a_bundle_for_taxii_20_has_the_same_id_for_the_same_objects() -> None:
    objects = [Sending("x--1", 5, 0, b'{"id":"x--1"}')]
    first, second = (json.loads(write_envelope(objects, is_20=True)) for _ in range(2))
    assert first == second
    assert first["objects"] == [{"id": "x--1"}]
