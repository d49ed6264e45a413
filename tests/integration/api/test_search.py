from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from stack.search.indexer import catch_up
from tests.integration.api.conftest import State, assert_problem
from tests.integration.search.conftest import make_indicator, make_object

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def indexed(tmp_path: Path, settings: Settings, state: State) -> None:
    settings.SEARCH_INDEX = tmp_path / "index"
    state(
        "feed",
        *(make_object("malware", f"Rusty Falcon {n}", is_family=True) for n in range(3)),
        make_object("tool", "Rusty Wrench"),
        make_indicator("203.0.113.7"),
    )
    catch_up()


def test_hits_come_in_pages_with_facets(api: Client) -> None:
    address = "/api/v1/search?q=rusty&sort=name&facet=type&limit=3"
    first = api.get(address).json()
    second = api.get(f"{address}&after={first['next']}").json()
    assert (first["total"], len(first["hits"]), second["next"]) == (4, 3, None)
    assert {row["value"]: row["count"] for row in first["facets"]["type"]} == {"malware": 3, "tool": 1}
    names = [hit["object"]["name"] for hit in first["hits"] + second["hits"]]
    assert sorted(names) == ["Rusty Falcon 0", "Rusty Falcon 1", "Rusty Falcon 2", "Rusty Wrench"]


def test_types_and_filters_narrow(api: Client) -> None:
    assert api.get("/api/v1/search?q=rusty&type=tool").json()["total"] == 1
    assert api.get("/api/v1/search?q=rusty&filter=type:tool&filter=type:malware").json()["total"] == 4
    assert api.get("/api/v1/search?q=rusty&filter=type:indicator").json()["total"] == 0


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("q=nothing:x", "q"),
        ("q=" + "x" * 4001, "q"),
        ("filter=type", "filter[0]"),
        ("filter=nothing:x", "nothing"),
        ("facet=nothing", "nothing"),
        ("sort=random", "sort"),
        ("after=nonsense", ""),
    ],
)
def test_what_cannot_be_searched_is_a_problem(api: Client, query: str, named: str) -> None:
    body = assert_problem(api.get(f"/api/v1/search?{query}"), 422, "bad-input")
    assert not named or named in [error["field"] for error in body["errors"]]


def test_an_export_by_query_holds_all_that_it_finds(api: Client) -> None:
    bundle = b"".join(api.get("/api/v1/export?q=rusty&type=malware").streaming_content).decode()  # type: ignore[attr-defined]
    assert bundle.count('"type": "malware"') == 3
    assert "Wrench" not in bundle
    assert_problem(api.get("/api/v1/export?q=nothing:x"), 422, "bad-input")
