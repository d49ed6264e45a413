"""Attacks on the second factor: replayed codes, moved ciphertexts, skipped steps, changes without proof."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from stack.accounts.models import User
from stack.accounts.roles import Role
from stack.accounts.sign_in import mfa
from stack.core.errors import BadInput, Conflict, NotFound
from stack.vault.errors import VaultError
from tests.signing import add_app, is_signed_in, list_acts, make_code, make_person, sign_in

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]


@pytest.fixture(autouse=True)
def _forget_tries() -> None:
    cache.clear()


def _enter(client: Client, code: str) -> Any:
    return client.post("/sign-in/second-factor", {"code": code})


def test_the_password_alone_does_not_let_in(client: Client) -> None:
    add_app(make_person())
    assert sign_in(client)["Location"] == "/sign-in/second-factor"
    assert not is_signed_in(client)
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/search").status_code == 302


def test_the_second_step_without_the_first_leads_nowhere(client: Client) -> None:
    secret = add_app(make_person())
    assert _enter(client, make_code(secret))["Location"] == "/sign-in"
    assert not is_signed_in(client)


def test_a_code_lets_in_and_the_way_back_is_kept(client: Client) -> None:
    secret = add_app(make_person())
    sign_in(client, next="/search?q=x")
    assert _enter(client, make_code(secret))["Location"] == "/search?q=x"
    assert is_signed_in(client)
    assert list_acts("sign-in.succeed")[-1]["after"] == {"by": ["password", "totp"]}


@pytest.mark.asvs("6.5.1")
def test_a_code_works_once_and_none_before_it_ever_again() -> None:
    secret = add_app(make_person())
    code, before = make_code(secret), make_code(secret, steps=-1)
    for given, status in ((code, 302), (code, 422), (before, 422)):
        client = Client()
        sign_in(client)
        assert _enter(client, given).status_code == status
        assert is_signed_in(client) is (status == 302)


def test_codes_cannot_be_guessed() -> None:
    user = make_person()
    secret = add_app(user)
    answers = []
    for number in range(12):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        sign_in(client)
        answers.append(_enter(client, f"{number:06}").status_code)
    assert set(answers[:10]) == {422}
    assert answers[-1] == 429
    assert list_acts("sign-in.lock")[-1]["is_security"]
    client = Client()
    sign_in(client)
    assert _enter(client, make_code(secret)).status_code == 429


def test_a_secret_opens_for_its_owner_and_kind_only() -> None:
    robin, mallory = make_person("robin"), make_person("mallory")
    add_app(robin)
    secret = add_app(mallory)
    mfa.make_recovery_codes(robin)
    of_robin = Authenticator.objects.get(user=robin, type="totp")
    of_mallory = Authenticator.objects.get(user=mallory, type="totp")
    assert secret not in str(of_mallory.data)
    of_robin.data["sealed"] = of_mallory.data["sealed"]
    of_robin.save()
    with pytest.raises(VaultError):
        mfa.use_code(robin, make_code(secret))
    codes = Authenticator.objects.get(user=robin, type="recovery_codes")
    of_mallory.data["sealed"] = codes.data["sealed"]
    of_mallory.save()
    with pytest.raises(VaultError):
        mfa.use_code(mallory, make_code(secret))


@pytest.mark.asvs("6.5.1")
def test_a_recovery_code_works_once_and_is_kept_nowhere() -> None:
    user = make_person()
    add_app(user)
    codes = mfa.make_recovery_codes(user)
    assert len(set(codes)) == 10
    kept = str(Authenticator.objects.get(user=user, type="recovery_codes").data)
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert mfa.use_code(user, codes[3].upper().replace("-", " ")) is not None
    assert mfa.use_code(user, codes[3]) is None
    assert mfa.list_factors(user).codes_left == 9
    assert list_acts("recovery.use")[0]["is_security"]
    assert not any(code in str(list_acts("recovery.generate", "recovery.use")) for code in codes)


def test_new_recovery_codes_end_the_old_ones() -> None:
    user = make_person()
    add_app(user)
    old = mfa.make_recovery_codes(user)
    new = mfa.make_recovery_codes(user)
    assert mfa.use_code(user, old[0]) is None
    assert mfa.use_code(user, new[0]) is not None


def test_recovery_codes_alone_are_no_factor_and_go_with_the_last_one(client: Client) -> None:
    user = make_person()
    with pytest.raises(Conflict):
        mfa.make_recovery_codes(user)
    add_app(user)
    mfa.make_recovery_codes(user)
    mfa.remove_totp(user)
    assert not Authenticator.objects.filter(user=user).exists()
    sign_in(client)
    assert is_signed_in(client)


def test_an_app_is_enrolled_by_its_own_code_only() -> None:
    user = make_person()
    with pytest.raises(BadInput):
        mfa.add_totp(user, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", code="000000")
    assert not mfa.has_second_factor(user)
    add_app(user)
    with pytest.raises(Conflict):
        add_app(user)


@pytest.mark.asvs("7.5.1")
@pytest.mark.parametrize("path", ["app/remove", "codes", "passkeys", "passkeys/1/remove", "links/1/remove"])
def test_changes_need_a_recent_proof(client: Client, path: str) -> None:
    user = make_person()
    secret = add_app(user)
    sign_in(client)
    _enter(client, make_code(secret))
    _age_session(client)
    answer = client.post(
        f"/account/security/{path}", headers={"referer": "http://testserver/account/security"}
    )
    assert answer["Location"] == "/confirm?next=%2Faccount%2Fsecurity"
    assert mfa.list_factors(user).has_totp
    assert mfa.list_factors(user).codes_left is None


def test_a_proof_holds_for_five_minutes(client: Client) -> None:
    user = make_person()
    secret = add_app(user)
    sign_in(client)
    _enter(client, make_code(secret))
    _age_session(client)
    assert client.post("/confirm", {"password": "wrong wrong wrong", "next": "/roles"}).status_code == 422
    assert client.post("/account/security/codes")["Location"].startswith("/confirm")
    answer = client.post("/confirm", {"code": make_code(secret, steps=1), "next": "//evil.example"})
    assert answer["Location"] == "/account/security"
    assert client.post("/account/security/codes").status_code == 200
    _age_session(client)
    assert client.post("/account/security/codes")["Location"].startswith("/confirm")


def _age_session(client: Client) -> None:
    session = client.session
    for name in ("stack_began", "stack_confirmed"):
        if name in session:
            session[name] = int(time.time()) - 301
    session.save()


def test_another_users_passkey_is_as_one_that_is_not_there() -> None:
    robin, mallory = make_person("robin"), make_person("mallory")
    mfa.add_passkey(robin, name="laptop", credential={})
    passkey = mfa.list_factors(robin).passkeys[0]
    for passkey_id in (passkey.id, 999_999):
        with pytest.raises(NotFound, match="You have no such passkey"):
            mfa.remove_passkey(mallory, passkey_id)
        with pytest.raises(NotFound, match="You have no such passkey"):
            mfa.rename_passkey(mallory, passkey_id, name="mine")
    assert mfa.list_factors(robin).passkeys == (passkey,)


@pytest.mark.asvs("6.3.3")
@pytest.mark.parametrize("demanded", [Role.ANALYST, Role.READER])
def test_who_owes_a_factor_can_only_enrol(client: Client, demanded: Role) -> None:
    user = make_person()
    _demand(user, demanded)
    sign_in(client)
    for path in ("/", "/search", "/sources", "/account/keys"):
        assert client.get(path)["Location"] == "/account/security", path
    assert client.get("/api/v1/sources").status_code == 403
    assert b"demands a second factor" in client.get("/account/security").content
    add_app(user)
    assert client.get("/search").status_code == 200


def test_roles_below_the_demand_are_left_alone(client: Client) -> None:
    user = make_person(role=Role.READER)
    _demand(user, Role.ANALYST)
    sign_in(client)
    assert client.get("/search").status_code == 200


def _demand(user: User, role: Role) -> None:
    user.organisation.require_mfa_from = role
    user.organisation.save(update_fields=["require_mfa_from"])
