"""The copies on search servers: written, built again and switched, whatever happens in between."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from django.conf import settings as given_settings

from stack.accounts.principal import Principal
from stack.core.errors import NotFound, Unavailable
from stack.search.base import Found, SearchRequest
from stack.search.choice import choose_backend
from stack.search.copying import copy_changes, read_cursor
from stack.search.documents import SearchDocument
from stack.search.elasticsearch import writer as bulk
from stack.search.elasticsearch.client import Client
from stack.search.elasticsearch.writer import BulkWriter
from stack.search.indexer import catch_up
from stack.search.models import IndexCursor, IndexLease
from stack.search.operations import Busy, rebuild, switch
from stack.search.queries import search_objects
from stack.search.query_language import parse_query
from stack.search.verify import verify_index
from stack.store.queries import last_change
from tests.integration.search.backends import SERVERS
from tests.integration.search.conftest import State, make_object

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("database", SERVERS, indirect=True),
]

LOADER = make_object("malware", "Loader")
WIPER = make_object("malware", "Wiper")
MINER = make_object("malware", "Miner")
DOCUMENT = SearchDocument(
    object_id=1,
    sequence=10,
    audience_id=1,
    rival_ids=(),
    title="First",
    names=("First",),
    text="",
    values=(),
    addresses=(),
    keywords={"type": ("malware",)},
    dates={},
    numbers={},
    is_relationship=False,
)


def names(principal: Principal, query: str = "") -> list[str]:
    return [hit.row.name for hit in search_objects(principal, query=query).hits]


def change(document: SearchDocument, *, sequence: int, name: str) -> SearchDocument:
    return msgspec.structs.replace(document, sequence=sequence, title=name, names=(name,))


def ask(query: str) -> Found:
    return choose_backend().search(SearchRequest(parse_query(query).node, frozenset({1})))


@pytest.fixture
def client(database: str) -> Iterator[Client]:
    made = Client(given_settings.SEARCH)
    yield made
    made.close()


@pytest.fixture
def writer(database: str) -> Iterator[BulkWriter]:
    with choose_backend().open_writer() as opened:
        assert isinstance(opened, BulkWriter)
        yield opened


def test_a_rebuild_keeps_the_former_copy_and_a_switch_leads_back_to_it(
    principal: Principal, state: State
) -> None:
    state(LOADER)
    first = choose_backend().list_copies()[0]
    assert rebuild() == 1
    second = choose_backend().list_copies()[0]
    assert [copy.name for copy in choose_backend().list_copies()] == [second.name, first.name]
    state(WIPER)
    assert switch(first.name) == 2
    assert names(principal) == ["Wiper", "Loader"]
    assert choose_backend().cursor_name() == first.cursor
    assert verify_index().agrees
    rebuild()
    kept = {copy.name for copy in choose_backend().list_copies()}
    assert first.name in kept
    assert second.name not in kept
    assert not IndexLease.objects.filter(pk=second.name).exists()
    assert not IndexCursor.objects.filter(pk=second.cursor).exists()
    with pytest.raises(NotFound):
        switch(second.name)


def test_the_copy_in_use_is_kept_up_while_another_is_filled(principal: Principal, state: State) -> None:
    state(LOADER)
    with choose_backend().open_rebuild() as rebuilder:
        assert rebuilder
        copy_changes(rebuilder)
        state(WIPER, {**LOADER, "name": "Stealer", "modified": "2025-01-01T00:00:00.000Z"})
        assert names(principal) == ["Stealer", "Wiper"]
        with choose_backend().open_rebuild() as other:
            assert other is None
        with pytest.raises(Busy):
            rebuild(timeout=0)
    assert catch_up() == 2  # the new copy goes on from its own cursor
    assert names(principal) == ["Stealer", "Wiper"]
    assert verify_index().agrees


def test_a_rebuild_that_breaks_leaves_no_copy_behind(state: State) -> None:
    state(LOADER)
    with suppress(RuntimeError), choose_backend().open_rebuild() as rebuilder:
        assert rebuilder
        raise RuntimeError("power cut")
    assert len(choose_backend().list_copies()) == 1


def test_one_writes_at_a_time_and_who_lost_the_lease_stops(writer: BulkWriter) -> None:
    with choose_backend().open_writer() as second:
        assert second is None
    IndexLease.objects.update(until=0)  # as if the first had been away for long
    with choose_backend().open_writer() as second:
        assert second is not None
        writer.write([DOCUMENT])
        writer._lease._renewed = 0.0
        with pytest.raises(Unavailable, match="Another process"):
            writer.commit()
    with choose_backend().open_writer() as third:
        assert third is not None


def test_what_comes_late_or_twice_changes_nothing(writer: BulkWriter) -> None:
    later = change(DOCUMENT, sequence=20, name="Second")
    for document in (later, DOCUMENT, later, DOCUMENT):
        writer.write([document])
        writer.commit()
    assert (ask("first").total, ask("second").total) == (0, 1)
    writer.delete([1], sequence=15)
    writer.commit()
    assert ask("second").total == 1
    writer.delete([1], sequence=30)
    writer.delete([2], sequence=30)  # was never there
    writer.write([later])
    writer.commit()
    assert ask("").total == 0
    writer.write([change(DOCUMENT, sequence=30, name="Third")])
    writer.commit()
    assert ask("third").total == 1


def test_a_document_that_is_refused_is_found_by_its_type_and_holds_up_no_other(
    writer: BulkWriter, caplog: pytest.LogCaptureFixture
) -> None:
    broken: dict[str, Any] = {"type": ("malware",), "label": ({"not": "a word"},)}
    unwritable = msgspec.structs.replace(change(DOCUMENT, sequence=1, name="x"), object_id=3, text="\ud800")
    writer.write(
        [
            msgspec.structs.replace(DOCUMENT, object_id=2, keywords=broken),
            DOCUMENT,
            unwritable,
        ]
    )
    writer.commit()
    assert [hit.object_id for hit in ask("type:malware").hits] == [3, 2, 1]
    assert [hit.object_id for hit in ask("first").hits] == [1]
    assert "object 2 is refused" in caplog.text
    assert "object 3 cannot be written" in caplog.text


def test_a_large_batch_is_cut_and_everything_arrives(
    writer: BulkWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BATCH_ACTIONS", 7)
    writer.write(msgspec.structs.replace(DOCUMENT, object_id=number) for number in range(1, 101))
    writer.delete([100], sequence=11)
    writer.commit()
    assert ask("").total == 99


def test_a_copy_that_was_removed_is_not_made_by_its_writer_but_anew(
    principal: Principal, state: State, client: Client
) -> None:
    state(LOADER)
    [copy] = choose_backend().list_copies()
    with choose_backend().open_writer() as writer:
        assert writer
        client.delete([copy.name])
        writer.write([DOCUMENT])
        with pytest.raises(Unavailable, match="gone"):
            writer.commit()
    assert choose_backend().list_copies() == []
    page = search_objects(principal, query="loader")
    assert ([hit.row.name for hit in page.hits], page.total_is_exact) == (["Loader"], False)  # from the store
    catch_up()
    assert search_objects(principal, query="loader").total_is_exact
    assert verify_index().agrees


def test_killed_between_documents_and_cursor_the_work_is_done_again(
    principal: Principal, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(LOADER)
    state(WIPER, {**LOADER, "name": "Stealer", "modified": "2025-01-01T00:00:00.000Z"}, index=False)

    def die(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("stack.search.copying.save_cursor", die)
        with pytest.raises(KeyboardInterrupt):
            catch_up()
    assert read_cursor(choose_backend().cursor_name()) < last_change()
    assert catch_up() == 2
    assert names(principal) == ["Stealer", "Wiper"]
    report = verify_index()
    assert (report.documents, report.agrees) == (2, True)


def test_what_another_prefix_keeps_is_not_touched(state: State, client: Client) -> None:
    other = f"{given_settings.SEARCH.prefix}x-objects-111111111111-222222222222"
    client.create(other, {})
    state(LOADER)
    rebuild()
    rebuild()
    assert client.count(other, {"match_all": {}}) == 0
    client.delete([other])
