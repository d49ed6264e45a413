"""ASVS 5.0, 6.1 and 6.2: what is written down about signing in, and passwords."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import URLResolver, get_resolver

from stack.accounts.models import Organisation, User
from stack.accounts.operations import create_member, create_sign_in_link, invite
from stack.accounts.principal import Role
from stack.accounts.sign_in import passwords
from stack.accounts.sign_in.passwords import find_password_faults
from stack.accounts.sign_in.provider_urls import list_provider_urls
from stack.core.errors import BadInput
from stack.web.access import Access
from stack.web.declared import DECLARED
from tests.people import make_principal
from tests.security.asvs.listing import ROOT
from tests.signing import PASSWORD, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db(databases="__all__")
_SIGN_IN = (ROOT / "docs" / "security" / "sign-in.md").read_text(encoding="utf-8")
_HARDENING = (ROOT / "docs" / "security" / "hardening.md").read_text(encoding="utf-8")
_SHORT, _NEW = "x7-kq9vmz2!ab", "cold rain over the harbour"
# Pages that nobody has to sign in for and that sign nobody in.
_HARMLESS = {
    "/healthz",
    "/readyz",
    "/styleguide",
    "/sign-out",
    "/api/v1/auth/openapi.json",
    "/sign-in/saml/<>/metadata/",
}


def _join(client: Client, password: str) -> int:
    north, _ = Organisation.objects.get_or_create(name="North")
    chief = make_principal("chief", north, role=Role.ORGANISATION_ADMIN)
    token = invite(chief, role=Role.READER, tlp_ceiling=0).token
    body = {"username": "wren", "password": password, "again": password}
    return client.post(f"/join/{token}", body).status_code


def _change(client: Client, password: str, *, current: str = PASSWORD) -> int:
    body = {"current": current, "new": password, "again": password}
    return client.post("/account/security/password", body).status_code


def _sign_in_app(name: str, password: str) -> int:
    body = json.dumps({"username": name, "password": password})
    answer = Client().post("/api/v1/auth/login", body, content_type="application/json")
    return int(answer.status_code)


@pytest.mark.asvs("6.1.1")
def test_a_lock_shuts_out_who_guesses_and_leaves_the_owner_their_ways(client: Client) -> None:
    user = make_person()
    sign_in(client)
    for number in range(15):
        sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), "robin", "not the password at all")
    assert sign_in(Client(REMOTE_ADDR="198.51.100.99")).status_code == 429
    assert is_signed_in(client), "who is signed in stays so"
    other = Client()
    other.get(f"/sign-in/{create_sign_in_link(user)}")
    assert is_signed_in(other), "a link lets them in"
    assert "tries to lock out somebody else" in _SIGN_IN


@pytest.mark.asvs("6.1.1")
@pytest.mark.parametrize("name", ["sign-in", "sign-in-name", "sign-in-address", "second-factor"])
def test_the_limits_that_are_written_down_are_those_in_force(name: str) -> None:
    policy = settings.LIMITS.policies[name]
    [row] = [line for line in _HARDENING.splitlines() if line.startswith(f"| `{name}` |")]
    assert f"| {policy.limit} failures in {policy.seconds // 60} minutes" in row
    assert policy.is_strict


@pytest.mark.asvs("6.1.2", "6.2.11")
def test_the_words_that_are_written_down_are_those_that_do_not_count() -> None:
    listed = re.search(r"words of the product:([^.]*)\.", " ".join(_SIGN_IN.split()))
    assert listed is not None
    assert set(re.findall(r"“(\w+)”", listed[1])) == set(passwords._PRODUCT_WORDS)
    for word in passwords._PRODUCT_WORDS:
        assert find_password_faults(f"{word}-{word}-{word}-a1", has_second_factor=False)
    user = User(username="robin", organisation=Organisation(pk=1, name="Northern Lights"))
    with pytest.raises(ValidationError, match="Without the words"):
        passwords.PasswordRules().validate("robin northern lights", user)


def _list_open(patterns: list[Any], prefix: str = "/") -> set[str]:
    found: set[str] = set()
    for each in patterns:
        text = prefix + str(each.pattern).removeprefix("^")
        if isinstance(each, URLResolver):
            found |= _list_open(each.url_patterns, text)
            continue
        access = getattr(each.callback, "stack_access", None) or DECLARED.get(each.name or "")
        if isinstance(access, Access) and access.permission is None:
            found.add(re.sub(r"<[^>]*>", "<>", text))
    return found


@pytest.mark.asvs("6.1.3", "6.3.4")
def test_every_way_in_is_written_down_and_there_is_no_other() -> None:
    section = _SIGN_IN.split("## Ways in")[1].split("\n## ")[0]
    written = {re.sub(r"<[^>]*>", "<>", each) for each in re.findall(r"`(/[^`]*)`", section)}
    there = _list_open(get_resolver().url_patterns) | {
        re.sub(r"<[^>]*>", "<>", f"/sign-in/{each.pattern}")
        for each in list_provider_urls({"openid_connect", "saml"})
        if "/login/" in str(each.pattern) or "/acs/" in str(each.pattern)
    }
    assert there - _HARMLESS == written


@pytest.mark.asvs("6.2.1")
def test_a_short_password_is_refused_wherever_one_is_set(client: Client) -> None:
    assert len(_SHORT) == 13
    make_person()
    sign_in(client)
    assert _change(client, _SHORT) == 422
    assert _join(Client(), _SHORT) == 422
    chief = make_principal("boss", Organisation.objects.get(name="North"), role=Role.ORGANISATION_ADMIN)
    with pytest.raises(BadInput, match="15"):
        create_member(chief, username="pipit", role=Role.READER, tlp_ceiling=0, password=_SHORT)
    assert find_password_faults("kq9-vz2", has_second_factor=True)


@pytest.mark.asvs("6.2.2", "6.2.3")
def test_a_password_is_changed_with_the_one_before(client: Client) -> None:
    make_person()
    sign_in(client)
    for current in ("", "not my password at all", _NEW):
        assert _change(client, _NEW, current=current) == 422
    assert _change(client, _NEW) == 302
    assert sign_in(Client(), password=_NEW)["Location"] == "/"


@pytest.mark.asvs("6.2.4", "6.2.12")
def test_thousands_of_passwords_that_were_stolen_elsewhere_are_refused() -> None:
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    known = [line for line in gzip.decompress(path.read_bytes()).decode().split("\n") if len(line) >= 8]
    assert len(known) > 3000, "those that are long enough beside a second factor"
    assert all(find_password_faults(each, has_second_factor=True) for each in known[::7])
    # Of 15 characters there are few: those that people make of two, or of one with something around it.
    pairs = [first + second for first, second in zip(known[::11], known[5::11], strict=False)]
    decorated = [
        f"{each.capitalize()}!2024!" + "1" * (15 - len(each)) for each in known[::11] if each.isalpha()
    ]
    assert len(pairs) > 500
    assert all(find_password_faults(each, has_second_factor=False) for each in pairs + decorated)


@pytest.mark.asvs("6.2.5")
@pytest.mark.parametrize(
    "password",
    [
        "onlylowercaselettershere",
        "ONLYCAPITALSINTHISONE",
        "8302 5519 7746 0123",
        "{}<>;'\"%&|\\ ~`^#",
        "日本語のながいパスワードですよ",
    ],
)
def test_any_composition_is_taken(client: Client, password: str) -> None:
    make_person()
    sign_in(client)
    assert _change(client, password) == 302
    assert sign_in(Client(), password=password)["Location"] == "/"


@pytest.mark.asvs("6.2.6", "6.2.7")
def test_password_fields_are_masked_and_managers_may_fill_them(client: Client) -> None:
    north = make_person().organisation
    token = invite(
        make_principal("chief", north, role=Role.ORGANISATION_ADMIN), role=Role.READER, tlp_ceiling=0
    ).token
    pages = [Client().get("/sign-in"), Client().get(f"/join/{token}")]
    sign_in(client)
    pages += [client.get("/confirm"), client.get("/account/security")]
    for page in pages:
        fields = [each for each in re.findall(r"<input[^>]*>", page.content.decode()) if "-password" in each]
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert re.search(r'autocomplete="(current|new)-password"', field)
            assert not re.search(r"onpaste|oncopy|ondrop|readonly|disabled|maxlength", field)
        sources = re.findall(r'src="(/static/[^"]+\.js)"', page.content.decode())
        texts = [b"".join(Client().get(source)).decode() for source in sources]
        assert not any("password" in text and "paste" in text for text in texts)


@pytest.mark.asvs("6.2.8")
def test_a_password_counts_letter_by_letter(client: Client) -> None:
    make_person()
    sign_in(client)
    exact = "  Wet paint, on the 3rd floor  " + "x" * 90 + "Y"
    assert _change(client, exact) == 302
    others = [exact.strip(), exact.lower(), exact[:-1], exact[:72], exact[:-1] + "y", exact + " "]
    for number, other in enumerate(others):
        attempt = Client(REMOTE_ADDR=f"198.51.100.{number}")
        assert sign_in(attempt, password=other).status_code == 422
    assert sign_in(Client(), password=exact)["Location"] == "/"
    assert _sign_in_app("robin", exact) == 200
    assert _sign_in_app("robin", exact.strip()) == 400


@pytest.mark.asvs("6.2.9")
@pytest.mark.parametrize("length", [64, 100, 128])
def test_long_passwords_are_taken(client: Client, length: int) -> None:
    make_person()
    sign_in(client)
    password = ("seven herons, " * 10)[: length - 1] + "!"
    assert _change(client, password) == 302
    assert sign_in(Client(), password=password)["Location"] == "/"


@pytest.mark.asvs("6.2.10")
def test_a_password_does_not_age(client: Client) -> None:
    user = make_person()
    long_ago = user.date_joined.replace(year=2001)
    User.objects.filter(pk=user.pk).update(date_joined=long_ago, last_login=long_ago)
    assert sign_in(client)["Location"] == "/"
    assert client.get("/search").status_code == 200
