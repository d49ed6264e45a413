"""ASVS 5.0, chapter 9: self-contained tokens. What is forged or foreign: tests/security/test_tokens.py."""

import json
import time
from typing import Any

import jwt
import pytest
from django.test import Client

from stack.accounts.sign_in import token_keys
from stack.accounts.sign_in.tokens import principal_of_token, read_claims
from stack.vault.operations import sign
from tests.signing import PASSWORD, make_person

pytestmark = pytest.mark.django_db(databases="__all__")


def _get_tokens() -> dict[str, Any]:
    body = json.dumps({"username": "robin", "password": PASSWORD})
    answer = Client().post("/api/v1/auth/login", body, content_type="application/json")
    meta: dict[str, Any] = answer.json()["meta"]
    return meta


@pytest.mark.asvs("9.1.2")
@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "HS512", "RS256", "PS256", "ES256", "ES256K", "eddsa", "", None, 7]
)
def test_no_other_algorithm_is_read_from_the_header(algorithm: object) -> None:
    make_person()
    token = _get_tokens()["access_token"]
    header = jwt.get_unverified_header(token) | {"alg": algorithm}
    changed = jwt.utils.base64url_encode(json.dumps(header).encode()).decode()
    _, body, signature = token.split(".")
    for end in (signature, ""):
        assert principal_of_token(f"{changed}.{body}.{end}") is None
    assert principal_of_token(token) is not None


@pytest.mark.asvs("9.2.2")
def test_a_token_of_one_kind_is_none_of_another() -> None:
    user = make_person()
    meta = _get_tokens()
    header, now = jwt.get_unverified_header(meta["access_token"]), int(time.time())
    claims = jwt.decode(meta["access_token"], options={"verify_signature": False})
    key = token_keys.find_signer()[1]
    kinds = {
        "an identity token": {"alg": "EdDSA", "kid": header["kid"], "typ": "JWT"},
        "a logout token": {"alg": "EdDSA", "kid": header["kid"], "typ": "logout+jwt"},
        "of no kind": {"alg": "EdDSA", "kid": header["kid"], "typ": None},
    }
    for kind, named in kinds.items():
        assert principal_of_token(jwt.encode(claims, key, "EdDSA", headers=named)) is None, kind
    identity = {"iss": claims["iss"], "aud": "stack-api", "sub": str(user.pk), "iat": now, "exp": now + 60}
    assert read_claims(jwt.encode(identity, key, "EdDSA", headers=header)) is None
    # What the vault signs for something else is signed by another key.
    head_and_body = meta["access_token"].rpartition(".")[0]
    other = sign(head_and_body.encode(), purpose="audit").value
    assert principal_of_token(f"{head_and_body}.{jwt.utils.base64url_encode(other).decode()}") is None
    # And an access token is neither a session nor a refresh token.
    session = Client(headers={"X-Session-Token": meta["access_token"]})
    assert session.get("/api/v1/auth/session").status_code in {401, 410}
    cookie = Client()
    cookie.cookies["sessionid"] = meta["access_token"]
    assert cookie.get("/api/v1/me").status_code == 401
