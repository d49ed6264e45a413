"""Peers: their secrets stay sealed and go nowhere else, and a hostile peer costs no more than its limits."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal, Role
from stack.audit.models import AuditEntry
from stack.core.errors import BadInput, StackError
from stack.core.http.errors import AddressRefused
from stack.jobs.models import Job
from stack.sources.taxii import client as client_module
from stack.sources.taxii.client import TaxiiClient
from stack.sources.taxii.drafts import PeerDraft
from stack.sources.taxii.linking import add_pull
from stack.sources.taxii.models import Link, Peer
from stack.sources.taxii.operations import add_peer, change_peer
from stack.sources.taxii.protocol import Discovery
from stack.sources.taxii.queries import get_peer
from stack.sources.taxii.records import Access
from stack.sources.taxii.syncing import run_link
from tests.http_servers import Answer, Asked, allowing, serve
from tests.integration.sources.taxii.fake import COLLECTION, FakeTaxii, credentials_of, make_malware
from tests.people import make_member, make_principal

pytestmark = pytest.mark.django_db
SECRET = "stk_secret_of_the_other_side"


@pytest.fixture
def principal(tmp_path: Path) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    make_member("root", organisation, role=Role.PLATFORM_ADMIN)
    with override_settings(DATA=tmp_path):
        yield make_principal("curator", organisation, role=Role.CURATOR)


def add(principal: Principal, url: str, **others: Any) -> tuple[int, int]:
    peer = add_peer(principal, PeerDraft(name="peer", url=f"{url}/root/", token=SECRET, **others))
    return peer.id, add_pull(principal, peer.id, collection=COLLECTION).id


def test_a_secret_is_in_no_row_answer_act_or_error(principal: Principal) -> None:
    server = FakeTaxii(before=lambda asked: Answer(401, json.dumps({"title": f"bad {SECRET[:4]}"}).encode()))
    with allowing("127.0.0.0/8"), serve(server) as url:
        peer_id, link_id = add(principal, url)
        with pytest.raises(StackError) as caught:
            run_link(link_id)
    row = Peer.objects.get(pk=peer_id)
    told = [str(vars(row)), repr(get_peer(principal, peer_id)), str(caught.value), repr(caught.value)]
    told += [str(entry.__dict__) for entry in AuditEntry.objects.all()]
    told += [str(vars(link)) for link in Link.objects.all()] + [str(vars(job)) for job in Job.objects.all()]
    assert credentials_of(server.asked[0]) == SECRET
    assert not [text for text in told if SECRET in text]
    assert SECRET not in repr(Access(url="https://x.example/", token=SECRET, password=SECRET))


def test_an_address_inside_is_not_asked(principal: Principal) -> None:
    server = FakeTaxii()
    with serve(server) as url:
        _, link_id = add(principal, url)
        with pytest.raises(AddressRefused):
            run_link(link_id)
    assert not server.asked


def test_credentials_do_not_follow_to_where_the_server_points() -> None:
    thief = FakeTaxii()
    with ExitStack() as stack:
        stack.enter_context(allowing("127.0.0.0/8"))
        elsewhere = stack.enter_context(serve(thief))

        def point(asked: Asked) -> Answer | None:
            if asked.path == "/taxii2/":
                body = {"title": "x", "api_roots": [f"{elsewhere}/root/"], "default": f"{elsewhere}/root/"}
                return Answer(200, json.dumps(body).encode())
            return Answer(302, b"", {"Location": f"{elsewhere}/root/"})

        url = stack.enter_context(serve(FakeTaxii(before=point)))
        with TaxiiClient(Access(url=url, token=SECRET)) as client:
            found = client.discover()
            assert isinstance(found, Discovery)
            with pytest.raises(StackError):
                client.get_api_root()
            client._get(found.default)
    assert [credentials_of(asked) for asked in thief.asked] == [""]


def test_another_address_needs_its_credentials_anew(principal: Principal) -> None:
    peer = add_peer(principal, PeerDraft(name="peer", url="https://taxii.example/root/", token=SECRET))
    with pytest.raises(BadInput):
        change_peer(principal, peer.id, {"url": "https://thief.example/root/"})
    change_peer(principal, peer.id, {"url": "https://new.example/root/", "token": "another"})
    assert get_peer(principal, peer.id).url == "https://new.example/root/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://taxii.example/root/", "token": SECRET},
        {"url": "http://127.0.0.1.thief.example/root/", "token": SECRET},
        {"url": f"https://user:{SECRET}@taxii.example/root/"},
        {"url": "file:///etc/passwd"},
        {"ca": "/etc/ssl/certs/ca-certificates.crt"},
        {"certificate": "~/.ssh/id_rsa"},
        {"token": "line\r\nX-Injected: yes"},
        {"user": "ann", "token": SECRET},
    ],
    ids=" ".join,
)
def test_a_peer_that_could_leak_is_not_kept(principal: Principal, wrong: dict[str, Any]) -> None:
    draft = PeerDraft(**{"name": "peer", "url": "https://taxii.example/root/", **wrong})
    with pytest.raises(BadInput) as caught:
        add_peer(principal, draft)
    assert SECRET not in str(caught.value)
    assert not Peer.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"objects":' + b"[" * 100_000,
        b'{"objects":[{"id":"x"}',
        b"\xff\xfe",
        b'{"objects":{"a":1}}',
        b"<html>",
    ],
    ids=["nested", "nested objects", "cut", "no text", "no list", "html"],
)
def test_what_is_no_envelope_is_a_failure_with_words(principal: Principal, body: bytes) -> None:
    with allowing("127.0.0.0/8"), serve(lambda asked: Answer(200, body)) as url:
        _, link_id = add(principal, url)
        with pytest.raises(StackError) as caught:
            run_link(link_id)
    assert caught.value.remedy
    assert Link.objects.get(pk=link_id).failures == 1


def test_a_page_without_end_is_cut_off(principal: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_LIMITS", replace(client_module._LIMITS, most_bytes=100_000))
    sent = 0

    def drip() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"objects":['
        while True:
            sent += 1
            yield json.dumps(make_malware(sent)).encode() + b","

    with allowing("127.0.0.0/8"), serve(lambda asked: Answer(200, None, chunks=drip())) as url:
        _, link_id = add(principal, url)
        with pytest.raises(StackError, match="more than"):
            run_link(link_id)
    assert sent < 50_000


def test_what_a_peer_says_of_itself_has_no_control_characters() -> None:
    title = "\x1b]0;owned\x07\u202eevil"
    body = json.dumps({"title": title, "api_roots": ["/root/\x1b[2J"]}).encode()
    with ExitStack() as stack:
        stack.enter_context(allowing("127.0.0.0/8"))
        url = stack.enter_context(serve(lambda asked: Answer(200, body)))
        found = stack.enter_context(TaxiiClient(Access(url=url))).discover()
    assert isinstance(found, Discovery)
    assert found.title.isprintable()
    assert all(root.isprintable() for root in found.api_roots)
