"""TAXII 2.0 at its own media types, and collections by whatever name people know them."""

import json
from urllib.parse import urlsplit

import pytest

from stack.core.errors import NotFound
from stack.sources.taxii.client import TaxiiClient
from stack.sources.taxii.pulling import make_drain
from stack.sources.taxii.records import Access, Position
from tests.http_servers import Answer, Asked, allowing, serve
from tests.integration.sources.taxii.fake import COLLECTION, FakeTaxii

OBJECTS = [
    {"type": "malware", "id": f"malware--00000000-0000-4000-8000-{place:012d}", "name": f"worm {place}"}
    for place in range(25)
]


def ask(url: str, *, version: str = "2.1") -> TaxiiClient:
    return TaxiiClient(Access(url=url, version=version))


def answer_20(asked: Asked) -> Answer:
    """Ranges of items, as TAXII 2.0 pages (section 3.4), ten at most."""
    if not asked.path.startswith("/root/collections/c/objects/"):
        return Answer(404, b"{}")
    if "added_after" in urlsplit(asked.path).query:
        return Answer(200, b'{"type":"bundle","objects":[]}')
    start, end = (int(text) for text in asked.headers["range"].removeprefix("items ").split("-"))
    if start >= len(OBJECTS):
        return Answer(416, b"{}")
    page = OBJECTS[start : min(end + 1, start + 10)]
    headers = {
        "Content-Type": "application/vnd.oasis.stix+json; version=2.0",
        "Content-Range": f"items {start}-{start + len(page) - 1}/{len(OBJECTS)}",
        "X-TAXII-Date-Added-Last": f"2026-01-01T00:00:00.{start + len(page):06d}Z",
    }
    return Answer(206, json.dumps({"type": "bundle", "objects": page}).encode(), headers)


def test_a_collection_of_taxii_20_comes_whole() -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        return answer_20(request)

    with allowing("127.0.0.0/8"), serve(answer) as url, ask(f"{url}/root/", version="2.0") as client:
        drain = make_drain(client, "c", position=Position())
        found = [json.loads(text) for portion in drain.run() for text in portion.objects]
    assert found == OBJECTS
    assert drain.notes == []
    assert {each.headers["accept"] for each in asked} == {"application/vnd.oasis.stix+json; version=2.0"}


@pytest.mark.parametrize("name", [COLLECTION, "Worms"])
def test_a_collection_is_found_by_its_id_or_title(name: str) -> None:
    with allowing("127.0.0.0/8"), serve(FakeTaxii()) as url, ask(f"{url}/root/") as client:
        assert client.find_collection(name).id == COLLECTION
        with pytest.raises(NotFound) as caught:
            client.find_collection("worms of others")
    assert "Worms" in caught.value.remedy
