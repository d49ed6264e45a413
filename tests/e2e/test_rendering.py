"""Whatever a source, a file or a neighbour says is shown as text: in a real browser nothing of it runs.

Checked on every page: no dialog, no error or breach of the content security policy (the fixtures fail the
test for these), no script but Stack's own, no event handler, no link or image that a payload made.
"""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e import hostile
from tests.e2e.conftest import OpenPage, Server

# Names that only administrators can give are hostile as well: one organisation must not script another.
_PLANT = """
import django; django.setup()
from stack.accounts.models import Organisation, RestrictedMarking, SharingGroup
from stack.accounts.operations import ensure_first_organisation
from tests.e2e import hostile
own = ensure_first_organisation().organisation
other, _ = Organisation.objects.get_or_create(name=f"{hostile.MARKER} {hostile.EVERYTHING}"[:200])
group, _ = SharingGroup.objects.get_or_create(name=f"{hostile.MARKER} {hostile.IMAGE}")
group.organisations.set([own, other])
"""
_FIND_BREACHES = """() => {
    const found = [];
    if (window.hit) found.push(`ran: ${window.hit}`);
    for (const element of document.querySelectorAll('*')) {
        for (const { name, value } of element.attributes) {
            if (name.startsWith('on')) found.push(`${element.tagName} has ${name}`);
            if (['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'srcdoc'].includes(name)
                && /^\\s*(javascript|data|vbscript):/i.test(value)) found.push(`${name}=${value}`);
        }
    }
    for (const script of document.scripts) {
        if (!script.src.startsWith(location.origin + '/static/')) found.push(`script ${script.src}`);
    }
    for (const image of document.querySelectorAll('img, iframe, object, embed, svg[onload]')) {
        found.push(image.outerHTML);
    }
    if (document.documentElement.innerText.includes('1337')) found.push('a template was run');
    return found;
}"""


@pytest.fixture(scope="module")
def job_path(server: Server, signed_in_page: Page) -> str:
    """The path of the job that took the hostile bundle in, under a hostile file name and source."""
    subprocess.run(
        [sys.executable, "-c", _PLANT],
        env=server.environment | {"DJANGO_SETTINGS_MODULE": "stack.config.settings"},
        timeout=60,
        check=True,
    )
    page = signed_in_page
    page.goto(f"{server.address}/ingest")
    page.get_by_text("Source and format").click()
    page.fill("#ingest-source", f"{hostile.MARKER} {hostile.QUOTE}")
    content = hostile.write_bundle()
    page.set_input_files(
        "#ingest-file", {"name": hostile.FILE_NAME, "mimeType": "application/json", "buffer": content}
    )
    page.wait_for_url(re.compile(r"/jobs/\d+$"))
    expect(page.locator(".page-head .badge")).to_contain_text("Done", timeout=20_000)
    return page.url.removeprefix(server.address)


def _list_paths(job: str) -> list[str]:
    paths = [
        "/",
        "/ingest",
        "/sources",
        "/jobs",
        job,
        "/organisation",
        "/admin/organisations",
        "/admin/groups",
        "/admin/markings",
        "/audit",
        "/account",
        f"/search?q={hostile.MARKER}",
        f"/search?q={hostile.MARKER}&view=statistics",
        "/search?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22&type=%22%3E%3Csvg%20onload%3Dalert(1)%3E",
        "/sign-in?next=javascript:window.hit=1",
    ]
    for obj in hostile.make_objects():
        base = "/o/" + obj["id"].replace("--", "/")
        tabs = ("", "/relations", "/notes", "/sources", "/history", "/stix", "/stix?as=indented", "/handling")
        paths += [base + tab for tab in tabs]
    return paths


def test_nothing_that_anybody_states_runs_on_any_page(open_page: OpenPage, job_path: str) -> None:
    page = open_page("/")
    dialogs: list[str] = []

    def close(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", close)
    breaches: dict[str, list[str]] = {}
    shown = 0
    for path in _list_paths(job_path):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        page.wait_for_load_state("load")
        if found := page.evaluate(_FIND_BREACHES):
            breaches[path] = found
        shown += "onerror=" in page.locator("body").inner_text()
    assert breaches == {}
    assert dialogs == []
    assert shown > 20, "the payloads are to be seen as text, or nothing was tried"


def test_what_scripts_put_on_the_page_stays_text(open_page: OpenPage, job_path: str) -> None:
    """What comes after loading: suggestions, the dialog and its sentence, copies, answers of a look-up."""
    [malware] = [obj for obj in hostile.make_objects() if obj["type"] == "malware"]
    page = open_page("/o/" + malware["id"].replace("--", "/"))
    page.get_by_role("link", name="Change").click()
    dialog = page.locator("#mark-dialog")
    dialog.get_by_label("Chosen organisations and groups", exact=True).first.check()
    for box in dialog.locator("input[name=share_with], input[name=markings]").all():
        box.check()
    expect(dialog.locator("#mark-outcome")).to_contain_text("onerror=")
    assert page.evaluate(_FIND_BREACHES) == []
    page.goto("/search")
    page.locator("[data-omnibar] input").press_sequentially(hostile.MARKER)
    page.wait_for_timeout(600)
    assert page.evaluate(_FIND_BREACHES) == []
    page.goto("/lookup")
    page.get_by_label("Values, one a line").fill("\n".join([hostile.IMAGE, hostile.ADDRESS, hostile.MARKER]))
    page.get_by_role("button", name="Look up").click()
    page.wait_for_url(re.compile("/lookup/.+"))
    assert page.evaluate(_FIND_BREACHES) == []
