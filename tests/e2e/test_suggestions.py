"""The list under the omnibar, by keyboard and by pointer, and what it says to assistive technology."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import bundles
from tests.e2e.conftest import OpenPage, Server, check_page

pytestmark = pytest.mark.usefixtures("populated")


@pytest.fixture(scope="module")
def populated(server: Server, signed_in_page: Page) -> None:
    """A bundle that was taken in and can be searched."""
    page = signed_in_page
    page.goto(f"{server.address}/ingest")
    page.set_input_files(
        "#ingest-file",
        {"name": "bar.json", "mimeType": "application/json", "buffer": bundles.first_bundle()},
    )
    page.wait_for_url(re.compile(r"/jobs/\d+$"))
    for _ in range(100):
        page.goto(f"{server.address}/suggest?q={bundles.HOST}")
        if page.locator("[role=option]").count():
            return
        page.wait_for_timeout(200)
    pytest.fail("what was taken in was not suggested within twenty seconds")


def test_arrows_choose_escape_closes_and_enter_opens(open_page: OpenPage) -> None:
    page = open_page("/jobs")
    bar = page.get_by_role("combobox", name="Search")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/suggest" in request.url else None)
    bar.press_sequentially(bundles.HOST[0])
    page.wait_for_timeout(300)
    assert sent == []
    bar.press_sequentially(bundles.HOST[1:5])
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(bar).to_have_attribute("aria-expanded", "true")
    assert len(sent) < 4
    option = options.filter(has_text=bundles.HOST.replace(".", "[.]")).first
    expect(option).to_be_visible()
    check_page(page)
    bar.press("ArrowDown")
    expect(bar).to_have_attribute("aria-activedescendant", "suggestion-1")
    expect(options.first).to_have_attribute("aria-selected", "true")
    bar.press("ArrowUp")
    expect(bar).not_to_have_attribute("aria-activedescendant", re.compile("."))
    bar.press("Escape")
    expect(options).to_have_count(0)
    expect(bar).to_have_value(bundles.HOST[:5])
    bar.press("ArrowDown")
    expect(options.first).to_be_visible()
    bar.press("ArrowDown")
    bar.press("Enter")
    page.wait_for_url(re.compile("/(search|o/|lookup/)"))


def test_enter_without_a_choice_searches_and_a_click_opens(open_page: OpenPage) -> None:
    page = open_page("/jobs")
    bar = page.get_by_role("combobox", name="Search")
    bar.press_sequentially(bundles.HOST[:4])
    expect(page.get_by_role("option").first).to_be_visible()
    bar.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q="))
    bar = page.get_by_role("combobox", name="Search")
    bar.fill(bundles.HOST[:5])
    page.get_by_role("option").first.click()
    page.wait_for_url(lambda address: not address.endswith(f"q={bundles.HOST[:4]}"))
