from dataclasses import replace

import pytest

from stack.accounts.models import ApiKey, User
from stack.accounts.operations import create_key, record_key_use
from stack.accounts.principal import Permission
from stack.accounts.queries import find_key, list_keys, local_principal, principal_of_user
from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.core.errors import BadInput, Unavailable

pytestmark = pytest.mark.django_db(databases="__all__")
_HOUR = 3_600_000_000


def test_members_may_not_manage_and_carry_their_clearance(member: User) -> None:
    principal = principal_of_user(member)
    assert principal.permissions == Role.ANALYST.permissions
    assert (principal.name, principal.user_id, principal.tlp_ceiling) == ("mara", member.pk, 2)


def test_the_local_principal_is_the_administrator(administrator: User) -> None:
    assert local_principal() == principal_of_user(administrator)
    assert local_principal().permissions == set(Permission)


def test_without_an_administrator_the_remedy_is_init() -> None:
    with pytest.raises(Unavailable) as caught:
        local_principal()
    assert "stack init" in caught.value.remedy


def test_a_key_stands_for_its_user_and_keeps_no_secret(database: str, member: User) -> None:
    new = create_key(principal_of_user(member), name=" SIEM ")
    found = find_key(new.key)
    assert found is not None
    assert found.principal == replace(principal_of_user(member), key_id=new.id)
    stored = ApiKey.objects.values().get()
    assert new.key.rpartition("_")[2] not in str(stored)
    assert [(row.id, row.name, row.prefix) for row in list_keys(principal_of_user(member))] == [
        (new.id, "SIEM", new.prefix)
    ]


def test_a_key_that_differs_in_its_last_character_is_refused(member: User) -> None:
    key = create_key(principal_of_user(member), name="SIEM").key
    assert find_key(key[:-1] + ("0" if key[-1] != "0" else "1")) is None


@pytest.mark.parametrize(
    "text", ["", "stk_", "stk__", "stk_a_b", "Bearer stk_a", "stk_\x00_b", "\ud800", "x" * 10_000]
)
def test_text_that_is_no_key_is_refused(text: str) -> None:
    assert find_key(text) is None


@pytest.mark.parametrize("change", [{"revoked_at": 1}, {"expires_at": 1}], ids=["revoked", "expired"])
def test_keys_that_ended_are_refused(member: User, change: dict[str, int]) -> None:
    new = create_key(principal_of_user(member), name="SIEM", expires_at=now_us() + _HOUR)
    assert find_key(new.key) is not None
    ApiKey.objects.filter(pk=new.id).update(**change)
    assert find_key(new.key) is None


def test_keys_of_an_inactive_user_are_refused(member: User) -> None:
    new = create_key(principal_of_user(member), name="SIEM")
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert find_key(new.key) is None


def test_use_is_noted_at_most_once_a_minute(member: User) -> None:
    new = create_key(principal_of_user(member), name="SIEM")

    def use() -> int | None:
        key = find_key(new.key)
        assert key
        record_key_use(key)
        return ApiKey.objects.get(pk=new.id).last_used_at

    first = use()
    assert first
    assert use() == first
    ApiKey.objects.update(last_used_at=first - 61_000_000)
    again = use()
    assert again
    assert again >= first


@pytest.mark.parametrize(("name", "expires_at", "field"), [("  ", None, "name"), ("x", 1, "expires_at")])
def test_a_bad_key_names_its_field(member: User, name: str, expires_at: int | None, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        create_key(principal_of_user(member), name=name, expires_at=expires_at)
    assert [error.field for error in caught.value.errors] == [field]
