"""The recipe of the image, and the program in it that a container is asked for its health with.

The image itself is built and tried out by `make image`.
"""

import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.deploy.tools import ROOT

_RECIPE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
_FINAL = _RECIPE.rpartition("\nFROM ")[2]


def test_the_image_runs_as_nobody_of_the_machine_with_process_1_that_hands_signals_on() -> None:
    assert re.search(r"^USER 10001:10001$", _FINAL, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["tini", "--", "stack"\]$', _FINAL, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", _FINAL, re.MULTILINE)
    assert "STACK_MODE=production" in _FINAL


def test_every_package_is_pinned_by_its_content_and_none_is_compiled() -> None:
    installs = re.findall(r"pip install (.*)", _RECIPE)
    assert len(installs) == 2
    assert all("--require-hashes --only-binary :all:" in each or "--no-deps" in each for each in installs)
    assert not re.search(r"^ADD ", _RECIPE, re.MULTILINE)


def test_nothing_reaches_the_build_that_is_not_named() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", _RECIPE, re.MULTILINE)
        for word in line.split()
    }
    assert copied == allowed


class Answering(http.server.BaseHTTPRequestHandler):
    """`/livez` lives, `/readyz` is not ready; anybody who names another host is refused."""

    def do_GET(self) -> None:  # the name that the library calls
        is_known = self.headers["Host"] == "stack.example"
        self.send_response((200 if self.path == "/livez" else 503) if is_known else 400)
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the library's word
        """Nothing to say."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def ask(port: int, *arguments: str, host: str = "stack.example,other.example") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(ROOT / "deploy" / "image" / "healthcheck"), *arguments],
        env={"STACK_HEALTH_PORT": str(port), "STACK_ALLOWED_HOSTS": host},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr.strip()


def test_the_health_check_tells_what_the_process_answers(port: int) -> None:
    assert ask(port) == (0, "")
    assert ask(port, "/livez") == (0, "")
    assert ask(port, "/readyz") == (1, f"127.0.0.1:{port}/readyz: HTTP 503")


def test_the_health_check_fails_when_nobody_answers(port: int) -> None:
    code, said = ask(1)
    assert code == 1
    assert said.startswith("127.0.0.1:1/livez: ")
