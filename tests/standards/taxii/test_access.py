"""Sections 1.6.9, 5 and 8.2.2: who is let in, and what the others are told."""

import pytest

from tests.standards.taxii.conftest import Stock
from tests.standards.taxii.door import TAXII, Answer, Shelf, basic
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import make_indicator
from tests.standards.taxii.target import Target


def need(shelf: Shelf | None, what: str) -> Shelf:
    if shelf is None:
        pytest.skip(f"the server under test has no collection that its client may {what}")
    return shelf


def _assert_closed(answer: Answer) -> None:
    assert answer.status in {401, 404}


@states("S5.1-1")
def test_collections_need_credentials(target: Target) -> None:
    _assert_closed(target.door.open.get(f"{target.root}collections/"))


@states("S5.2-1")
def test_a_collection_needs_credentials(target: Target) -> None:
    _assert_closed(target.door.open.get(target.shelf.path))


@states("S5.3-1")
def test_a_manifest_needs_credentials(target: Target) -> None:
    _assert_closed(target.door.open.get(target.shelf.manifest))


@states("S5.4-1")
def test_objects_need_credentials(target: Target) -> None:
    _assert_closed(target.door.open.get(target.shelf.objects))


@states("S5.5-1")
def test_adding_needs_credentials(target: Target) -> None:
    _assert_closed(target.shelf.open.post([make_indicator()]))


@states("S5.6-1")
def test_an_object_needs_credentials(target: Target, stock: Stock) -> None:
    _assert_closed(target.door.open.get(target.shelf.object(stock.malware["id"])))


@states("S5.7-3")
def test_deleting_needs_credentials(target: Target, stock: Stock) -> None:
    _assert_closed(target.door.open.send("DELETE", target.shelf.object(stock.malware["id"])))


@states("S5.8-1")
def test_versions_need_credentials(target: Target, stock: Stock) -> None:
    _assert_closed(target.door.open.get(target.shelf.versions(stock.malware["id"])))


@pytest.mark.parametrize("sent", ["Basic", "Basic !!!", "Bearer no-such-key", "Negotiate abc"])
@states("S5.4-1")
def test_credentials_that_are_none_are_refused(target: Target, sent: str) -> None:
    _assert_closed(target.door.open.get(target.shelf.objects, headers={"Authorization": sent}))


@states("S8.2-5")
def test_a_refusal_names_the_schemes(target: Target) -> None:
    for headers in ({}, {"Authorization": "Bearer no-such-key"}):
        answer = target.door.open.get(target.shelf.objects, headers=headers)
        assert answer.status != 401 or answer.headers.get("www-authenticate")


@states("S8.2-4")
def test_http_basic_is_understood(target: Target) -> None:
    assert target.door.credentials["Authorization"].startswith("Basic ")
    assert target.door.get(f"{target.root}collections/").status == 200
    refused = target.door.open.get(f"{target.root}collections/", headers=basic("nobody", "nothing"))
    _assert_closed(refused)


@states("S5.3-2")
def test_a_manifest_that_one_may_not_read(target: Target) -> None:
    closed = need(target.write_only, "only write")
    assert closed.door.get(closed.manifest).status in {403, 404}


@states("S5.4-2")
def test_objects_that_one_may_not_read(target: Target) -> None:
    closed = need(target.write_only, "only write")
    assert closed.door.get(closed.objects).status in {403, 404}


@states("S5.6-2")
def test_an_object_that_one_may_not_read(target: Target, stock: Stock) -> None:
    closed = need(target.write_only, "only write")
    assert closed.door.get(closed.object(stock.malware["id"])).status in {403, 404}


@states("S5.8-2")
def test_versions_that_one_may_not_read(target: Target, stock: Stock) -> None:
    closed = need(target.write_only, "only write")
    assert closed.door.get(closed.versions(stock.malware["id"])).status in {403, 404}


@states("S5.5-2")
def test_adding_where_one_may_not_write(target: Target) -> None:
    closed = need(target.read_only, "only read")
    answer = closed.post([make_indicator()])
    assert answer.status in {403, 404}
    assert answer.media_type == TAXII


@states("S5.7-4")
def test_deleting_where_one_may_do_neither(target: Target, stock: Stock) -> None:
    closed = need(target.hidden, "neither read nor write")
    assert closed.door.send("DELETE", closed.object(stock.malware["id"])).status == 404


@states("S5.7-5")
def test_deleting_where_one_may_only_read(target: Target, stock: Stock) -> None:
    closed = need(target.read_only, "only read")
    assert closed.door.send("DELETE", closed.object(stock.malware["id"])).status == 403


@states("S5.7-6")
def test_deleting_where_one_may_only_write(target: Target, stock: Stock) -> None:
    closed = need(target.write_only, "only write")
    assert closed.door.send("DELETE", closed.object(stock.malware["id"])).status == 403


@states("S5.2-3", "S5.5-8")
def test_a_collection_that_is_not_there(target: Target, stock: Stock) -> None:
    absent = Shelf(target.door, target.root, "3f0c6a55-9c1b-4c58-8f0e-0a6b1d3f9e77")
    paths = (absent.path, absent.objects, absent.manifest, absent.object(stock.malware["id"]))
    assert [target.door.get(path).status for path in paths] == [404] * 4
    assert absent.post([make_indicator()]).status == 404


@states("S5.2-2")
def test_an_alias_is_unique_and_leads_to_its_collection(target: Target) -> None:
    found = target.door.get(f"{target.root}collections/").json["collections"]
    aliases = {row["alias"]: row for row in found if "alias" in row}
    assert len(aliases) == len([row for row in found if "alias" in row])
    if not aliases:
        pytest.skip("the server under test has no aliases here")
    for alias, row in aliases.items():
        assert target.door.get(f"{target.root}collections/{alias}/").json == row


@states("S3.3-3")
def test_collections_come_in_the_same_order(target: Target) -> None:
    def ask() -> list[str]:
        return [row["id"] for row in target.door.get(f"{target.root}collections/").json["collections"]]

    assert ask() == ask() == ask()
