"""Members, invitations, keys and roles as an administrator meets them in the browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Faults, OpenPage, Server, check_page

_PAGES = (
    "/organisation",
    "/organisation/keys",
    "/account/keys",
    "/roles",
    "/admin/organisations",
    "/admin/groups",
    "/admin/markings",
)
_MARKING = "marking-definition--11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def peopled(server: Server, signed_in_page: Page) -> None:
    """An invitation, a program with a key, a second organisation, a group and a restricted marking."""
    page = signed_in_page

    def send(path: str, button: str, **entries: str) -> None:
        page.goto(server.address + path)
        form = page.locator("form", has=page.get_by_role("button", name=button))
        for name, value in entries.items():
            form.locator(f'[name="{name}"]').first.fill(value)
        form.get_by_role("button", name=button).click()
        page.wait_for_selector("html[data-ready]")

    send("/organisation", "Make an invitation", email="eve@example.org")
    send("/organisation", "Add the program", username="siem")
    send("/account/keys", "Create the key", name="nightly", networks="198.51.100.0/24")
    send(
        "/admin/organisations",
        "Make the organisation",
        name="An organisation whose name is long enough to wrap",
    )
    send("/admin/groups", "Make the group", name="Energy")
    send("/admin/markings", "Restrict it", name="Operation members only", marking_id=_MARKING)


def test_a_key_is_copied_used_and_revoked(open_page: OpenPage) -> None:
    page = open_page("/account/keys")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Name", exact=True).fill("laptop")
    page.get_by_label("Read", exact=True).check()
    page.get_by_role("button", name="Create the key").click()
    page.get_by_role("button", name="Copy").click()
    key = page.evaluate("() => navigator.clipboard.readText()")
    assert re.fullmatch(r"stk_[0-9a-f]{12}_[0-9a-f]{48}", key)
    check_page(page)
    headers = {"Authorization": f"Bearer {key}", "Cookie": ""}
    assert page.context.request.get("/api/v1/version", headers=headers).status == 200
    page.goto("/account/keys")
    expect(page.get_by_text(key)).to_have_count(0)
    page.get_by_role("button", name="Revoke laptop").click()
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    assert page.context.request.get("/api/v1/version", headers=headers).status == 401


def test_a_fault_stands_at_its_entry_and_nothing_typed_is_lost(open_page: OpenPage, faults: Faults) -> None:
    page = open_page("/account/keys")
    page.get_by_label("Name", exact=True).fill("laptop")
    networks = page.get_by_label("Only from these networks")
    networks.fill("198.51.100.0/33")
    with page.expect_response(re.compile("/account/keys$")):
        page.get_by_role("button", name="Create the key").click()
    expect(networks).to_have_value("198.51.100.0/33")
    expect(networks).to_have_accessible_description(re.compile("expected"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("laptop")
    check_page(page)
    faults.forgive("422")


@pytest.mark.usefixtures("peopled")
def test_a_member_is_changed_in_a_dialog_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("/organisation")
    opener = page.get_by_role("button", name="Change siem")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Member")
    level = dialog.get_by_label("Sees up to", exact=True)
    expect(level).to_be_visible()
    check_page(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    level.select_option("amber")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("siem is changed, at once.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("siem")).get_by_text("TLP:AMBER")).to_be_visible()


@pytest.mark.usefixtures("peopled")
def test_a_dialog_says_why_its_member_cannot_be_shown(open_page: OpenPage, faults: Faults) -> None:
    page = open_page("/organisation")
    page.route("**/organisation/members/*", lambda route: route.continue_(url=route.request.url + "000"))
    page.get_by_role("button", name="Change siem").click()
    expect(page.get_by_role("dialog", name="Member").get_by_text("There is no member")).to_be_visible()
    faults.forgive("404")


@pytest.mark.usefixtures("peopled")
def test_the_invitation_link_is_shown_once(open_page: OpenPage) -> None:
    page = open_page("/organisation")
    page.get_by_role("button", name="Make an invitation").click()
    expect(page.locator("#new-link")).to_contain_text("/join/")
    page.goto("/organisation")
    expect(page.locator("#new-link")).to_have_count(0)


def test_on_a_phone_each_role_is_a_card_of_what_it_may(open_page: OpenPage) -> None:
    page = open_page("/roles", width=375)
    expect(page.get_by_text("your role")).to_be_visible()
    expect(page.locator("td.lacks").first).to_be_hidden()
    expect(page.locator("td.has").first).to_be_visible()


@pytest.mark.usefixtures("peopled")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize("path", _PAGES)
def test_pages_of_people_pass_axe_in_both_themes_on_desk_and_phone(
    open_page: OpenPage, path: str, theme: str, width: int
) -> None:
    check_page(open_page(path, theme=theme, width=width))
