"""Ways in which what one may not see once showed in what one may: each stays closed."""

from dataclasses import replace
from typing import Any

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.stix.markings import TLP_20_IDS
from stack.store import queries
from stack.store.marking import mark_object
from stack.store.operations import ensure_source, touch_known, write_statements
from stack.store.records import OWN_ALONE, Handling, Outcome
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode, make_link, make_object

pytestmark = pytest.mark.django_db(databases="__all__")
GREEN, RED = TLP_20_IDS["green"], TLP_20_IDS["red"]
EVERYONE = Handling(everyone=True)


@pytest.fixture
def ours(principal: Principal) -> Principal:
    return principal


@pytest.fixture
def theirs(principal: Principal) -> Principal:
    organisation = Organisation.objects.create(name="Other organisation")
    return replace(principal, name="other", organisation_id=organisation.pk)


def tell(principal: Principal, *objects: dict[str, Any], handling: Handling = OWN_ALONE) -> list[Outcome]:
    source = ensure_source(principal, name="feed", reliability=3)
    statements = [describe_statement(encode(obj), obj) for obj in objects]
    return write_statements(principal, statements=statements, source_id=source.id, handling=handling).outcomes


def list_names(principal: Principal, **asked: Any) -> list[str]:
    return [row.name for row in queries.list_objects(principal, **asked).rows]


def test_lists_are_in_the_order_of_receipt_whoever_referred_to_the_objects_before(
    ours: Principal, theirs: Principal
) -> None:
    first, second = make_object("malware", "first"), make_object("malware", "second")
    secret = make_object("tool", "secret")
    tell(theirs, secret, make_link("uses", second, secret), make_link("uses", first, secret))
    tell(ours, first)
    tell(ours, second)
    assert list_names(ours) == list_names(ours, types=["malware"]) == ["second", "first"]
    report = make_object("report", "both", object_refs=[second["id"], first["id"]])
    tell(ours, report)
    neighbours = queries.list_neighbours(ours, report["id"]).rows
    assert [edge.other.name for edge in neighbours] == ["first", "second"]


def test_a_marked_object_does_not_take_the_place_of_an_earlier_mention(
    ours: Principal, theirs: Principal
) -> None:
    rat, worm, secret = (make_object("malware", name) for name in ("rat", "worm", "secret"))
    tell(theirs, secret, make_link("uses", secret, rat))
    tell(ours, worm)
    tell(ours, rat)
    mark_object(ours, stix_id=rat["id"], handling=EVERYONE)
    assert list_names(ours) == ["rat", "worm"]


def test_kinds_of_edges_are_in_the_order_of_their_names(ours: Principal, theirs: Principal) -> None:
    rat, worm = make_object("malware", "rat"), make_object("malware", "worm")
    tell(theirs, make_link("z-uses", rat, worm))
    tell(ours, rat, worm, make_link("a-uses", rat, worm), make_link("z-uses", rat, worm, labels=["own"]))
    pages: list[str] = []
    token = None
    while not pages or token:
        page = queries.list_neighbours(ours, rat["id"], limit=1, after=token)
        pages += [edge.kind for edge in page.rows]
        token = page.next
    assert pages == ["a-uses", "z-uses"]


def test_outcomes_tell_a_member_nothing_above_their_ceiling(ours: Principal) -> None:
    low = replace(ours, tlp_ceiling=1)
    red = make_object("malware", "rat", object_marking_refs=[RED], revoked=True)
    tell(ours, red)
    other = red | {"name": "worm", "revoked": False}
    newer = other | {"modified": "2025-01-01T00:00:00.000Z"}
    assert tell(low, red, other, newer) == [Outcome.NEW, Outcome.NEW, Outcome.NEW]
    source = ensure_source(low, name="feed")
    identities = [(red["id"], describe_statement(encode(red), red).sha256)]
    assert touch_known(low, identities=identities, source_id=source.id) == [False]
    assert touch_known(ours, identities=identities, source_id=source.id) == [True]
    assert tell(ours, red, other) == [Outcome.KNOWN, Outcome.KNOWN]


def test_a_right_guess_at_a_hidden_part_is_not_confirmed(ours: Principal, theirs: Principal) -> None:
    secret = make_object(
        "malware",
        "rat",
        is_family=False,
        description="beacons to 192.0.2.7",
        object_marking_refs=[GREEN],
        granular_markings=[{"marking_ref": RED, "selectors": ["description"]}],
    )
    tell(theirs, secret, handling=EVERYONE)
    low = replace(ours, tlp_ceiling=2)
    guesses = [secret, secret | {"description": "beacons to 192.0.2.8"}]
    assert tell(low, *guesses) == [Outcome.CONFLICTING, Outcome.CONFLICTING]
    assert tell(theirs, secret, handling=EVERYONE) == [Outcome.KNOWN]
