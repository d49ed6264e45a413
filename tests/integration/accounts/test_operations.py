from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from stack.accounts.models import Organisation, SignInToken, User
from stack.accounts.operations import create_sign_in_link, ensure_first_organisation, redeem_sign_in
from stack.accounts.roles import Role
from tests.databases import CHOSEN


@pytest.mark.django_db(databases="__all__")
def test_the_first_organisation_is_made_once_with_an_administrator_without_password(database: str) -> None:
    first = ensure_first_organisation()
    assert ensure_first_organisation() == first
    assert (Organisation.objects.count(), User.objects.count()) == (1, 1)
    assert first.memberships.get().role == Role.PLATFORM_ADMIN
    assert not first.has_usable_password()
    assert not User.objects.get().has_usable_password()


@pytest.mark.django_db(databases="__all__")
def test_a_sign_in_link_works_once_and_keeps_no_secret(database: str, administrator: User) -> None:
    token = create_sign_in_link(administrator)
    assert token not in str(list(SignInToken.objects.values()))
    assert redeem_sign_in(token) == administrator
    assert redeem_sign_in(token) is None


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "made-up", "\ud800\x00"])
def test_a_made_up_link_lets_nobody_in(administrator: User, token: str) -> None:
    create_sign_in_link(administrator)
    assert redeem_sign_in(token) is None


@pytest.mark.django_db
def test_a_link_ends_after_15_minutes(administrator: User) -> None:
    token = create_sign_in_link(administrator)
    left = SignInToken.objects.get()
    SignInToken.objects.update(expires_at=left.expires_at - 15 * 60 * 1_000_000)
    assert redeem_sign_in(token) is None


@pytest.mark.django_db
def test_a_link_does_not_let_an_inactive_user_in(member: User) -> None:
    token = create_sign_in_link(member)
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert redeem_sign_in(token) is None


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_of_two_requests_with_one_link_one_gets_in(database: str) -> None:
    token = create_sign_in_link(ensure_first_organisation())

    def redeem(_: int) -> User | None:
        mark = CHOSEN.set(database)
        try:
            return redeem_sign_in(token)
        finally:
            CHOSEN.reset(mark)
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(redeem, range(2)))
    assert sum(answer is not None for answer in answers) == 1
