"""Peers on their pages: added without a word to them, looked at, linked, their secrets never shown."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from stack.accounts.models import Organisation
from stack.accounts.roles import Role
from stack.sharing.collections.models import Collection
from stack.sources.taxii.models import Link, Peer
from tests.http_servers import Answer, Asked, serve
from tests.people import make_member

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("loopback_allowed")]

_REMOTE = {
    "id": "91a7b528-80eb-42ed-a74d-c6fbd5a26116",
    "title": "<b>Theirs",
    "can_read": True,
    "can_write": True,
}
_MEDIA = "application/taxii+json;version=2.1"
_SECRET = "sesame-0123456789"


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(make_member("robin", Organisation.objects.create(name="North"), role=Role.CURATOR))
    return client


@pytest.fixture
def address() -> Iterator[str]:
    def answer(asked: Asked) -> Answer:
        if "authorization" not in asked.headers:
            return Answer(status=401)
        return Answer(body=json.dumps({"collections": [_REMOTE]}).encode(), headers={"Content-Type": _MEDIA})

    with serve(answer) as base:
        yield f"{base}/api/"


def _add(client: Client, address: str, **sent: str) -> Peer:
    client.post("/sharing/peers", {"name": "Northern CERT", "url": address, "token": _SECRET} | sent)
    return Peer.objects.get()


def test_its_collections_are_shown_and_one_is_pulled(curator: Client, address: str) -> None:
    peer = _add(curator, address)
    page = curator.post(f"/sharing/peers/{peer.pk}/look").content.decode()
    assert "&lt;b&gt;Theirs" in page
    sent = {"collection": _REMOTE["id"], "title": "Theirs", "sharing": "own"}
    curator.post(f"/sharing/peers/{peer.pk}/pull", sent)
    link = Link.objects.get()
    assert (link.direction, link.collection) == ("pull", _REMOTE["id"])
    page = curator.get(f"/sharing/peers/{peer.pk}").content.decode()
    assert "not synchronised yet" in page
    assert _SECRET not in page
    again = curator.post(f"/sharing/peers/{peer.pk}/pull", sent)
    assert (again.status_code, 'role="alert"' in again.content.decode()) == (409, True)


def test_ours_is_pushed_up_to_a_level(curator: Client, address: str) -> None:
    peer = _add(curator, address)
    curator.post("/sharing/collections", {"title": "Ours", "readers": "own"})
    own = Collection.objects.get()
    sent = {"collection": _REMOTE["id"], "own": str(own.pk), "tlp_ceiling": "green"}
    curator.post(f"/sharing/peers/{peer.pk}/push", sent)
    link = Link.objects.get()
    assert (link.direction, link.selection_id, link.tlp_ceiling) == ("push", own.pk, 1)
    assert curator.post(f"/sharing/peers/{peer.pk}/push", sent | {"own": "999"}).status_code == 404


def test_a_link_is_stopped_begun_again_and_removed(curator: Client, address: str) -> None:
    peer = _add(curator, address)
    curator.post(f"/sharing/peers/{peer.pk}/pull", {"collection": _REMOTE["id"]})
    url = f"/sharing/peers/{peer.pk}/links/{Link.objects.get().pk}"
    curator.post(url, {"act": "off"})
    assert not Link.objects.get().is_enabled
    assert curator.post(url, {"act": "again"}).status_code == 302
    assert curator.post(url, {"act": "nonsense"}).status_code == 422
    curator.post(url, {"act": "remove"})
    assert not Link.objects.exists()


def test_a_peer_that_refuses_says_so_on_the_page(curator: Client, address: str) -> None:
    peer = _add(curator, address, token="")
    answer = curator.post(f"/sharing/peers/{peer.pk}/look")
    assert answer.status_code >= 400
    assert 'role="alert"' in answer.content.decode()


def test_another_address_needs_its_secrets_anew(curator: Client, address: str) -> None:
    peer = _add(curator, address)
    sent = {"name": "Northern CERT", "url": "https://elsewhere.example/api/"}
    answer = curator.post(f"/sharing/peers/{peer.pk}/change", sent)
    assert answer.status_code == 422
    assert "needs its credentials anew" in answer.content.decode()
    curator.post(f"/sharing/peers/{peer.pk}/change", sent | {"url": address, "name": "CERT"})
    assert Peer.objects.get().name == "CERT"


def test_strangers_find_no_peer_and_analysts_no_page(curator: Client, address: str) -> None:
    peer = _add(curator, address)
    curator.force_login(make_member("sam", Organisation.objects.create(name="South"), role=Role.CURATOR))
    assert curator.get(f"/sharing/peers/{peer.pk}").status_code == 404
    for path in ("look", "change", "switch", "sync", "remove", "pull"):
        assert curator.post(f"/sharing/peers/{peer.pk}/{path}", {"name": "x"}).status_code == 404, path
    curator.force_login(make_member("ann", Organisation.objects.get(name="North"), role=Role.ANALYST))
    assert curator.get("/sharing/peers").status_code == 403
    assert "/sharing/peers" not in curator.get("/sharing").content.decode()
