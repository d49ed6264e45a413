"""The pages of signing in and of one's account, as a browser without scripts sees them."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from stack.accounts.models import Organisation, User
from stack.accounts.operations import create_sign_in_link, invite
from stack.accounts.principal import Role
from stack.accounts.queries import principal_of_user
from stack.accounts.sign_in import mfa, totp
from stack.accounts.sign_in.session_sweep import end_sessions_over
from stack.accounts.sign_in.sessions import list_sessions
from tests.people import make_member, make_principal
from tests.signing import PASSWORD, add_app, is_signed_in, list_acts, make_code, make_person, sign_in

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
_NEW = "cold rain over the harbour"


@pytest.fixture(autouse=True)
def _forget_tries() -> None:
    cache.clear()


def _set_password(
    client: Client, *, current: str = PASSWORD, new: str = _NEW, again: str | None = None
) -> Any:
    body = {"current": current, "new": new, "again": new if again is None else again}
    return client.post("/account/security/password", body)


def test_signing_in_and_out(client: Client) -> None:
    make_person()
    assert sign_in(client, "ROBIN")["Location"] == "/"
    assert b"robin" in client.get("/account").content
    assert list_acts("sign-in.succeed")[0]["after"] == {"by": ["password"]}
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert not is_signed_in(client)


def test_a_wrong_password_keeps_the_name_and_never_the_password(client: Client) -> None:
    make_person()
    page = sign_in(client, "robin", "a wrong password here").content.decode()
    assert 'value="robin"' in page
    assert "a wrong password here" not in page
    assert "do not belong together" in page


@pytest.mark.asvs("6.4.3")
def test_a_link_still_asks_for_the_second_factor(client: Client) -> None:
    user = make_person()
    secret = add_app(user)
    assert client.get(f"/sign-in/{create_sign_in_link(user)}")["Location"] == "/sign-in/second-factor"
    assert not is_signed_in(client)
    assert client.post("/sign-in/second-factor", {"code": make_code(secret)})["Location"] == "/"


@pytest.mark.asvs("6.4.3")
def test_a_link_lets_one_set_a_forgotten_password_anew(client: Client) -> None:
    user = make_person()
    client.get(f"/sign-in/{create_sign_in_link(user)}")
    assert b"Present password" not in client.get("/account/security").content
    assert _set_password(client, current="").status_code == 302
    assert sign_in(Client(), password=_NEW)["Location"] == "/"


@pytest.mark.asvs("6.2.2", "7.4.3")
def test_changing_the_password_ends_the_other_sessions(client: Client) -> None:
    make_person()
    other = Client()
    sign_in(other)
    sign_in(client)
    before = client.session.session_key
    assert _set_password(client).status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert client.session.session_key != before
    assert len(list_sessions(User.objects.get(username="robin"))) == 1
    assert sign_in(Client(), password=PASSWORD).status_code == 422
    acts = list_acts("password.change", "session.end")
    assert {act["name"] for act in acts} == {"password.change", "session.end"}
    assert PASSWORD not in str(acts)
    assert _NEW not in str(acts)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"current": "not my password at all"}, "That is not your present password"),
        ({"new": "short"}, "Expected at least 15 characters, got 5."),
        ({"new": "North robin North robin"}, "Without the words"),
        ({"again": "something else entirely"}, "Expected the same password once more"),
    ],
)
def test_what_is_wrong_with_a_new_password_stands_at_its_field(
    client: Client, change: dict[str, str], fault: str
) -> None:
    make_person()
    sign_in(client)
    answer = _set_password(client, **change)
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert sign_in(Client())["Location"] == "/"


def test_eight_characters_do_with_a_second_factor(client: Client) -> None:
    user = make_person()
    client.force_login(user)
    assert _set_password(client, new="mv-ot7lp").status_code == 422
    add_app(user)
    assert _set_password(client, new="mv-ot7lp").status_code == 302


def test_enrolling_an_app_shows_a_square_and_then_recovery_codes_once(client: Client) -> None:
    user = make_person()
    sign_in(client)
    page = client.get("/account/security/app").content.decode()
    secret = re.search(r'id="app-secret">([A-Z2-7]{32})<', page)
    assert secret is not None
    assert "data:image/svg+xml;base64," in page
    assert secret[1] not in str(dict(client.session))
    assert client.post("/account/security/app", {"code": "000000"}).status_code == 422
    done = client.post(
        "/account/security/app", {"code": totp.compute_code(secret[1], int(time.time()) // 30)}
    )
    codes = re.findall(r"^[2-9a-z]{5}-[2-9a-z]{5}$", done.content.decode().replace(">", ">\n"), re.MULTILINE)
    assert len(codes) == 10
    assert done["Cache-Control"] == "no-store"
    assert codes[0] not in client.get("/account/security").content.decode()
    assert mfa.has_second_factor(user)
    assert [act["name"] for act in list_acts("mfa.add", "recovery.generate")] == [
        "mfa.add",
        "recovery.generate",
    ]
    assert secret[1] not in str(list_acts("mfa.add"))


def test_sessions_are_listed_with_device_and_address_and_can_be_ended(client: Client) -> None:
    user = make_person()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    other = Client(headers={"User-Agent": agent}, REMOTE_ADDR="198.51.100.7")
    sign_in(other)
    sign_in(client)
    page = client.get("/account/sessions").content.decode()
    assert "Firefox 128 on Linux" in page
    assert "198.51.100.7" in page
    row = next(each for each in list_sessions(user) if each.address == "198.51.100.7")
    assert client.post(f"/account/sessions/{row.id}/end").status_code == 302
    assert not is_signed_in(other)
    assert is_signed_in(client)
    assert list_acts("session.end")[0]["object"] == str(row.id)


def test_ending_all_others_keeps_this_one(client: Client) -> None:
    make_person()
    others = [Client(), Client()]
    for each in (*others, client):
        sign_in(each)
    client.post("/account/sessions/end-others")
    assert [is_signed_in(each) for each in (*others, client)] == [False, False, True]


def test_a_session_of_somebody_else_is_as_one_that_is_not_there(client: Client) -> None:
    owner = make_person("owner")
    theirs = Client()
    sign_in(theirs, "owner")
    make_person("robin")
    sign_in(client)
    row = list_sessions(owner)[0]
    answers = [client.post(f"/account/sessions/{number}/end") for number in (row.id, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert is_signed_in(theirs)


@pytest.mark.asvs("7.3.1", "7.3.2")
@pytest.mark.parametrize(
    ("setting", "member"), [("SESSION_IDLE_SECONDS", "stack_seen"), ("SESSION_COOKIE_AGE", "stack_began")]
)
def test_a_session_ends_when_it_is_left_alone_or_old(client: Client, setting: str, member: str) -> None:
    make_person()
    sign_in(client)
    session = client.session
    session[member] = int(time.time()) - 3600
    session.save()
    with override_settings(**{setting: 3601 + 60}):
        assert is_signed_in(client)
    session = client.session
    session[member] = int(time.time()) - 3600
    session.save()
    with override_settings(**{setting: 3600}):
        assert not is_signed_in(client)
    assert not is_signed_in(client)
    reason = "idle" if setting == "SESSION_IDLE_SECONDS" else "age"
    assert [act["after"] for act in list_acts("session.end")] == [{"reason": reason}]


@pytest.mark.parametrize(
    ("days", "reason"), [(1, "idle"), (8, "age")], ids=["left alone", "left until nothing is known of it"]
)
def test_a_session_that_nobody_asks_for_again_ends_once_too(client: Client, days: int, reason: str) -> None:
    make_person()
    living = Client()
    sign_in(living)
    sign_in(client)
    key, then = client.session.session_key, timezone.now() - timedelta(days=days)
    session = client.session
    session["stack_seen"] = session["stack_began"] = int(then.timestamp())
    session.save()
    Session.objects.filter(session_key=key).update(expire_date=then + timedelta(days=7))
    UserSession.objects.filter(session_key=key).update(created_at=then, last_seen_at=then)
    assert [end_sessions_over(), end_sessions_over()] == [1, 0]
    assert [act["after"] for act in list_acts("session.end")] == [{"reason": reason}]
    assert not Session.objects.filter(session_key=key).exists()
    assert is_signed_in(living)


def test_signing_out_is_no_end_by_time(client: Client) -> None:
    user = make_person()
    sign_in(client)
    client.post("/sign-out")
    long_ago = timezone.now() - timedelta(days=30)
    UserSession.objects.update(created_at=long_ago, last_seen_at=long_ago)
    end_sessions_over()
    assert list_sessions(user) == []
    assert list_acts("session.end") == []


def test_being_seen_is_noted_at_most_once_a_minute(client: Client) -> None:
    make_person()
    sign_in(client)
    long_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(last_seen_at=long_ago)
    client.get("/account")
    assert UserSession.objects.get().last_seen_at == long_ago
    session = client.session
    session["stack_seen"] = int(time.time()) - 61
    session.save()
    client.get("/account")
    assert UserSession.objects.get().last_seen_at > long_ago


def _invite(organisation: Organisation) -> str:
    chief = make_principal("chief", organisation, role=Role.ORGANISATION_ADMIN)
    return invite(chief, role=Role.ANALYST, tlp_ceiling=2).token


def test_an_invitation_makes_an_account_and_signs_it_in(client: Client) -> None:
    token = _invite(Organisation.objects.create(name="North"))
    assert b"Join North" in client.get(f"/join/{token}").content
    answer = client.post(f"/join/{token}", {"username": "Wren", "password": PASSWORD, "again": PASSWORD})
    assert answer["Location"] == "/"
    principal = principal_of_user(User.objects.get(username="wren"))
    assert (principal.role, principal.tlp_ceiling) == (Role.ANALYST, 2)
    assert is_signed_in(client)
    assert Client().get(f"/join/{token}").status_code == 410


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"username": "wren", "password": "short", "again": "short"}, "Expected at least 15"),
        (
            {"username": "wren", "password": "North wren North wren", "again": "North wren North wren"},
            "Without the words",
        ),
        ({"username": "wren", "password": PASSWORD, "again": "x"}, "once more"),
        ({"username": "w r e n", "password": PASSWORD, "again": PASSWORD}, "letters"),
        ({"username": "CHIEF", "password": PASSWORD, "again": PASSWORD}, "chief"),
    ],
)
def test_a_faulty_answer_leaves_the_invitation_open(client: Client, body: dict[str, str], fault: str) -> None:
    token = _invite(Organisation.objects.create(name="North"))
    answer = client.post(
        f"/join/{token}", body | {"role": "platform-admin", "is_staff": "1", "is_superuser": "1"}
    )
    assert answer.status_code in {409, 422}
    assert fault in answer.content.decode()
    assert client.get(f"/join/{token}").status_code == 200


def test_nothing_more_than_was_offered_comes_with_an_invitation(client: Client) -> None:
    token = _invite(Organisation.objects.create(name="North"))
    body = {"username": "wren", "password": PASSWORD, "again": PASSWORD}
    client.post(f"/join/{token}", body | {"role": "platform-admin", "is_staff": "1", "organisation": "1"})
    user = User.objects.get(username="wren")
    assert not user.is_staff
    assert not user.is_superuser
    assert user.memberships.get().role == Role.ANALYST


def test_who_is_signed_in_joins_with_their_account(client: Client) -> None:
    token = _invite(Organisation.objects.create(name="North"))
    user = make_member("robin", Organisation.objects.create(name="South"), password=PASSWORD)
    client.force_login(user)
    assert client.post(f"/join/{token}").status_code == 302
    assert user.memberships.count() == 2


def test_an_unknown_invitation_has_ended(client: Client) -> None:
    assert client.get("/join/unknown").status_code == 410
    assert client.post("/join/unknown", {"username": "x"}).status_code == 410
