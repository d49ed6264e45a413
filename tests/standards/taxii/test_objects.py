"""Sections 3.7, 5.3, 5.4, 5.6 and 5.8: manifests, objects, one object and its versions."""

from tests.standards.taxii.conftest import Stock
from tests.standards.taxii.door import Shelf
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import FIRST, SECOND, THIRD, ids_of, instants_of, make_indicator
from tests.standards.taxii.shapes import ENVELOPE, list_faults


@states("S3.7-2", "S5.6-3")
def test_what_was_posted_comes_back_whole(shelf: Shelf, stock: Stock) -> None:
    for item in stock.single:
        assert shelf.door.get(shelf.object(item["id"])).json["objects"] == [item]


@states("S3.7-1", "S3.7-2")
def test_objects_are_those_that_were_posted(shelf: Shelf, stock: Stock) -> None:
    found = {item["id"]: item for item in shelf.list_objects({"match[id]": stock.ids})}
    assert found == {item["id"]: item for item in [*stock.single, stock.versions[-1]]}


@states("S3.7-3")
def test_an_empty_envelope_has_no_objects(shelf: Shelf) -> None:
    answer = shelf.door.get(shelf.objects, {"match[id]": make_indicator()["id"]})
    assert answer.status == 200
    assert list_faults(answer.json, ENVELOPE) == []
    assert "objects" not in answer.json


@states("S5.3-3")
def test_filters_of_a_manifest_look_at_the_objects(shelf: Shelf, stock: Stock) -> None:
    found = ids_of(shelf.list_manifest({"match[id]": stock.ids, "match[type]": "malware,campaign"}))
    assert found == [stock.malware["id"]]


@states("S5.3-4")
def test_an_empty_manifest_is_an_empty_object(shelf: Shelf) -> None:
    found = shelf.door.get(shelf.manifest, {"match[id]": make_indicator()["id"]}).json
    assert found in ({}, {"more": False})


@states("S5.3-5", "S5.3-6")
def test_entries_name_the_object_and_its_version(shelf: Shelf, stock: Stock) -> None:
    records = {item["id"]: item["version"] for item in shelf.list_manifest({"match[id]": stock.ids})}
    assert records.keys() == set(stock.ids.split(","))
    chosen = [stock.malware["id"], stock.versions[0]["id"]]
    expected = [stock.malware["modified"], THIRD]
    assert instants_of(records[stix_id] for stix_id in chosen) == instants_of(expected)


@states("S5.3-6")
def test_entries_name_created_where_there_is_no_modified(shelf: Shelf, stock: Stock) -> None:
    [record] = shelf.list_manifest({"match[id]": stock.statement["id"]})
    assert instants_of([record["version"]]) == instants_of([stock.statement["created"]])


@states("S5.3-7")
def test_media_types_of_entries_are_those_of_the_collection(shelf: Shelf, stock: Stock) -> None:
    allowed = shelf.door.get(shelf.path).json.get("media_types", ["application/stix+json"])
    found = {item.get("media_type", allowed[0]) for item in shelf.list_manifest({"match[id]": stock.ids})}
    assert found <= set(allowed)


@states("S5.3-8")
def test_each_version_has_an_entry(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.versions[0]["id"], "match[version]": "all"}
    found = instants_of(item["version"] for item in shelf.list_manifest(query))
    assert found == instants_of([FIRST, SECOND, THIRD])


@states("S5.6-4", "S5.8-5")
def test_an_object_that_is_not_there(shelf: Shelf) -> None:
    absent = make_indicator()["id"]
    assert shelf.door.get(shelf.object(absent)).status == 404
    assert shelf.door.get(shelf.versions(absent)).status == 404


@states("S5.6-5")
def test_versions_of_one_object(shelf: Shelf, stock: Stock) -> None:
    path = shelf.object(stock.versions[0]["id"])

    def ask(version: str) -> list[str]:
        found = shelf.door.get(path, {"match[version]": version}).json["objects"]
        return [item["modified"] for item in found]

    assert ask("all") == [FIRST, SECOND, THIRD]
    assert ask("first") == [FIRST]
    assert ask(SECOND) == [SECOND]
    assert [item["modified"] for item in shelf.door.get(path).json["objects"]] == [THIRD]


@states("S5.6-6")
def test_a_version_that_is_not_there_leaves_an_empty_envelope(shelf: Shelf, stock: Stock) -> None:
    """The table of errors would also allow 404; nothing else."""
    answer = shelf.door.get(shelf.object(stock.malware["id"]), {"match[version]": "2001-01-01T00:00:00.000Z"})
    assert answer.status in {200, 404}
    if answer.status == 200:
        assert "objects" not in answer.json


@states("S5.8-3")
def test_each_version_is_named(shelf: Shelf, stock: Stock) -> None:
    found = shelf.door.get(shelf.versions(stock.versions[0]["id"])).json["versions"]
    assert sorted(instants_of(found)) == instants_of([FIRST, SECOND, THIRD])


@states("S5.8-4")
def test_created_is_named_where_there_is_no_modified(shelf: Shelf, stock: Stock) -> None:
    found = shelf.door.get(shelf.versions(stock.statement["id"])).json["versions"]
    assert instants_of(found) == instants_of([stock.statement["created"]])


@states("S5.8-3", "S3.5-2")
def test_versions_page_by_date(shelf: Shelf, stock: Stock) -> None:
    path = shelf.versions(stock.versions[0]["id"])
    first = shelf.door.get(path, {"limit": "2"})
    second = shelf.door.get(path, {"limit": "2", "added_after": first.headers["x-taxii-date-added-last"]})
    found = instants_of(first.json["versions"] + second.json["versions"])
    assert sorted(found) == instants_of([FIRST, SECOND, THIRD])
