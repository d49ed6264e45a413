"""The marking picker as people use it: by keyboard, on a phone, without a script, with its sentence."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import bundles
from tests.e2e.conftest import OpenContext, OpenPage, Server, check_page

_LEFT = bundles.make_family(modified="2024-01-01T00:00:00.000Z", description="Left") | {
    "id": "malware--5a5b9c25-7f5d-4d1a-9a0c-3a3d3bb1f0a1",
    "name": "LEFT LANTERN",
}
_RIGHT = _LEFT | {"id": "malware--5a5b9c25-7f5d-4d1a-9a0c-3a3d3bb1f0a2", "name": "RIGHT LANTERN"}
_PATH = "/o/" + _LEFT["id"].replace("--", "/")
_OTHER_PATH = "/o/" + _RIGHT["id"].replace("--", "/")


@pytest.fixture(scope="module")
def taken_in(server: Server, signed_in_page: Page) -> None:
    """Two objects for everyone, marked TLP:GREEN, with the choice made in the picker."""
    page = signed_in_page
    page.goto(f"{server.address}/ingest")
    page.get_by_text("Who may see it:").click()
    page.locator("input[name=tlp][value=green]").check()
    page.get_by_label("Everyone on this Stack").check()
    expect(page.locator("#ingest-outcome")).to_have_text(
        "Everyone on this Stack sees this: people cleared for TLP:GREEN."
    )
    content = bundles.write_bundle(_LEFT, _RIGHT)
    page.set_input_files(
        "#ingest-file", {"name": "left.json", "mimeType": "application/json", "buffer": content}
    )
    page.wait_for_url(re.compile(r"/jobs/\d+$"))
    expect(page.locator(".page-head .badge")).to_contain_text("Done", timeout=20_000)
    expect(page.get_by_text("Everyone on this Stack sees this")).to_be_visible()


@pytest.mark.usefixtures("taken_in")
def test_an_object_is_marked_anew_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page(_PATH)
    expect(page.locator(".access")).to_contain_text("Everyone on this Stack sees this")
    change = page.get_by_role("link", name="Change")
    change.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#mark-dialog")
    expect(dialog.locator("input[name=tlp][value=green]")).to_be_checked()
    check_page(page)
    dialog.locator("input[name=tlp][value=green]").focus()
    page.keyboard.press("ArrowRight")
    expect(dialog.locator("input[name=tlp][value=amber]")).to_be_checked()
    expect(dialog.locator("#mark-outcome")).to_contain_text("people cleared for TLP:AMBER")
    dialog.get_by_role("button", name="Mark it").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".access")).to_contain_text("people cleared for TLP:AMBER")
    expect(page.locator("#toasts")).to_contain_text("The marking holds from now on")


@pytest.mark.usefixtures("taken_in")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/ingest", _PATH, f"{_PATH}/handling", f"{_PATH}/notes"])
def test_the_pages_hold_on_a_phone(open_page: OpenPage, path: str, theme: str) -> None:
    page = open_page(path, theme=theme, width=375)
    for summary in page.locator("main summary").all():
        summary.click()
    check_page(page)


@pytest.mark.usefixtures("taken_in")
def test_everything_works_without_a_script(server: Server, open_context: OpenContext) -> None:
    context = open_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.make_link("admin"))
    page.goto(_OTHER_PATH)
    page.get_by_role("link", name="Change").click()
    expect(page).to_have_url(re.compile("/handling$"))
    page.locator("input[name=tlp][value=red]").check()
    page.get_by_role("button", name="Mark it").click()
    expect(page.locator(".access")).to_contain_text("people cleared for TLP:RED")
    page.goto(f"{_OTHER_PATH}/notes")
    page.get_by_label("Note", exact=True).fill("Kept without a script")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".note")).to_contain_text("Kept without a script")
    expect(page.locator(".note")).to_contain_text("TLP:RED")
