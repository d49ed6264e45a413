"""Sections 3.3, 3.4 and 3.4.1: what the parameters of a request choose."""

from typing import Any

import pytest

from tests.standards.taxii.conftest import Stock
from tests.standards.taxii.door import Answer, Query, Shelf
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import FIRST, SECOND, STIX_TYPES, THIRD, ids_of, make_indicator

MALFORMED: list[list[tuple[str, str]]] = [
    [("limit", "ten")],
    [("limit", "1.5")],
    [("added_after", "yesterday")],
    [("added_after", "2024-13-01T00:00:00Z")],
    [("added_after", "2024-03-01T10:00:00.000Z,2024-03-02T10:00:00.000Z")],
    [("next", "no such place")],
    [("match[version]", "newest")],
    [("match[version]", "2024-02-30T00:00:00.000Z")],
]


def _get(shelf: Shelf, query: Query) -> Answer:
    return shelf.door.get(shelf.objects, query)


def _versions_of(shelf: Shelf, stock: Stock, version: str) -> list[str]:
    query = {"match[id]": stock.versions[0]["id"], "match[version]": version}
    return [item["modified"] for item in shelf.list_objects(query)]


@states("S3.3-1", "S3.4-4")
def test_objects_come_in_the_order_in_which_they_were_added(shelf: Shelf, stock: Stock) -> None:
    dates = {item["id"]: item["date_added"] for item in shelf.list_manifest({"match[id]": stock.ids})}
    found = [dates[stix_id] for stix_id in ids_of(shelf.list_objects({"match[id]": stock.ids}))]
    assert found == sorted(found)
    assert found[-1] == dates[stock.versions[-1]["id"]] > found[0]


@states("S3.3-1", "S3.3-2")
def test_what_is_added_later_comes_later(shelf: Shelf) -> None:
    early, late = make_indicator("early"), make_indicator("late")
    shelf.add([early])
    shelf.add([late])
    query = {"match[id]": f"{late['id']},{early['id']}"}
    assert ids_of(shelf.list_objects(query)) == [early["id"], late["id"]]
    records = shelf.list_manifest(query)
    assert ids_of(records) == [early["id"], late["id"]]
    assert records[0]["date_added"] < records[1]["date_added"]


@pytest.mark.parametrize("query", MALFORMED, ids=lambda query: "&".join("=".join(pair) for pair in query))
@pytest.mark.parametrize("place", ["objects", "manifest"])
@states("S3.4-1")
def test_a_malformed_parameter_is_refused(
    shelf: Shelf, stock: Stock, query: list[tuple[str, str]], place: str
) -> None:
    assert shelf.door.get(getattr(shelf, place), query).status == 400


@states("S3.4-2")
def test_added_after_leaves_out_what_was_there_by_then(shelf: Shelf, stock: Stock) -> None:
    dates = [item["date_added"] for item in shelf.list_manifest({"match[id]": stock.ids})]
    for moment in (dates[0], dates[-2]):
        found = shelf.list_objects({"match[id]": stock.ids, "added_after": moment})
        assert len(found) == sum(date > moment for date in dates)
    assert shelf.list_objects({"match[id]": stock.ids, "added_after": dates[-1]}) == []


@pytest.mark.parametrize(
    "spelling",
    [
        lambda date: date.replace("Z", "+00:00").replace("+", "%2B"),
        lambda date: date.lower(),
        lambda date: date.replace("Z", "000Z"),
    ],
    ids=["offset", "lower case", "nanoseconds"],
)
@states("S3.4-2")
def test_added_after_takes_what_rfc_3339_allows(shelf: Shelf, stock: Stock, spelling: Any) -> None:
    """Section 2 asks clients for one form; another one is understood or refused with 400."""
    dates = [item["date_added"] for item in shelf.list_manifest({"match[id]": stock.ids})]
    query = f"?match[id]={stock.ids}&added_after={spelling(dates[0])}"
    answer = shelf.door.get(shelf.objects + query)
    assert answer.status in {200, 400}
    if answer.status == 200:
        assert len(answer.json["objects"]) == sum(date > dates[0] for date in dates)


@states("S3.4-3")
def test_added_after_twice_is_malformed(shelf: Shelf) -> None:
    assert _get(shelf, [("added_after", FIRST), ("added_after", SECOND)]).status == 400


@pytest.mark.parametrize("limit", [1, 2, 5])
@states("S3.4-5", "S3.4-8")
def test_an_answer_never_holds_more_than_limit(shelf: Shelf, stock: Stock, limit: int) -> None:
    query = {"match[id]": stock.ids, "limit": str(limit)}
    for path in (shelf.objects, shelf.manifest):
        answer = shelf.door.get(path, query).json
        assert len(answer["objects"]) == limit
        assert answer["more"] is True


@pytest.mark.parametrize("limit", ["0", "-1", ""])
@states("S3.4-6")
def test_limit_is_above_zero(shelf: Shelf, limit: str) -> None:
    assert shelf.door.get(f"{shelf.objects}?limit={limit}").status == 400


@states("S3.4-7")
def test_what_fits_is_all_there(shelf: Shelf, stock: Stock) -> None:
    ids = stock.ids.split(",")
    for limit in (len(ids), len(ids) + 1, 500):
        answer = _get(shelf, {"match[id]": stock.ids, "limit": str(limit)}).json
        assert sorted(ids_of(answer["objects"])) == sorted(ids)
        assert answer.get("more", False) is False


@states("S3.4-8")
def test_versions_say_that_there_is_more(shelf: Shelf, stock: Stock) -> None:
    answer = shelf.door.get(shelf.versions(stock.versions[0]["id"]), {"limit": "2"}).json
    assert (len(answer["versions"]), answer["more"]) == (2, True)


@states("S3.4-10")
def test_several_match_fields_must_all_hold(shelf: Shelf, stock: Stock) -> None:
    both = {"match[id]": stock.ids, "match[type]": "malware"}
    assert ids_of(shelf.list_objects(both)) == [stock.malware["id"]]
    assert shelf.list_objects({**both, "match[id]": stock.indicators[0]["id"]}) == []


@states("S3.4-11", "S3.4.1-1", "S3.4.1-4")
def test_of_several_values_one_must_hold(shelf: Shelf, stock: Stock) -> None:
    chosen = [stock.malware["id"], stock.indicators[3]["id"]]
    assert sorted(ids_of(shelf.list_objects({"match[id]": ",".join(chosen)}))) == sorted(chosen)
    types = {"match[id]": stock.ids, "match[type]": "malware,indicator"}
    assert len(shelf.list_objects(types)) == len(stock.indicators) + 2


@pytest.mark.parametrize("field", ["id", "type", "version", "spec_version"])
@states("S3.4-12")
def test_a_match_field_twice_is_malformed(shelf: Shelf, stock: Stock, field: str) -> None:
    value = {"id": stock.malware["id"], "type": "malware", "version": "last", "spec_version": "2.1"}[field]
    assert _get(shelf, [(f"match[{field}]", value), (f"match[{field}]", value)]).status == 400


@states("S3.4-13")
def test_an_undefined_match_field_breaks_nothing(shelf: Shelf, stock: Stock) -> None:
    assert _get(shelf, {"match[id]": stock.ids, "match[colour]": "green"}).status in {200, 400}


@states("S3.4.1-1")
def test_match_id_finds_those_ids_only(shelf: Shelf, stock: Stock) -> None:
    assert ids_of(shelf.list_objects({"match[id]": stock.malware["id"]})) == [stock.malware["id"]]
    assert shelf.list_objects({"match[id]": make_indicator()["id"]}) == []


@states("S3.4.1-2")
def test_spec_version_leaves_out_the_others(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.ids, "match[spec_version]": "2.1"}
    assert len(shelf.list_objects(query)) == len(stock.ids.split(","))
    assert shelf.list_objects({**query, "match[spec_version]": "2.0"}) == []
    assert len(shelf.list_objects({**query, "match[spec_version]": "2.0,2.1"})) == len(stock.ids.split(","))


@states("S3.4.1-3")
def test_without_spec_version_the_latest_comes(shelf: Shelf, stock: Stock) -> None:
    found = shelf.list_objects({"match[id]": stock.ids})
    assert {item["spec_version"] for item in found} == {"2.1"}


@states("S3.4.1-4")
def test_match_type_finds_those_types_only(shelf: Shelf, stock: Stock) -> None:
    found = shelf.list_objects({"match[id]": stock.ids, "match[type]": "indicator"})
    assert len(found) == len(stock.indicators) + 1
    assert {item["type"] for item in found} == {"indicator"}


@states("S3.4.1-5")
def test_every_type_of_stix_may_be_asked_for(shelf: Shelf, stock: Stock) -> None:
    for start in range(0, len(STIX_TYPES), 10):
        assert (
            _get(shelf, {"match[type]": ",".join(STIX_TYPES[start : start + 10]), "limit": "1"}).status == 200
        )
    assert _get(shelf, {"match[type]": "x-own-type", "limit": "1"}).status in {200, 400}


@states("S3.4.1-6")
def test_without_version_only_the_latest_comes(shelf: Shelf, stock: Stock) -> None:
    found = shelf.list_objects({"match[id]": stock.versions[0]["id"]})
    assert [item["modified"] for item in found] == [THIRD]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("last", [THIRD], id="last"),
        pytest.param("first", [FIRST], id="first"),
        pytest.param("all", [FIRST, SECOND, THIRD], id="all"),
        pytest.param(SECOND, [SECOND], id="a time"),
        pytest.param("first,last", [FIRST, THIRD], id="first and last"),
        pytest.param(f"{FIRST},{SECOND}", [FIRST, SECOND], id="two times"),
        pytest.param(f"{SECOND},last", [SECOND, THIRD], id="a time and last"),
        pytest.param(f"{THIRD},last", [THIRD], id="the same twice in other words"),
        pytest.param("2024-03-02T11:30:00.126Z", [], id="another time"),
        pytest.param("2024-03-02T11:30:00.125000Z", [SECOND], id="the same instant in other digits"),
    ],
)
@states("S3.4.1-7", "S3.4.1-8", "S3.4.1-9", "S3.4.1-10", "S3.4.1-11")
def test_version_chooses(shelf: Shelf, stock: Stock, version: str, expected: list[str]) -> None:
    assert sorted(_versions_of(shelf, stock, version)) == expected


@states("S3.4.1-9")
def test_all_versions_of_all_objects(shelf: Shelf, stock: Stock) -> None:
    found = shelf.list_objects({"match[id]": stock.ids, "match[version]": "all"})
    assert len(found) == len(stock.single) + 3


@pytest.mark.parametrize("version", ["all,last", "first,all", f"all,{FIRST}"])
@states("S3.4.1-12")
def test_all_beside_another_version_is_malformed(shelf: Shelf, version: str) -> None:
    assert _get(shelf, {"match[version]": version}).status == 400


@pytest.mark.parametrize("version", ["last,last", "first,last,first", f"{FIRST},{FIRST}"])
@states("S3.4.1-13")
def test_a_version_twice_is_malformed(shelf: Shelf, version: str) -> None:
    assert _get(shelf, {"match[version]": version}).status == 400


@states("S3.4.1-14")
def test_created_is_the_version_of_what_has_no_modified(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.statement["id"], "match[version]": stock.statement["created"]}
    assert ids_of(shelf.list_objects(query)) == [stock.statement["id"]]
    assert shelf.list_objects({**query, "match[version]": FIRST}) == []


@states("S3.4.1-15")
def test_the_version_of_what_has_no_times_stays_the_same(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.domain["id"]}
    versions = {shelf.list_manifest(query)[0]["version"] for _ in range(2)}
    versions.update(shelf.door.get(shelf.versions(stock.domain["id"])).json["versions"])
    assert len(versions) == 1
    assert ids_of(shelf.list_objects({**query, "match[version]": versions.pop()})) == [stock.domain["id"]]
