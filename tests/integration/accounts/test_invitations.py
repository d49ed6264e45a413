"""Invitations: one person, once, and only as far as the inviter still reaches."""

import pytest

from stack.accounts.models import Invitation, Membership, Organisation, User
from stack.accounts.operations import (
    accept_invitation,
    change_member,
    invite,
    remove_member,
    revoke_invitation,
    set_active,
)
from stack.accounts.principal import Role
from stack.accounts.queries import find_invitation, list_invitations, principal_of_user
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from tests.integration.accounts.conftest import Town, read_acts, read_whole_log
from tests.people import make_member

pytestmark = pytest.mark.django_db(databases="__all__")
_PASSWORD = "correct horse battery staple"


def accept(token: str, username: str = "mara") -> User:
    return accept_invitation(token, username=username, password=_PASSWORD)


def test_an_invitation_makes_one_member_with_what_was_promised(town: Town) -> None:
    new = invite(town.chief, role=Role.ANALYST, tlp_ceiling=2, email="m@example.org")
    found = find_invitation(new.token)
    assert found
    assert (found.organisation, found.role, found.tlp_ceiling, found.state) == (
        "Ours",
        Role.ANALYST,
        2,
        "open",
    )
    user = accept(new.token, "Mara")
    assert (user.username, user.email, user.organisation_id) == ("mara", "m@example.org", town.ours.pk)
    assert user.check_password(_PASSWORD)
    principal = principal_of_user(user)
    assert (principal.role, principal.tlp_ceiling) == (Role.ANALYST, 2)
    assert find_invitation(new.token) is None
    with pytest.raises(NotFound):
        accept(new.token, "second")
    assert [row.state for row in list_invitations(town.chief)] == ["accepted"]
    [act] = read_acts("invitation.accept")
    assert (act.actor, act.organisation_id, act.after["role"]) == ("mara", town.ours.pk, "analyst")
    assert new.token not in str(list(Invitation.objects.values())) + read_whole_log()


def test_who_has_an_account_joins_with_it(town: Town) -> None:
    user = make_member("mara", town.theirs)
    new = invite(town.chief, role=Role.READER, tlp_ceiling=1)
    assert accept_invitation(new.token, user=user) == user
    assert Membership.objects.filter(user=user).count() == 2
    assert User.objects.get(pk=user.pk).organisation_id == town.theirs.pk


def test_who_has_no_organisation_left_acts_for_the_new_one(town: Town) -> None:
    user = make_member("mara", town.theirs)
    Membership.objects.filter(user=user).delete()
    accept_invitation(invite(town.chief, role=Role.READER, tlp_ceiling=1).token, user=user)
    assert User.objects.get(pk=user.pk).organisation_id == town.ours.pk


def test_an_invitation_that_cannot_be_used_stays_open(town: Town) -> None:
    new = invite(town.chief, role=Role.READER, tlp_ceiling=1)
    with pytest.raises(Conflict):
        accept(new.token, "RIVAL")
    with pytest.raises(Conflict):
        accept_invitation(new.token, user=User.objects.get(username="chief"))
    with pytest.raises(BadInput):
        accept_invitation(new.token, username="mara", password="short")
    with pytest.raises(BadInput):
        accept_invitation(new.token)
    disabled = make_member("disabled", town.theirs)
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    disabled.refresh_from_db()
    with pytest.raises(NotAllowed):
        accept_invitation(new.token, user=disabled)
    assert find_invitation(new.token)
    assert accept(new.token)


@pytest.mark.parametrize("token", ["", "made-up", "\ud800\x00", "x" * 10_000])
def test_a_made_up_token_invites_nobody(town: Town, token: str) -> None:
    invite(town.chief, role=Role.READER, tlp_ceiling=0)
    assert find_invitation(token) is None
    with pytest.raises(NotFound):
        accept(token)


def test_an_invitation_expires(town: Town) -> None:
    new = invite(town.chief, role=Role.READER, tlp_ceiling=0, days=1)
    assert 0 < new.expires_at - now_us() <= 24 * 3600 * 1_000_000
    Invitation.objects.update(expires_at=now_us())
    assert find_invitation(new.token) is None
    assert [row.state for row in list_invitations(town.chief)] == ["expired"]


@pytest.mark.parametrize("loss", ["disabled", "removed", "role", "ceiling"])
def test_what_the_inviter_loses_they_no_longer_give(town: Town, loss: str) -> None:
    inviter = make_member("boss", town.ours, role=Role.ORGANISATION_ADMIN, tlp_ceiling=3)
    row = Membership.objects.get(user=inviter)
    new = invite(principal_of_user(inviter), role=Role.ANALYST, tlp_ceiling=3)
    match loss:
        case "disabled":
            set_active(town.chief, inviter.pk, active=False)
        case "removed":
            remove_member(town.chief, row.pk)
        case "role":
            change_member(town.chief, row.pk, role=Role.CURATOR)
        case _:
            change_member(town.chief, row.pk, tlp_ceiling=2)
    assert find_invitation(new.token) is None
    with pytest.raises(NotFound):
        accept(new.token)


def test_invitations_end_by_their_own_organisation(town: Town) -> None:
    new = invite(town.chief, role=Role.READER, tlp_ceiling=0)
    assert list_invitations(town.rival) == []
    messages = []
    for pk in (new.id, 999_999_999):
        with pytest.raises(NotFound) as caught:
            revoke_invitation(town.rival, pk)
        messages.append(caught.value.detail.replace(str(pk), "N"))
    assert messages[0] == messages[1]
    assert find_invitation(new.token)
    revoke_invitation(town.chief, new.id)
    assert find_invitation(new.token) is None
    assert [row.state for row in list_invitations(town.chief)] == ["revoked"]
    with pytest.raises(NotFound):
        revoke_invitation(town.chief, new.id)


@pytest.mark.parametrize("days", [0, -1, 31])
def test_an_invitation_is_open_for_a_month_at_most(town: Town, days: int) -> None:
    with pytest.raises(BadInput) as caught:
        invite(town.chief, role=Role.READER, tlp_ceiling=0, days=days)
    assert [error.field for error in caught.value.errors] == ["days"]


def test_programs_are_created_not_invited(town: Town) -> None:
    with pytest.raises(BadInput):
        invite(town.chief, role=Role.PARTNER, tlp_ceiling=0)


def test_a_member_without_the_permission_invites_nobody(town: Town) -> None:
    weak = principal_of_user(make_member("weak", town.ours, role=Role.CURATOR))
    with pytest.raises(NotAllowed):
        invite(weak, role=Role.READER, tlp_ceiling=0)
    with pytest.raises(NotAllowed):
        list_invitations(weak)
    assert Organisation.objects.get(pk=town.ours.pk).invitations.count() == 0
