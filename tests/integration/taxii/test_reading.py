"""What is served of a collection, and how it is paged."""

import json
from typing import Any

import pytest

from stack.accounts.models import User
from stack.audit.models import AuditEntry
from stack.sharing.collections.records import CollectionRow
from stack.sharing.taxii import reading
from tests.integration.store.conftest import encode, make_object
from tests.integration.taxii.conftest import Put, Taxii, client_of

pytestmark = pytest.mark.django_db(databases="__all__")


def make_rats(count: int, **properties: Any) -> list[dict[str, Any]]:
    return [make_object("malware", f"Rat {n}", is_family=True, **properties) for n in range(count)]


def ids_of(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json().get("objects", [])]


def test_objects_are_served_byte_for_byte(taxii: Taxii, base: str, put: Put) -> None:
    rats = make_rats(2, x_note="é 1.0")
    put(*rats)
    answer = taxii.get(f"{base}/objects/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/taxii+json;version=2.1"
    assert answer.content == b'{"objects":[' + b",".join(map(encode, rats)) + b'],"more":false}'


def test_the_discovery_leads_to_the_objects(taxii: Taxii, base: str, put: Put) -> None:
    put(*make_rats(1))
    root = taxii.get("").json()["default"]
    found = taxii.get(root.removeprefix("/taxii2/"))
    assert found.json()["versions"] == ["application/taxii+json;version=2.1"]
    assert found.json()["max_content_length"] == 32 * 1024 * 1024
    [row] = taxii.get(f"{root.removeprefix('/taxii2/')}collections/").json()["collections"]
    assert base.endswith(row["id"])
    assert (row["alias"], row["can_read"], row["can_write"]) == ("shelf", True, True)


def test_an_api_root_is_absolute_where_tls_is_known_of(taxii: Taxii, base: str) -> None:
    answer = taxii.ask("GET", "", secure=True)
    assert answer.json()["default"].startswith("https://testserver/taxii2/org-")


@pytest.mark.parametrize("end", ["objects", "manifest", ""])
def test_a_slash_that_is_left_out_is_no_fault(taxii: Taxii, base: str, put: Put, end: str) -> None:
    put(*make_rats(1))
    path = f"{base}/{end}".rstrip("/")
    assert taxii.get(path).content == taxii.get(f"{path}/").content


def test_a_collection_is_found_by_its_alias(taxii: Taxii, base: str, put: Put) -> None:
    put(*make_rats(1))
    root = base.partition("/")[0]
    by_alias, by_id = taxii.get(f"{root}/collections/shelf/objects/"), taxii.get(f"{base}/objects/")
    assert by_alias.content == by_id.content


def test_a_collection_is_not_in_another_api_root(taxii: Taxii, shelf: CollectionRow) -> None:
    assert taxii.get(f"org-{shelf.organisation_id + 1}/collections/{shelf.uid}/").status_code == 404


@pytest.mark.parametrize("way", ["next", "date", "both"])
@pytest.mark.parametrize("kind", ["objects", "manifest"])
def test_every_way_of_paging_gets_everything_once_while_others_write(
    taxii: Taxii, base: str, put: Put, way: str, kind: str
) -> None:
    rats = make_rats(11)
    put(*rats[:7])
    got: list[str] = []
    asked: dict[str, str] = {}
    while len(got) < len(rats):
        answer = taxii.get(f"{base}/{kind}/", limit="3", **asked)
        again = taxii.get(f"{base}/{kind}/", limit="3", **asked)
        assert answer.content == again.content, "a page that is asked for again is another one"
        got += ids_of(answer)
        if len(got) < 8:
            put(rats[7 + len(got) // 3 - 1])
        if len(got) == 6:
            put(*rats[9:])
        if way != "date" and answer.json()["more"]:
            asked["next"] = answer.json()["next"]
        else:
            asked.pop("next", None)
        if way != "next" or "next" not in asked:
            asked["added_after"] = answer["X-TAXII-Date-Added-Last"]
    assert sorted(got) == sorted(rat["id"] for rat in rats)
    assert len(set(got)) == len(got)


def test_a_newer_version_comes_again_behind_the_older_one(taxii: Taxii, base: str, put: Put) -> None:
    first, second = make_rats(2)
    put(first, second)
    last = taxii.get(f"{base}/objects/")["X-TAXII-Date-Added-Last"]
    put(first | {"modified": "2026-01-01T00:00:00.000Z"})
    answer = taxii.get(f"{base}/objects/", added_after=last)
    assert [each["modified"] for each in answer.json()["objects"]] == ["2026-01-01T00:00:00.000Z"]
    assert ids_of(taxii.get(f"{base}/objects/")) == [second["id"], first["id"]]


def test_versions_are_compared_as_instants(taxii: Taxii, base: str, put: Put) -> None:
    [rat] = make_rats(1)
    put(rat)
    put(rat | {"modified": "2026-01-01T10:00:00.000Z"})
    path = f"{base}/objects/{rat['id']}/"
    for spelling in ("2026-01-01T10:00:00Z", "2026-01-01T12:00:00.000000+02:00"):
        answer = taxii.get(path, **{"match[version]": spelling})
        assert [each["modified"] for each in answer.json()["objects"]] == ["2026-01-01T10:00:00.000Z"]
    assert len(ids_of(taxii.get(path, **{"match[version]": "all"}))) == 2
    assert taxii.get(f"{path}versions/").json()["versions"] == [
        "2024-01-01T00:00:00.000Z",
        "2026-01-01T10:00:00.000Z",
    ]
    assert taxii.get(path, **{"match[version]": "2020-01-01T00:00:00Z"}).json() == {}


@pytest.mark.parametrize("end", ["", "versions/"])
@pytest.mark.parametrize("stix_id", ["malware--00000000-0000-4000-8000-000000000000", "nonsense"])
def test_what_is_not_there_is_not_found(taxii: Taxii, base: str, end: str, stix_id: str) -> None:
    answer = taxii.get(f"{base}/objects/{stix_id}/{end}")
    assert answer.status_code == 404
    assert answer.json()["http_status"] == "404"


@pytest.mark.parametrize(
    ("end", "name"),
    [
        ("objects/malware--00000000-0000-4000-8000-000000000000/", "type"),
        ("objects/malware--00000000-0000-4000-8000-000000000000/versions/", "version"),
        ("objects/", "colour"),
        ("manifest/", "colour"),
    ],
)
def test_a_filter_that_has_no_place_there_is_refused(taxii: Taxii, base: str, end: str, name: str) -> None:
    answer = taxii.get(f"{base}/{end}", **{f"match[{name}]": "last"})
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == [f"match[{name}]"]


def test_filters_that_look_into_objects_page_on_even_where_they_find_nothing(
    taxii: Taxii, base: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_CANDIDATES", 4)
    monkeypatch.setattr(reading, "_AT_ONCE", 2)
    rats = make_rats(12)
    rats[9]["confidence"] = 80
    put(*rats)
    found, asked, pages = [], {"match[confidence-gte]": "50"}, 0
    while True:
        answer = taxii.get(f"{base}/objects/", **asked)
        found += ids_of(answer)
        pages += 1
        if not answer.json().get("more"):
            break
        asked["next"] = answer.json()["next"]
    assert found == [rats[9]["id"]]
    assert pages == 3
    by_date = taxii.get(f"{base}/objects/", **{"match[confidence-gte]": "50"})
    assert by_date["X-TAXII-Date-Added-Last"], "who pages by dates would ask for the same page for ever"


def test_a_filter_with_a_limit_ends_at_the_right_place(taxii: Taxii, base: str, put: Put) -> None:
    put(*make_rats(5, confidence=70))
    asked = {"match[confidence]": "70", "limit": "2"}
    sizes = []
    while True:
        answer = taxii.get(f"{base}/manifest/", **asked)
        sizes.append(len(ids_of(answer)))
        if not answer.json()["more"]:
            break
        asked["next"] = answer.json()["next"]
    assert sizes == [2, 2, 1]


def test_what_is_hidden_from_a_key_is_not_served(curator: User, base: str, put: Put) -> None:
    red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    secret, plain = make_rats(2)
    put(secret | {"object_marking_refs": [red]}, plain)
    narrow = client_of(curator, tlp_ceiling=1)
    assert ids_of(narrow.get(f"{base}/objects/")) == [plain["id"]]
    assert ids_of(narrow.get(f"{base}/manifest/")) == [plain["id"]]
    hidden, never = secret["id"], "malware--00000000-0000-4000-8000-000000000000"
    for end in ("", "versions/"):
        answers = [narrow.get(f"{base}/objects/{each}/{end}") for each in (hidden, never)]
        assert [each.status_code for each in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_head_and_options_are_answered(taxii: Taxii, base: str, put: Put) -> None:
    put(*make_rats(1))
    head = taxii.ask("HEAD", f"{base}/objects/")
    assert head.status_code == 200
    assert head["X-TAXII-Date-Added-Last"]
    options = taxii.ask("OPTIONS", f"{base}/objects/")
    assert (options.status_code, options["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    refused = taxii.ask("PUT", f"{base}/objects/", json.dumps({}).encode())
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")


def test_reading_is_recorded_once_an_hour_for_each_key_and_collection(
    taxii: Taxii, curator: User, base: str, put: Put
) -> None:
    taxii.get(f"{base}/objects/")
    assert not AuditEntry.objects.filter(name="export.read").exists(), "nothing was handed out"
    put(*make_rats(3))
    for _ in range(3):
        taxii.get(f"{base}/objects/", limit="1")
    entry = AuditEntry.objects.get(name="export.read")
    assert (entry.object_kind, entry.face) == ("taxii", "taxii")
    client_of(curator).get(f"{base}/objects/")
    assert AuditEntry.objects.filter(name="export.read").count() == 2
