"""The way back for who lost their second factor, and who may open it."""

import pytest
from django.test import Client

from stack.accounts.models import Membership, SignInToken, User
from stack.accounts.operations import (
    create_key,
    create_member_link,
    reset_second_factors,
    reset_second_factors_here,
    restrict_marking,
)
from stack.accounts.principal import Role
from stack.accounts.queries import find_key, local_principal, principal_of_user
from stack.accounts.sign_in import mfa
from stack.core.errors import Conflict, NotAllowed, NotFound
from tests.integration.accounts.conftest import Town, make_row, read_acts, read_whole_log
from tests.signing import add_app

pytestmark = pytest.mark.django_db(databases="__all__")
_MARKING = "marking-definition--11111111-1111-4111-8111-111111111111"


def _protect(user: User) -> list[str]:
    """Gives the user one factor of each kind; the recovery codes."""
    add_app(user)
    mfa.add_passkey(user, name="Key ring", credential={})
    return mfa.make_recovery_codes(user)


@pytest.mark.asvs("6.4.4")
def test_every_factor_goes_and_all_that_was_open(town: Town) -> None:
    row = make_row(town)
    codes = _protect(row.user)
    create_member_link(town.chief, row.pk)
    client = Client()
    client.force_login(row.user)
    assert client.get("/api/v1/me").status_code == 200
    assert not reset_second_factors(town.chief, row.pk).has_mfa
    assert mfa.list_factors(row.user) == mfa.Factors(False, None, (), None)
    assert mfa.use_code(row.user, codes[0]) is None
    assert client.get("/api/v1/me").status_code == 401
    assert not SignInToken.objects.exists()
    [act] = read_acts("mfa.reset")
    assert (act.actor, act.organisation_id, act.is_security) == ("chief", town.ours.pk, True)
    assert act.before == {"username": "mara", "factors": {"recovery_codes": 1, "totp": 1, "webauthn": 1}}
    assert codes[0] not in read_whole_log()


def test_who_has_no_factor_is_not_signed_out(town: Town) -> None:
    row = make_row(town)
    client = Client()
    client.force_login(row.user)
    with pytest.raises(Conflict):
        reset_second_factors(town.chief, row.pk)
    assert client.get("/api/v1/me").status_code == 200
    assert read_acts("mfa.reset") == []


def _of_a_higher_role(town: Town) -> Membership:
    return make_row(town, "boss", role=Role.PLATFORM_ADMIN, tlp_ceiling=3)


def _with_a_higher_ceiling(town: Town) -> Membership:
    return make_row(town, tlp_ceiling=4)


def _of_two_organisations(town: Town) -> Membership:
    row = make_row(town)
    Membership.objects.create(user=row.user, organisation=town.theirs, role=Role.READER, tlp_ceiling=1)
    return row


def _who_sees_more(town: Town) -> Membership:
    restrict_marking(town.root, marking_id=_MARKING, name="Court")
    row = make_row(town)
    granted = Membership.objects.get(user_id=town.root.user_id or 0).granted_markings.all()
    row.granted_markings.set(granted)
    return row


def _oneself(town: Town) -> Membership:
    return Membership.objects.get(user_id=town.chief.user_id or 0)


@pytest.mark.asvs("6.4.4")
@pytest.mark.parametrize(
    "make", [_of_a_higher_role, _with_a_higher_ceiling, _of_two_organisations, _who_sees_more, _oneself]
)
def test_nobody_resets_who_has_more_than_they_nor_themselves(town: Town, make: object) -> None:
    assert callable(make)
    row = make(town)
    _protect(row.user)
    chief = principal_of_user(User.objects.get(pk=town.chief.user_id or 0))
    with pytest.raises(NotAllowed):
        reset_second_factors(chief, row.pk)
    assert mfa.has_second_factor(row.user)


def test_a_key_resets_nothing_and_a_stranger_finds_nobody(town: Town) -> None:
    row = make_row(town)
    _protect(row.user)
    key = find_key(create_key(town.chief, name="all").key)
    assert key
    with pytest.raises(NotAllowed):
        reset_second_factors(key.principal, row.pk)
    with pytest.raises(NotFound) as found:
        reset_second_factors(town.rival, row.pk)
    with pytest.raises(NotFound) as unknown:
        reset_second_factors(town.rival, 987_654)
    assert str(found.value).replace(str(row.pk), "987654") == str(unknown.value)
    assert mfa.has_second_factor(row.user)


def test_the_machine_lets_its_only_administrator_back_in(town: Town) -> None:
    own = Membership.objects.get(user_id=town.root.user_id or 0)
    _protect(own.user)
    with pytest.raises(NotAllowed):
        reset_second_factors(town.root, own.pk)
    assert not reset_second_factors_here(local_principal(), own.pk).has_mfa
    assert [act.actor for act in read_acts("mfa.reset")] == ["admin"]
