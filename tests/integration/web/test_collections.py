"""Collections on the pages: made, filled, read, changed and ended, by whom that may."""

import pytest
from django.test import Client

from stack.accounts.models import Organisation
from stack.accounts.roles import Role
from stack.sharing.collections.models import Collection
from tests.people import make_member

pytestmark = pytest.mark.django_db

_NEW = {"title": "For partners", "query": "type:indicator", "readers": "everyone", "writers": "nobody"}


@pytest.fixture
def curator(client: Client) -> Client:
    member = make_member("robin", Organisation.objects.create(name="North"), role=Role.CURATOR)
    client.force_login(member)
    return client


def test_a_collection_is_made_changed_and_ended(curator: Client) -> None:
    made = curator.post("/sharing/collections", _NEW)
    row = Collection.objects.get()
    assert made["Location"] == f"/sharing/collections/{row.pk}"
    page = curator.get(made["Location"]).content.decode()
    assert f"/taxii2/org-{row.organisation_id}/collections/{row.uid}/" in page
    assert "everyone on this Stack" in page
    curator.post(f"{made['Location']}/change", {**_NEW, "title": "For friends", "readers": "own"})
    row.refresh_from_db()
    assert (row.title, row.readers["everyone"]) == ("For friends", False)
    assert curator.post(f"{made['Location']}/delete")["Location"] == "/sharing"
    assert not Collection.objects.exists()


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(curator: Client) -> None:
    answer = curator.post("/sharing/collections", {**_NEW, "alias": "Not One"})
    assert answer.status_code == 422
    assert "For partners" in answer.content.decode()
    assert "collection-alias-fault" in answer.content.decode()


@pytest.mark.parametrize("readers", ["nobody-knows", "chosen"])
def test_forged_readers_are_refused(curator: Client, readers: str) -> None:
    sent = {**_NEW, "readers": readers, "readers_chosen": ["org:x"]}
    assert curator.post("/sharing/collections", sent).status_code == 422
    assert not Collection.objects.exists()


def test_a_search_becomes_the_query_of_a_new_collection(curator: Client) -> None:
    assert "type:malware &lt;b" in curator.get("/sharing?query=type:malware+<b").content.decode()


def test_strangers_see_no_collection_and_learn_nothing(curator: Client) -> None:
    curator.post("/sharing/collections", {**_NEW, "readers": "own"})
    row = Collection.objects.get()
    stranger = make_member("sam", Organisation.objects.create(name="South"), role=Role.CURATOR)
    curator.force_login(stranger)
    hidden = curator.get(f"/sharing/collections/{row.pk}")
    missing = curator.get(f"/sharing/collections/{row.pk + 999}")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert "For partners" not in curator.get("/sharing").content.decode()
    assert curator.post(f"/sharing/collections/{row.pk}/delete").status_code == 404
    assert curator.post(f"/sharing/collections/{row.pk}/add", {"ids": "x"}).status_code == 404


def test_ids_that_are_in_no_store_are_told(curator: Client) -> None:
    curator.post("/sharing/collections", {**_NEW, "query": ""})
    row = Collection.objects.get()
    sent = {"ids": "malware--00000000-0000-4000-8000-000000000000 nonsense"}
    page = curator.post(f"/sharing/collections/{row.pk}/add", sent, follow=True).content.decode()
    assert "0 put in. 2 are not in the store." in page


def test_an_api_root_is_made_and_ended(curator: Client) -> None:
    organisation = Organisation.objects.get()
    curator.force_login(make_member("ada", organisation, role=Role.PLATFORM_ADMIN))
    curator.post("/sharing/roots", {"slug": "energy", "title": "Energy"})
    assert "/taxii2/energy/" in curator.get("/sharing").content.decode()
    curator.post("/sharing/roots/energy/delete")
    assert "/taxii2/energy/" not in curator.get("/sharing").content.decode()
