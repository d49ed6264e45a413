"""A collection of ours reaches a peer whole, and what the peer does not take is told with its reason."""

import json
from dataclasses import replace

import pytest

from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotAllowed, Unavailable
from stack.sharing.collections.collector import catch_up
from stack.sharing.collections.operations import create_collection
from stack.sources.taxii import pushing
from stack.sources.taxii.linking import add_pull, add_push
from stack.sources.taxii.models import Link
from stack.sources.taxii.queries import get_peer
from stack.sources.taxii.records import Mode, Pushed
from stack.sources.taxii.syncing import run_link
from stack.stix.markings import TlpLevel, tlp_marking_id
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.http_servers import Answer, Asked
from tests.integration.sources.taxii.conftest import AddPeer, run_ingests
from tests.integration.sources.taxii.fake import COLLECTION, FakeTaxii, make_malware

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def collection(principal: Principal) -> int:
    """Everything that there is, once `catch_up` has been called."""
    return create_collection(principal, title="All", query="*").id


def state(principal: Principal, *places: int, source: str = "lab", **others: object) -> None:
    row = ensure_source(principal, name=source)
    texts = [json.dumps(make_malware(place, **others)).encode() for place in places]
    statements = [describe_statement(text, json.loads(text)) for text in texts]
    write_statements(principal, statements=statements, source_id=row.id)


def push(link_id: int) -> Pushed:
    done = run_link(link_id)
    assert isinstance(done, Pushed)
    return done


def names(server: FakeTaxii) -> list[str]:
    return [obj["name"] for obj in server.posted]


def test_everything_is_sent_once_and_byte_for_byte(
    principal: Principal, peer_of: AddPeer, collection: int
) -> None:
    server = FakeTaxii(most_bytes=2_000)
    link = add_push(principal, peer_of(server).id, collection=COLLECTION, selection_id=collection)
    state(principal, *range(25))
    catch_up()
    assert push(link.id).taken == 25
    assert sorted(names(server)) == sorted(f"worm {place}" for place in range(25))
    posts = [asked for asked in server.asked if asked.method == "POST"]
    assert all(len(asked.body) <= 2_000 for asked in posts)
    assert json.dumps(make_malware(3)).encode() in b"".join(asked.body for asked in posts)
    assert push(link.id).taken == 0
    state(principal, 25)
    catch_up()
    assert push(link.id).taken == 1


def test_what_is_refused_is_told_and_the_rest_arrives(
    principal: Principal, peer_of: AddPeer, collection: int
) -> None:
    server = FakeTaxii(refuses=lambda obj: "no worms on Mondays" if obj["name"] == "worm 2" else "")
    peer = peer_of(server)
    link = add_push(principal, peer.id, collection=COLLECTION, selection_id=collection)
    state(principal, *range(8))
    state(principal, 8, name="poison")
    state(principal, 9, description="x" * 200_000)
    catch_up()
    done = push(link.id)
    assert (done.taken, done.refused) == (7, 3)
    [row] = get_peer(principal, peer.id).links
    reasons = {refusal.stix_id[-2:]: refusal.reason for refusal in row.refusals}
    assert reasons["02"] == "no worms on Mondays"
    assert "Poison" in reasons["08"]
    assert "larger than" in reasons["09"]


def test_a_slow_peer_is_asked_until_it_is_done(
    principal: Principal, peer_of: AddPeer, collection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_WAIT_S", 0.1)
    server = FakeTaxii(status_after=6)
    link = add_push(principal, peer_of(server).id, collection=COLLECTION, selection_id=collection)
    state(principal, *range(3))
    catch_up()
    first = push(link.id)
    assert (first.taken, first.pending) == (0, 3)
    assert Link.objects.get(pk=link.id).next_at < (Link.objects.get(pk=link.id).last_success_at or 0) + 5e6
    server.polls = 100
    second = push(link.id)
    assert (second.taken, second.pending) == (3, 0)
    assert len(server.posted) == 3


def test_a_run_that_dies_between_envelopes_goes_on(
    principal: Principal, peer_of: AddPeer, collection: int
) -> None:
    server = FakeTaxii(most_bytes=1_000)
    posts = 0

    def die(asked: Asked) -> Answer | None:
        nonlocal posts
        posts += asked.method == "POST"
        return Answer(502, b"") if asked.method == "POST" and posts == 3 else None

    server.before = die
    link = add_push(principal, peer_of(server).id, collection=COLLECTION, selection_id=collection)
    state(principal, *range(20))
    catch_up()
    with pytest.raises(Unavailable):
        run_link(link.id)
    before = len(server.posted)
    assert 0 < before < 20
    push(link.id)
    assert sorted(names(server)) == sorted(f"worm {place}" for place in range(20))


def test_what_came_from_the_peer_does_not_go_back(
    principal: Principal, peer_of: AddPeer, collection: int
) -> None:
    server = FakeTaxii()
    server.add(make_malware(1), make_malware(2))
    peer = peer_of(server, mode=Mode.REPLICATING)
    pulling = add_pull(principal, peer.id, collection=COLLECTION)
    link = add_push(principal, peer.id, collection=COLLECTION, selection_id=collection)
    run_link(pulling.id)
    run_ingests()
    state(principal, 3)
    catch_up()
    done = push(link.id)
    assert (done.taken, done.echoes) == (1, 2)
    assert names(server) == ["worm 3"]


def test_nothing_above_the_ceiling_leaves(principal: Principal, peer_of: AddPeer, collection: int) -> None:
    server = FakeTaxii()
    state(principal, 1, object_marking_refs=[tlp_marking_id(TlpLevel.AMBER)])
    state(principal, 2, object_marking_refs=[tlp_marking_id(TlpLevel.GREEN)])
    catch_up()
    link = add_push(
        principal, peer_of(server).id, collection=COLLECTION, selection_id=collection, tlp_ceiling=1
    )
    assert push(link.id).taken == 1
    assert names(server) == ["worm 2"]


def test_pushing_needs_both_permissions(principal: Principal, peer_of: AddPeer, collection: int) -> None:
    peer = peer_of(FakeTaxii())
    for missing in (Permission.MANAGE_SOURCES, Permission.MANAGE_SHARING):
        fewer = replace(principal, permissions=principal.permissions - {missing})
        with pytest.raises(NotAllowed):
            add_push(fewer, peer.id, collection=COLLECTION, selection_id=collection)
