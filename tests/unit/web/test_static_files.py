import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from stack.web.static_files import FOLDER, StaticFilesMiddleware, fingerprint_folder


def _get(path: str, encodings: str = "", method: str = "GET") -> HttpResponse:
    def fall_through(request: HttpRequest) -> HttpResponse:
        return HttpResponse("the application")

    request = RequestFactory().generic(method, path, headers={"Accept-Encoding": encodings})
    answer = StaticFilesMiddleware(fall_through)(request)
    assert isinstance(answer, HttpResponse)
    return answer


def _url(name: str) -> str:
    return f"{settings.STATIC_URL}{name}"


@pytest.mark.parametrize(("accepted", "sent"), [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0", "")])
def test_the_best_accepted_encoding_is_sent(accepted: str, sent: str) -> None:
    answer = _get(_url("stack/stack.css"), accepted)
    assert answer.headers.get("Content-Encoding", "") == sent
    assert answer["Vary"] == "Accept-Encoding"
    if sent == "gzip":
        assert gzip.decompress(answer.content) == (FOLDER / "stack/stack.css").read_bytes()


def test_files_may_be_kept_for_ever_and_name_their_type() -> None:
    answer = _get(_url("stack/js/main.js"))
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["missing.css", "../urls.py", "stack/../../urls.py", "", "stack"])
def test_nothing_but_the_listed_files_is_served(name: str) -> None:
    assert _get(_url(name)).status_code == 404


def test_files_cannot_be_written_to() -> None:
    assert _get(_url("stack/stack.css"), method="POST").status_code == 405


def test_other_addresses_reach_the_application() -> None:
    assert _get("/search").content == b"the application"


def test_the_fingerprint_follows_content_and_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = fingerprint_folder(tmp_path)
    (tmp_path / "a").write_text("2")
    second = fingerprint_folder(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, fingerprint_folder(tmp_path)}) == 3


def test_an_ordinary_page_needs_less_than_forty_kilobytes() -> None:
    names = ["stack/stack.css", "stack/icons.svg", "vendor/htmx.min.js"]
    names += [
        f"stack/js/{path.name}" for path in (FOLDER / "stack/js").glob("*.js") if path.name != "chart.js"
    ]
    total = sum(len(_get(_url(name), "br").content) for name in names)
    assert total <= 40_000
