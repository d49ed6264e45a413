"""Sections 4.3, 5.5 and 7.1: adding objects, and the status of it."""

import json
from datetime import datetime
from uuid import uuid4

import pytest

from tests.standards.taxii.conftest import Stock
from tests.standards.taxii.door import TAXII, Answer, Shelf
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import (
    Json,
    ids_of,
    instants_of,
    make_indicator,
    make_malware,
    make_statement,
)
from tests.standards.taxii.shapes import STATUS, list_faults
from tests.standards.taxii.target import Target


def _send(shelf: Shelf, body: bytes) -> Answer:
    return shelf.door.send("POST", shelf.objects, headers={"Content-Type": TAXII}, body=body)


@states("S5.5-3", "S4.3-1", "S4.3-3", "S4.3-4")
def test_what_is_accepted_has_a_status_to_its_end(shelf: Shelf) -> None:
    answer = shelf.post([make_indicator(), make_malware()])
    assert answer.status == 202
    first = answer.json
    last = shelf.wait(first)
    for status in (first, last):
        assert list_faults(status, STATUS) == []
        assert status["status"] in {"complete", "pending"}
        counts = [status[f"{name}_count"] for name in ("success", "failure", "pending")]
        assert min(counts) >= 0
        assert status["total_count"] in {0, sum(counts)}
    assert last["id"] == first["id"]
    assert (last["total_count"], last["success_count"], last["pending_count"]) == (2, 2, 0)
    assert shelf.door.get(f"{shelf.root}status/{first['id']}/").json == last


@states("S5.5-3")
def test_a_complete_status_means_that_the_objects_are_there(shelf: Shelf) -> None:
    made = [make_indicator(), make_malware()]
    shelf.add(made)
    assert sorted(ids_of(shelf.list_objects({"match[id]": ",".join(ids_of(made))}))) == sorted(ids_of(made))


@states("S4.3-5")
def test_details_name_an_object_and_its_modified(shelf: Shelf) -> None:
    malware = make_malware()
    assert _read_details(shelf.add([malware])) == (malware["id"], instants_of([malware["modified"]]))


@states("S4.3-6")
def test_details_name_created_where_there_is_no_modified(shelf: Shelf) -> None:
    statement = make_statement()
    assert _read_details(shelf.add([statement])) == (statement["id"], instants_of([statement["created"]]))


def _read_details(status: Json) -> tuple[str, list[datetime]]:
    assert status["success_count"] == 1
    if "successes" not in status:
        pytest.skip("the server under test gives no details")
    [found] = status["successes"]
    return found["id"], instants_of([found["version"]])


@states("S4.3-2")
def test_a_status_that_is_not_there(target: Target) -> None:
    assert target.door.get(f"{target.root}status/{uuid4()}/").status == 404
    assert target.door.get(f"{target.root}status/no-status/").status == 404


@states("S5.5-4")
def test_an_exact_duplicate_is_no_error(shelf: Shelf, stock: Stock) -> None:
    status = shelf.add([stock.malware, stock.statement, stock.domain])
    assert status["failure_count"] == 0
    assert len(shelf.list_manifest({"match[id]": stock.malware["id"], "match[version]": "all"})) == 1


@states("S5.5-4")
def test_the_same_object_twice_in_one_envelope_is_no_error(shelf: Shelf) -> None:
    malware = make_malware()
    status = shelf.add([malware, malware])
    assert status["failure_count"] == 0
    assert shelf.list_objects({"match[id]": malware["id"]}) == [malware]


@states("S5.5-5")
def test_what_is_too_large_is_refused(target: Target, shelf: Shelf) -> None:
    """It only says that it is too large: who believes Content-Length need not read it."""
    most = target.door.get(target.root).json["max_content_length"]
    headers = {"Content-Type": TAXII, "Content-Length": str(most + 1)}
    try:
        answer = shelf.door.send("POST", shelf.objects, headers=headers)
    except TimeoutError:
        raise AssertionError("the server waits for a body that it should refuse by its length") from None
    assert answer.status == 413


@states("S4.2-5")
def test_what_is_not_too_large_is_taken(target: Target, shelf: Shelf) -> None:
    most = target.door.get(target.root).json["max_content_length"]
    malware = make_malware()
    malware["description"] = "x" * min(most - 2000, 1_000_000)
    assert shelf.add([malware])["success_count"] == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"objects"', b'{"objects": {}}', b'{"objects": "all"}', b"\xff\xfe{}", b"null"],
)
@states("S5.5-6")
def test_a_malformed_body_is_refused(target: Target, body: bytes) -> None:
    answer = _send(target.spare, body)
    assert answer.status in {400, 422}
    assert answer.media_type == TAXII


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "malware", "spec_version": "2.1"},
        {"type": "malware", "spec_version": "2.1", "id": "malware--none", "created": "?", "modified": "?"},
        {"id": f"malware--{uuid4()}"},
    ],
    ids=["no id", "bad id", "no type"],
)
@states("S5.5-7")
def test_an_object_that_cannot_be_processed_fails_alone_or_refuses_all(
    target: Target, wrong: dict[str, str]
) -> None:
    shelf, good = target.spare, make_malware()
    answer = shelf.post([good, wrong])
    if answer.status == 202:
        status = shelf.wait(answer.json)
        assert (status["success_count"], status["failure_count"]) == (1, 1)
        assert shelf.list_objects({"match[id]": good["id"]}) == [good]
    else:
        assert answer.status in {400, 422}
        assert shelf.list_objects({"match[id]": good["id"]}) == []


@states("S7.1-1")
def test_properties_of_an_envelope_that_nobody_knows_break_nothing(shelf: Shelf) -> None:
    malware = make_malware()
    answer = _send(shelf, json.dumps({"objects": [malware], "x_example_com_note": {"a": 1}}).encode())
    assert answer.status in {202, 422}
    if answer.status == 202:
        assert shelf.wait(answer.json)["failure_count"] == 0


@states("S3.7-2")
def test_custom_properties_and_other_scripts_come_back(shelf: Shelf) -> None:
    malware = make_malware("Пример 例 \u2028 \U0001f41b") | {
        "x_example_com_score": {"impact": 1.50, "none": None}
    }
    shelf.add([malware])
    assert shelf.list_objects({"match[id]": malware["id"]}) == [malware]
