import json
from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import ApiKey, Organisation, User
from stack.accounts.roles import Role
from stack.accounts.sign_in.tokens import issue_tokens
from tests.integration.api.conftest import assert_problem, client_of
from tests.people import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(administrator: User) -> Client:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(administrator)
    return client


def test_who_is_not_known_is_told_how_to_authenticate() -> None:
    response = Client().get("/api/v1/version")
    assert "API key" in assert_problem(response, 401, "unauthenticated")["detail"]
    assert response["WWW-Authenticate"] == 'Bearer realm="Stack"'


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer stk_x_y", "bearer  nonsense", "BEARER stk_" + "0" * 12 + "_" + "0" * 48]
)
def test_a_key_that_is_not_valid_is_refused_even_beside_a_session(browser: Client, header: str) -> None:
    assert browser.get("/api/v1/version").status_code == 200
    assert_problem(browser.get("/api/v1/version", headers={"authorization": header}), 401, "unauthenticated")


def test_a_revoked_key_stops_at_once(api: Client) -> None:
    assert api.get("/api/v1/version").status_code == 200
    ApiKey.objects.update(revoked_at=1)
    assert_problem(api.get("/api/v1/version"), 401, "unauthenticated")


def test_a_session_reads_without_and_writes_only_with_its_csrf_token(browser: Client) -> None:
    assert browser.get("/api/v1/jobs").status_code == 200
    address, body = "/api/v1/lookup", json.dumps({"values": []})
    refused = browser.post(address, body, content_type="application/json")
    assert_problem(refused, 403, "cross-site-request")
    token = "t" * 32
    browser.cookies["csrftoken"] = token
    allowed = browser.post(address, body, content_type="application/json", headers={"x-csrftoken": token})
    assert (allowed.status_code, allowed.json()) == (200, {"answers": []})


def test_a_key_needs_no_csrf_token(administrator: User) -> None:
    client = client_of(administrator)
    client.handler.enforce_csrf_checks = True
    response = client.post("/api/v1/lookup", {"values": []}, content_type="application/json")
    assert response.status_code == 200


def _sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_keys_are_made_in_a_session_listed_and_revoked(member: User) -> None:
    session = _sign_in(member)
    made: Any = session.post(
        "/api/v1/keys",
        {"name": "SIEM", "expires_at": "2999-01-01T00:00:00+02:00"},
        content_type="application/json",
    )
    assert made.status_code == 201
    program = Client(headers={"authorization": f"Bearer {made.json()['key']}"})
    [row] = program.get("/api/v1/keys").json()["items"]
    assert (row["name"], row["prefix"], row["expires_at"]) == (
        "SIEM",
        made.json()["prefix"],
        "2998-12-31T22:00:00Z",
    )
    assert made.json()["key"] not in json.dumps(row)
    assert program.delete(f"/api/v1/keys/{row['id']}").status_code == 204
    assert_problem(program.get("/api/v1/keys"), 401, "unauthenticated")


def test_a_key_cannot_make_keys(api: Client) -> None:
    response = api.post("/api/v1/keys", {"name": "second"}, content_type="application/json")
    assert_problem(response, 403, "not-allowed")


def test_keys_of_others_do_not_exist_but_for_who_manages_members(api: Client, member: User) -> None:
    program = client_of(member)
    theirs, administrators = ApiKey.objects.get(user=member), ApiKey.objects.exclude(user=member).get()
    assert_problem(program.delete(f"/api/v1/keys/{administrators.pk}"), 404, "not-found")
    assert_problem(program.get("/api/v1/keys?everyone=true"), 403, "not-allowed")
    names = {row["owner"] for row in api.get("/api/v1/keys?everyone=true").json()["items"]}
    assert names == {"admin", "mara"}
    assert api.delete(f"/api/v1/keys/{theirs.pk}").status_code == 204
    assert_problem(program.get("/api/v1/keys"), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "expires_at": "2999-01-01T00:00:00"}, "expires_at"),
        ({"name": "x", "permissions": []}, "permissions"),
    ],
)
def test_a_bad_draft_of_a_key_names_its_field(member: User, draft: dict[str, Any], field: str) -> None:
    response = _sign_in(member).post("/api/v1/keys", draft, content_type="application/json")
    body = assert_problem(response, 422, "bad-input")
    assert [error["field"] for error in body["errors"]] == [field]


def _token_of(user: User) -> str:
    session = _sign_in(user).session
    session.save()
    return issue_tokens(user, str(session.session_key)).access


def test_an_access_token_is_a_session_without_a_cookie(member: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {_token_of(member)}"})
    assert client.get("/api/v1/me").json()["name"] == "mara"
    made = client.post("/api/v1/keys", {"name": "SIEM"}, content_type="application/json")
    assert made.status_code == 201
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert_problem(client.get("/api/v1/me"), 401, "unauthenticated")


def test_a_due_second_factor_closes_sessions_and_not_keys(administrator: User, member: User) -> None:
    session, program, token = _sign_in(member), client_of(member), _token_of(member)
    Organisation.objects.update(require_mfa_from=Role.ANALYST)
    refused = assert_problem(session.get("/api/v1/me"), 403, "not-allowed")
    assert "/account/security" in refused["remedy"]
    by_token = Client(headers={"authorization": f"Bearer {token}"}).get("/api/v1/me")
    assert by_token.status_code in {401, 403}
    assert program.get("/api/v1/me").status_code == 200
    Organisation.objects.update(require_mfa_from=Role.CURATOR)
    assert session.get("/api/v1/me").status_code == 200


def test_a_program_has_no_session(administrator: User) -> None:
    program = make_member("feeder", administrator.organisation, role=Role.PARTNER)
    refused = assert_problem(_sign_in(program).get("/api/v1/me"), 403, "not-allowed")
    assert "key" in refused["remedy"]
    assert client_of(administrator).get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("header", ["Basic YWRtaW46eA==", "Digest x", "Token x", "stk_x", "Bearer"])
def test_no_other_scheme_is_taken_even_beside_a_session(browser: Client, header: str) -> None:
    answer = browser.get("/api/v1/version", headers={"authorization": header})
    assert_problem(answer, 401, "unauthenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="Stack"'
