"""ASVS 5.0, chapter 10, and 6.8: OpenID Connect as a client, and the tokens that Stack itself gives."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver

from stack.accounts.models import Organisation, User
from stack.accounts.sign_in.models import TokenSession
from stack.accounts.sign_in.sessions import list_sessions, open_session
from stack.accounts.sign_in.tokens import principal_of_token, refresh_tokens
from stack.config.single_sign_on import read_providers
from tests.integration.accounts.sign_in.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    serve_provider,
)
from tests.people import make_member
from tests.signing import PASSWORD, is_signed_in, make_person, sign_in

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.urls("tests.integration.accounts.sign_in.urls"),
]
_REFUSED = "/sign-in?refused=single-sign-on"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Provider, Provider]]:
    with serve_provider() as north, serve_provider() as south:
        yield north, south


@pytest.fixture
def providers(db: None, running: tuple[Provider, Provider]) -> Iterator[tuple[Provider, Provider]]:
    """Two providers, each of an organisation, where the same subject has the same address."""
    environment: dict[str, str] = {}
    for name, provider in zip(("NORTH", "SOUTH"), running, strict=True):
        provider.claims = {}
        environment |= {
            f"STACK_OIDC_{name}_ISSUER": provider.address,
            f"STACK_OIDC_{name}_CLIENT_ID": CLIENT_ID,
            f"STACK_OIDC_{name}_CLIENT_SECRET": CLIENT_SECRET,
            f"STACK_OIDC_{name}_ORGANISATION": name.capitalize(),
        }
        user = make_member(f"robin-{name.lower()}", Organisation.objects.create(name=name.capitalize()))
        User.objects.filter(pk=user.pk).update(email="robin@north.example")
    with override_settings(SOCIALACCOUNT_PROVIDERS=read_providers(environment=environment)):
        yield running


def _start(client: Client, name: str = "north", query: str = "") -> str:
    return str(client.get(f"/sign-in/oidc/{name}/login/{query}")["Location"])


def _come_back(client: Client, address: str) -> Any:
    return client.get(address.replace("http://testserver", ""))


def _sign_on(client: Client, provider: Provider, name: str = "north", query: str = "") -> Any:
    return _come_back(client, provider.approve(_start(client, name, query)))


def _read_query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.mark.asvs("6.8.1", "10.5.2")
def test_the_same_subject_of_two_providers_is_two_people(providers: tuple[Provider, Provider]) -> None:
    people = []
    for name, provider in zip(("north", "south"), providers, strict=True):
        client = Client()
        _sign_on(client, provider, name)
        people.append(client.get("/api/v1/me").json()["name"])
    assert people == ["robin-north", "robin-south"]
    assert set(SocialAccount.objects.values_list("provider", "uid")) == {
        ("north", "subject-1"),
        ("south", "subject-1"),
    }


@pytest.mark.asvs("6.8.4")
def test_a_provider_that_asked_long_ago_proves_nothing_now(providers: tuple[Provider, Provider]) -> None:
    client = Client()
    providers[0].claims = {"auth_time": int(time.time()) - 3600}
    _sign_on(client, providers[0])
    assert is_signed_in(client)
    assert client.post("/account/keys", {"name": "x"})["Location"].startswith("/confirm")
    asked = _read_query(_start(client, query="?next=/account/keys"))
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    _sign_on(client, providers[0], query="?next=/account/keys")
    assert client.post("/account/keys", {"name": "x"})["Location"].startswith("/confirm")
    providers[0].claims = {"auth_time": int(time.time())}
    assert _sign_on(client, providers[0], query="?next=/account/keys")["Location"] == "/account/keys"
    assert client.post("/account/keys", {"name": "x"}).status_code == 200


@pytest.mark.asvs("7.1.3", "7.6.1")
def test_a_session_has_its_own_times_whatever_those_of_the_provider(
    providers: tuple[Provider, Provider],
) -> None:
    client = Client()
    providers[0].claims = {"exp": int(time.time()) + 1}
    _sign_on(client, providers[0])
    session = client.session
    session["stack_began"] = int(time.time()) - 3600
    session.save()
    assert is_signed_in(client), "the provider's token was over long ago"
    with override_settings(SESSION_COOKIE_AGE=3600):
        assert not is_signed_in(client)
    assert client.get("/sign-in").status_code == 200, "nobody is signed in again by themselves"


@pytest.mark.asvs("7.6.2")
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_signs_nobody_in(providers: tuple[Provider, Provider], site: str) -> None:
    client = Client()
    answer = client.get("/sign-in/oidc/north/login/", headers={"Sec-Fetch-Site": site})
    assert answer["Location"] == "/sign-in"
    assert (
        client.get("/sign-in/saml/north/login/", headers={"Sec-Fetch-Site": site})["Location"] == "/sign-in"
    )
    own = client.get("/sign-in/oidc/north/login/", headers={"Sec-Fetch-Site": "same-origin"})
    assert own["Location"].startswith(providers[0].address)


@pytest.mark.asvs("10.1.1")
def test_what_a_provider_gives_is_kept_nowhere_and_shown_to_nobody(
    providers: tuple[Provider, Provider],
) -> None:
    client = Client()
    answer = _sign_on(client, providers[0])
    pages = [client.get("/account/security").content.decode(), str(answer.headers), str(client.cookies)]
    kept = [json.dumps(Session.objects.get(pk=client.session.session_key).get_decoded())]
    assert not SocialToken.objects.exists()
    for text in pages + kept:
        assert "opaque" not in text
        assert "eyJ" not in text
        assert CLIENT_SECRET not in text


@pytest.mark.asvs("10.1.2", "10.2.1")
def test_state_nonce_and_proof_key_are_new_each_time_and_bound_to_the_session(
    providers: tuple[Provider, Provider],
) -> None:
    client, other = Client(), Client()
    asked = [_read_query(_start(each)) for each in (client, client, other)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name] for each in asked}) == 3
        assert min(len(each[name]) for each in asked) >= 16
    assert {each["code_challenge_method"] for each in asked} == {"S256"}
    assert {each["response_type"] for each in asked} == {"code"}
    back = providers[0].approve(_start(client))
    assert _come_back(other, back)["Location"] == _REFUSED
    assert _come_back(Client(), back)["Location"] == _REFUSED
    without = back.partition("&state=")[0]
    assert _come_back(client, without)["Location"] == _REFUSED
    assert not is_signed_in(client)
    assert not is_signed_in(other)


@pytest.mark.asvs("10.2.2")
def test_an_answer_of_one_provider_is_none_of_another(providers: tuple[Provider, Provider]) -> None:
    north, south = providers
    client = Client()
    # A provider that is the attacker's sends the browser on to the honest one, or back with its code.
    of_south = south.approve(_start(client, "south"))
    given = north.tokens_given + south.tokens_given
    assert _come_back(client, of_south.replace("/south/", "/north/"))["Location"] == _REFUSED
    mixed = _read_query(_start(client, "north"))
    code = _read_query(south.approve(_start(client, "south")))["code"]
    answer = client.get(f"/sign-in/oidc/south/login/callback/?code={code}&state={mixed['state']}")
    assert answer["Location"] == _REFUSED
    assert not is_signed_in(client)
    assert north.tokens_given + south.tokens_given == given, "no code went to the wrong provider"


@pytest.mark.asvs("10.3.3")
def test_the_number_of_a_user_is_never_given_to_another() -> None:
    user = make_person()
    token = _get_tokens()["access_token"]
    number = user.pk
    user.delete()
    assert make_person().pk != number
    assert principal_of_token(token) is None


def _get_tokens() -> dict[str, Any]:
    body = json.dumps({"username": "robin", "password": PASSWORD})
    answer = Client().post("/api/v1/auth/login", body, content_type="application/json")
    meta: dict[str, Any] = answer.json()["meta"]
    return meta


@pytest.mark.asvs("10.4.8")
def test_refreshing_does_not_outlive_the_session() -> None:
    make_person()
    pair = refresh_tokens(_get_tokens()["refresh_token"])
    assert pair is not None
    session = open_session(TokenSession.objects.get().session_key)
    assert session is not None
    session["stack_began"] = int(time.time()) - 7 * 86_400
    session.save()
    assert refresh_tokens(pair.refresh) is None
    assert principal_of_token(pair.access) is None


@pytest.mark.asvs("10.4.9")
def test_the_owner_ends_what_a_program_was_given_on_a_page(client: Client) -> None:
    user = make_person()
    meta = _get_tokens()
    sign_in(client)
    row = next(
        each for each in list_sessions(user, current_key=client.session.session_key) if not each.is_current
    )
    assert client.post(f"/account/sessions/{row.id}/end").status_code == 302
    assert principal_of_token(meta["access_token"]) is None
    assert refresh_tokens(meta["refresh_token"]) is None
    assert is_signed_in(client)


def _list_addresses(patterns: list[Any], prefix: str = "/") -> list[str]:
    found = []
    for each in patterns:
        text = prefix + str(each.pattern).removeprefix("^")
        found += _list_addresses(each.url_patterns, text) if isinstance(each, URLResolver) else [text]
    return found


@pytest.mark.asvs("10.4.1", "10.4.2", "10.4.3", "10.4.4", "10.4.6", "10.4.7", "10.4.10", "10.4.11")
@pytest.mark.asvs("10.5.5", "10.6.1", "10.6.2", "10.7.1", "10.7.2", "10.7.3")
def test_stack_lets_no_other_application_in_on_behalf_of_its_users(client: Client) -> None:
    addresses = _list_addresses(get_resolver().url_patterns)
    assert len(addresses) > 50
    words = ("oauth", "authorize", "consent", "introspect", "register", "backchannel", "well-known", "grant")
    assert [each for each in addresses if any(word in each for word in words)] == []
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        assert client.get(path).status_code == 404
    make_person()
    for grant in ("password", "client_credentials", "authorization_code", "implicit"):
        body = {"grant_type": grant, "username": "robin", "password": PASSWORD, "client_id": "x", "code": "x"}
        for path in ("/token", "/oauth/token", "/api/v1/token", "/api/v1/auth/tokens/refresh"):
            answer = client.post(path, body)
            assert answer.status_code in {400, 404}
            assert b"access_token" not in answer.content
