"""Attacks on the sign-in: guessing, spraying, telling who has an account, fixed sessions, false redirects."""

import re
import statistics
import time
from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import caches
from django.test import Client, override_settings

from stack.accounts.models import User
from tests.signing import PASSWORD, is_signed_in, list_acts, make_person, sign_in

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]


def _disable(user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


def test_unknown_wrong_and_disabled_look_the_same(client: Client) -> None:
    make_person("robin")
    _disable(make_person("gone1"))
    answers = [
        sign_in(client, "nobod"),
        sign_in(client, "robin", "this is not the password"),
        sign_in(client, "gone1"),
    ]
    assert {answer.status_code for answer in answers} == {422}
    bodies = {
        answer.content.replace(name, b"NAME")
        for answer, name in zip(answers, (b"nobod", b"robin", b"gone1"), strict=True)
    }
    # The token against forged requests is masked anew each time; nothing else may differ.
    assert len({_without_tokens(body) for body in bodies}) == 1
    assert len({frozenset(set(answer.headers) - {"X-Request-Id"}) for answer in answers}) == 1


def _without_tokens(body: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", body)


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
def test_unknown_wrong_and_disabled_take_the_same_time(client: Client) -> None:
    robin, gone = make_person("robin"), make_person("gone1")
    for user in (robin, gone):
        user.password = make_password(PASSWORD)
        user.save(update_fields=["password"])
    _disable(gone)
    times: dict[str, list[float]] = {"nobod": [], "robin": [], "gone1": []}
    for _ in range(5):
        for name, spent in times.items():
            caches["limits"].clear()
            started = time.process_time()
            sign_in(client, name, "this is not the password")
            spent.append(time.process_time() - started)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    # The work of one hash is most of it: without it, an unknown name would take a tenth.
    assert max(medians.values()) < 1.5 * min(medians.values()), medians


@pytest.mark.asvs("6.3.1")
@pytest.mark.parametrize("name", ["robin", "nobody"])
def test_a_name_is_locked_whatever_its_case_and_from_wherever(name: str) -> None:
    make_person("robin")
    forms = [name, name.upper(), name.capitalize(), f" {name} ", name.replace("o", "\uff4f")]
    answers = [
        Client(REMOTE_ADDR=f"198.51.100.{number}").post(
            "/sign-in", {"username": forms[number % len(forms)], "password": "this is not the password"}
        )
        for number in range(12)
    ]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2
    assert answers[-1]["Retry-After"] == "60"
    assert sign_in(Client(REMOTE_ADDR="198.51.100.99"), name).status_code == 429
    locks = list_acts("sign-in.lock")
    assert len(locks) == 1, "one event for a lock, not one for each try"
    assert locks[0]["is_security"]
    assert locks[0]["result"] == "refused"


@pytest.mark.asvs("6.3.1")
def test_one_address_has_few_tries(client: Client) -> None:
    answers = [sign_in(client, f"name{number}").status_code for number in range(52)]
    assert answers == [422] * 50 + [429] * 2


@pytest.mark.asvs("6.3.1")
def test_many_names_are_a_spray_and_raise_one_event() -> None:
    make_person("name3")
    for number in range(15):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        sign_in(client, f"NAME{number}" if number % 2 else f"name{number}", "Spring2026!Spring2026!")
    events = list_acts("sign-in.spray")
    assert len(events) == 1
    assert events[0]["is_security"]
    assert events[0]["after"]["names"] == 10
    assert events[0]["after"]["addresses"] == 10


def test_no_name_that_nobody_has_and_no_password_is_kept() -> None:
    sign_in(Client(), "my secret typed into the wrong field", PASSWORD)
    make_person("robin")
    sign_in(Client(), "robin", "another secret of mine")
    acts = list_acts("sign-in.fail")
    assert len(acts) == 2
    assert "secret" not in str(acts)
    assert PASSWORD not in str(acts)
    assert acts[0]["after"]["name"], "a keyed hash, so that repeated tries are seen as such"


@pytest.mark.asvs("7.2.4")
def test_the_session_gets_a_new_id_and_a_planted_one_is_worth_nothing(client: Client) -> None:
    make_person()
    client.get("/sign-in")
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = str(session.session_key)
    client.cookies["sessionid"] = planted
    sign_in(client)
    assert is_signed_in(client)
    assert client.session.session_key != planted
    victim = Client()
    victim.cookies["sessionid"] = planted
    assert not is_signed_in(victim)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "http://testserver/search",
        "javascript:alert(1)",
        "/\t/evil.example",
    ],
)
def test_the_way_back_stays_here(client: Client, url: str) -> None:
    make_person()
    assert sign_in(client, next=url)["Location"] == "/"
    assert client.get("/sign-in", {"next": url})["Location"] == "/"


def test_the_way_back_is_kept(client: Client) -> None:
    make_person()
    assert sign_in(client, next="/search?q=x")["Location"] == "/search?q=x"


def test_a_form_from_another_site_does_not_sign_in() -> None:
    make_person()
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client).status_code == 403
    assert not is_signed_in(client)


def test_there_is_no_way_to_sign_up_or_to_ask_for_a_mail(client: Client) -> None:
    for path in (
        "/signup",
        "/accounts/signup/",
        "/sign-in/signup/",
        "/password/reset/",
        "/api/v1/auth/signup",
    ):
        assert client.post(path, {"username": "eve", "password1": PASSWORD}).status_code in {404, 405, 410}
    assert not User.objects.filter(username="eve").exists()


@pytest.mark.asvs("7.4.2")
def test_a_disabled_user_is_out_at_once(client: Client) -> None:
    user = make_person()
    sign_in(client)
    assert is_signed_in(client)
    _disable(user)
    assert not is_signed_in(client)


@pytest.mark.parametrize("password", ["", "x" * 129, "x" * 100_000, "\x00" * 20, "\ud800" * 20])
@pytest.mark.parametrize("name", ["robin", "\x00robin", "x" * 100_000, "ro\u200bbin"])
def test_broken_input_is_a_wrong_password(client: Client, name: str, password: str) -> None:
    make_person()
    body = urlencode({"username": name, "password": password}, errors="surrogatepass")
    answer = client.post("/sign-in", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
