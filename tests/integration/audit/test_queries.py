"""Who may read which entries, and how they are found."""

from typing import Any

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal, Role
from stack.audit.models import AuditEntry
from stack.audit.queries import get_entry, iterate_entries, list_entries
from stack.core.acts import Act, Origin, acting_from, record_act
from stack.core.errors import NotAllowed
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def ann(database: str) -> Principal:
    blue = Organisation.objects.create(name="Blue")
    return make_principal("ann", blue, role=Role.ORGANISATION_ADMIN)


@pytest.fixture
def bob(database: str) -> Principal:
    red = Organisation.objects.create(name="Red")
    return make_principal("bob", red, role=Role.ORGANISATION_ADMIN)


@pytest.fixture
def root(ann: Principal) -> Principal:
    blue = Organisation.objects.get(pk=ann.organisation_id)
    return make_principal("root", blue, role=Role.PLATFORM_ADMIN)


@pytest.fixture(autouse=True)
def acts(ann: Principal, bob: Principal) -> None:
    with acting_from(Origin("api", "203.0.113.9", "request-1")):
        record_act(Act(name="key.create", actor=ann, object_kind="key", object_id="4", after={"name": "ci"}))
        record_act(Act(name="key.create", actor=bob, object_kind="key", object_id="5"))
    record_act(Act(name="key.revoke", actor=bob, object_kind="key", object_id="5"))
    record_act(Act(name="sign-in.lock", actor=ann, is_security=True))
    record_act(Act(name="sign-in.fail", actor=None))


def names(principal: Principal, **wanted: Any) -> list[str]:
    rows = list_entries(principal, **wanted).rows
    assert [row.number for row in iterate_entries(principal, **wanted)] == [row.number for row in rows]
    return [row.name for row in rows]


def test_an_organisation_sees_its_own_entries_alone(ann: Principal, bob: Principal) -> None:
    assert names(ann) == ["sign-in.lock", "key.create"]
    assert names(bob) == ["key.revoke", "key.create"]


def test_nothing_of_an_answer_tells_how_much_others_do(ann: Principal, bob: Principal) -> None:
    """Neither number nor cursor has a gap where another organisation acted in between."""
    page = list_entries(ann, limit=1)
    assert [(row.number, row.sequence) for row in page.rows] == [(2, None)]
    assert page.next == "2"
    rest = list_entries(ann, limit=1, after=page.next)
    assert [(row.number, row.sequence) for row in rest.rows] == [(1, None)]
    assert rest.next is None


def test_an_entry_of_others_is_as_absent_as_one_that_never_was(ann: Principal, root: Principal) -> None:
    assert get_entry(ann, 1) is not None
    assert get_entry(ann, 3) is None
    assert get_entry(ann, 4711) is None
    found = get_entry(root, 3)
    assert found is not None
    assert (found.actor, found.sequence) == ("bob", 3)


def test_a_platform_administrator_sees_all_in_one_order(root: Principal) -> None:
    rows = list_entries(root).rows
    assert [row.sequence for row in rows] == [5, 4, 3, 2, 1]
    first = list_entries(root, limit=3)
    second = list_entries(root, limit=3, after=first.next)
    assert [row.sequence for row in [*first.rows, *second.rows]] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("role", [Role.READER, Role.PARTNER, Role.ANALYST, Role.CURATOR])
def test_others_may_not_read_it(ann: Principal, role: Role) -> None:
    blue = Organisation.objects.get(pk=ann.organisation_id)
    eve = make_principal(f"eve-{role}", blue, role=role)
    for read in (list_entries, iterate_entries):
        with pytest.raises(NotAllowed):
            read(eve)
    with pytest.raises(NotAllowed):
        get_entry(eve, 1)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"name": "key"}, ["key.revoke", "key.create", "key.create"]),
        ({"name": "key.create"}, ["key.create", "key.create"]),
        ({"name": "ke"}, []),
        ({"actor": "ann"}, ["sign-in.lock", "key.create"]),
        ({"object_id": "5"}, ["key.revoke", "key.create"]),
        ({"object_kind": "key", "object_id": "4"}, ["key.create"]),
        ({"security": True}, ["sign-in.lock"]),
        ({"text": "203.0.113.9"}, ["key.create", "key.create"]),
        ({"text": '"CI"'}, ["key.create"]),
        ({"text": "%"}, []),
        ({"text": "request-1", "actor": "bob"}, ["key.create"]),
    ],
)
def test_entries_are_found_by_what_they_say(root: Principal, wanted: Any, found: list[str]) -> None:
    assert names(root, **wanted) == found


def test_entries_are_found_by_their_time(root: Principal) -> None:
    third = AuditEntry.objects.get(pk=3).at
    assert {row.sequence for row in list_entries(root, until=third).rows} <= {1, 2}
    assert {3, 4, 5} <= {row.sequence for row in list_entries(root, since=third).rows}


def test_a_cursor_that_was_not_given_out_leads_nowhere(root: Principal) -> None:
    for after in ("x", "0", "9" * 30, "-1"):
        assert list_entries(root, after=after).rows == []


def test_an_act_may_belong_to_another_organisation_than_its_actors(ann: Principal, bob: Principal) -> None:
    record_act(Act(name="member.change", actor=ann, organisation_id=bob.organisation_id))
    assert names(bob)[0] == "member.change"
    assert "member.change" not in names(ann)
