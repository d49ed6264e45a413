"""Sharing, feeds and the review desk as people use them: with axe, by keyboard, without a script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenContext, OpenPage, Server, check_page

_REPORT = (
    "A loader 𝕏 talks to update.lantern-harbour[.]example and looks for google.com first.\n"
    "It waits at 203.0.113.9 and drops lantern-key.\n"
)


@pytest.fixture(scope="module")
def collection(server: Server, signed_in_page: Page) -> str:
    """The path of a collection that was made on the page."""
    page = signed_in_page
    page.goto(f"{server.address}/sharing")
    page.get_by_label("Title").first.fill("For partners")
    page.get_by_label("Objects that match").fill("type:indicator")
    page.get_by_role("button", name="Make the collection").click()
    page.wait_for_url(re.compile(r"/sharing/collections/\d+$"))
    return page.url.removeprefix(server.address)


@pytest.fixture(scope="module")
def output(server: Server, signed_in_page: Page, collection: str) -> str:
    page = signed_in_page
    page.goto(f"{server.address}/sharing/outputs/new?format=list")
    page.get_by_label("Title").fill("For the proxy")
    page.get_by_label("Collection", exact=True).select_option(label="For partners")
    page.get_by_role("button", name="Make the output").click()
    page.wait_for_url(re.compile(r"/sharing/outputs/\d+$"))
    return page.url.removeprefix(server.address)


@pytest.fixture(scope="module")
def feed(server: Server, signed_in_page: Page) -> str:
    page = signed_in_page
    page.goto(f"{server.address}/feeds/new/urlhaus")
    page.get_by_role("button", name="Add the feed").click()
    page.wait_for_url(re.compile(r"/feeds/\d+$"))
    return page.url.removeprefix(server.address)


@pytest.fixture(scope="module")
def review(server: Server, signed_in_page: Page) -> str:
    """The path of a document that has been read."""
    page = signed_in_page
    page.goto(f"{server.address}/review")
    page.set_input_files(
        "#review-file", {"name": "lantern.txt", "mimeType": "text/plain", "buffer": _REPORT.encode()}
    )
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".page-head .badge").first).to_contain_text("to decide", timeout=30_000)
    return page.url.removeprefix(server.address)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 375)])
def test_the_pages_pass_axe(
    open_page: OpenPage, collection: str, output: str, feed: str, review: str, theme: str, width: int
) -> None:
    lists = ("/sharing", "/sharing/outputs", "/sharing/peers", "/feeds", "/review")
    page = open_page("/sharing/outputs/new?format=suricata", theme=theme, width=width)
    check_page(page)
    for path in (*lists, collection, output, f"{output}/preview", feed, review, f"{review}?show=all"):
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        for summary in page.locator("main summary").all():
            summary.click()
        check_page(page)


def test_finds_are_decided_by_keyboard_and_what_was_marked_is_added(open_page: OpenPage, review: str) -> None:
    page = open_page(review)
    rows = page.locator("[data-find]")
    expect(rows.first).to_be_visible()
    before = rows.count()
    page.keyboard.press("n")
    expect(page.locator("[data-find][data-current]")).to_have_count(1)
    page.keyboard.press("a")
    expect(rows).to_have_count(before - 1)
    expect(page.locator("#commit")).to_contain_text("Commit 1 accepted")
    expect(page.locator(".find-accepted")).to_have_count(1)
    page.get_by_role("link", name="Known-good").click()
    expect(page.locator("[data-find]").filter(has_text="google[.]com")).to_have_count(1)
    # Marks “lantern-key” as a mouse does; what stands before it has a character outside the basic plane.
    page.evaluate(
        """() => {
          const text = document.querySelector("[data-document]");
          const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf("lantern-key");
            if (at >= 0) getSelection().setBaseAndExtent(node, at, node, at + 11);
          }
        }"""
    )
    expect(page.locator("#missed-value")).to_have_value("lantern-key")
    page.get_by_label("Kind").select_option("mutex")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-document] .find", has_text=re.compile("^lantern-key$"))).to_have_count(1)


def test_the_desk_works_without_a_script(server: Server, open_context: OpenContext, review: str) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(server.make_link("admin"))
    page.goto(f"{review}?show=all")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Reject", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"show=all"))
    expect(page.locator(".find-row .badge").filter(has_text="rejected").first).to_be_visible()
