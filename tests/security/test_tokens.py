"""Attacks on access and refresh tokens: forged, foreign, expired, replayed, outliving their session."""

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.test import Client, override_settings

from stack.accounts.limits.charging import find_policy
from stack.accounts.models import User
from stack.accounts.operations import set_active
from stack.accounts.principal import Principal
from stack.accounts.queries import local_principal, principal_of_user
from stack.accounts.roles import Role
from stack.accounts.sign_in import token_keys
from stack.accounts.sign_in.models import RefreshToken, TokenKey, TokenSession
from stack.accounts.sign_in.sessions import end_all_sessions, list_sessions
from stack.accounts.sign_in.tokens import principal_of_token, refresh_tokens
from stack.vault.operations import open_sealed
from tests.people import make_principal
from tests.signing import PASSWORD, add_app, list_acts, make_code, make_person

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]


@pytest.fixture(autouse=True)
def _forget_tries() -> None:
    cache.clear()


def _call(method: str, address: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    client = Client(headers=headers)
    return client.generic(
        method, f"/api/v1/auth/{address}", json.dumps(body or {}), content_type="application/json"
    )


def _get_tokens(name: str = "robin") -> dict[str, Any]:
    answer = _call("POST", "login", {"username": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    meta: dict[str, Any] = answer.json()["meta"]
    return meta


def _ask(token: str) -> int:
    return Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/me").status_code


def _split(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def _signer() -> Ed25519PrivateKey:
    return token_keys.find_signer()[1]


def _forge(token: str, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """The token with other members, signed by our own key: only the checks stand against it."""
    old_header, old_claims = _split(token)
    merged = {name: value for name, value in (old_claims | claims).items() if value is not None}
    return jwt.encode(merged, _signer(), algorithm="EdDSA", headers=old_header | (header or {}))


@pytest.mark.asvs("9.2.4")
def test_a_token_stands_for_its_user() -> None:
    user = make_person()
    meta = _get_tokens()
    assert principal_of_token(meta["access_token"]) == principal_of_user(user)
    assert _ask(meta["access_token"]) == 200
    assert meta["expires_in"] == 600
    header, claims = _split(meta["access_token"])
    assert header["alg"] == "EdDSA"
    assert header["typ"] == "at+jwt"
    assert set(claims) == {"iss", "aud", "sub", "sid", "jti", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 600
    assert TokenSession.objects.get().session_key not in json.dumps(claims)


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3")
def test_it_is_not_taken_with_any_other_signature() -> None:
    make_person()
    token = _get_tokens()["access_token"]
    header, claims = _split(token)
    public = _signer().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = token.split(".")
    tampered = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "1"}).encode()).rstrip(b"=").decode()
    forged = [
        jwt.encode(claims, "", algorithm="none", headers=header | {"alg": "none"}),
        f"{head}.{body}.",
        f"{head}.{tampered}.{token.split('.')[2]}",
        jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header),
        _sign_with_public_key(header | {"alg": "HS256"}, claims, public),
        jwt.encode(claims, _signer(), algorithm="EdDSA", headers=header | {"jku": "https://evil.example"}),
        jwt.encode(claims, _signer(), algorithm="EdDSA", headers=header | {"jwk": {"kty": "OKP"}}),
        jwt.encode(claims, _signer(), algorithm="EdDSA", headers=header | {"kid": "../../dev/null"}),
        jwt.encode(claims, _signer(), algorithm="EdDSA", headers=header | {"typ": "JWT"}),
        jwt.encode(claims, _signer(), algorithm="EdDSA", headers={"typ": "at+jwt"}),
    ]
    assert [principal_of_token(each) for each in forged] == [None] * len(forged)
    assert {_ask(each) for each in forged} == {401}
    assert principal_of_token(token) is not None


def _sign_with_public_key(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """HS256 with the public key as its secret, as a verifier would take that believes the header."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
    signature = base64.urlsafe_b64encode(hmac.digest(key, b".".join(parts), "sha256")).rstrip(b"=")
    return b".".join([*parts, signature]).decode()


@pytest.mark.asvs("9.2.1", "9.2.3", "10.3.1", "10.3.2")
@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"iss": "another"},
        {"iss": None},
        {"aud": "another-api"},
        {"aud": None},
        {"sub": "999999"},
        {"sub": None},
        {"sid": "0" * 32},
        {"sid": None},
        {"sid": ["x"]},
        {"jti": None},
        {"iat": None},
        {"iat": 9_999_999_999},
        {"nbf": 9_999_999_999},
    ],
)
def test_every_claim_counts(claims: dict[str, Any]) -> None:
    make_person()
    token = _get_tokens()["access_token"]
    assert principal_of_token(_forge(token)) is not None
    assert principal_of_token(_forge(token, **claims)) is None


@pytest.mark.asvs("10.3.3")
def test_another_stack_does_not_take_it() -> None:
    make_person()
    token = _get_tokens()["access_token"]
    with override_settings(TOKEN_ISSUER="https://other.example"):
        assert principal_of_token(token) is None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "stkr_x", "\ud800", "x" * 100_000, "é.é.é"])
def test_what_is_no_token_stands_for_nobody(text: str) -> None:
    assert principal_of_token(text) is None


def test_a_new_key_signs_and_the_old_one_verifies_until_its_tokens_are_over() -> None:
    make_person()
    old = _get_tokens()["access_token"]
    first = TokenKey.objects.get()
    token_keys.rotate_token_keys()
    new = _get_tokens()["access_token"]
    assert _split(old)[0]["kid"] != _split(new)[0]["kid"]
    assert principal_of_token(old) is not None
    assert principal_of_token(new) is not None
    first.created_at -= 32 * 24 * 3600 * 1_000_000
    first.save()
    assert principal_of_token(old) is None
    token_keys.rotate_token_keys()
    assert not TokenKey.objects.filter(pk=first.pk).exists()


def test_an_old_key_is_replaced_by_itself_and_all_are_sealed() -> None:
    make_person()
    _get_tokens()
    key = TokenKey.objects.get()
    raw = open_sealed(key.sealed_private, table="sign_in_tokenkey", row=str(key.pk), field="sealed_private")
    assert raw.hex() not in key.sealed_private
    key.created_at -= 30 * 24 * 3600 * 1_000_000 + 1
    key.save()
    _get_tokens()
    assert TokenKey.objects.count() == 2


def _administrator() -> Principal:
    from stack.accounts.operations import ensure_first_organisation

    ensure_first_organisation()
    return local_principal()


def _log_out(user: User, token: str) -> None:
    assert _call("DELETE", "session", Authorization=f"Bearer {token}").status_code == 401


def _disable(user: User, token: str) -> None:
    set_active(_administrator(), user.pk, active=False)


def _change_password(user: User, token: str) -> None:
    user.set_password("another sentence of mine")
    user.save()


def _end_sessions(user: User, token: str) -> None:
    assert end_all_sessions(user) >= 1


@pytest.mark.asvs("7.4.1", "7.4.2")
@pytest.mark.parametrize("end", [_log_out, _disable, _change_password, _end_sessions])
def test_tokens_die_with_their_session_at_once(end: Any) -> None:
    user = make_person()
    meta = _get_tokens()
    assert _ask(meta["access_token"]) == 200
    end(user, meta["access_token"])
    assert _ask(meta["access_token"]) == 401
    assert refresh_tokens(meta["refresh_token"]) is None


@pytest.mark.asvs("10.4.5")
def test_a_refresh_token_works_once_and_a_second_time_ends_the_session() -> None:
    user = make_person()
    meta = _get_tokens()
    answer = _call("POST", "tokens/refresh", {"refresh_token": meta["refresh_token"]})
    assert answer.status_code == 200
    fresh = answer.json()["data"]
    assert fresh["refresh_token"] != meta["refresh_token"]
    assert _ask(fresh["access_token"]) == 200
    assert _call("POST", "tokens/refresh", {"refresh_token": meta["refresh_token"]}).status_code == 400
    assert _ask(fresh["access_token"]) == 401
    assert _ask(meta["access_token"]) == 401
    assert refresh_tokens(fresh["refresh_token"]) is None
    assert list_sessions(user) == []
    acts = list_acts("token.replay")
    assert len(acts) == 1
    assert acts[0]["is_security"]
    assert acts[0]["actor"] == "robin"


def test_refresh_tokens_are_kept_as_digests_and_expire() -> None:
    make_person()
    meta = _get_tokens()
    kept = RefreshToken.objects.get()
    assert meta["refresh_token"] not in kept.digest
    kept.expires_at = 1
    kept.save()
    assert refresh_tokens(meta["refresh_token"]) is None
    assert list_acts("token.replay") == []


@pytest.mark.parametrize("text", ["", "stkr_unknown", "x" * 10_000])
def test_an_unknown_refresh_token_is_refused(text: str) -> None:
    assert _call("POST", "tokens/refresh", {"refresh_token": text}).status_code == 400
    assert refresh_tokens(text) is None


@pytest.mark.asvs("9.2.2")
def test_an_access_token_is_no_refresh_token_and_the_other_way_round() -> None:
    make_person()
    meta = _get_tokens()
    assert refresh_tokens(meta["access_token"]) is None
    assert principal_of_token(meta["refresh_token"]) is None
    assert _ask(meta["refresh_token"]) == 401
    assert _ask(meta["session_token"]) == 401


@pytest.mark.asvs("6.3.4")
def test_the_second_factor_is_asked_of_apps_too() -> None:
    secret = add_app(make_person())
    answer = _call("POST", "login", {"username": "robin", "password": PASSWORD})
    assert answer.status_code == 401
    meta = answer.json()["meta"]
    assert "access_token" not in meta
    token = {"X-Session-Token": meta["session_token"]}
    assert _call("POST", "2fa/authenticate", {"code": "000000"}, **token).status_code == 400
    done = _call("POST", "2fa/authenticate", {"code": make_code(secret)}, **token)
    assert done.status_code == 200
    assert _ask(done.json()["meta"]["access_token"]) == 200


@pytest.mark.asvs("6.3.3", "10.3.4")
def test_who_owes_a_second_factor_gets_nothing_with_a_token() -> None:
    user = make_person()
    token = _get_tokens()["access_token"]
    user.organisation.require_mfa_from = Role.READER
    user.organisation.save()
    assert principal_of_token(token) is None


def test_a_program_gets_nothing_with_a_token() -> None:
    make_person("feeder", role=Role.PARTNER)
    assert principal_of_token(_get_tokens("feeder")["access_token"]) is None


def test_apps_are_told_no_more_than_browsers() -> None:
    make_person()
    gone = make_person("gone")
    gone.is_active = False
    gone.save()
    answers = [
        _call("POST", "login", {"username": name, "password": password})
        for name, password in (("robin", "wrong wrong wrong"), ("nobody", PASSWORD), ("gone", PASSWORD))
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1


def test_a_cookie_opens_nothing_for_apps_so_that_no_other_site_can_use_it() -> None:
    client = Client()
    client.force_login(make_person())
    assert client.get("/api/v1/auth/session").status_code == 401


@pytest.mark.asvs("10.3.2")
def test_a_removed_role_is_gone_from_tokens_at_once() -> None:
    user = make_person()
    token = _get_tokens()["access_token"]
    make_principal("other", user.organisation)
    user.memberships.update(role=Role.READER)
    principal = principal_of_token(token)
    assert principal is not None
    assert principal.role is Role.READER
    user.memberships.all().delete()
    principal = principal_of_token(token)
    assert principal is None or principal.permissions == frozenset()


@pytest.mark.parametrize(
    ("setting", "reason"), [("SESSION_IDLE_SECONDS", "idle"), ("SESSION_COOKIE_AGE", "age")]
)
def test_a_session_that_is_too_old_takes_its_tokens_along(setting: str, reason: str) -> None:
    make_person()
    token = _get_tokens()["access_token"]
    assert principal_of_token(token) is not None
    with override_settings(**{setting: 0}):
        assert principal_of_token(token) is None
    assert principal_of_token(token) is None
    assert [act["after"] for act in list_acts("session.end")] == [{"reason": reason}]


@pytest.mark.parametrize(
    "answer", [[], {"response": []}, {"id": "a", "response": {"userHandle": "MQ"}}], ids=["", "odd", "wrong"]
)
def test_a_wrong_passkey_of_an_app_is_a_failed_sign_in(answer: object) -> None:
    assert _call("POST", "webauthn/login", {"credential": answer}).status_code == 400
    assert [act["after"]["reason"] for act in list_acts("sign-in.fail")] == (["passkey"] if answer else [])


def test_a_wrong_passkey_as_second_factor_of_an_app_is_counted_and_recorded() -> None:
    user = make_person()
    add_app(user)
    begun = _call("POST", "login", {"username": "robin", "password": PASSWORD})
    token = {"X-Session-Token": begun.json()["meta"]["session_token"]}
    policy = find_policy("second-factor")
    wrong: dict[str, Any] = {"credential": {"response": {}}}
    for _ in range(policy.limit):
        assert _call("POST", "webauthn/authenticate", wrong, **token).status_code == 400
    failed = list_acts("sign-in.fail")
    assert [act["after"] for act in failed] == [{"reason": "second factor"}] * policy.limit
    assert {act["object"] for act in failed} == {str(user.pk)}
    assert _call("POST", "webauthn/authenticate", wrong, **token).status_code == 429


def test_the_document_of_these_addresses_is_served() -> None:
    document = _call("GET", "openapi.json").json()
    assert set(document["paths"]) == {
        f"/api/v1/auth/{name}"
        for name in (
            "session",
            "login",
            "2fa/authenticate",
            "webauthn/authenticate",
            "webauthn/login",
            "tokens/refresh",
        )
    }
