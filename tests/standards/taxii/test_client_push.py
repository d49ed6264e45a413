"""Sections 4.2, 4.3 and 5.5: what Stack pushes to a strict server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal, Role
from stack.sharing.collections.collector import catch_up
from stack.sharing.collections.operations import create_collection
from stack.sources.taxii.drafts import PeerDraft
from stack.sources.taxii.linking import add_push
from stack.sources.taxii.operations import add_peer
from stack.sources.taxii.records import Pushed
from stack.sources.taxii.syncing import run_link
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.http_servers import allowing
from tests.people import make_principal
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import Json, ids_of, make_indicator
from tests.standards.taxii.strict import COLLECTION, PASSWORD, ROOT, USER, Strict, serve_strict

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def principal(tmp_path: Path) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    with override_settings(DATA=tmp_path), allowing("127.0.0.0/8 ::1"):
        yield make_principal("curator", organisation, role=Role.CURATOR)


def _push(principal: Principal, strict: Strict, objects: list[Json]) -> None:
    row = ensure_source(principal, name="lab")
    statements = [describe_statement(json.dumps(item).encode(), item) for item in objects]
    write_statements(principal, statements=statements, source_id=row.id)
    chosen = create_collection(principal, title="All", query="*")
    catch_up()
    with serve_strict(strict) as url:
        draft = PeerDraft(name="strict", url=url + ROOT, user=USER, password=PASSWORD)
        peer = add_peer(principal, draft)
        link = add_push(principal, peer.id, collection=COLLECTION, selection_id=chosen.id)
        done = run_link(link.id)
    assert isinstance(done, Pushed)


def _make_objects(count: int) -> list[Json]:
    return [make_indicator(f"number {number}") for number in range(count)]


@states("C3.1-3", "C4.2-1", "C5.5-1")
def test_objects_go_in_envelopes_that_are_never_too_large(principal: Principal) -> None:
    strict, objects = Strict(most_bytes=2_000), _make_objects(20)
    _push(principal, strict, objects)
    assert strict.broken == []
    assert sorted(ids_of(strict.posted)) == sorted(ids_of(objects))
    posts = [request for request in strict.asked if request.method == "POST"]
    assert len(posts) >= 4
    assert max(len(request.body) for request in posts) <= 2_000


@states("C4.3-1", "C4.3-2")
def test_a_status_is_asked_for_until_it_is_complete_and_never_again(principal: Principal) -> None:
    strict = Strict(pending_polls=3)
    _push(principal, strict, _make_objects(3))
    assert list(strict.polls.values()) == [3]
    assert strict.after_the_end == []


@states("C4.3-2")
def test_a_status_that_is_complete_at_once_is_not_asked_for(principal: Principal) -> None:
    strict = Strict()
    _push(principal, strict, _make_objects(3))
    assert list(strict.polls.values()) == [0]
