"""What people do in their first quarter of an hour: sign in, ingest, look up, search, read, compare."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import bundles
from tests.e2e.conftest import Faults, OpenContext, OpenPage, Server, check_page

_PASSWORD = "an owl counts seven lamps"


def _send_file(page: Page, name: str, content: bytes) -> None:
    """Drops a file on the page's zone and waits on the job's page until it is done, without a reload."""
    page.set_input_files("#ingest-file", {"name": name, "mimeType": "application/json", "buffer": content})
    page.wait_for_url(re.compile(r"/jobs/\d+$"))
    expect(page.locator(".page-head .badge")).to_contain_text("Done", timeout=20_000)


def _count_results(page: Page) -> int:
    return int(page.get_by_role("heading", level=1).inner_text().split()[0])


@pytest.fixture(scope="module")
def populated(server: Server, signed_in_page: Page) -> None:
    """The family in two versions by two sources, and its indicators, all taken in through the browser."""
    for name, content in [("north.json", bundles.first_bundle()), ("south.json", bundles.second_bundle())]:
        signed_in_page.goto(f"{server.address}/ingest")
        _send_file(signed_in_page, name, content)
    for _ in range(50):
        signed_in_page.goto(f"{server.address}/search?q=wicket")
        if _count_results(signed_in_page) > bundles.INDICATORS:
            return
        signed_in_page.wait_for_timeout(200)
    pytest.fail("what was taken in did not become searchable within ten seconds")


def test_a_link_signs_in_once_and_a_password_afterwards(
    server: Server, open_context: OpenContext, faults: Faults
) -> None:
    page = open_context().new_page()
    link = server.make_link("analyst")
    page.goto(link)
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    page.goto("/account/security")
    check_page(page)
    page.get_by_label("New password", exact=True).fill(_PASSWORD)
    page.get_by_label("The new password once more").fill(_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set")).to_be_visible()
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in$"))
    check_page(page)
    page.goto("/sources")
    expect(page).to_have_url(re.compile("/sign-in.next=/sources$"))
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password").fill("something else entirely")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    faults.forgive("422")
    page.get_by_label("Password").fill(_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Sources", exact=True)).to_be_visible()
    other = open_context().new_page()
    other.goto(link)
    expect(other.get_by_role("heading", name="This sign-in link no longer works")).to_be_visible()
    faults.forgive("410")


@pytest.mark.usefixtures("populated")
def test_the_same_file_again_changes_nothing_and_says_so(open_page: OpenPage) -> None:
    page = open_page("/ingest")
    _send_file(page, "north.json", bundles.first_bundle())
    expect(page.get_by_text("Nothing changed: all 121 objects were already known")).to_be_visible()
    check_page(page)


def test_a_broken_record_is_named_and_the_good_one_is_in(open_page: OpenPage) -> None:
    page = open_page("/ingest")
    _send_file(page, "broken.json", bundles.broken_bundle())
    row = page.locator("#errors tbody tr").first
    expect(row).to_contain_text("objects[1]")
    expect(row).to_contain_text("valid_from")
    expect(page.locator("#errors")).to_contain_text("1 record was rejected; the others are in")
    check_page(page)
    with page.expect_download() as download:
        page.locator("#errors").get_by_role("link", name="CSV").click()
    assert "objects[1]" in download.value.path().read_text(encoding="utf-8")


@pytest.mark.usefixtures("populated")
def test_mixed_lines_are_answered_in_their_order(open_page: OpenPage) -> None:
    page = open_page("/lookup")
    lines = ["8.8.8.8", bundles.HOST.replace(".", "[.]"), "Cold Wicket", "never heard of", "8.8.8.8"]
    page.get_by_label("Values, one a line").fill("\n".join(lines))
    page.get_by_role("button", name="Look up").click()
    page.wait_for_url(re.compile("/lookup/.+"))
    rows = page.locator("#answers tbody tr")
    expect(rows).to_have_count(5)
    assert rows.locator("td:nth-child(1)").all_inner_texts() == ["1", "2", "3", "4", "5"]
    known = [text.strip() for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert known == ["unknown", "known", "known", "unknown", "unknown"]
    assert rows.nth(1).locator("th").inner_text() == bundles.HOST.replace(".", "[.]")
    check_page(page)
    page.get_by_role("link", name="Unknown 3").click()
    expect(rows).to_have_count(3)
    page.go_back()
    expect(rows).to_have_count(5)


@pytest.mark.usefixtures("populated")
def test_several_lines_pasted_into_the_omnibar_are_looked_up(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData('text', '8.8.8.8\\n9.9.9.9');
            const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
            document.querySelector('[data-omnibar] input').dispatchEvent(event);
        }"""
    )
    page.wait_for_url(re.compile("/lookup/.+"))
    expect(page.locator("#answers tbody tr")).to_have_count(2)


@pytest.mark.usefixtures("populated")
def test_facets_narrow_back_widens_and_the_url_says_it_all(open_page: OpenPage) -> None:
    page = open_page("/")
    page.keyboard.press("/")
    page.keyboard.type("wicket")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=wicket"))
    heading = page.get_by_role("heading", level=1)
    everything = heading.inner_text()
    page.get_by_role("link", name="Malware").click()
    expect(heading).to_have_text("1 result")
    expect(page).to_have_url(re.compile("type=malware"))
    page.wait_for_function("() => document.activeElement.dataset.focus === 'facet-type-malware'")
    page.reload()
    expect(heading).to_have_text("1 result")
    page.get_by_role("link", name="COLD WICKET").first.click()
    expect(heading).to_have_text("COLD WICKET")
    page.go_back()
    expect(heading).to_have_text("1 result")
    page.go_back()
    expect(heading).to_have_text(everything)


@pytest.mark.usefixtures("populated")
def test_count_page_and_export_agree(open_page: OpenPage) -> None:
    page = open_page("/search?type=indicator&q=wicket")
    count = _count_results(page)
    assert count >= bundles.INDICATORS
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    expect(rows).to_have_count(count - 50)
    answer = page.context.request.get("/search.csv?type=indicator&q=wicket")
    assert len(answer.text().strip().splitlines()) == count + 1
    assert page.context.request.get("/search.json?type=indicator&q=wicket").json()["total"] == count


@pytest.mark.usefixtures("populated")
def test_an_object_shows_what_changed_between_its_versions(open_page: OpenPage) -> None:
    page = open_page(bundles.FAMILY_PATH)
    expect(page.get_by_text("delivered by shared documents")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"History \d")).click()
    diff = page.locator("#diff")
    description = diff.get_by_role("row", name=re.compile("description"))
    expect(description.locator("del").first).to_contain_text("seen")
    expect(description.locator("ins").last).to_contain_text("documents")
    check_page(page)
    page.get_by_role("link", name=re.compile("Relations 60")).click()
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="STIX").click()
    expect(page.locator("#stix-text")).to_contain_text('"name": "COLD WICKET"')


@pytest.mark.usefixtures("populated")
def test_values_are_never_live_links(open_page: OpenPage) -> None:
    for path in ("/", "/search?q=wicket", bundles.FAMILY_PATH + "/relations"):
        page = open_page(path)
        links = page.eval_on_selector_all("a", "links => links.map(link => link.href)")
        assert [link for link in links if "example" in link and "?q=" not in link] == []
        assert bundles.HOST not in page.inner_text("main")


@pytest.mark.usefixtures("populated")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=wicket",
        "/search?view=statistics",
        "/search?q=name:(",
        "/lookup",
        "/ingest",
        "/sources",
        "/jobs",
        "/account",
        bundles.FAMILY_PATH,
        bundles.FAMILY_PATH + "/relations",
        bundles.FAMILY_PATH + "/sources",
        bundles.FAMILY_PATH + "/history",
        bundles.FAMILY_PATH + "/stix",
    ],
)
def test_every_page_passes_axe_in_both_themes_on_desk_and_phone(
    open_page: OpenPage, path: str, theme: str, width: int
) -> None:
    check_page(open_page(path, theme=theme, width=width))


def test_what_is_not_there_is_a_page_of_the_design(open_page: OpenPage, faults: Faults) -> None:
    page = open_page("/o/malware/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    check_page(page)
    page.goto("/no-such-page")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    faults.forgive("404")


def test_the_address_of_a_page_serves_its_part_to_htmx_alone(open_page: OpenPage) -> None:
    request = open_page("/jobs").context.request
    whole, part = request.get("/jobs"), request.get("/jobs", headers={"HX-Request": "true"})
    assert "<html" in whole.text()
    assert "<html" not in part.text()
    assert "HX-Request" in whole.headers["vary"]
    policy = whole.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
