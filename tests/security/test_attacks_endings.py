"""Whoever is disabled is out of everything at the next request; a role that is lost is lost there too."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from stack.accounts.models import Membership, User
from stack.accounts.operations import (
    create_key,
    create_sign_in_link,
    ensure_first_organisation,
    remove_member,
    set_active,
)
from stack.accounts.principal import Role
from stack.accounts.queries import local_principal, principal_of_user
from tests.signing import PASSWORD, add_app, is_signed_in, make_code, make_person, sign_in

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
_SECONDS = 5.0


@dataclass(slots=True)
class Ways:
    """Everything that somebody can hold that opens Stack, each open now."""

    user: User
    secret: str
    browser: Client
    half_way: Client
    key: Client
    program: Client
    refresh: str
    link: str

    def ask(self) -> dict[str, int]:
        return {
            "page": self.browser.get("/search").status_code,
            "part of a page": self.browser.get("/search", headers={"HX-Request": "true"}).status_code,
            "session": self.browser.get("/api/v1/me").status_code,
            "key": self.key.get("/api/v1/me").status_code,
            "token": self.program.get("/api/v1/me").status_code,
        }


def _call(address: str, body: dict[str, Any], **headers: str) -> Any:
    return Client(headers=headers).post(
        f"/api/v1/auth/{address}", json.dumps(body), content_type="application/json"
    )


def _open_all() -> Ways:
    cache.clear()
    ensure_first_organisation()
    user = make_person()
    key = create_key(principal_of_user(user), name="SIEM").key
    meta = _call("login", {"username": "robin", "password": PASSWORD}).json()["meta"]
    browser, half_way = Client(), Client()
    sign_in(browser)
    secret = add_app(user)
    assert sign_in(half_way)["Location"] == "/sign-in/second-factor"
    return Ways(
        user=user,
        secret=secret,
        browser=browser,
        half_way=half_way,
        key=Client(headers={"Authorization": f"Bearer {key}"}),
        program=Client(headers={"Authorization": f"Bearer {meta['access_token']}"}),
        refresh=meta["refresh_token"],
        link=create_sign_in_link(user),
    )


def _disable(user: User) -> None:
    set_active(local_principal(), user.pk, active=False)


def _only_mark(user: User) -> None:
    """As an operator might, past every operation: the mark alone must do."""
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("disable", [_disable, _only_mark])
def test_who_is_disabled_is_out_of_everything_at_the_next_request(disable: Callable[[User], None]) -> None:
    ways = _open_all()
    assert set(ways.ask().values()) == {200}
    disable(ways.user)
    started = time.monotonic()
    assert ways.ask() == {"page": 302, "part of a page": 200, "session": 401, "key": 401, "token": 401}
    assert ways.browser.get("/search", headers={"HX-Request": "true"})["HX-Redirect"].startswith("/sign-in")
    assert time.monotonic() - started < _SECONDS
    assert _call("tokens/refresh", {"refresh_token": ways.refresh}).status_code == 400
    ways.half_way.post("/sign-in/second-factor", {"code": make_code(ways.secret)})
    assert not is_signed_in(ways.half_way)
    newcomer = Client()
    newcomer.get(f"/sign-in/{ways.link}")
    assert not is_signed_in(newcomer)
    assert sign_in(newcomer).status_code == 422


def test_what_ended_with_the_account_does_not_come_back_with_it() -> None:
    ways = _open_all()
    _disable(ways.user)
    set_active(local_principal(), ways.user.pk, active=True)
    assert set(ways.ask().values()) <= {302, 401, 200}
    assert not is_signed_in(ways.browser)
    assert ways.key.get("/api/v1/me").status_code == 401
    assert ways.program.get("/api/v1/me").status_code == 401
    assert _call("tokens/refresh", {"refresh_token": ways.refresh}).status_code == 400
    assert Client().get(f"/sign-in/{ways.link}").status_code == 410


def test_who_is_removed_from_their_only_organisation_is_out_too() -> None:
    ways = _open_all()
    remove_member(local_principal(), Membership.objects.get(user=ways.user).pk)
    for status in ways.ask().values():
        assert status in {200, 302, 401, 403}
    assert ways.key.get("/api/v1/sources").status_code in {401, 403}
    assert ways.program.get("/api/v1/sources").status_code in {401, 403}
    assert not is_signed_in(ways.browser)


@pytest.mark.asvs("8.2.1")
def test_a_lost_role_is_lost_at_the_next_request_everywhere() -> None:
    ways = _open_all()
    body = json.dumps({"content": "Seen before"})

    def write() -> list[int]:
        bearers = (ways.key, ways.program)
        address = "/api/v1/objects/malware--00000000-0000-4000-8000-000000000000/notes"
        answers = [each.post(address, body, content_type="application/json") for each in bearers]
        return [answer.status_code for answer in answers]

    assert write() == [404, 404], "an analyst may write notes, though not on what is not there"
    Membership.objects.filter(user=ways.user).update(role=Role.READER)
    assert write() == [403, 403]
    assert ways.browser.get("/ingest").status_code == 403
    Membership.objects.filter(user=ways.user).update(role=Role.PARTNER)
    assert ways.browser.get("/search").status_code == 403, "a program has no pages"
    assert ways.program.get("/api/v1/me").status_code == 401
    assert ways.key.get("/api/v1/me").status_code == 200


def test_a_lowered_ceiling_is_lowered_at_the_next_request_everywhere() -> None:
    ways = _open_all()
    Membership.objects.filter(user=ways.user).update(tlp_ceiling=1)
    for client in (ways.browser, ways.key, ways.program):
        assert client.get("/api/v1/me").json()["tlp_ceiling"] == "green"


def test_a_second_factor_that_is_demanded_is_demanded_at_the_next_request() -> None:
    cache.clear()
    user, client = make_person(), Client()
    sign_in(client)
    assert client.get("/search").status_code == 200
    user.organisation.require_mfa_from = Role.READER
    user.organisation.save()
    assert client.get("/search")["Location"] == "/account/security"
    assert client.get("/api/v1/me").status_code == 403
