"""Section 5.7: deleting objects and versions of them."""

import pytest

from tests.standards.taxii.door import TAXII, Answer, Query, Shelf
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import FIRST, SECOND, THIRD, instants_of, make_indicator, make_malware


def _delete(shelf: Shelf, stix_id: str, query: Query = ()) -> Answer:
    answer = shelf.door.send("DELETE", shelf.object(stix_id), query=query)
    if answer.status == 405:
        pytest.fail("the server under test deletes nothing")
    return answer


def _add_versions(shelf: Shelf) -> str:
    first = make_indicator(modified=FIRST)
    shelf.add([first])
    for time in (SECOND, THIRD):
        shelf.add([make_indicator(modified=time, stix_id=first["id"])])
    return str(first["id"])


@states("S5.7-1", "S5.7-2", "S3.1-2")
def test_what_is_deleted_is_nowhere(shelf: Shelf) -> None:
    malware, other = make_malware(), make_malware()
    shelf.add([malware, other])
    answer = _delete(shelf, malware["id"])
    assert (answer.status, answer.media_type) == (200, TAXII)
    assert shelf.door.get(shelf.object(malware["id"])).status == 404
    assert shelf.door.get(shelf.versions(malware["id"])).status == 404
    query = {"match[id]": f"{malware['id']},{other['id']}", "match[version]": "all"}
    assert shelf.list_objects(query) == [other]
    assert [item["id"] for item in shelf.list_manifest(query)] == [other["id"]]


@states("S5.7-1", "S5.7-2")
def test_all_versions_of_what_is_deleted_are_gone(shelf: Shelf) -> None:
    stix_id = _add_versions(shelf)
    assert _delete(shelf, stix_id, {"match[version]": "all"}).status == 200
    assert shelf.door.get(shelf.object(stix_id), {"match[version]": "all"}).status in {404}


@pytest.mark.parametrize(
    ("version", "left"),
    [("first", [SECOND, THIRD]), ("last", [FIRST, SECOND]), (SECOND, [FIRST, THIRD])],
    ids=["first", "last", "a time"],
)
@states("S5.7-7")
def test_one_version_is_deleted_and_the_others_stay(shelf: Shelf, version: str, left: list[str]) -> None:
    stix_id = _add_versions(shelf)
    assert _delete(shelf, stix_id, {"match[version]": version}).status == 200
    found = shelf.door.get(shelf.versions(stix_id)).json["versions"]
    assert sorted(instants_of(found)) == instants_of(left)
    assert [item["modified"] for item in shelf.list_objects({"match[id]": stix_id})] == left[-1:]


@states("S5.7-8")
def test_deleting_what_is_not_there(shelf: Shelf) -> None:
    assert _delete(shelf, make_malware()["id"]).status == 404


@states("S5.7-1")
def test_what_was_deleted_may_be_added_again(shelf: Shelf) -> None:
    malware = make_malware()
    shelf.add([malware])
    assert _delete(shelf, malware["id"]).status == 200
    assert shelf.add([malware])["success_count"] == 1
    assert shelf.list_objects({"match[id]": malware["id"]}) == [malware]
