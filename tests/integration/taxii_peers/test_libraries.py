"""Libraries that others build on: taxii2-client (MISP's push is made of it) and the TAXII stores of stix2."""

import importlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import taxii2client.v21 as taxii2client
from requests.auth import HTTPBasicAuth

from tests.standards.taxii.samples import FIRST, SECOND, ids_of, make_indicator, make_malware
from tests.standards.taxii.stack_server import serve_stack
from tests.standards.taxii.target import Target


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with serve_stack() as served:
        yield served


@pytest.fixture
def collection(target: Target) -> Iterator[Any]:
    found = taxii2client.Collection(
        urljoin(target.door.url, target.shelf.path), user="x", password=target.key
    )
    with found as opened:
        yield opened


def test_discovery_leads_to_collections(target: Target) -> None:
    with taxii2client.Server(f"{target.door.url}/taxii2/", user="x", password=target.key) as server:
        assert server.title
        assert server.default.url == urljoin(target.door.url, target.root)
        found = {row.title: row for root in server.api_roots for row in root.collections}
    assert found["Read and write"].id == target.shelf.collection
    assert (found["Read only"].can_read, found["Read only"].can_write) == (True, False)
    assert (found["Write only"].can_read, found["Write only"].can_write) == (False, True)
    assert "Not for others" not in found


def test_misp_pushes_without_waiting(target: Target) -> None:
    """As its script does: addresses without a slash at the end, bytes, and no waiting for the status."""
    auth = HTTPBasicAuth("key", target.key)
    base = target.door.url + target.root.rstrip("/")
    with taxii2client.ApiRoot(base, auth=auth) as root:
        assert root.max_content_length > 1_000_000
    objects = [make_indicator(f"pushed {number}") for number in range(5)]
    body = json.dumps({"objects": objects}).encode()
    address = f"{base}/collections/{target.shelf.collection}"
    with taxii2client.Collection(address, auth=auth) as collection:
        status = collection.add_objects(body, wait_for_completion=False)
        assert status.failure_count == 0
        target.shelf.wait({"id": status.id, "status": status.status})
        found = collection.get_objects(id=ids_of(objects))
    assert sorted(ids_of(found["objects"])) == sorted(ids_of(objects))


def test_objects_are_added_read_and_deleted(collection: Any) -> None:
    malware = make_malware()
    status = collection.add_objects({"objects": [malware]}, wait_for_completion=True, poll_interval=0.1)
    assert (status.status, status.success_count) == ("complete", 1)
    assert [item["id"] for item in status.successes] == [malware["id"]]
    assert collection.get_object(malware["id"])["objects"] == [malware]
    assert collection.object_versions(malware["id"])["versions"] == [malware["modified"]]
    assert ids_of(collection.get_manifest(id=malware["id"])["objects"]) == [malware["id"]]
    collection.delete_object(malware["id"])
    assert "objects" not in collection.get_objects(id=malware["id"])


def test_the_stores_of_stix2_write_and_read(collection: Any) -> None:
    stix2: Any = importlib.import_module("stix2")
    store = stix2.TAXIICollectionStore(collection)
    first = make_indicator("first", modified=FIRST)
    second = make_indicator("second", modified=SECOND, stix_id=first["id"])
    for version in (first, second):
        collection.add_objects({"objects": [version]}, wait_for_completion=True, poll_interval=0.1)
    assert store.get(first["id"]).name == "second"
    assert sorted(found.name for found in store.all_versions(first["id"])) == ["first", "second"]
    [found] = store.query([stix2.Filter("type", "=", "indicator"), stix2.Filter("name", "=", "second")])
    assert found.id == first["id"]
