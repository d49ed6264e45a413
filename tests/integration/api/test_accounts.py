"""Members, invitations, organisations, groups and restricted markings through REST, as a person does it."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stack.accounts.models import Invitation, Membership, Organisation, SignInToken, User
from stack.accounts.queries import find_invitation
from stack.accounts.roles import Permission, Role
from tests.integration.api.conftest import assert_problem, client_of
from tests.people import make_member
from tests.signing import add_app

pytestmark = pytest.mark.django_db
_MARKING = "marking-definition--5c1f4d3e-8a4e-4a3b-9d9e-0f2f6a1b7c11"


class Session:
    """A signed-in person who sends JSON."""

    def __init__(self, user: User) -> None:
        self._client = Client(raise_request_exception=False)
        self._client.force_login(user)

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        return self._client.generic(
            method,
            f"/api/v1{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
        )


@pytest.fixture
def ask(administrator: User) -> Session:
    return Session(administrator)


def test_me_says_who_a_session_and_who_a_key_is(administrator: User, member: User) -> None:
    assert Session(member)("GET", "/me").json() == {
        "name": "mara",
        "organisation": {"id": member.organisation_id, "name": member.organisation.name},
        "role": "analyst",
        "permissions": ["analyze", "annotate", "export", "ingest", "outputs", "read"],
        "tlp_ceiling": "green",
        "groups": [],
        "key": None,
    }
    by_key: Any = client_of(administrator).get("/api/v1/me")
    assert by_key.json()["role"] == "platform-admin"
    assert by_key.json()["key"]["expires_at"] is None


def test_saying_who_one_is_reads_no_other_organisation(member: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert Session(member)("GET", "/me").status_code == 200
    reads = [each["sql"] for each in captured if 'FROM "accounts_organisation"' in each["sql"]]
    assert reads
    assert all('WHERE "accounts_organisation"."id" = ' in each for each in reads)


def test_a_lost_second_factor_is_reset(ask: Session, member: User) -> None:
    path = f"/members/{Membership.objects.get(user=member).pk}/reset-second-factor"
    assert_problem(ask("POST", path), 409, "conflict")
    add_app(member)
    assert ask("POST", path).json()["has_mfa"] is False
    assert client_of(member).post(f"/api/v1{path}").status_code == 403


def test_the_matrix_of_roles_is_the_one_that_holds(member: User) -> None:
    items = Session(member)("GET", "/roles").json()["items"]
    assert [item["role"] for item in items] == list(Role)
    for item in items:
        assert {Permission(name) for name in item["permissions"]} == Role(item["role"]).permissions


def test_a_member_comes_changes_is_shut_out_and_goes(ask: Session) -> None:
    made = ask("POST", "/members", {"username": "ivo", "role": "reader", "tlp_ceiling": "green"})
    assert made.status_code == 201
    member = made.json()
    assert (member["role"], member["tlp_ceiling"], member["is_active"]) == ("reader", "green", True)
    path = f"/members/{member['id']}"
    assert member in ask("GET", "/members").json()["items"]
    changed = ask("PATCH", path, {"role": "curator", "tlp_ceiling": "amber+strict"})
    assert (changed.json()["role"], changed.json()["tlp_ceiling"]) == ("curator", "amber+strict")

    ivo = User.objects.get(username="ivo")
    program, browser = client_of(ivo), Session(ivo)
    assert program.get("/api/v1/me").status_code == browser("GET", "/me").status_code == 200
    assert ask("POST", f"{path}/disable").json()["is_active"] is False
    assert program.get("/api/v1/me").status_code == browser("GET", "/me").status_code == 401
    assert ask("POST", f"{path}/enable").json()["is_active"] is True
    assert program.get("/api/v1/me").status_code == browser("GET", "/me").status_code == 401

    assert ask("DELETE", path).status_code == 204
    assert_problem(ask("DELETE", path), 404, "not-found")


def test_a_sign_in_link_is_given_once_and_not_to_keys(ask: Session, api: Client, member: User) -> None:
    path = f"/members/{member.memberships.get().pk}/sign-in-link"
    token = ask("POST", path).json()["token"]
    assert SignInToken.objects.get(user=member).digest not in token
    assert_problem(api.post(f"/api/v1{path}"), 403, "not-allowed")


def test_an_invitation_is_made_listed_and_ended(ask: Session) -> None:
    made = ask("POST", "/invitations", {"role": "analyst", "tlp_ceiling": "amber", "days": 2}).json()
    assert find_invitation(made["token"]) is not None
    [row] = ask("GET", "/invitations").json()["items"]
    assert (row["id"], row["state"], row["tlp_ceiling"]) == (made["id"], "open", "amber")
    assert made["token"] not in str(row) + str(list(Invitation.objects.values()))
    assert ask("DELETE", f"/invitations/{made['id']}").status_code == 204
    assert find_invitation(made["token"]) is None
    assert ask("GET", "/invitations").json()["items"][0]["state"] == "revoked"


def test_organisations_are_a_directory_and_each_decides_on_second_factors(ask: Session, member: User) -> None:
    made = ask("POST", "/organisations", {"name": "Partner"}).json()
    assert (made["members"], made["require_mfa_from"]) == (0, None)
    assert_problem(ask("POST", "/organisations", {"name": "partner"}), 409, "conflict")
    renamed = ask("PATCH", f"/organisations/{made['id']}", {"name": "Ally", "require_mfa_from": "curator"})
    assert (renamed.json()["name"], renamed.json()["require_mfa_from"]) == ("Ally", "curator")
    empty = assert_problem(ask("PATCH", f"/organisations/{made['id']}", {}), 422, "bad-input")
    assert "name, require_mfa_from" in empty["detail"]
    seen = {row["name"]: row for row in Session(member)("GET", "/organisations").json()["items"]}
    assert seen["Ally"]["members"] is None
    assert seen["Ally"]["require_mfa_from"] is None
    assert seen[member.organisation.name]["members"] == 2


def test_a_change_that_fails_half_way_changes_nothing(ask: Session, administrator: User) -> None:
    path = f"/groups/{ask('POST', '/groups', {'name': 'Bankers'}).json()['id']}"
    refused = ask("PATCH", path, {"name": "Insurers", "organisation_ids": [987_654]})
    body = assert_problem(refused, 422, "bad-input")
    assert [error["field"] for error in body["errors"]] == ["organisation_ids"]
    assert [row["name"] for row in ask("GET", "/groups").json()["items"]] == ["Bankers"]
    assert_problem(ask("POST", "/groups", {"name": "X", "organisation_ids": [987_654]}), 422, "bad-input")
    assert [row["name"] for row in ask("GET", "/groups").json()["items"]] == ["Bankers"]


def test_a_group_is_seen_by_its_organisations_alone(ask: Session, member: User) -> None:
    other = Organisation.objects.create(name="Other")
    made = ask("POST", "/groups", {"name": "Bankers", "organisation_ids": [other.pk]}).json()
    inside, outside = Session(make_member("otto", other)), Session(member)
    assert inside("GET", "/groups").json()["items"] == [made]
    assert outside("GET", "/groups").json()["items"] == []
    assert inside("GET", "/me").json()["groups"] == [{"id": made["id"], "name": "Bankers"}]
    joined = ask("PATCH", f"/groups/{made['id']}", {"organisation_ids": [member.organisation_id]})
    assert joined.json()["organisation_ids"] == [member.organisation_id]
    assert inside("GET", "/groups").json()["items"] == []
    assert ask("DELETE", f"/groups/{made['id']}").status_code == 204
    assert outside("GET", "/me").json()["groups"] == []


def test_a_restricted_marking_is_known_to_who_was_granted_it(ask: Session, member: User) -> None:
    made = ask("POST", "/restricted-markings", {"marking_id": _MARKING, "name": "Circle"}).json()
    assert made["is_granted"] is True
    reader = Session(member)
    assert reader("GET", "/restricted-markings").json()["items"] == []
    path = f"/members/{member.memberships.get().pk}"
    granted = ask("PATCH", path, {"granted_markings": [_MARKING]})
    assert granted.json()["granted_markings"] == [_MARKING]
    assert [row["marking_id"] for row in reader("GET", "/restricted-markings").json()["items"]] == [_MARKING]
    assert ask("DELETE", f"/restricted-markings/{made['id']}").status_code == 204
    assert ask("GET", "/restricted-markings").json()["items"] == []


def test_lists_come_in_pages(ask: Session, administrator: User) -> None:
    for number in range(5):
        make_member(f"member-{number}", administrator.organisation)
    names: list[str] = []
    after = ""
    while True:
        page = ask("GET", f"/members?limit=2{after}").json()
        names += [row["username"] for row in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert names == ["admin", *(f"member-{number}" for number in range(5))]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "x", "role": "emperor"}, "role"),
        ({"username": "x", "role": "reader", "tlp_ceiling": "ultraviolet"}, "tlp_ceiling"),
        ({"username": "x", "role": "reader", "tlp_ceiling": 1}, "tlp_ceiling"),
        ({"username": "", "role": "reader"}, "username"),
        ({"username": "a\x00b", "role": "reader"}, "username"),
        ({"username": "x", "role": "reader", "password": "short"}, "password"),
        ({"username": "x", "role": "reader", "organisation_id": 0}, "organisation_id"),
        ({"role": "reader"}, "username"),
    ],
)
def test_a_bad_draft_of_a_member_names_its_field(ask: Session, body: dict[str, Any], field: str) -> None:
    problem = assert_problem(ask("POST", "/members", body), 422, "bad-input")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert not body.get("password") or body["password"] not in str(problem)
