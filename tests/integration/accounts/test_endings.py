"""What ends, ends at once and for good; who hands out a link has all that it opens."""

import pytest
from django.test import Client

from stack.accounts.models import ApiKey, Invitation, Membership, SignInToken, User
from stack.accounts.operations import (
    change_member,
    create_key,
    create_member_link,
    create_sign_in_link,
    invite,
    remove_member,
    set_active,
    switch_organisation,
)
from stack.accounts.principal import Role
from stack.accounts.queries import (
    find_key,
    get_member,
    list_own_memberships,
    principal_of_user,
)
from stack.core.errors import Conflict, NotAllowed
from tests.integration.accounts.conftest import Town, make_row, read_acts, read_whole_log
from tests.people import make_member

pytestmark = pytest.mark.django_db(databases="__all__")


def test_disabling_ends_keys_links_and_invitations_for_good(town: Town) -> None:
    row = make_row(town, role=Role.ORGANISATION_ADMIN)
    theirs = principal_of_user(row.user)
    new = create_key(theirs, name="SIEM")
    create_sign_in_link(row.user)
    invitation = invite(theirs, role=Role.READER, tlp_ceiling=0)
    set_active(town.chief, row.user_id, active=False)
    assert find_key(new.key) is None
    assert not get_member(town.chief, row.pk).is_active
    assert principal_of_user(User.objects.get(pk=row.user_id)).permissions == frozenset()
    set_active(town.chief, row.user_id, active=True)
    assert find_key(new.key) is None
    assert not SignInToken.objects.exists()
    assert Invitation.objects.get(pk=invitation.id).revoked_at is not None
    assert [len(read_acts(f"user.{verb}")) for verb in ("disable", "enable")] == [1, 1]
    assert len(read_acts("key.revoke")) == 1


@pytest.mark.asvs("7.4.2")
@pytest.mark.parametrize("end", ["disable", "remove"])
def test_open_sessions_end_at_once_and_stay_ended(town: Town, end: str) -> None:
    row = make_row(town)
    client = Client()
    client.force_login(row.user)
    assert client.get("/api/v1/me").status_code == 200
    if end == "disable":
        set_active(town.chief, row.user_id, active=False)
        assert client.get("/api/v1/me").status_code == 401
        set_active(town.chief, row.user_id, active=True)
    else:
        remove_member(town.chief, row.pk)
        assert client.get("/api/v1/me").status_code == 401
        Membership.objects.create(user=row.user, organisation=town.ours, role=Role.READER)
    assert client.get("/api/v1/me").status_code == 401


def test_removing_a_member_ends_their_keys_there_and_only_there(town: Town) -> None:
    row = make_row(town)
    elsewhere = Membership.objects.create(
        user=row.user, organisation=town.theirs, role=Role.READER, tlp_ceiling=1
    )
    here = create_key(principal_of_user(row.user), name="here")
    switch_organisation(row.user, town.theirs.pk)
    there = create_key(principal_of_user(row.user), name="there")
    switch_organisation(row.user, town.ours.pk)
    remove_member(town.chief, row.pk)
    assert find_key(here.key) is None
    assert find_key(there.key)
    user = User.objects.get(pk=row.user_id)
    assert user.organisation_id == town.theirs.pk
    assert [each.organisation_id for each in list_own_memberships(user)] == [elsewhere.organisation_id]
    # Coming back does not bring the key back.
    Membership.objects.create(user=user, organisation=town.ours, role=Role.READER, tlp_ceiling=1)
    assert find_key(here.key) is None


def test_who_is_left_without_a_membership_may_do_nothing(town: Town) -> None:
    row = make_row(town)
    remove_member(town.chief, row.pk)
    left = principal_of_user(User.objects.get(pk=row.user_id))
    assert (left.permissions, left.tlp_ceiling) == (frozenset(), -1)
    with pytest.raises(NotAllowed):
        create_key(left, name="SIEM")


def test_the_last_platform_administrator_stays(town: Town) -> None:
    second = make_row(town, "second", role=Role.PLATFORM_ADMIN, tlp_ceiling=4)
    boss = principal_of_user(second.user)
    first = Membership.objects.get(user_id=town.root.user_id or 0)
    # A disabled administrator is none: without the first there would be nobody.
    User.objects.filter(pk=second.user_id).update(is_active=False)
    for act in (
        lambda: change_member(boss, first.pk, role=Role.READER),
        lambda: remove_member(boss, first.pk),
        lambda: set_active(boss, first.user_id, active=False),
    ):
        with pytest.raises(Conflict):
            act()
    assert Membership.objects.get(pk=first.pk).role == Role.PLATFORM_ADMIN
    User.objects.filter(pk=second.user_id).update(is_active=True)
    remove_member(boss, first.pk)
    assert not Membership.objects.filter(pk=first.pk).exists()


def test_who_is_also_a_member_elsewhere_is_not_disabled_from_here(town: Town) -> None:
    row = make_row(town)
    Membership.objects.create(user=row.user, organisation=town.theirs, role=Role.READER, tlp_ceiling=1)
    with pytest.raises(NotAllowed):
        set_active(town.chief, row.user_id, active=False)
    with pytest.raises(NotAllowed):
        create_member_link(town.chief, row.pk)
    set_active(town.root, row.user_id, active=False)
    assert not User.objects.get(pk=row.user_id).is_active


def test_only_the_role_that_disabled_somebody_or_a_higher_one_lets_them_in_again(town: Town) -> None:
    row = make_row(town)
    set_active(town.root, row.user_id, active=False)
    with pytest.raises(NotAllowed) as caught:
        set_active(town.chief, row.user_id, active=True)
    assert (caught.value.status, bool(caught.value.remedy)) == (403, True)
    set_active(town.chief, row.user_id, active=False)
    with pytest.raises(NotAllowed):
        set_active(town.chief, row.user_id, active=True)
    set_active(town.root, row.user_id, active=True)
    set_active(town.chief, row.user_id, active=False)
    set_active(town.chief, row.user_id, active=True)
    assert User.objects.get(pk=row.user_id).is_active
    assert len(read_acts("user.disable")) == len(read_acts("user.enable")) == 2


def test_a_higher_role_shuts_what_a_lower_one_has_shut_already(town: Town) -> None:
    row = make_row(town)
    set_active(town.chief, row.user_id, active=False)
    set_active(town.root, row.user_id, active=False)
    with pytest.raises(NotAllowed):
        set_active(town.chief, row.user_id, active=True)
    assert not User.objects.get(pk=row.user_id).is_active
    assert [act.after["disabled_as"] for act in read_acts("user.disable")] == [
        "organisation-admin",
        "platform-admin",
    ]


def test_a_link_for_a_member_is_recorded_without_its_token(town: Town) -> None:
    row = make_row(town)
    link = create_member_link(town.chief, row.pk)
    assert link.token not in read_whole_log()
    [act] = read_acts("sign-in.link")
    assert (act.actor, act.is_security) == ("chief", True)


def test_a_link_needs_the_ceiling_that_the_user_has_anywhere(town: Town) -> None:
    helper = principal_of_user(make_member("helper", town.ours, role=Role.PLATFORM_ADMIN, tlp_ceiling=3))
    row = make_row(town)
    elsewhere = Membership.objects.create(
        user=row.user, organisation=town.theirs, role=Role.READER, tlp_ceiling=3
    )
    assert create_member_link(helper, row.pk).token
    Membership.objects.filter(pk=elsewhere.pk).update(tlp_ceiling=4)
    with pytest.raises(NotAllowed):
        create_member_link(helper, row.pk)


def test_a_key_makes_no_links(town: Town) -> None:
    row = make_row(town)
    key = find_key(create_key(town.chief, name="all").key)
    assert key
    with pytest.raises(NotAllowed):
        create_member_link(key.principal, row.pk)
    assert ApiKey.objects.count() == 1
