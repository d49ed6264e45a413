"""Passkeys in a real browser, with a virtual authenticator; on `localhost`, because 127.0.0.1 has none."""

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import OpenContext, Server, check_page

_PASSWORD = "cold rain over the harbour"
_MAKE = """
import django; django.setup()
from stack.accounts.models import Membership, User
from stack.accounts.operations import ensure_first_organisation
organisation = ensure_first_organisation().organisation
user = User.objects.create_user("{name}", password="{password}", organisation=organisation)
Membership.objects.create(user=user, organisation=organisation, role="analyst", tlp_ceiling=2)
"""


@pytest.fixture
def keeper(server: Server, request: pytest.FixtureRequest) -> str:
    """A member with a password of their own, so that nobody else's sign-in changes."""
    name = f"keeper{abs(hash(request.node.name)) % 10_000}"
    subprocess.run(
        [sys.executable, "-c", _MAKE.format(name=name, password=_PASSWORD)],
        env=server.environment | {"DJANGO_SETTINGS_MODULE": "stack.config.settings"},
        timeout=60,
        check=True,
    )
    return name


@pytest.fixture
def page(server: Server, open_context: OpenContext) -> Page:
    context = open_context()
    page = context.new_page()
    device: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    channel = context.new_cdp_session(page)
    channel.send("WebAuthn.enable")
    channel.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return page


def _open(page: Page, server: Server, path: str) -> None:
    page.goto(server.address.replace("127.0.0.1", "localhost") + path)
    page.wait_for_selector("html[data-ready]")


def _arrive(page: Page, server: Server, path: str) -> None:
    page.wait_for_url(server.address.replace("127.0.0.1", "localhost") + path)
    page.wait_for_selector("html[data-ready]")


def _enter_password(page: Page, server: Server, name: str) -> None:
    _open(page, server, "/sign-in?next=/account")
    page.fill("#id_username", name)
    page.fill("#id_password", _PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _sign_out(page: Page, server: Server) -> None:
    _open(page, server, "/account")
    page.locator("button[popovertarget=account]").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def _add_passkey(page: Page, server: Server, *, alone: bool) -> None:
    _open(page, server, "/account/security")
    page.fill("#passkey-name", "laptop")
    page.set_checked("input[name=alone]", alone)
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_selector("#recovery-codes")


def test_a_passkey_signs_in_alone(page: Page, server: Server, keeper: str) -> None:
    _enter_password(page, server, keeper)
    _arrive(page, server, "/account")
    _add_passkey(page, server, alone=True)
    check_page(page)
    _sign_out(page, server)
    _open(page, server, "/sign-in?next=/account")
    check_page(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    _arrive(page, server, "/account")
    assert keeper in page.inner_text("main")


def test_a_passkey_is_the_second_step(page: Page, server: Server, keeper: str) -> None:
    _enter_password(page, server, keeper)
    _arrive(page, server, "/account")
    _add_passkey(page, server, alone=False)
    _open(page, server, "/account/security")
    assert "after the password" in page.inner_text("main")
    check_page(page)
    _sign_out(page, server)
    _enter_password(page, server, keeper)
    page.wait_for_url("**/sign-in/second-factor")
    page.wait_for_selector("html[data-ready]")
    check_page(page)
    page.get_by_role("button", name="Use a passkey").click()
    _arrive(page, server, "/account")


def test_a_passkey_confirms(page: Page, server: Server, keeper: str) -> None:
    _enter_password(page, server, keeper)
    _arrive(page, server, "/account")
    _add_passkey(page, server, alone=True)
    _open(page, server, "/confirm?next=/account/sessions")
    check_page(page)
    page.get_by_role("button", name="Use a passkey").click()
    _arrive(page, server, "/account/sessions")
    check_page(page)
