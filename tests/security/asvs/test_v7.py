"""ASVS 5.0, chapter 7: sessions."""

import math
import re
import string
import time

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from stack.accounts.models import ApiKey, User
from stack.accounts.operations import create_key, ensure_first_organisation, set_active
from stack.accounts.queries import local_principal, principal_of_user
from stack.accounts.sign_in import mfa
from stack.accounts.sign_in.sessions import list_sessions
from tests.security.asvs.listing import ROOT
from tests.security.test_page_roles import _PAGES, _example
from tests.signing import PASSWORD, add_app, is_signed_in, list_acts, make_code, make_person, sign_in

pytestmark = pytest.mark.django_db(databases="__all__")
_SIGN_IN = " ".join((ROOT / "docs" / "security" / "sign-in.md").read_text(encoding="utf-8").split())


def _age(client: Client) -> None:
    """The session's user has proved nothing for six minutes."""
    session = client.session
    for member in ("stack_began", "stack_confirmed"):
        if member in session:
            session[member] = int(time.time()) - 360
    session.save()


@pytest.mark.asvs("7.1.1")
def test_the_lifetimes_that_are_written_down_are_the_defaults() -> None:
    written = re.search(r"ends (\d+) hours after it was last seen and (\d+) days after it began", _SIGN_IN)
    assert written is not None
    assert int(written[1]) * 3600 == settings.SESSION_IDLE_SECONDS
    assert int(written[2]) * 86_400 == settings.SESSION_COOKIE_AGE
    assert "NIST SP 800-63B suggests" in _SIGN_IN
    assert settings.ACCOUNT_REAUTHENTICATION_TIMEOUT == 300


@pytest.mark.asvs("7.1.2")
def test_one_has_as_many_sessions_as_one_likes_and_sees_all() -> None:
    assert "any number of sessions at a time" in _SIGN_IN
    user = make_person()
    clients = [Client() for _ in range(15)]
    for each in clients:
        sign_in(each)
    assert all(is_signed_in(each) for each in clients)
    assert len(list_sessions(user)) == 15


@pytest.mark.asvs("7.2.1")
def test_a_session_is_what_the_server_knows_of_it(client: Client) -> None:
    make_person()
    sign_in(client)
    key = client.cookies["sessionid"].value
    for forged in (key[:-1] + ("a" if key[-1] != "a" else "b"), "", "a" * 32, f"{key}a"):
        other = Client()
        other.cookies["sessionid"] = forged
        assert not is_signed_in(other)
    assert is_signed_in(client)
    Session.objects.all().delete()
    assert not is_signed_in(client)


@pytest.mark.asvs("7.2.2")
def test_a_static_key_is_no_session(client: Client) -> None:
    key = create_key(principal_of_user(make_person()), name="SIEM").key
    bearer = Client(headers={"Authorization": f"Bearer {key}"})
    assert bearer.get("/api/v1/me").status_code == 200
    assert bearer.get("/search").status_code == 302
    assert not bearer.cookies
    client.cookies["sessionid"] = key
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.asvs("7.2.3")
def test_session_ids_are_unique_and_have_more_than_128_bits() -> None:
    make_person()
    keys = set()
    for _ in range(20):
        client = Client()
        sign_in(client)
        keys.add(client.cookies["sessionid"].value)
    assert len(keys) == 20
    assert all(set(key) <= set(string.ascii_lowercase + string.digits) for key in keys)
    assert min(len(key) for key in keys) * math.log2(36) > 128


@pytest.mark.asvs("7.2.4")
def test_each_proof_gives_the_session_a_new_id_and_ends_the_old_one(client: Client) -> None:
    user = make_person()
    secret = add_app(user)
    client.get("/sign-in")
    sign_in(client)
    between = client.cookies["sessionid"].value
    client.post("/sign-in/second-factor", {"code": make_code(secret)})
    first = client.cookies["sessionid"].value
    _age(client)
    assert client.post("/confirm", {"password": PASSWORD, "next": "/account/security"}).status_code == 302
    second = client.cookies["sessionid"].value
    assert len({between, first, second}) == 3
    for old in (between, first):
        thief = Client()
        thief.cookies["sessionid"] = old
        assert not is_signed_in(thief)
    assert is_signed_in(client)
    assert client.post("/account/security/codes").status_code == 200
    assert len(list_sessions(user)) == 1


@pytest.mark.asvs("7.4.1")
def test_a_session_that_was_signed_out_of_is_gone(client: Client) -> None:
    make_person()
    sign_in(client)
    key = client.cookies["sessionid"].value
    client.post("/sign-out")
    assert not Session.objects.filter(session_key=key).exists()
    thief = Client()
    thief.cookies["sessionid"] = key
    assert not is_signed_in(thief)
    assert thief.get("/api/v1/me").status_code == 401


@pytest.mark.asvs("7.4.3")
def test_after_a_change_of_factors_the_other_sessions_can_be_ended(client: Client) -> None:
    user, other = make_person(), Client()
    secret = add_app(user)
    for steps, each in enumerate((other, client)):
        sign_in(each)
        each.post("/sign-in/second-factor", {"code": make_code(secret, steps=steps)})
        assert is_signed_in(each)
    assert client.post("/account/security/app/remove")["Location"] == "/account/security"
    assert not mfa.has_second_factor(user)
    page = client.get("/account/security").content.decode()
    assert 'action="/account/sessions/end-others"' in page
    client.post("/account/sessions/end-others")
    assert (is_signed_in(other), is_signed_in(client)) == (False, True)


@pytest.mark.asvs("7.4.4")
def test_every_page_offers_to_sign_out(client: Client) -> None:
    client.force_login(ensure_first_organisation())
    seen = 0
    for path in sorted(map(_example, _PAGES)):
        answer = client.get(path)
        if answer.status_code != 200 or b"<html" not in (text := answer.getvalue()):
            continue
        seen += 1
        assert b'action="/sign-out"' in text, path
    assert seen > 15


@pytest.mark.asvs("7.4.5")
def test_an_administrator_ends_the_sessions_of_a_user(client: Client) -> None:
    ensure_first_organisation()
    user = make_person()
    clients = [Client(), Client()]
    for each in clients:
        sign_in(each)
    set_active(local_principal(), user.pk, active=False)
    set_active(local_principal(), user.pk, active=True)
    assert not any(is_signed_in(each) for each in clients)
    assert list_sessions(user) == []
    assert sign_in(client)["Location"] == "/"


@pytest.mark.asvs("7.5.1")
def test_nothing_that_lets_somebody_in_changes_without_a_fresh_proof(client: Client) -> None:
    user = make_person()
    sign_in(client)
    _age(client)
    assert client.get("/account/security/app")["Location"].startswith("/confirm")
    assert client.get("/account/security/passkeys/options").status_code == 403
    assert client.post("/account/security/passkeys", {"credential": "{}"})["Location"].startswith("/confirm")
    assert client.post("/account/keys", {"name": "x"})["Location"].startswith("/confirm")
    answer = client.post("/api/v1/keys", {"name": "x"}, content_type="application/json")
    assert answer.status_code == 403
    assert "/confirm" in answer.json()["remedy"]
    assert not ApiKey.objects.exists()
    body = {"current": "", "new": "cold rain over the harbour", "again": "cold rain over the harbour"}
    assert client.post("/account/security/password", body).status_code == 422
    assert sign_in(Client())["Location"] == "/"
    # Nobody changes their own name, address or role at all.
    before = User.objects.values().get(pk=user.pk)
    for path in ("/account", "/account/security", "/api/v1/me"):
        client.post(path, {"email": "eve@evil.example", "username": "eve", "role": "platform-admin"})
    assert User.objects.values().get(pk=user.pk) == before


@pytest.mark.asvs("7.5.2")
def test_sessions_are_seen_by_their_owner_and_ended_after_a_fresh_proof(client: Client) -> None:
    user, other = make_person(), Client()
    sign_in(other)
    sign_in(client)
    rows = list_sessions(user, current_key=client.session.session_key)
    assert [row.is_current for row in rows].count(True) == 1
    stranger = next(row for row in rows if not row.is_current)
    assert client.get("/account/sessions").content.count(b'/end"') == 2
    _age(client)
    for path in (f"{stranger.id}/end", "end-others"):
        assert client.post(f"/account/sessions/{path}")["Location"].startswith("/confirm")
    assert is_signed_in(other)
    client.post("/confirm", {"password": PASSWORD})
    assert client.post(f"/account/sessions/{stranger.id}/end")["Location"] == "/account/sessions"
    assert (is_signed_in(other), is_signed_in(client)) == (False, True)
    assert len(list_acts("session.end")) == 1
