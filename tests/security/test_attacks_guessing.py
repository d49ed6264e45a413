"""Guessing through several faces at once, and what answers and their time give away of who has an account."""

import json
import statistics
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.core.cache import caches
from django.test import Client, override_settings

from stack.accounts.models import User
from tests.signing import PASSWORD, add_app, is_signed_in, list_acts, make_person, sign_in

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
_WRONG = "this is not the password"


class Hasher(PBKDF2PasswordHasher):
    """Slow enough that leaving it out would show."""

    algorithm = "pbkdf2_short"
    iterations = 120_000


def _from(number: int) -> Client:
    return Client(REMOTE_ADDR=f"198.51.{number // 250}.{number % 250 + 1}")


def _sign_in_app(client: Client, name: str, password: str) -> Any:
    body = json.dumps({"username": name, "password": password})
    return client.post("/api/v1/auth/login", body, content_type="application/json")


@pytest.mark.parametrize("name", ["robin", "nobody"])
def test_pages_and_apps_count_the_tries_of_a_name_together(name: str) -> None:
    make_person("robin")
    forms = [name, name.upper(), name.title(), name.swapcase(), f"{name} ", name.replace("o", "\uff2f")]
    for number in range(12):
        form = forms[number % len(forms)]
        if number % 2:
            _sign_in_app(_from(number), form, _WRONG)
        else:
            sign_in(_from(number), form, _WRONG)
    page, app = sign_in(_from(100), name), _sign_in_app(_from(101), name, PASSWORD)
    assert (page.status_code, app.status_code) == (429, 429)
    assert int(page["Retry-After"]) > 0
    assert int(app["Retry-After"]) > 0
    assert b"access_token" not in app.content


def test_a_spray_of_one_password_over_many_names_and_addresses_is_seen() -> None:
    make_person("name7")
    for number in range(25):
        name = f"name{number}"
        form = name.upper() if number % 3 == 0 else name
        answer = (
            _sign_in_app(_from(number), form, "Spring2026!Spring2026!")
            if number % 2
            else sign_in(_from(number), form, "Spring2026!Spring2026!")
        )
        assert answer.status_code in {400, 422}, "each name alone has had one try"
    sprays = [act for act in list_acts("sign-in.lock", "sign-in.spray") if "names" in act["after"]]
    assert sprays
    assert all(act["is_security"] for act in sprays)
    assert len(sprays) <= 3, "a spray is an event or two, not one for each try"
    assert "Spring2026" not in str(list_acts("sign-in.fail", "sign-in.lock", "sign-in.spray"))


@override_settings(PASSWORD_HASHERS=[f"{__name__}.Hasher"])
def test_apps_are_answered_in_the_same_time_whether_there_is_such_a_user_or_not() -> None:
    robin, gone = make_person("robin"), make_person("gone1")
    User.objects.update(password=make_password(PASSWORD))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert robin.is_active
    times: dict[str, list[float]] = {"nobod": [], "robin": [], "gone1": []}
    for number in range(5):
        for name, spent in times.items():
            caches["limits"].clear()
            started = time.process_time()
            assert _sign_in_app(_from(number), name, _WRONG).status_code == 400
            spent.append(time.process_time() - started)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    assert max(medians.values()) < 1.5 * min(medians.values()), medians


def test_the_right_password_of_who_has_a_second_factor_is_all_that_tells_of_one() -> None:
    add_app(make_person("robin"))
    make_person("wren1")
    pages = [sign_in(_from(number), name, _WRONG) for number, name in enumerate(("robin", "wren1"))]
    assert {page.status_code for page in pages} == {422}
    assert {len(page.content) for page in pages} == {len(pages[0].content)}
    apps = [_sign_in_app(_from(number), name, _WRONG) for number, name in enumerate(("robin", "wren1"))]
    assert {app.content for app in apps} == {apps[0].content}


@pytest.mark.parametrize(
    "path", ["/sign-in/{}", "/join/{}", "/api/v1/auth/session", "/account/sessions", "/api/v1/members"]
)
def test_a_stranger_learns_no_name_anywhere(path: str) -> None:
    make_person("robin-of-the-north")
    for text in ("x", "robin-of-the-north", "a" * 43):
        answer = Client().get(path.format(text), {"name": "robin", "username": "robin"})
        body = answer.content.decode().replace(text, "")
        assert "robin-of-the-north" not in body
        assert not is_signed_in(Client())


def test_a_passkey_is_asked_for_without_saying_whose_there_are() -> None:
    make_person("robin")
    asked = [Client().get("/sign-in/passkey", {"username": name}).json() for name in ("robin", "nobody")]
    assert [sorted(each) for each in asked] == [sorted(asked[0])] * 2
    for each in asked:
        options = each.get("publicKey", each)
        assert not options.get("allowCredentials")
    challenges = {json.dumps(each.get("publicKey", each)["challenge"]) for each in asked}
    assert len(challenges) == 2
