"""Sections 2, 3.1, 3.2, 3.6 to 3.8, 4: what each resource looks like, and under which media types."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.standards.taxii import shapes
from tests.standards.taxii.conftest import Stock
from tests.standards.taxii.door import TAXII, Answer, Shelf
from tests.standards.taxii.register import states
from tests.standards.taxii.shapes import Shape, list_faults
from tests.standards.taxii.target import Target

UNKNOWN = "3f0c6a55-9c1b-4c58-8f0e-0a6b1d3f9e77"

Endpoint = Callable[[Target, Stock], str]

ENDPOINTS: dict[str, tuple[Endpoint, Shape]] = {
    "discovery": (lambda target, stock: "/taxii2/", shapes.DISCOVERY),
    "api-root": (lambda target, stock: target.root, shapes.API_ROOT),
    "status": (lambda target, stock: f"{target.root}status/{stock.status['id']}/", shapes.STATUS),
    "collections": (lambda target, stock: f"{target.root}collections/", shapes.COLLECTIONS),
    "collection": (lambda target, stock: target.shelf.path, shapes.COLLECTION),
    "manifest": (lambda target, stock: target.shelf.manifest, shapes.MANIFEST),
    "objects": (lambda target, stock: target.shelf.objects, shapes.ENVELOPE),
    "object": (lambda target, stock: target.shelf.object(stock.malware["id"]), shapes.ENVELOPE),
    "versions": (lambda target, stock: target.shelf.versions(stock.malware["id"]), shapes.VERSIONS),
}
DATED = ("manifest", "objects", "object", "versions")
ACCEPTED = (
    "application/taxii+json;version=2.1",
    "application/taxii+json; version=2.1",
    "application/taxii+json ; version=2.1",
    'application/taxii+json;version="2.1"',
    "Application/TAXII+JSON;Version=2.1",
    "application/taxii+json",
    "application/taxii+json;version=2.1;q=0.5",
    "application/json;q=0.1, application/taxii+json;version=2.1",
    "application/taxii+json;version=2.1,application/stix+json;version=2.1",
    "text/html , application/taxii+json",
    "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
)

every_endpoint = pytest.mark.parametrize("name", ENDPOINTS)


@pytest.fixture
def fetch(target: Target, stock: Stock) -> Callable[..., Answer]:
    def ask(name: str, **headers: str | None) -> Answer:
        return target.door.get(ENDPOINTS[name][0](target, stock), headers=headers)

    return ask


@every_endpoint
@states("S3.1-1", "S3.7-1", "S3.8-1", "S3.8-2", "S2-1", "S2-2", "S2-3", "S2-4", "S2-5")
def test_each_endpoint_answers_with_its_resource(fetch: Callable[..., Answer], name: str) -> None:
    answer = fetch(name)
    assert answer.status == 200
    assert list_faults(answer.json, ENDPOINTS[name][1]) == []


@every_endpoint
@states("S3.1-2")
def test_answers_say_the_media_type_and_its_version(fetch: Callable[..., Answer], name: str) -> None:
    assert fetch(name).media_type == TAXII


@states("S3.1-2")
def test_an_accepted_post_says_the_media_type_and_its_version(shelf: Shelf, stock: Stock) -> None:
    answer = shelf.post([stock.malware])
    assert (answer.status, answer.media_type) == (202, TAXII)


@pytest.mark.parametrize(
    "path", [f"/taxii2/{UNKNOWN}/", "{root}status/" + UNKNOWN + "/", "{root}collections/" + UNKNOWN + "/"]
)
@states("S3.1-2", "S3.1-8", "S3.6-1", "S3.6-2")
def test_errors_are_error_resources_of_the_media_type(target: Target, path: str) -> None:
    answer = target.door.get(path.format(root=target.root))
    assert answer.status == 404
    _assert_error(answer)


@states("S3.1-2", "S3.1-8", "S3.6-1", "S3.6-2")
def test_a_refused_parameter_has_an_error_resource(shelf: Shelf) -> None:
    answer = shelf.door.get(shelf.objects, {"limit": "none"})
    assert answer.status == 400
    _assert_error(answer)


@states("S3.1-2", "S3.1-8", "S3.6-1", "S3.6-2")
def test_a_client_without_credentials_gets_an_error_resource(target: Target) -> None:
    answer = target.door.open.get(target.shelf.objects)
    if answer.status == 200:
        pytest.skip("the collection is open to everybody")
    _assert_error(answer)


def _assert_error(answer: Answer) -> None:
    assert answer.media_type == TAXII
    if answer.body:
        error = answer.json
        assert list_faults(error, shapes.ERROR) == []
        assert error.get("http_status", str(answer.status)) == str(answer.status)


@every_endpoint
@states("S3.1-3")
def test_without_a_version_the_highest_answers(fetch: Callable[..., Answer], name: str) -> None:
    answer = fetch(name, Accept="application/taxii+json")
    assert (answer.status, answer.media_type) == (200, TAXII)


@pytest.mark.parametrize("accept", ACCEPTED)
@states("S3.1-4")
def test_no_spelling_of_a_defined_media_type_is_refused(fetch: Callable[..., Answer], accept: str) -> None:
    assert [fetch(name, Accept=accept).status for name in ("discovery", "objects")] == [200, 200]


@pytest.mark.parametrize("accept", ["application/*", "*/*", None])
@states("SB-2")
def test_a_media_range_that_covers_taxii_is_served(fetch: Callable[..., Answer], accept: str | None) -> None:
    assert fetch("discovery", Accept=accept).status == 200


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/taxii+json;version=1.1"])
@states("S3.1-6")
def test_another_accept_is_served_or_refused_with_406(fetch: Callable[..., Answer], accept: str) -> None:
    answer = fetch("objects", Accept=accept)
    assert answer.status in {200, 406}
    assert answer.media_type == TAXII


@pytest.mark.parametrize(
    "content_type",
    [
        "application/taxii+json;version=2.1",
        "application/taxii+json; version=2.1",
        "application/taxii+json",
        'application/taxii+json; version="2.1"',
        "APPLICATION/TAXII+JSON;VERSION=2.1",
        "application/taxii+json;version=2.1; charset=utf-8",
    ],
)
@states("S3.1-5")
def test_no_spelling_of_a_defined_content_type_is_refused(
    shelf: Shelf, stock: Stock, content_type: str
) -> None:
    assert shelf.post([stock.malware], {"Content-Type": content_type}).status == 202


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", None])
@states("S3.1-7")
def test_another_content_type_is_taken_or_refused_with_415(
    shelf: Shelf, stock: Stock, content_type: str | None
) -> None:
    answer = shelf.post([stock.malware], {"Content-Type": content_type})
    assert answer.status in {202, 415}
    assert answer.media_type == TAXII


@pytest.mark.parametrize("name", DATED)
@states("S3.2-1", "S3.2-2")
def test_answers_with_objects_say_when_the_first_and_last_were_added(
    fetch: Callable[..., Answer], name: str
) -> None:
    headers = fetch(name).headers
    assert headers["x-taxii-date-added-first"] <= headers["x-taxii-date-added-last"]


@pytest.mark.parametrize("name", DATED)
@states("S2-5", "S3.2-3")
def test_both_dates_are_timestamps(fetch: Callable[..., Answer], name: str) -> None:
    headers = fetch(name).headers
    assert shapes.is_timestamp(headers["x-taxii-date-added-first"])
    assert shapes.is_timestamp(headers["x-taxii-date-added-last"])


@states("S3.2-3")
def test_both_dates_are_those_of_the_objects(shelf: Shelf, stock: Stock) -> None:
    query = {"match[id]": stock.ids}
    records = shelf.list_manifest(query)
    headers = shelf.door.get(shelf.objects, query).headers
    assert headers["x-taxii-date-added-first"] == records[0]["date_added"]
    assert headers["x-taxii-date-added-last"] == records[-1]["date_added"]


@states("S4.1-1", "S4.1-2", "S4.1-3", "S4.2-1", "S8.2-1", "S8.2-2")
def test_discovery_names_api_roots_that_can_be_followed(target: Target) -> None:
    found: dict[str, Any] = target.door.get("/taxii2/").json
    roots = found["api_roots"]
    assert len(set(roots)) == len(roots) >= 1
    assert found.get("default", roots[0]) in roots
    for root in roots:
        assert "?" not in root
        assert root.startswith("https://") or (root[:1] == "/" and root[:2] != "//")


@states("S4.2-2", "S4.2-3", "S4.2-4")
def test_an_api_root_says_its_versions_and_its_limit(target: Target) -> None:
    found = target.door.get(target.root).json
    assert TAXII in found["versions"]
    assert all(version.startswith("application/taxii+json;version=") for version in found["versions"])
    assert shapes.is_integer(found["max_content_length"])
    assert found["max_content_length"] > 0


@states("S4.2-6")
def test_an_unknown_api_root_is_not_found(target: Target) -> None:
    for path in ("", "collections/", f"collections/{UNKNOWN}/objects/", f"status/{UNKNOWN}/"):
        assert target.door.get(f"/{UNKNOWN}/{path}").status == 404


@states("S8.2-3")
def test_a_request_without_user_agent_is_served(fetch: Callable[..., Answer]) -> None:
    assert fetch("objects", **{"User-Agent": None}).status == 200


@states("S5.1-2")
def test_an_api_root_without_collections_answers_with_an_empty_object(target: Target) -> None:
    if target.empty_root is None:
        pytest.skip("the server under test has no API root without collections")
    assert target.door.get(f"{target.empty_root}collections/").json == {}
