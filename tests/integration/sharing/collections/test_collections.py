"""What comes into a collection, when, and who sees it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stack.accounts.models import SharingGroup
from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from stack.sharing.collections import operations, queries
from stack.sharing.collections.collector import release_embargoed
from stack.sharing.collections.models import Collection
from stack.sharing.collections.picking import pick_objects, withdraw_object
from stack.sharing.collections.records import Sharing
from stack.stix.markings import TLP_20_IDS
from stack.store.marking import mark_object
from stack.store.models import Source
from stack.store.records import Handling
from stack.store.removal import remove_source
from stack.store.selections.queries import count_entries, list_versions, read_entries, read_removed
from stack.store.selections.records import EntryFilter
from tests.integration.sharing.collections.conftest import EVERY, names, settle, state
from tests.integration.store.conftest import make_object

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

EVERYONE = Handling(everyone=True)


def at(second: int) -> str:
    return datetime(2025, 1, 1, 0, 0, second, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def make_named(name: str, second: int = 0, **properties: Any) -> dict[str, Any]:
    return make_object("malware", name, modified=at(second), is_family=False) | properties


def test_everything_comes_in_in_the_order_of_commits(ours: Principal) -> None:
    state(ours, make_named("a"), make_named("b"))
    all_of_it = operations.create_collection(ours, title="All", query="*")
    settle()
    state(ours, make_named("c"))
    settle()
    assert names(ours, all_of_it.id) == ["a", "b", "c"]
    dates = [entry.added_at for entry in read_entries(ours, all_of_it.id).entries]
    assert dates == sorted(set(dates))
    assert read_entries(ours, all_of_it.id, after=dates[1]).entries[0].added_at == dates[2]
    page = read_entries(ours, all_of_it.id, limit=2)
    assert (len(page.entries), page.has_more) == (2, True)


def test_a_query_takes_in_what_it_finds_and_lets_go_what_it_finds_no_more(ours: Principal) -> None:
    state(ours, make_named("cat", labels=["pet"]), make_named("rat"))
    pets = operations.create_collection(ours, title="Pets", query="label:pet")
    settle()
    assert names(ours, pets.id) == ["cat"]
    before = read_entries(ours, pets.id).entries[0].added_at
    state(ours, make_named("cat", 1, labels=["wild"]), make_named("rat", 1, labels=["pet"]))
    settle()
    assert names(ours, pets.id) == ["rat"]
    [removed] = read_removed(ours, pets.id, after=before)
    assert removed.stix_id == make_named("cat")["id"]
    assert removed.removed_at > before
    operations.change_collection(ours, pets.id, query="*")
    settle()
    assert sorted(names(ours, pets.id)) == ["cat", "rat"]
    assert read_removed(ours, pets.id, after=0) == []


def test_versions_are_kept_apart(ours: Principal) -> None:
    cat = make_named("cat", 5)
    state(ours, cat)
    all_of_it = operations.create_collection(ours, title="All", query="*")
    settle()
    state(ours, make_named("cat", 9, description="grown"))
    state(ours, make_named("cat", 2, description="born"))
    settle()

    def read(chosen: EntryFilter) -> list[str]:
        entries = read_entries(ours, all_of_it.id, chosen=chosen).entries
        return [json.loads(entry.text).get("description", "") for entry in entries]

    assert read(EntryFilter()) == ["grown"]
    assert read(EntryFilter(last=False, first=True)) == ["born"]
    assert sorted(read(EVERY)) == ["", "born", "grown"]
    instant = int(datetime(2025, 1, 1, 0, 0, 5, tzinfo=UTC).timestamp()) * 1_000_000
    assert read(EntryFilter(last=False, instants=(instant,))) == [""]
    assert sorted(version for _, version in list_versions(ours, all_of_it.id, cat["id"]))[1] == instant
    assert count_entries(ours, all_of_it.id) == 1


def test_who_may_not_see_an_object_does_not_see_it_in_a_collection_either(
    ours: Principal, theirs: Principal
) -> None:
    red: dict[str, Any] = {"object_marking_refs": [TLP_20_IDS["red"]]}
    state(ours, make_named("open"), handling=EVERYONE)
    state(ours, make_named("secret"))
    state(ours, make_named("red", **red), handling=EVERYONE)
    shared = operations.create_collection(ours, title="All", query="*", readers=Sharing(everyone=True))
    settle()
    assert names(ours, shared.id) == ["open", "secret", "red"]
    assert names(theirs, shared.id) == ["open", "red"]
    below = Principal("low", theirs.organisation_id, None, frozenset({Permission.READ}), 2)
    assert names(below, shared.id) == ["open"]
    assert (count_entries(ours, shared.id), count_entries(below, shared.id)) == (3, 1)


def test_what_is_stated_in_private_moves_nothing_that_another_sees(
    ours: Principal, theirs: Principal
) -> None:
    state(ours, make_named("rat"), handling=EVERYONE)
    tagged = operations.create_collection(
        ours, title="Tagged", query="label:apt", readers=Sharing(everyone=True)
    )
    everything = operations.create_collection(ours, title="All", query="*", readers=Sharing(everyone=True))
    settle()
    before = read_entries(theirs, everything.id).entries
    state(ours, make_named("rat", 9, labels=["apt"]), source="private")
    settle()
    assert names(ours, tagged.id) == ["rat"]
    assert names(theirs, tagged.id) == []
    assert read_entries(theirs, everything.id).entries == before
    assert [entry.version for entry in read_entries(ours, everything.id).entries] > [before[0].version]
    assert len(read_entries(ours, everything.id, chosen=EVERY).entries) == 2


def test_a_raised_marking_holds_at_once_and_is_told_as_a_removal(ours: Principal, theirs: Principal) -> None:
    rat = make_named("rat")
    state(ours, rat, handling=EVERYONE)
    shared = operations.create_collection(ours, title="All", query="*", readers=Sharing(everyone=True))
    settle()
    mark_object(ours, stix_id=rat["id"], handling=Handling())
    assert names(theirs, shared.id) == []
    settle()
    assert names(ours, shared.id) == ["rat"]
    assert [each.stix_id for each in read_removed(theirs, shared.id, after=0)] == [rat["id"]]
    assert read_removed(ours, shared.id, after=0) == []
    before = read_entries(ours, shared.id).entries[-1].added_at
    mark_object(ours, stix_id=rat["id"], handling=EVERYONE)
    settle()
    [again] = read_entries(theirs, shared.id, after=before).entries
    assert again.stix_id == rat["id"]


def test_an_embargoed_object_comes_in_when_the_embargo_ends(ours: Principal, theirs: Principal) -> None:
    until = now_us() + 600_000
    state(ours, make_named("rat"), handling=Handling(everyone=True, embargo_until=until))
    state(ours, make_named("cat"), handling=EVERYONE)
    shared = operations.create_collection(ours, title="All", query="*", readers=Sharing(everyone=True))
    settle()
    assert names(ours, shared.id) == names(theirs, shared.id) == ["cat"]
    while now_us() <= until:
        pass
    settle()
    assert names(theirs, shared.id) == ["cat", "rat"]
    release_embargoed(shared.id, now_us())
    assert names(theirs, shared.id) == ["cat", "rat"]


def test_taking_a_source_back_takes_its_objects_out(ours: Principal) -> None:
    state(ours, make_named("rat"), make_named("cat"), source="doubtful")
    state(ours, make_named("cat"), source="other")
    shared = operations.create_collection(ours, title="All", query="*")
    settle()
    doubtful = Source.objects.get(name="doubtful")
    remove_source(ours, doubtful.pk, report=lambda count: None)
    settle()
    assert names(ours, shared.id) == ["cat"]
    assert [each.stix_id for each in read_removed(ours, shared.id, after=0)] == [make_named("rat")["id"]]


def test_objects_are_picked_and_withdrawn_by_hand(ours: Principal) -> None:
    rat, cat = make_named("rat"), make_named("cat", labels=["pet"])
    state(ours, rat, cat)
    picked = operations.create_collection(ours, title="Picked", query="label:pet", writers=Sharing())
    settle()
    assert pick_objects(ours, picked.id, [rat["id"], rat["id"], "no id"]) == 1
    assert names(ours, picked.id) == ["cat", "rat"]
    assert withdraw_object(ours, picked.id, cat["id"]) == 1
    assert withdraw_object(ours, picked.id, cat["id"]) == 0
    state(ours, make_named("cat", 1, labels=["pet"]), make_named("rat", 1))
    settle()
    assert names(ours, picked.id) == ["rat"]
    assert len(read_entries(ours, picked.id, chosen=EVERY).entries) == 2
    pick_objects(ours, picked.id, [cat["id"]])
    assert names(ours, picked.id) == ["rat", "cat"]


def test_one_version_is_withdrawn_and_the_one_before_is_the_last(ours: Principal) -> None:
    rat = make_named("rat", 1)
    state(ours, rat)
    state(ours, make_named("rat", 2, description="newer"))
    picked = operations.create_collection(ours, title="All", query="*", writers=Sharing())
    settle()
    assert withdraw_object(ours, picked.id, rat["id"], chosen=EntryFilter()) == 1
    settle()
    [left] = read_entries(ours, picked.id).entries
    assert "description" not in json.loads(left.text)
    assert read_removed(ours, picked.id, after=0) == []
    pick_objects(ours, picked.id, [rat["id"]])
    assert json.loads(read_entries(ours, picked.id).entries[0].text)["description"] == "newer"


def test_who_may_read_and_write(ours: Principal, theirs: Principal) -> None:
    group = SharingGroup.objects.create(name="Circle")
    mine = Principal("in", ours.organisation_id, None, frozenset(Permission), 4, frozenset({group.pk}))
    guest = Principal("guest", theirs.organisation_id, None, frozenset(Permission), 4, frozenset({group.pk}))
    row = operations.create_collection(
        mine,
        title="Circle's",
        alias="circle",
        root=f"group-{group.pk}",
        query="label:x",
        readers=Sharing(group_ids=(group.pk,)),
    )
    assert queries.find_collection(theirs, row.uid) is None
    assert queries.find_api_root(theirs, row.root) is None
    found = queries.find_collection(guest, "circle", root=row.root)
    assert found is not None
    assert (found.can_read, found.can_write, found.is_own, found.query, found.readers) == (
        True,
        False,
        False,
        "",
        Sharing(),
    )
    assert [each.slug for each in queries.list_api_roots(guest)] == [f"org-{guest.organisation_id}", row.root]
    with pytest.raises(NotAllowed):
        pick_objects(guest, row.id, [make_named("rat")["id"]])
    with pytest.raises(NotFound):
        pick_objects(theirs, row.id, [make_named("rat")["id"]])
    with pytest.raises(NotFound):
        operations.change_collection(guest, row.id, title="Mine now")
    operations.change_collection(mine, row.id, writers=Sharing(group_ids=(group.pk,)))
    state(guest, make_named("rat"), handling=operations.handling_of_posts(guest, row.id))
    assert pick_objects(guest, row.id, [make_named("rat")["id"]]) == 1
    assert names(mine, row.id) == names(guest, row.id) == ["rat"]


def test_what_cannot_be_is_refused_by_its_field(ours: Principal, theirs: Principal) -> None:
    operations.create_collection(ours, title="All", query="*", alias="all")
    with pytest.raises(Conflict, match="alias"):
        operations.create_collection(ours, title="More", query="*", alias="all")
    for wrong in (
        {"title": ""},
        {"query": "nofield:x"},
        {"alias": "Not An Alias"},
        {"root": "group-99"},
        {"root": f"org-{theirs.organisation_id}"},
        {"readers": Sharing(organisation_ids=(999,))},
        {"writers": Sharing(group_ids=(999,))},
    ):
        [field] = wrong
        with pytest.raises(BadInput) as caught:
            operations.create_collection(ours, **{"title": "Fine", **wrong})  # type: ignore[arg-type]
        assert field in str(caught.value) or field == "query"
    reader = Principal("reader", ours.organisation_id, None, frozenset({Permission.READ}), 4)
    with pytest.raises(NotAllowed):
        operations.create_collection(reader, title="Mine")


def test_roots_are_made_and_ended(ours: Principal, theirs: Principal) -> None:
    root = operations.create_api_root(ours, slug="partners", title="Partners")
    assert queries.find_api_root(ours, "partners") == root
    assert queries.find_api_root(theirs, "partners") is None
    given = operations.create_api_root(
        ours, slug="theirs", title="Theirs", organisation_id=theirs.organisation_id
    )
    assert queries.find_api_root(theirs, "theirs") == given
    assert queries.find_api_root(ours, "theirs") is None
    row = operations.create_collection(ours, title="All", root="partners", query="*")
    with pytest.raises(Conflict):
        operations.create_api_root(theirs, slug="partners", title="Partners")
    with pytest.raises(BadInput):
        operations.create_api_root(ours, slug="org-1", title="Somebody's")
    with pytest.raises(Conflict):
        operations.delete_api_root(ours, "partners")
    operations.delete_collection(ours, row.id)
    assert not Collection.objects.exists()
    operations.delete_api_root(ours, "partners")
    assert queries.find_api_root(ours, "partners") is None
