"""Two organisations on one store: what one keeps to itself changes nothing that the other is shown."""

import json
from dataclasses import replace
from typing import Any

import pytest

from stack.accounts.models import Organisation, SharingGroup
from stack.accounts.principal import Principal
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotFound
from stack.stix.markings import TLP_20_IDS
from stack.stix.observables.keys import ROLE_CODES, Role
from stack.store import queries
from stack.store.marking import check_handling, inherit_handling, mark_object
from stack.store.models import Version
from stack.store.operations import ensure_source, touch_known, write_statements
from stack.store.records import OWN_ALONE, ChangeKind, Handling, Outcome
from stack.store.removal import remove_source
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode, make_link, make_object, name_id

pytestmark = pytest.mark.django_db(databases="__all__")

EVERYONE = Handling(everyone=True)
AMBER, GREEN, RED = TLP_20_IDS["amber"], TLP_20_IDS["green"], TLP_20_IDS["red"]
HOUR = 3_600_000_000


def tell(
    principal: Principal, *objects: dict[str, Any], handling: Handling = OWN_ALONE, source: str = "feed"
) -> list[Outcome]:
    row = ensure_source(principal, name=source, reliability=3)
    statements = [describe_statement(encode(obj), obj) for obj in objects]
    return write_statements(principal, statements=statements, source_id=row.id, handling=handling).outcomes


def see(principal: Principal, obj: dict[str, Any]) -> dict[str, Any] | None:
    text = queries.get_text(principal, obj["id"])
    return None if text is None else json.loads(text)


@pytest.fixture
def ours(principal: Principal) -> Principal:
    return principal


@pytest.fixture
def theirs(principal: Principal) -> Principal:
    organisation = Organisation.objects.create(name="Other organisation")
    return replace(principal, name="other", organisation_id=organisation.pk)


def test_what_another_organisation_keeps_to_itself_hides_nothing(ours: Principal, theirs: Principal) -> None:
    rat = make_object("malware", "rat")
    newer = rat | {"name": "RAT in private", "modified": "2025-01-01T00:00:00.000Z"}
    tell(theirs, newer)
    assert tell(ours, rat) == [Outcome.NEW]
    assert see(ours, rat) == rat
    assert see(theirs, rat) == newer
    assert [row.reason for row in queries.list_versions(ours, rat["id"])] == ["shown: the only statement"]
    assert queries.match_values(ours, ["rat in private"]) == {}
    assert queries.list_objects(ours).total == queries.list_objects(theirs).total == 1
    row = queries.get_object(ours, rat["id"])
    assert row is not None
    assert row.sources == 1


def test_of_what_is_shared_the_best_face_is_shown_once(ours: Principal, theirs: Principal) -> None:
    rat = make_object("malware", "rat")
    newer = rat | {"name": "worm", "modified": "2025-01-01T00:00:00.000Z"}
    tell(ours, rat)
    assert tell(theirs, newer, handling=EVERYONE) == [Outcome.NEW]
    assert see(ours, rat) == newer
    assert see(theirs, rat) == newer
    page = queries.list_objects(ours)
    assert (page.total, [row.name for row in page.rows], page.rows[0].sources) == (1, ["worm"], 2)
    assert len(queries.list_versions(ours, rat["id"])) == 2
    assert len(queries.list_versions(theirs, rat["id"])) == 1
    assert tell(ours, newer | {"name": "other"}) == [Outcome.CONFLICTING]


def test_a_value_of_a_face_that_is_not_shown_leads_to_the_one_that_is(
    ours: Principal, theirs: Principal
) -> None:
    rat = make_object("malware", "rat")
    tell(ours, rat)
    tell(theirs, rat | {"name": "worm", "modified": "2025-01-01T00:00:00.000Z"}, handling=EVERYONE)
    [match] = queries.match_values(ours, ["rat"])["rat"]
    assert match.role_code == ROLE_CODES[Role.UNSHOWN]
    assert queries.hydrate(ours, [match.object_id])[match.object_id].name == "worm"
    assert queries.match_values(theirs, ["rat"]) == {}


def test_edges_lead_to_whatever_face_the_reader_is_shown(ours: Principal, theirs: Principal) -> None:
    actor, tool = make_object("intrusion-set", "Lynx"), make_object("tool", "scan")
    tell(theirs, actor, tool)
    tell(ours, tool, actor, make_link("uses", actor, tool))
    [neighbour] = queries.list_neighbours(ours, actor["id"]).rows
    assert (neighbour.kind, neighbour.other.stix_id) == ("uses", tool["id"])
    assert queries.list_neighbours(theirs, actor["id"]).total == 0
    assert queries.count_neighbours(theirs, tool["id"]) == []


def test_a_reference_inside_an_object_is_as_visible_as_the_face(ours: Principal, theirs: Principal) -> None:
    lab = make_object("identity", "lab")
    rat = make_object("malware", "rat")
    tell(theirs, lab, rat | {"created_by_ref": lab["id"]})
    tell(ours, lab, rat)
    assert queries.list_neighbours(ours, rat["id"]).total == 0
    [neighbour] = queries.list_neighbours(theirs, rat["id"]).rows
    assert neighbour.via is None


def test_sharing_groups_and_embargo(ours: Principal, theirs: Principal) -> None:
    group = SharingGroup.objects.create(name="Sector")
    member = replace(theirs, group_ids=frozenset({group.pk}))
    rat, worm, miner = (make_object("malware", name) for name in ("rat", "worm", "miner"))
    tell(ours, rat, handling=Handling(group_ids=(group.pk,)))
    tell(ours, worm, handling=Handling(organisation_ids=(theirs.organisation_id,)))
    tell(ours, miner, handling=Handling(everyone=True, embargo_until=now_us() + HOUR))
    assert [see(member, each) is not None for each in (rat, worm, miner)] == [True, True, False]
    assert [see(theirs, each) is not None for each in (rat, worm, miner)] == [False, True, False]
    assert [see(ours, each) is not None for each in (rat, worm, miner)] == [True, True, True]


def test_a_restricted_marking_hides_from_who_was_not_granted_it(ours: Principal) -> None:
    marking = make_object("marking-definition", "club only")
    rat = make_object("malware", "rat", object_marking_refs=[marking["id"]])
    tell(ours, rat)
    assert see(ours, rat) is not None
    assert see(replace(ours, hidden_markings=frozenset({marking["id"]})), rat) is None


def test_a_clearance_holds_for_the_own_organisation_too(ours: Principal) -> None:
    rat = make_object("malware", "rat")
    tell(ours, rat, handling=Handling(markings=(RED,)))
    assert see(replace(ours, tlp_ceiling=2), rat) is None
    row = queries.get_object(ours, rat["id"])
    assert row is not None
    assert row.tlp == "red"


def test_a_source_that_marks_higher_means_what_it_said_before_as_well(ours: Principal) -> None:
    low = replace(ours, tlp_ceiling=1)
    rat = make_object("malware", "rat", object_marking_refs=[GREEN])
    tell(ours, rat)
    assert see(low, rat) is not None
    raised = rat | {"modified": "2025-01-01T00:00:00.000Z", "object_marking_refs": [RED]}
    assert tell(ours, raised) == [Outcome.UPDATED]
    assert see(low, rat) is None
    assert queries.list_versions(low, rat["id"]) == []
    assert queries.match_values(low, ["rat"]) == {}
    assert queries.list_objects(low).total == 0
    assert see(ours, rat) == raised
    assert len(queries.list_versions(ours, rat["id"])) == 2


def test_another_source_keeps_its_own_marking(ours: Principal) -> None:
    low = replace(ours, tlp_ceiling=1)
    rat = make_object("malware", "rat", object_marking_refs=[GREEN])
    tell(ours, rat, source="first")
    tell(ours, rat | {"modified": "2025-01-01T00:00:00.000Z", "object_marking_refs": [RED]}, source="second")
    assert see(low, rat) == rat
    [version] = queries.list_versions(low, rat["id"])
    assert version.reason == "shown: the only statement"


def test_marking_an_object_holds_at_once_and_for_what_comes_later(ours: Principal, theirs: Principal) -> None:
    rat = make_object("malware", "rat")
    tell(ours, rat, handling=EVERYONE)
    assert see(theirs, rat) is not None
    mark_object(ours, stix_id=rat["id"], handling=OWN_ALONE)
    assert see(theirs, rat) is None
    newer = rat | {"modified": "2025-01-01T00:00:00.000Z"}
    assert tell(ours, rat, newer, handling=EVERYONE) == [Outcome.KNOWN, Outcome.UPDATED]
    assert see(theirs, rat) is None
    source = ensure_source(ours, name="feed")
    identities = [(rat["id"], describe_statement(encode(newer), newer).sha256)]
    assert touch_known(ours, identities=identities, source_id=source.id, handling=EVERYONE) == [True]
    mark_object(ours, stix_id=rat["id"], handling=Handling(organisation_ids=(theirs.organisation_id,)))
    assert see(theirs, rat) == newer
    assert [row.sources for row in queries.list_objects(theirs).rows] == [1]


def test_nobody_marks_what_they_do_not_state(ours: Principal, theirs: Principal) -> None:
    rat = make_object("malware", "rat")
    tell(ours, rat, handling=EVERYONE)
    with pytest.raises(NotFound) as known:
        mark_object(theirs, stix_id=rat["id"], handling=OWN_ALONE)
    with pytest.raises(NotFound) as unknown:
        mark_object(theirs, stix_id=name_id("malware", "nothing"), handling=OWN_ALONE)
    assert str(known.value).replace(rat["id"], "X") == str(unknown.value).replace(
        name_id("malware", "nothing"), "X"
    )


def test_parts_with_a_higher_marking_are_left_out_for_others(ours: Principal) -> None:
    rat = make_object(
        "malware",
        "rat",
        is_family=False,
        description="beacons to 192.0.2.7",
        labels=["open", "secret"],
        granular_markings=[
            {"marking_ref": AMBER, "selectors": ["labels.[1]"]},
            {"marking_ref": RED, "selectors": ["description"]},
        ],
        object_marking_refs=[GREEN],
    )
    assert tell(ours, rat) == [Outcome.NEW]
    seen = {level: see(replace(ours, tlp_ceiling=level), rat) for level in (0, 1, 2, 4)}
    assert seen[0] is None
    assert seen[1] is not None
    assert seen[2] is not None
    assert (seen[1]["labels"], "description" in seen[1]) == (["open"], False)
    assert (seen[2]["labels"], "description" in seen[2]) == (["open", "secret"], False)
    assert seen[4] == rat
    for level, count in ((0, 0), (1, 1), (2, 1), (4, 1)):
        reader = replace(ours, tlp_ceiling=level)
        assert queries.list_objects(reader).total == count
        versions = queries.list_versions(reader, rat["id"])
        assert len(versions) == count
        assert sum(source.statements for source in queries.list_sources(reader)) == count
    whole = describe_statement(encode(rat), rat).sha256.hex()
    assert queries.list_versions(ours, rat["id"])[0].sha256 == whole
    assert queries.list_versions(replace(ours, tlp_ceiling=1), rat["id"])[0].sha256 != whole
    assert tell(ours, rat) == [Outcome.KNOWN]
    assert Version.objects.using(_alias()).count() == 3


def test_removing_a_source_uncovers_the_other_face(ours: Principal, theirs: Principal) -> None:
    rat = make_object("malware", "rat")
    tell(ours, rat)
    tell(theirs, rat | {"name": "worm", "modified": "2025-01-01T00:00:00.000Z"}, handling=EVERYONE)
    remove_source(theirs, ensure_source(theirs, name="feed").id, report=lambda count: None)
    assert see(ours, rat) == rat
    assert see(theirs, rat) is None
    assert tell(theirs, rat) == [Outcome.NEW]


def test_changes_of_rivals_are_told_to_copies_and_not_to_people(ours: Principal, theirs: Principal) -> None:
    rat = make_object("malware", "rat")
    tell(ours, rat, handling=EVERYONE)
    before = queries.list_recent_changes(ours)
    end = queries.last_change()
    tell(theirs, rat | {"modified": "2025-01-01T00:00:00.000Z"})
    assert queries.list_recent_changes(ours) == before
    kinds = [change.kind for change in queries.read_changes(end, 10)]
    assert kinds == [ChangeKind.ADD, ChangeKind.INDEX]
    [head] = [head for head in queries.read_heads([before[0].row.id]) if head.rival_ids]
    assert head.rival_ids


def test_what_is_derived_inherits_all_markings(ours: Principal, theirs: Principal) -> None:
    rat, worm = make_object("malware", "rat", object_marking_refs=[RED]), make_object("malware", "worm")
    tell(ours, rat, handling=EVERYONE)
    tell(ours, worm, handling=Handling(organisation_ids=(theirs.organisation_id,), markings=(AMBER,)))
    inherited = inherit_handling(ours, stix_ids=[rat["id"], worm["id"]], handling=EVERYONE)
    assert set(inherited.markings) == {RED, AMBER}
    assert not inherited.everyone
    assert set(inherited.organisation_ids) == {theirs.organisation_id, ours.organisation_id}
    with pytest.raises(NotFound):
        inherit_handling(replace(ours, tlp_ceiling=1), stix_ids=[rat["id"]])


def test_a_handling_that_cannot_be_asked_for_is_explained(ours: Principal) -> None:
    wrong = Handling(
        markings=(name_id("marking-definition", "nowhere"), RED),
        organisation_ids=(10**9,),
        group_ids=(7,),
        embargo_until=1,
    )
    with pytest.raises(BadInput) as error:
        check_handling(replace(ours, tlp_ceiling=2), wrong)
    fields = [fault.field for fault in error.value.errors]
    assert fields == ["markings", "markings", "organisation_ids", "group_ids", "embargo_until"]


def test_a_restricted_marking_is_chosen_only_by_who_was_granted_it(ours: Principal) -> None:
    rat, marking = make_object("malware", "rat"), make_object("marking-definition", "club only")
    tell(ours, rat, marking)
    outsider = replace(ours, hidden_markings=frozenset({marking["id"]}))
    assert marking["id"] not in [row.id for row in queries.list_markings(outsider)]
    with pytest.raises(BadInput, match="not granted"):
        mark_object(outsider, stix_id=rat["id"], handling=Handling(markings=(marking["id"],)))
    assert see(outsider, rat) == rat

    assert marking["id"] in [row.id for row in queries.list_markings(ours)]
    mark_object(ours, stix_id=rat["id"], handling=Handling(markings=(marking["id"],)))
    assert see(ours, rat) == rat
    assert see(outsider, rat) is None


def test_access_is_explained_to_the_owner_alone(ours: Principal, theirs: Principal) -> None:
    rat = make_object("malware", "rat", object_marking_refs=[GREEN])
    tell(ours, rat, handling=Handling(organisation_ids=(theirs.organisation_id,)))
    own, shared = queries.get_access(ours, rat["id"]), queries.get_access(theirs, rat["id"])
    assert own is not None
    assert shared is not None
    assert (own.owner, own.organisations, own.markings[0].tlp) == (
        "Test organisation",
        ["Other organisation"],
        "green",
    )
    assert (shared.owner, shared.is_own, shared.organisations) == ("Test organisation", False, [])
    assert queries.get_access(replace(theirs, organisation_id=10**6), rat["id"]) is None


def _alias() -> str:
    from stack.store.database import read_database

    return read_database().alias
