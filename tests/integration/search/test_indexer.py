"""The index follows the store on every backend: additions, changes, deletions, and documents that break."""

import threading

import pytest

from stack.accounts.principal import Principal
from stack.search.base import SearchRequest
from stack.search.choice import choose_backend
from stack.search.copying import read_cursor
from stack.search.indexer import catch_up, ensure_fresh, follow_changes
from stack.search.models import IndexCursor
from stack.search.operations import rebuild
from stack.search.queries import search_objects
from stack.search.query_tree import Everything
from stack.search.verify import verify_index
from stack.store.access import visible_audiences
from stack.store.models import StixObject, Text
from stack.store.queries import last_change, list_sources
from stack.store.removal import remove_source
from tests.integration.search.conftest import State, make_object, make_relationship

pytestmark = pytest.mark.django_db(databases="__all__")

LOADER = make_object("malware", "Loader")
WIPER = make_object("malware", "Wiper")


def names(principal: Principal, query: str = "") -> list[str]:
    return [hit.row.name for hit in search_objects(principal, query=query).hits]


def test_a_new_version_takes_the_place_of_the_old_one(principal: Principal, state: State) -> None:
    state(LOADER)
    state({**LOADER, "name": "Stealer", "modified": "2024-02-01T00:00:00.000Z"})
    assert names(principal, "loader") == []
    assert names(principal, "stealer") == ["Stealer"]
    assert verify_index().agrees


def test_removed_objects_leave_the_index(principal: Principal, state: State) -> None:
    state(LOADER, source="feed")
    state(WIPER, source="other")
    [source] = [row.id for row in list_sources(principal) if row.name == "feed"]
    remove_source(principal, source, report=lambda done: None)
    catch_up()
    assert names(principal) == ["Wiper"]
    report = verify_index()
    assert (report.objects, report.documents, report.agrees) == (1, 1, True)


def test_catching_up_again_reads_nothing_and_repeated_work_changes_nothing(
    principal: Principal, state: State
) -> None:
    state(LOADER, WIPER)
    assert catch_up() == 0
    IndexCursor.objects.update(sequence=0)
    assert catch_up() == last_change()
    assert search_objects(principal, query="").total == 2
    assert verify_index().agrees


def test_a_limit_stops_early_and_the_next_call_goes_on(principal: Principal, state: State) -> None:
    state(LOADER, WIPER, index=False)
    assert catch_up(limit=1) == 1
    report = verify_index(refresh=False)
    assert (report.pending, report.agrees) == (1, True)
    assert catch_up() == 1
    assert len(names(principal)) == 2


def test_ensure_fresh_indexes_where_nobody_else_does(principal: Principal, state: State) -> None:
    state(LOADER, index=False)
    assert search_objects(principal, query="text:loader").hits == []
    assert ensure_fresh()
    assert names(principal) == ["Loader"]


def test_an_index_ahead_of_the_database_is_built_again(principal: Principal, state: State) -> None:
    state(LOADER)
    IndexCursor.objects.update(sequence=last_change() + 100)
    catch_up()
    assert read_cursor(choose_backend().cursor_name()) == last_change()
    assert names(principal) == ["Loader"]


def test_a_copy_has_each_object_once_however_often_and_in_whatever_order_it_changed(
    principal: Principal, state: State
) -> None:
    uses = make_relationship(LOADER, WIPER)
    state(uses)  # both ends get rows, and thereby lower numbers than what comes before them
    newer = {**uses, "modified": "2024-02-01T00:00:00.000Z"}
    state(make_object("tool", "Borer"), WIPER, newer, LOADER)
    state({**LOADER, "name": "Stealer", "modified": "2024-02-01T00:00:00.000Z"})
    assert (verify_index().documents, verify_index().agrees) == (4, True)
    assert (rebuild(), last_change()) == (4, 6)
    assert (verify_index().documents, verify_index().agrees) == (4, True)
    assert names(principal, "loader") == []


def test_a_rebuild_that_breaks_leaves_the_index_in_use(
    principal: Principal, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(LOADER)

    def fail(*arguments: object, **options: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("stack.search.copying.make_document", fail)
    with pytest.raises(OSError, match="no space"):
        rebuild()
    assert names(principal) == ["Loader"]


def test_verification_names_what_is_missing_extra_and_stale(principal: Principal, state: State) -> None:
    state(LOADER, WIPER, make_object("malware", "Miner"))
    rows = {row.name: row for row in StixObject.objects.all()}
    with choose_backend().open_writer() as writer:
        assert writer is not None
        writer.delete([rows["Miner"].pk], sequence=last_change())
        writer.commit()
    state({**WIPER, "name": "Wiper 2", "modified": "2025-01-01T00:00:00Z"}, index=False)
    Text.objects.filter(pk=rows["Loader"].head or 0).delete()
    IndexCursor.objects.update(sequence=last_change())
    report = verify_index()
    assert (report.objects, report.documents) == (2, 2)
    assert (report.missing, report.extra, report.stale) == (1, 1, 1)
    assert not report.agrees
    assert {example.partition(":")[0] for example in report.examples} == {"missing", "extra", "stale"}


def test_an_object_that_cannot_be_read_holds_up_nothing(
    principal: Principal, state: State, caplog: pytest.LogCaptureFixture
) -> None:
    state(LOADER, WIPER, index=False)
    broken = Text.objects.order_by("pk")[0]
    Text.objects.filter(pk=broken.pk).update(body="{")
    catch_up()
    assert names(principal, "type:malware") == ["Wiper", "Loader"]
    assert "cannot be read for the index" in caplog.text
    assert verify_index().agrees


def test_readers_of_a_backend_see_each_commit(principal: Principal, state: State) -> None:
    request = SearchRequest(Everything(), visible_audiences(principal))
    state(LOADER)
    request = SearchRequest(Everything(), visible_audiences(principal))
    assert choose_backend().search(request).total == 1
    state(WIPER)
    assert choose_backend().search(request).total == 2


def test_the_runners_loop_indexes_what_is_committed_and_stops_when_told(
    principal: Principal, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.search.indexer.close_old_connections", lambda: None)  # the test's own goes on
    state(LOADER, index=False)
    stop = threading.Event()
    timer = threading.Timer(1.0, stop.set)
    timer.start()
    follow_changes(stop)
    timer.join()
    assert names(principal) == ["Loader"]
    with choose_backend().open_writer() as writer:
        assert writer is not None  # given back
