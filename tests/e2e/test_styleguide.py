"""The components in a browser: every state, both themes, desk and phone, mouse and keyboard."""

import pytest

from tests.e2e.conftest import OpenPage, check_page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_all_components_pass_axe(open_page: OpenPage, theme: str, width: int) -> None:
    page = open_page("/styleguide", theme=theme, width=width)
    page.wait_for_selector("[data-chart][data-drawn]")
    check_page(page)


@pytest.mark.parametrize("opened", ["guide-dialog", "guide-drawer", "shortcuts"])
def test_dialogs_pass_axe_and_give_the_focus_back(open_page: OpenPage, opened: str) -> None:
    page = open_page("/styleguide")
    page.locator(f"main [data-open={opened}]").press("Enter")
    page.wait_for_selector(f"#{opened}[open]")
    check_page(page)
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#{opened}:not([open])", state="attached")
    assert page.evaluate("() => document.activeElement.dataset.open") == opened


def test_a_score_opens_its_reasons(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.locator("[popovertarget=score-guide]").click()
    page.get_by_text("Named in two reports of reliability B").wait_for(state="visible")
    check_page(page)


def test_values_are_copied_in_the_form_that_was_chosen(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    first = page.locator("#observables .observable").first
    for form, text in [
        ("Defanged", "198.51.100[.]23"),
        ("As it is (fanged)", "198.51.100.23"),
        ("JSON", '{"kind":"ipv4","value":"198.51.100.23"}'),
    ]:
        first.locator("[data-copy-menu]").click()
        page.get_by_role("menuitem", name=form).click()
        page.wait_for_selector("#live:not(:empty)", state="attached")
        assert page.evaluate("() => navigator.clipboard.readText()") == text


def test_the_exact_time_shows_on_focus(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.locator("time.instant").nth(1).focus()
    tip = page.locator("#tip")
    tip.wait_for(state="visible")
    assert "UTC" in tip.inner_text()
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")


def test_theme_and_density_are_kept_for_the_next_first_paint(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.get_by_role("button", name="Theme and density").click()
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="Compact").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("html").get_attribute("data-density") == "compact"
    ground = page.evaluate("() => getComputedStyle(document.documentElement).getPropertyValue('--raised')")
    assert ground == "#16191d"


def test_shortcuts_work_and_can_be_switched_off(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.name") != "q"
    page.keyboard.press("Control+k")
    assert page.evaluate("() => document.activeElement.name") == "q"


def test_on_a_phone_the_navigation_is_a_drawer(open_page: OpenPage) -> None:
    page = open_page("/styleguide", width=375)
    assert not page.get_by_role("navigation", name="Places").is_visible()
    page.get_by_role("button", name="Places").click()
    page.get_by_role("link", name="Look-up").wait_for(state="visible")
    check_page(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Look-up").wait_for(state="hidden")


def test_the_navigation_collapses_to_icons_with_names(open_page: OpenPage) -> None:
    page = open_page("/styleguide")
    page.get_by_role("button", name="Collapse").click()
    page.reload()
    assert page.locator("#sidebar").bounding_box()["width"] < 60  # type: ignore[index]  # it is visible
    assert page.get_by_role("link", name="Look-up").is_visible()
    check_page(page)
