"""What a peer has comes in, once, byte for byte, and a run that was cut off goes on where it was."""

import json
from collections.abc import Callable

import pytest

from stack.accounts.principal import Principal
from stack.core.errors import NotAllowed, NotFound, Unavailable
from stack.jobs.execution import run_leased
from stack.jobs.leases import name_worker
from stack.jobs.models import Job
from stack.jobs.operations import run_inline
from stack.jobs.turns import lease_job
from stack.sources.taxii import handing
from stack.sources.taxii.client import AskedToWait
from stack.sources.taxii.linking import add_pull, change_link
from stack.sources.taxii.models import Link
from stack.sources.taxii.queries import Health, get_peer
from stack.sources.taxii.records import Mode, Pulled
from stack.sources.taxii.scheduling import queue_due
from stack.sources.taxii.syncing import run_link
from stack.store import queries
from stack.store.records import Handling
from tests.http_servers import Answer, Asked
from tests.integration.sources.taxii.conftest import AddPeer, run_ingests
from tests.integration.sources.taxii.fake import COLLECTION, FakeTaxii, credentials_of, make_malware

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def pull(link_id: int) -> Pulled:
    done = run_link(link_id)
    assert isinstance(done, Pulled)
    return done


def test_everything_comes_once_and_byte_for_byte(principal: Principal, peer_of: AddPeer) -> None:
    server = FakeTaxii()
    server.add(*(make_malware(place) for place in range(30)))
    odd = b'{"x_odd" : 1.50, ' + json.dumps(make_malware(30)).encode()[1:]
    server.texts.append(odd)
    peer = peer_of(server)
    link = add_pull(principal, peer.id, collection=COLLECTION, title="Worms", reliability=2)
    assert pull(link.id).objects == 31
    run_ingests()
    assert queries.get_text(principal, make_malware(30)["id"]) == odd
    [source] = queries.list_sources(principal)
    assert (source.name, source.kind, source.reliability) == ("peer: Worms", "taxii", 2)
    assert source.objects == 31
    assert pull(link.id).objects == 0

    server.add(make_malware(31))
    assert pull(link.id).objects == 1
    [row] = get_peer(principal, peer.id).links
    assert (row.health, row.moved, row.failures) == (Health.GOOD, 32, 0)
    assert row.reached > 0


def test_a_run_that_dies_between_pages_loses_nothing(
    principal: Principal, peer_of: AddPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing, "_OBJECTS", 10)
    server = FakeTaxii()
    server.add(*(make_malware(place) for place in range(50)))
    count = 0

    def die(asked: Asked) -> Answer | None:
        nonlocal count
        count += 1
        return Answer(500, b"") if count == 5 else None

    server.before = die
    link = add_pull(principal, peer_of(server).id, collection=COLLECTION)
    with pytest.raises(Unavailable):
        run_link(link.id)
    moved = Link.objects.get(pk=link.id).moved
    assert 0 < moved < 50
    assert pull(link.id).objects == 50 - moved
    run_ingests()
    assert queries.list_objects(principal, limit=1).total == 50


def test_the_position_moves_only_with_what_is_handed_over(
    principal: Principal, peer_of: AddPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeTaxii()
    server.add(make_malware(1))
    link = add_pull(principal, peer_of(server).id, collection=COLLECTION)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the machine goes off")

    with monkeypatch.context() as patch:
        patch.setattr("stack.ingest.operations.assign_artifact", fail)
        with pytest.raises(RuntimeError):
            run_link(link.id)
    assert Link.objects.get(pk=link.id).position == {}
    assert not Job.objects.filter(kind="ingest").exists()
    assert pull(link.id).objects == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"user": "ann", "password": "secret"}, "ann:secret"), ({"token": "stk_1"}, "stk_1"), ({}, "")],
)
def test_credentials_go_with_each_request(
    principal: Principal, peer_of: AddPeer, given: dict[str, str], expected: str
) -> None:
    server = FakeTaxii()
    server.add(make_malware(1))
    link = add_pull(principal, peer_of(server, **given).id, collection=COLLECTION)
    run_link(link.id)
    assert {credentials_of(asked) for asked in server.asked} == {expected}
    assert {asked.headers["accept"] for asked in server.asked} == {"application/taxii+json;version=2.1"}


def test_a_server_that_says_later_is_asked_later(principal: Principal, peer_of: AddPeer) -> None:
    server = FakeTaxii(before=lambda asked: Answer(429, b"", {"Retry-After": "900"}))
    link = add_pull(principal, peer_of(server).id, collection=COLLECTION, every_s=30)
    with pytest.raises(AskedToWait):
        run_link(link.id)
    assert len(server.asked) == 1
    row = Link.objects.get(pk=link.id)
    assert row.next_at - (row.last_attempt_at or 0) > 800 * 1_000_000
    assert "900 s" in row.last_error


def test_a_job_that_was_told_to_wait_is_not_tried_again_before(
    principal: Principal, peer_of: AddPeer
) -> None:
    server = FakeTaxii(before=lambda asked: Answer(429, b"", {"Retry-After": "900"}))
    add_pull(principal, peer_of(server).id, collection=COLLECTION)
    assert queue_due() == 1
    leased = lease_job(Job.objects.get(kind="sync-peer").pk, name_worker())
    assert leased is not None
    run_leased(*leased)
    assert Job.objects.get(kind="sync-peer").state == "failed"
    assert (len(server.asked), queue_due()) == (1, 0)


def test_a_short_wait_is_waited_for(principal: Principal, peer_of: AddPeer) -> None:
    server = FakeTaxii()
    server.add(make_malware(1))
    server.before = lambda asked: Answer(503, b"", {"Retry-After": "0"}) if len(server.asked) == 1 else None
    link = add_pull(principal, peer_of(server).id, collection=COLLECTION)
    assert pull(link.id).objects == 1


def test_failures_are_said_and_tried_at_longer_intervals(principal: Principal, peer_of: AddPeer) -> None:
    server = FakeTaxii(before=lambda asked: Answer(401, b'{"title":"Who are you?"}'))
    peer = peer_of(server, token="stk_wrong")
    link = add_pull(principal, peer.id, collection=COLLECTION, every_s=100)
    waits = []
    for _ in range(4):
        with pytest.raises(NotAllowed):
            run_link(link.id)
        row = Link.objects.get(pk=link.id)
        waits.append(row.next_at - (row.last_attempt_at or 0))
    assert waits == sorted(waits)
    assert waits[3] > 3 * waits[0]
    [shown] = get_peer(principal, peer.id).links
    assert shown.health == Health.FAILING
    assert "Who are you?" in shown.last_error
    assert "stk_wrong" not in shown.last_error


def test_what_is_due_is_queued_once_and_run_by_the_job(principal: Principal, peer_of: AddPeer) -> None:
    server = FakeTaxii()
    server.add(make_malware(1))
    peer = peer_of(server)
    link = add_pull(principal, peer.id, collection=COLLECTION)
    assert queue_due() == 1
    assert queue_due() == 0
    job = run_inline(Job.objects.get(kind="sync-peer").pk)
    assert job.state == "done", job.error
    assert job.result["objects"] == 1
    assert Link.objects.get(pk=link.id).last_success_at


def test_a_run_that_was_overtaken_writes_nothing(principal: Principal, peer_of: AddPeer) -> None:
    server = FakeTaxii()
    server.add(make_malware(1))
    link = add_pull(principal, peer_of(server).id, collection=COLLECTION)

    def overtake(_: int) -> None:
        change_link(principal, Link.objects.get(pk=link.id).peer_id, link.id, from_start=True)

    with pytest.raises(handing.Overtaken):
        run_link(link.id, tick=overtake)
    assert Link.objects.get(pk=link.id).position == {}
    assert not Job.objects.filter(kind="ingest").exists()


def test_what_a_replicating_peer_says_again_is_not_its_statement(
    principal: Principal, peer_of: AddPeer
) -> None:
    server = FakeTaxii()
    server.add(make_malware(1), make_malware(2))
    first = add_pull(principal, peer_of(server, name="one").id, collection=COLLECTION)
    pull(first.id)
    run_ingests()
    end = queries.last_change()
    peer = peer_of(server, name="two", mode=Mode.REPLICATING)
    second = add_pull(principal, peer.id, collection=COLLECTION, handling=Handling(everyone=True))
    assert pull(second.id).objects == 2
    run_ingests()
    assert queries.last_change() == end
    assert len(queries.list_versions(principal, make_malware(1)["id"])) == 1
    assert all("match[version]" in asked.path or "match%5B" in asked.path for asked in server.asked[-2:])


def test_a_link_whose_source_was_taken_back_says_so(principal: Principal, peer_of: AddPeer) -> None:
    from stack.store.removal import remove_source

    link = add_pull(principal, peer_of(FakeTaxii()).id, collection=COLLECTION)
    remove_source(principal, link.source_id, report=lambda _: None)
    with pytest.raises(NotFound):
        run_link(link.id)


def test_a_peer_is_not_seen_by_others(
    principal: Principal, stranger: Principal, peer_of: AddPeer, serving: Callable[[FakeTaxii], str]
) -> None:
    peer = peer_of(FakeTaxii())
    with pytest.raises(NotFound) as theirs:
        get_peer(stranger, peer.id)
    with pytest.raises(NotFound) as none:
        get_peer(stranger, 999_999_999)
    assert theirs.value.detail.replace(str(peer.id), "…") == none.value.detail.replace("999999999", "…")
    with pytest.raises(NotFound):
        add_pull(stranger, peer.id, collection=COLLECTION)
