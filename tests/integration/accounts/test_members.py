"""Members: nobody goes beyond themselves, nobody reaches into another organisation."""

from collections.abc import Callable

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from stack.accounts.models import Membership, User
from stack.accounts.operations import (
    change_member,
    create_key,
    create_member,
    create_member_link,
    invite,
    remove_member,
    restrict_marking,
    set_active,
    switch_organisation,
)
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries import (
    find_key,
    get_member,
    list_members,
    principal_of_user,
)
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from tests.databases import CHOSEN
from tests.integration.accounts.conftest import Town, make_row, read_acts, read_whole_log
from tests.people import make_member

pytestmark = pytest.mark.django_db(databases="__all__")
_PASSWORD = "correct horse battery staple"
_MARKING = "marking-definition--11111111-1111-4111-8111-111111111111"


def test_a_member_is_created_with_what_was_said_and_it_is_recorded(town: Town) -> None:
    row = create_member(
        town.chief,
        username="Mara",
        role=Role.ANALYST,
        tlp_ceiling=2,
        email="m@example.org",
        password=_PASSWORD,
    )
    assert (row.username, row.email, row.role, row.tlp_ceiling) == ("mara", "m@example.org", Role.ANALYST, 2)
    assert (row.organisation_id, row.is_active, row.has_mfa, row.last_login) == (
        town.ours.pk,
        True,
        False,
        None,
    )
    user = User.objects.get(pk=row.user_id)
    assert user.check_password(_PASSWORD)
    assert not user.is_staff
    assert not user.is_superuser
    [act] = read_acts("user.create")[-1:]
    assert (act.actor, act.organisation_id, act.after["username"]) == ("chief", town.ours.pk, "mara")
    assert _PASSWORD not in read_whole_log()


def test_without_a_password_there_is_no_way_in_but_a_link(town: Town) -> None:
    row = create_member(town.chief, username="mara", role=Role.READER, tlp_ceiling=0)
    assert not User.objects.get(pk=row.user_id).has_usable_password()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "a b"}, "username"),
        ({"email": "nowhere"}, "email"),
        ({"password": "short"}, "password"),
        ({"tlp_ceiling": 5}, "tlp_ceiling"),
        ({"tlp_ceiling": -1}, "tlp_ceiling"),
        ({"role": Role.PARTNER, "password": _PASSWORD}, "password"),
    ],
)
def test_a_bad_member_names_its_field_and_leaves_nothing(
    town: Town, change: dict[str, object], field: str
) -> None:
    given: dict[str, object] = {"username": "mara", "role": Role.READER, "tlp_ceiling": 0} | change
    with pytest.raises(BadInput) as caught:
        create_member(town.chief, **given)  # type: ignore[arg-type]
    assert [error.field for error in caught.value.errors] == [field]
    assert not User.objects.filter(username="mara").exists()


@pytest.mark.parametrize("spelling", ["rival", "RIVAL", "ｒｉｖａｌ"])
def test_a_name_is_taken_in_every_spelling(town: Town, spelling: str) -> None:
    with pytest.raises(Conflict):
        create_member(town.chief, username=spelling, role=Role.READER, tlp_ceiling=0)


@pytest.mark.parametrize(
    ("role", "tlp_ceiling"), [(Role.PLATFORM_ADMIN, 0), (Role.READER, 4)], ids=["role", "ceiling"]
)
def test_nobody_gives_more_than_they_have(town: Town, role: Role, tlp_ceiling: int) -> None:
    with pytest.raises(NotAllowed):
        create_member(town.chief, username="mara", role=role, tlp_ceiling=tlp_ceiling)
    with pytest.raises(NotAllowed):
        invite(town.chief, role=role, tlp_ceiling=tlp_ceiling)
    row = make_row(town)
    with pytest.raises(NotAllowed):
        change_member(town.chief, row.pk, role=role, tlp_ceiling=tlp_ceiling)
    row.refresh_from_db()
    assert (row.role, row.tlp_ceiling) == (Role.ANALYST, 2)


def test_a_narrow_key_gives_no_role_that_may_do_more_than_it(town: Town) -> None:
    new = create_key(town.chief, name="members", scopes=[Permission.MANAGE_MEMBERS, Permission.READ])
    key = find_key(new.key)
    assert key
    with pytest.raises(NotAllowed):
        create_member(key.principal, username="mara", role=Role.READER, tlp_ceiling=0)


def test_a_change_holds_at_once_for_open_keys_and_is_recorded(town: Town) -> None:
    row = make_row(town, role=Role.CURATOR)
    new = create_key(principal_of_user(row.user), name="SIEM")
    change_member(town.chief, row.pk, role=Role.READER, tlp_ceiling=1)
    key = find_key(new.key)
    assert key
    assert (key.principal.role, key.principal.tlp_ceiling) == (Role.READER, 1)
    assert key.principal.permissions == Role.READER.permissions
    [act] = read_acts("member.change")
    assert (act.before["role"], act.before["tlp_ceiling"]) == ("curator", 2)
    assert (act.after["role"], act.after["tlp_ceiling"]) == ("reader", 1)


def test_a_change_that_changes_nothing_is_no_act(town: Town) -> None:
    row = make_row(town)
    change_member(town.chief, row.pk, role=Role.ANALYST, tlp_ceiling=2)
    assert read_acts("member.change") == []


def test_a_ceiling_above_ones_own_may_stay_but_not_be_given(town: Town) -> None:
    row = make_row(town, tlp_ceiling=4)
    assert change_member(town.chief, row.pk, role=Role.READER, tlp_ceiling=4).tlp_ceiling == 4
    with pytest.raises(NotAllowed):
        change_member(town.root, Membership.objects.get(user_id=town.root.user_id or 0).pk, tlp_ceiling=2)


@pytest.mark.parametrize("act", ["role", "ceiling", "markings", "remove", "disable", "link"])
def test_nobody_changes_themselves_nor_who_has_a_higher_role(town: Town, act: str) -> None:
    own = Membership.objects.get(user_id=town.chief.user_id or 0)
    boss = make_row(town, "boss", role=Role.PLATFORM_ADMIN, tlp_ceiling=3)
    acts: dict[str, Callable[[Membership], object]] = {
        "role": lambda row: change_member(town.chief, row.pk, role=Role.READER),
        "ceiling": lambda row: change_member(town.chief, row.pk, tlp_ceiling=1),
        "markings": lambda row: change_member(town.chief, row.pk, granted_markings=[]),
        "remove": lambda row: remove_member(town.chief, row.pk),
        "disable": lambda row: set_active(town.chief, row.user_id, active=False),
        "link": lambda row: create_member_link(town.chief, row.pk),
    }
    for row in (own, boss):
        with pytest.raises(NotAllowed):
            acts[act](row)
        assert Membership.objects.filter(pk=row.pk, role=row.role, tlp_ceiling=row.tlp_ceiling).exists()
        assert User.objects.get(pk=row.user_id).is_active


def test_members_of_another_organisation_answer_as_unknown_ones(town: Town) -> None:
    row = make_row(town)
    acts: list[Callable[[int], object]] = [
        lambda pk: get_member(town.rival, pk),
        lambda pk: change_member(town.rival, pk, role=Role.READER),
        lambda pk: remove_member(town.rival, pk),
        lambda pk: create_member_link(town.rival, pk),
        lambda pk: create_key(town.rival, name="x", member_id=pk),
    ]
    for act in acts:
        assert explain(act, row.pk) == explain(act, 999_999_999).replace("999999999", str(row.pk))
    disable: Callable[[int], object] = lambda pk: set_active(town.rival, pk, active=False)  # noqa: E731
    assert explain(disable, row.user_id) == explain(disable, 999_999_999).replace(
        "999999999", str(row.user_id)
    )
    assert User.objects.get(pk=row.user_id).is_active
    assert [each.username for each in list_members(town.rival)] == ["rival"]
    of: Callable[[int], object] = lambda pk: list_members(town.rival, organisation_id=pk)  # noqa: E731
    assert explain(of, town.ours.pk) == explain(of, 999_999_999).replace("999999999", str(town.ours.pk))


def explain(act: Callable[[int], object], pk: int) -> str:
    """What a stranger is told."""
    with pytest.raises(NotFound) as caught:
        act(pk)
    return f"{caught.value.detail} | {caught.value.remedy} | {caught.value.errors}"


def test_a_platform_administrator_reaches_every_organisation(town: Town) -> None:
    row = create_member(
        town.root, username="mara", role=Role.CURATOR, tlp_ceiling=4, organisation_id=town.ours.pk
    )
    assert row.organisation_id == town.ours.pk
    assert [each.username for each in list_members(town.root, organisation_id=town.ours.pk)] == [
        "chief",
        "mara",
    ]
    assert change_member(town.root, row.id, role=Role.READER).role is Role.READER


@pytest.mark.parametrize("role", [Role.READER, Role.PARTNER, Role.ANALYST, Role.CURATOR])
def test_members_without_the_permission_manage_nobody(town: Town, role: Role) -> None:
    weak = principal_of_user(make_member("weak", town.ours, role=role))
    row = make_row(town)
    acts: list[Callable[[], object]] = [
        lambda: list_members(weak),
        lambda: get_member(weak, row.pk),
        lambda: create_member(weak, username="x", role=Role.READER, tlp_ceiling=0),
        lambda: change_member(weak, row.pk, tlp_ceiling=0),
        lambda: remove_member(weak, row.pk),
        lambda: set_active(weak, row.user_id, active=False),
        lambda: create_member_link(weak, row.pk),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_listing_more_members_takes_no_more_queries(town: Town) -> None:
    counts = []
    for size in (1, 5):
        for number in range(size):
            make_row(town, f"member{size}-{number}")
        with CaptureQueriesContext(connections[CHOSEN.get()]) as captured:
            list_members(town.chief)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 4


def test_one_acts_only_for_ones_own_organisations(town: Town) -> None:
    row = make_row(town)
    switch: Callable[[int], object] = lambda pk: switch_organisation(row.user, pk)  # noqa: E731
    assert explain(switch, town.theirs.pk) == explain(switch, 999_999_999).replace(
        "999999999", str(town.theirs.pk)
    )
    assert User.objects.get(pk=row.user_id).organisation_id == town.ours.pk


def test_markings_are_granted_by_who_has_them(town: Town) -> None:
    restrict_marking(town.root, marking_id=_MARKING, name="Court")
    row = make_row(town)
    chief = refresh(town.chief)
    assert refresh_user(row).hidden_markings == {_MARKING}
    with pytest.raises(BadInput) as caught:
        change_member(chief, row.pk, granted_markings=[_MARKING])
    assert [error.field for error in caught.value.errors] == ["granted_markings"]
    change_member(
        town.root, Membership.objects.get(user_id=chief.user_id or 0).pk, granted_markings=[_MARKING]
    )
    assert change_member(refresh(chief), row.pk, granted_markings=[_MARKING]).granted_markings == (_MARKING,)
    assert refresh_user(row).hidden_markings == frozenset()
    assert read_acts("member.change")[-1].after["granted_markings"] == [_MARKING]


def test_a_grant_that_the_administrator_does_not_know_of_is_neither_shown_nor_lost(town: Town) -> None:
    restrict_marking(town.root, marking_id=_MARKING, name="Court")
    row = make_row(town)
    change_member(town.root, row.pk, granted_markings=[_MARKING])
    assert get_member(refresh(town.chief), row.pk).granted_markings == ()
    change_member(refresh(town.chief), row.pk, granted_markings=[], tlp_ceiling=1)
    assert refresh_user(row).hidden_markings == frozenset()
    with pytest.raises(NotAllowed):
        create_member_link(refresh(town.chief), row.pk)


def refresh(principal: Principal) -> Principal:
    return principal_of_user(User.objects.get(pk=principal.user_id or 0))


def refresh_user(row: Membership) -> Principal:
    return principal_of_user(User.objects.get(pk=row.user_id))


def test_a_program_gets_keys_from_its_administrator_and_no_link(town: Town) -> None:
    row = make_row(town, "feeder", role=Role.PARTNER, tlp_ceiling=1)
    key = find_key(create_key(town.chief, name="feed", member_id=row.pk).key)
    assert key
    assert (key.principal.name, key.principal.role, key.principal.tlp_ceiling) == ("feeder", Role.PARTNER, 1)
    with pytest.raises(NotAllowed):
        create_member_link(town.chief, row.pk)
    with pytest.raises(NotAllowed):
        create_key(town.chief, name="spy", member_id=make_row(town).pk)
