"""Single sign-on with OpenID Connect, against a provider on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.test import Client, override_settings

from stack.accounts.models import Membership, Organisation, User
from stack.accounts.operations import invite
from stack.accounts.roles import Role
from stack.config.single_sign_on import read_providers
from tests.integration.accounts.sign_in.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    serve_provider,
)
from tests.people import make_member, make_principal
from tests.signing import PASSWORD, add_app, is_signed_in, list_acts

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.usefixtures("database"),
    pytest.mark.urls("tests.integration.accounts.sign_in.urls"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with serve_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    cache.clear()
    kept = dict(vars(running))
    running.claims = {}
    with _set_up(running):
        yield running
    vars(running).update(kept)


def _set_up(provider: Provider, **more: str) -> Any:
    environment = {
        "STACK_OIDC_NORTH_ISSUER": provider.address,
        "STACK_OIDC_NORTH_CLIENT_ID": CLIENT_ID,
        "STACK_OIDC_NORTH_CLIENT_SECRET": CLIENT_SECRET,
        "STACK_OIDC_NORTH_ORGANISATION": "North",
    }
    return override_settings(SOCIALACCOUNT_PROVIDERS=read_providers(environment=environment | more))


@pytest.fixture
def north(database: str) -> Organisation:
    return Organisation.objects.create(name="North")


def _make_robin(north: Organisation, **about: Any) -> User:
    user = make_member("robin", north, password=PASSWORD)
    user.email = about.get("email", "robin@north.example")
    user.save()
    return user


def _sign_on(client: Client, provider: Provider, query: str = "") -> Any:
    start = client.get(f"/sign-in/oidc/north/login/{query}")
    assert start.status_code == 302
    return client.get(provider.approve(start["Location"]).replace("http://testserver", ""))


def test_a_member_with_a_verified_address_is_linked_and_signed_in(
    provider: Provider, north: Organisation
) -> None:
    user, client = _make_robin(north), Client()
    assert b"Sign in with North" in client.get("/sign-in").content
    assert _sign_on(client, provider, "?next=/search")["Location"] == "/search"
    assert is_signed_in(client)
    assert SocialAccount.objects.get().user == user
    assert SocialAccount.objects.get().provider == "north"
    assert list_acts("sign-on.link")[0]["after"] == {"provider": "north"}
    assert list_acts("sign-in.succeed")[0]["after"] == {"by": ["socialaccount"]}


@pytest.mark.asvs("10.5.2")
def test_the_subject_is_known_afterwards_whatever_its_address(
    provider: Provider, north: Organisation
) -> None:
    _make_robin(north)
    _sign_on(Client(), provider)
    provider.claims = {"email": "another@else.example", "email_verified": False}
    client = Client()
    assert _sign_on(client, provider)["Location"] == "/"
    assert is_signed_in(client)


def _in_another_organisation(north: Organisation) -> dict[str, Any]:
    user = make_member("robin", Organisation.objects.create(name="South"), password=PASSWORD)
    User.objects.filter(pk=user.pk).update(email="robin@north.example")
    return {}


def _disabled(north: Organisation) -> dict[str, Any]:
    User.objects.filter(pk=_make_robin(north).pk).update(is_active=False)
    return {}


def _twice(north: Organisation) -> dict[str, Any]:
    _make_robin(north)
    user = make_member("wren", north)
    User.objects.filter(pk=user.pk).update(email="Robin@North.example")
    return {}


def _unverified(north: Organisation) -> dict[str, Any]:
    _make_robin(north)
    return {"email_verified": False}


def _verified_in_a_text(north: Organisation) -> dict[str, Any]:
    _make_robin(north)
    return {"email_verified": "false"}


def _unknown(north: Organisation) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize(
    "prepare",
    [_in_another_organisation, _disabled, _twice, _unverified, _verified_in_a_text, _unknown],
)
def test_everybody_else_is_refused(provider: Provider, north: Organisation, prepare: Any) -> None:
    provider.claims = prepare(north)
    client = Client()
    assert _sign_on(client, provider)["Location"] == "/sign-in?refused=unknown"
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()
    assert not User.objects.exclude(username__in=["robin", "wren"]).exists()


def test_an_invitation_to_a_verified_address_makes_a_member_once(
    provider: Provider, north: Organisation
) -> None:
    chief = make_principal("chief", north, role=Role.ORGANISATION_ADMIN)
    invite(chief, role=Role.ANALYST, tlp_ceiling=1, email="robin@north.example")
    client = Client()
    _sign_on(client, provider)
    assert is_signed_in(client)
    membership = Membership.objects.exclude(user__username="chief").get()
    assert (membership.role, membership.tlp_ceiling) == (Role.ANALYST, 1)
    assert not membership.user.has_usable_password()
    provider.claims = {"sub": "subject-2"}
    membership.user.delete()
    assert _sign_on(Client(), provider)["Location"] == "/sign-in?refused=unknown"


def test_an_invitation_to_administer_is_not_taken_this_way(provider: Provider, north: Organisation) -> None:
    chief = make_principal("chief", north, role=Role.ORGANISATION_ADMIN)
    invite(chief, role=Role.ORGANISATION_ADMIN, tlp_ceiling=1, email="robin@north.example")
    assert _sign_on(Client(), provider)["Location"] == "/sign-in?refused=unknown"


def test_provisioning_makes_readers_whatever_the_token_says(provider: Provider, north: Organisation) -> None:
    provider.claims = {
        "role": "platform-admin",
        "groups": ["admin"],
        "is_staff": True,
        "preferred_username": "admin",
    }
    make_member("admin", north)
    with _set_up(provider, STACK_OIDC_NORTH_PROVISION="yes"):
        client = Client()
        _sign_on(client, provider)
        assert is_signed_in(client)
    user = User.objects.exclude(username="admin").get()
    assert user.username == "admin-2"
    assert (user.memberships.get().role, user.is_staff, user.is_superuser) == (Role.READER, False, False)


@pytest.mark.asvs("6.3.4")
def test_a_second_factor_is_asked_for_all_the_same(provider: Provider, north: Organisation) -> None:
    add_app(_make_robin(north))
    client = Client()
    assert _sign_on(client, provider)["Location"] == "/sign-in/second-factor"
    assert not is_signed_in(client)


def test_the_owner_links_while_signed_in(provider: Provider, north: Organisation) -> None:
    user, client = _make_robin(north, email=""), Client()
    client.force_login(user)
    assert (
        _sign_on(client, provider, "?process=connect&next=/account/security")["Location"]
        == "/account/security"
    )
    assert SocialAccount.objects.get().user == user
    page = client.get("/account/security").content.decode()
    link = SocialAccount.objects.get().pk
    assert f"/account/security/links/{link}/remove" in page
    client.post(f"/account/security/links/{link}/remove")
    assert not SocialAccount.objects.exists()


def test_a_subject_of_somebody_else_cannot_be_linked(provider: Provider, north: Organisation) -> None:
    _make_robin(north)
    _sign_on(Client(), provider)
    mallory, client = make_member("mallory", north, password=PASSWORD), Client()
    client.force_login(mallory)
    _sign_on(client, provider, "?process=connect")
    assert SocialAccount.objects.get().user.get_username() == "robin"


def _other_key(provider: Provider) -> None:
    provider.published = rsa.generate_private_key(65537, 2048).public_key()


def _no_signature(provider: Provider) -> None:
    provider.algorithm = "none"


def _other_algorithm(provider: Provider) -> None:
    provider.algorithm = "RS512"


def _other_issuer(provider: Provider) -> None:
    provider.issuer = "https://evil.example"


def _claim(**claims: Any) -> Any:
    def change(provider: Provider) -> None:
        provider.claims = claims

    return change


@pytest.mark.asvs("6.8.2", "10.5.1", "10.5.4")
@pytest.mark.parametrize(
    "spoil",
    [
        _other_key,
        _no_signature,
        _other_algorithm,
        _claim(aud="another"),
        _claim(iss="https://evil.example"),
        _claim(exp=1),
        _claim(nonce="another"),
        _claim(nonce=None),
        _claim(azp="another"),
        _claim(iat=9_999_999_999),
        _claim(sub=None),
    ],
)
def test_a_token_that_is_not_right_in_every_way_is_refused(
    provider: Provider, north: Organisation, spoil: Any
) -> None:
    _make_robin(north)
    spoil(provider)
    client = Client()
    assert _sign_on(client, provider)["Location"] == "/sign-in?refused=single-sign-on"
    assert not is_signed_in(client)
    assert b"did not let you in" in client.get("/sign-in?refused=single-sign-on").content


@pytest.mark.asvs("10.5.3")
def test_a_discovery_document_of_another_issuer_is_refused(provider: Provider, north: Organisation) -> None:
    _other_issuer(provider)
    assert Client().get("/sign-in/oidc/north/login/")["Location"] == "/sign-in?refused=single-sign-on"


def test_a_provider_leads_nowhere_else(provider: Provider, north: Organisation) -> None:
    with serve_provider() as other:
        other.issuer, provider.moved_to = provider.address, other.address
        assert Client().get("/sign-in/oidc/north/login/")["Location"] == "/sign-in?refused=single-sign-on"
    provider.moved_to = ""
    provider.token_endpoint = "file:///etc/passwd"
    assert Client().get("/sign-in/oidc/north/login/")["Location"] == "/sign-in?refused=single-sign-on"
    provider.token_endpoint = ""
    assert Client().get("/sign-in/oidc/north/login/")["Location"].startswith(f"{provider.address}/authorize")


@pytest.mark.asvs("10.1.2", "10.2.1")
def test_an_answer_counts_once_and_in_its_own_session(provider: Provider, north: Organisation) -> None:
    _make_robin(north)
    client, victim = Client(), Client()
    start = client.get("/sign-in/oidc/north/login/")
    back = provider.approve(start["Location"]).replace("http://testserver", "")
    assert victim.get(back)["Location"] == "/sign-in?refused=single-sign-on"
    assert not is_signed_in(victim)
    client.get(back)
    assert is_signed_in(client)
    client.post("/sign-out")
    assert client.get(back)["Location"] == "/sign-in?refused=single-sign-on"
    assert provider.tokens_given >= 1


def test_an_unknown_provider_is_not_there(provider: Provider, north: Organisation) -> None:
    assert Client().get("/sign-in/oidc/south/login/").status_code == 404
    assert Client().get("/sign-in/oidc/south/login/callback/?code=x&state=y").status_code == 404


def test_production_names_its_address_with_https(provider: Provider, north: Organisation) -> None:
    with override_settings(PRODUCTION=True):
        start = Client().get("/sign-in/oidc/north/login/")
    assert "redirect_uri=https%3A%2F%2Ftestserver%2Fsign-in%2Foidc%2Fnorth" in start["Location"]


def test_the_way_back_stays_here(provider: Provider, north: Organisation) -> None:
    _make_robin(north)
    assert _sign_on(Client(), provider, "?next=//evil.example")["Location"] == "/"
