"""Section 3.5 and appendix B: pages, and what a client may make of their marks."""

import pytest

from tests.standards.taxii.conftest import Stock
from tests.standards.taxii.door import Answer, Json, Shelf
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import ids_of
from tests.standards.taxii.target import Target

PLACES = pytest.mark.parametrize("place", ["objects", "manifest"])
LIMITS = pytest.mark.parametrize("limit", [1, 3, 4])


def _ask(shelf: Shelf, place: str, query: dict[str, str]) -> Answer:
    answer = shelf.door.get(getattr(shelf, place), query)
    assert answer.status == 200, answer.body[:300]
    return answer


def page_by_next(shelf: Shelf, place: str, query: dict[str, str]) -> list[Json]:
    found: list[Json] = []
    place_in_it: dict[str, str] = {}
    for _ in range(200):
        answer = _ask(shelf, place, query | place_in_it).json
        found += answer.get("objects", [])
        if not answer.get("more", False):
            return found
        if "next" not in answer:
            pytest.skip("the server under test gives no next")
        place_in_it = {"next": answer["next"]}
    raise AssertionError("200 pages and no end")


def page_by_date(shelf: Shelf, place: str, query: dict[str, str]) -> list[Json]:
    found: list[Json] = []
    place_in_it: dict[str, str] = {}
    for _ in range(200):
        answer = _ask(shelf, place, query | place_in_it)
        found += answer.json.get("objects", [])
        if not answer.json.get("more", False):
            return found
        place_in_it = {"added_after": answer.headers["x-taxii-date-added-last"]}
    raise AssertionError("200 pages and no end")


@PLACES
@LIMITS
@states("S3.4-9", "S3.5-1", "S3.5-3")
def test_paging_by_next_gives_every_object_once(shelf: Shelf, stock: Stock, place: str, limit: int) -> None:
    query = {"match[id]": stock.ids, "limit": str(limit)}
    assert sorted(ids_of(page_by_next(shelf, place, query))) == sorted(stock.ids.split(","))


@PLACES
@states("S3.5-1", "S3.5-3")
def test_paging_by_next_keeps_to_the_filters(shelf: Shelf, stock: Stock, place: str) -> None:
    query = {"match[id]": stock.ids, "match[type]": "indicator", "match[version]": "all", "limit": "2"}
    assert len(page_by_next(shelf, place, query)) == len(stock.indicators) + 3


@PLACES
@LIMITS
@states("S3.5-2", "S3.5-3")
def test_paging_by_date_gives_every_object_once(shelf: Shelf, stock: Stock, place: str, limit: int) -> None:
    query = {"match[id]": stock.ids, "limit": str(limit)}
    assert sorted(ids_of(page_by_date(shelf, place, query))) == sorted(stock.ids.split(","))


@states("S3.5-2")
def test_paging_by_date_over_all_versions(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.versions[0]["id"], "match[version]": "all", "limit": "1"}
    assert [item["modified"] for item in page_by_date(shelf, "objects", query)] == [
        item["modified"] for item in stock.versions
    ]


@states("S3.4-9")
def test_next_goes_on_where_the_page_ended(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.ids, "limit": "4"}
    whole = ids_of(shelf.list_objects({"match[id]": stock.ids}))
    first = _ask(shelf, "objects", query).json
    second = _ask(shelf, "objects", query | {"next": first["next"]}).json
    assert ids_of(first["objects"]) + ids_of(second["objects"]) == whole[:8]


@states("S3.4-9")
def test_next_may_be_asked_again(shelf: Shelf, stock: Stock) -> None:
    """A client whose connection broke asks again with what it has."""
    query = {"match[id]": stock.ids, "limit": "4"}
    query["next"] = _ask(shelf, "objects", query).json["next"]
    assert _ask(shelf, "objects", query).json == _ask(shelf, "objects", query).json


@states("SB-1")
def test_next_does_not_open_another_collection(target: Target, stock: Stock) -> None:
    shelf, other = target.shelf, target.read_only or target.write_only
    if other is None:
        pytest.skip("the server under test has no second collection")
    place = _ask(shelf, "objects", {"limit": "1"}).json["next"]
    answer = other.door.get(other.objects, {"limit": "1", "next": place})
    if answer.status == 200:
        allowed = other.door.get(other.objects).json.get("objects", [])
        assert [item for item in answer.json.get("objects", []) if item not in allowed] == []
    else:
        assert answer.status in {400, 403, 404}


@states("SB-1")
def test_next_does_not_open_other_parameters(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.ids, "limit": "1"}
    place = _ask(shelf, "objects", query).json["next"]
    answer = shelf.door.get(shelf.objects, {"match[id]": stock.malware["id"], "limit": "1", "next": place})
    if answer.status == 200:
        assert ids_of(answer.json.get("objects", [])) in ([], [stock.malware["id"]])
    else:
        assert answer.status == 400


@states("SB-1")
def test_a_next_that_was_changed_is_refused_or_finds_nothing_wrong(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.malware["id"], "limit": "1"}
    place = _ask(shelf, "objects", {"limit": "1"}).json["next"]
    changed = place[:-1] + ("A" if place[-1] != "A" else "B")
    answer = shelf.door.get(shelf.objects, query | {"next": changed})
    if answer.status == 200:
        assert set(ids_of(answer.json.get("objects", []))) <= {stock.malware["id"]}
    else:
        assert answer.status == 400
