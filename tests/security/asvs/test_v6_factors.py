"""ASVS 5.0, 6.3 to 6.8: what guards the ways in, second factors, and identity providers."""

import ast
import json
import math
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.test import Client

from stack.accounts.models import SignInToken, User
from stack.accounts.operations import create_sign_in_link, ensure_first_organisation, invite
from stack.accounts.principal import Role
from stack.accounts.queries import local_principal
from stack.accounts.sign_in import adapters, mfa, recovery_codes, totp
from stack.vault.operations import open_sealed
from tests.security.asvs.listing import ROOT
from tests.signing import PASSWORD, add_app, is_signed_in, make_code, make_person, sign_in

pytestmark = pytest.mark.django_db(databases="__all__")


def _call_app(address: str, body: dict[str, Any]) -> Any:
    return Client().post(f"/api/v1/auth/{address}", json.dumps(body), content_type="application/json")


@pytest.mark.asvs("6.3.2")
@pytest.mark.parametrize("name", ["admin", "administrator", "root", "sa", "stack", "local", "test", "guest"])
def test_no_account_comes_with_a_password(name: str) -> None:
    ensure_first_organisation()
    assert not any(user.has_usable_password() for user in User.objects.all())
    for number, password in enumerate(["", name, "password", "stack", "changeme"]):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        sign_in(client, name, password)
        assert not is_signed_in(client)


@pytest.mark.asvs("6.3.3", "6.3.4")
def test_every_way_in_asks_for_the_second_factor(client: Client) -> None:
    user = make_person()
    secret = add_app(user)
    assert sign_in(client)["Location"] == "/sign-in/second-factor"
    assert not is_signed_in(client)
    linked = Client()
    assert linked.get(f"/sign-in/{create_sign_in_link(user)}")["Location"] == "/sign-in/second-factor"
    assert not is_signed_in(linked)
    answer = _call_app("login", {"username": "robin", "password": PASSWORD})
    assert answer.status_code == 401
    assert "access_token" not in answer.content.decode()
    # What is open between the steps opens nothing else.
    for path in ("/", "/search", "/account/security", "/api/v1/me", "/api/v1/members"):
        assert linked.get(path).status_code in {302, 401}, path
    assert linked.post("/sign-in/second-factor", {"code": make_code(secret)}).status_code == 302
    assert is_signed_in(linked)


@pytest.mark.asvs("6.4.1")
def test_links_and_invitations_are_random_end_soon_and_open_once(client: Client) -> None:
    user = make_person()
    links = {create_sign_in_link(user) for _ in range(50)}
    assert len(links) == 50
    # 43 characters of Base64 are 256 bits.
    assert {len(each) for each in links} == {43}
    kept = str(list(SignInToken.objects.values_list("digest", flat=True)))
    assert not any(each in kept for each in links)
    assert max(SignInToken.objects.values_list("expires_at", flat=True)) <= (time.time() + 901) * 1e6
    token = links.pop()
    client.get(f"/sign-in/{token}")
    assert is_signed_in(client)
    again = Client()
    assert again.get(f"/sign-in/{token}").status_code == 410
    assert sign_in(Client(), password=token).status_code == 422, "a link is never a password"
    ensure_first_organisation()
    invitation = invite(local_principal(), role=Role.READER, tlp_ceiling=0)
    assert len(invitation.token) >= 43
    assert invitation.expires_at <= (time.time() + 7 * 86_400 + 1) * 1e6


@pytest.mark.asvs("6.4.2")
def test_there_are_no_hints_and_no_questions() -> None:
    fields = [
        field.name
        for config in apps.get_app_configs()
        if config.name.startswith(("stack.accounts", "allauth"))
        for model in config.get_models()
        for field in model._meta.get_fields()
    ]
    assert len(fields) > 50
    assert not [name for name in fields if any(word in name for word in ("hint", "question", "answer"))]


@pytest.mark.asvs("6.5.2")
def test_recovery_codes_are_kept_as_salted_slow_hashes() -> None:
    robin, wren = make_person("robin"), make_person("wren")
    kept = []
    for user in (robin, wren):
        add_app(user)
        codes = mfa.make_recovery_codes(user)
        row = Authenticator.objects.get(user=user, type="recovery_codes")
        text = open_sealed(
            row.data["sealed"], table="mfa_authenticator", row=str(user.pk), field="recovery_codes"
        ).decode()
        assert not any(code in text or code.replace("-", "") in text for code in codes)
        kept.append(json.loads(text))
    assert len({each["salt"] for each in kept}) == 2
    assert all(len(bytes.fromhex(each["salt"])) >= 4 for each in kept)
    # The same code under two salts has nothing in common, and each try takes milliseconds.
    first, second = (json.loads(recovery_codes.hash_codes(["2" * 10])) for _ in range(2))
    assert first["hashes"] != second["hashes"]
    started = time.process_time()
    recovery_codes.take_code(json.dumps(first), "3" * 10)
    assert time.process_time() - started > 0.002


@pytest.mark.asvs("6.5.3")
def test_nothing_secret_comes_from_the_predictable_generator() -> None:
    folders = [
        ROOT / "stack" / room for room in ("accounts", "vault", "audit", "web", "api", "core", "config")
    ]
    imported = {
        (path.name, alias.name)
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in (
            [*node.names, ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names
        )
    }
    assert len(imported) > 500
    assert not [each for each in imported if each[1].split(".")[0] == "random"]
    assert len({totp.make_secret() for _ in range(100)}) == 100
    assert len({code for _ in range(20) for code in recovery_codes.make_codes()}) == 200


@pytest.mark.asvs("6.5.4")
def test_a_recovery_code_has_far_more_than_twenty_bits() -> None:
    letters = {letter for _ in range(100) for code in recovery_codes.make_codes() for letter in code}
    assert {len(code) for code in recovery_codes.make_codes()} == {10}
    assert 10 * math.log2(len(letters)) > 45


@pytest.mark.asvs("6.5.5")
def test_a_code_of_an_app_is_over_when_its_step_and_the_next_are(client: Client) -> None:
    assert totp.PERIOD == 30
    secret = add_app(make_person())
    for steps in (-2, 2, 3, 100):
        attempt = Client()
        sign_in(attempt)
        answer = attempt.post("/sign-in/second-factor", {"code": make_code(secret, steps=steps)})
        assert answer.status_code == 422
        assert not is_signed_in(attempt)


@pytest.mark.asvs("6.6.1", "6.6.2", "6.6.3")
def test_nothing_is_sent_by_telephone_or_mail(mailoutbox: list[object]) -> None:
    assert set(settings.MFA_SUPPORTED_TYPES) == {"totp", "webauthn", "recovery_codes"}
    assert list(settings.ACCOUNT_LOGIN_METHODS) == ["username"]
    assert not getattr(settings, "ACCOUNT_LOGIN_BY_CODE_ENABLED", False)
    adapter = adapters.AccountAdapter()
    adapter.send_mail("account/email/login_code", "robin@north.example", {})
    assert mailoutbox == []
