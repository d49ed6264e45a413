"""A real `stack serve` and a real browser; a page that logs an error or breaks its policy fails its test."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.services import report_absent

_CHROMIUM = os.environ.get("STACK_TEST_CHROMIUM") or shutil.which("chromium") or ""
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_STACK = Path(sys.executable).with_name("stack")
_NEW_LINK = """
import django; django.setup()
from stack.accounts.models import Membership, User
from stack.accounts.operations import create_sign_in_link, ensure_first_organisation
organisation = ensure_first_organisation().organisation
user, made = User.objects.get_or_create(username="{name}", defaults={{"organisation": organisation}})
if made:
    user.set_unusable_password()
    user.save()
    Membership.objects.create(user=user, organisation=organisation, role="analyst", tlp_ceiling=4)
print(create_sign_in_link(user))
"""
_SECONDS_TO_START = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A running Stack with its own data folder; `link` signs the administrator in, once."""

    address: str
    link: str
    environment: dict[str, str]

    def make_link(self, name: str) -> str:
        """A sign-in link for a member of that name, who is made when new."""
        done = subprocess.run(
            [sys.executable, "-c", _NEW_LINK.format(name=name)],
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "stack.config.settings"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return f"{self.address}/sign-in/{done.stdout.strip()}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STACK_", "DJANGO_SETTINGS"))
    }
    environment = kept | {
        "STACK_DATA": str(tmp_path_factory.mktemp("stack")),
        "STACK_KNOWN_GOOD_LISTS": os.environ["STACK_KNOWN_GOOD_LISTS"],
    }
    process = subprocess.Popen(
        [_STACK, "serve", "--no-open", "--port", "0", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline() or "{}")
        assert said, "stack serve ended before it was ready"
        yield Server(said["address"], said["sign_in"], environment)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not _CHROMIUM:
        report_absent("chromium", "install it or set STACK_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in_state(server: Server, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The administrator's cookies, by way of the one-time link."""
    state = tmp_path_factory.mktemp("state") / "cookies.json"
    context = browser.new_context()
    context.new_page().goto(server.link)
    context.storage_state(path=state)
    context.close()
    return state


@pytest.fixture(scope="module")
def signed_in_page(browser: Browser, signed_in_state: Path) -> Iterator[Page]:
    """A page for fixtures that prepare data; tests use `open_page`, which watches for faults."""
    context = browser.new_context(storage_state=signed_in_state)
    yield context.new_page()
    context.close()


OpenPage = Callable[..., Page]
OpenContext = Callable[..., BrowserContext]


class Faults(list[str]):
    """What went wrong in the browser, in the order in which it did."""

    def watch(self, page: Page) -> None:
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))

    def forgive(self, text: str) -> None:
        """Takes away the faults that a test provoked; there must be some."""
        provoked = [fault for fault in self if text in fault]
        assert provoked, f"expected a fault with {text!r}, got {list(self)}"
        self[:] = [fault for fault in self if text not in fault]

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def open_context(server: Server, browser: Browser, faults: Faults) -> Iterator[OpenContext]:
    contexts: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        context = browser.new_context(base_url=server.address, **options)  # type: ignore[arg-type]  # passed on
        context.set_default_timeout(10_000)
        context.on("page", faults.watch)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert faults == [], "the browser reported errors"


@pytest.fixture
def open_page(open_context: OpenContext, signed_in_state: Path) -> OpenPage:
    """Opens a page as the administrator: `open_page("/search", theme="dark", width=375)`."""

    def open_page(path: str, *, theme: str = "light", width: int = 1440) -> Page:
        context = open_context(
            storage_state=signed_in_state, color_scheme=theme, viewport={"width": width, "height": 900}
        )
        page = context.new_page()
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        return page

    return open_page


def check_page(page: Page) -> None:
    """No finding of axe, and nothing that sticks out at the side."""
    page.evaluate(_AXE)
    findings = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in findings] == []
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
