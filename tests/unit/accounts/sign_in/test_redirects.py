"""Where a redirect may lead, and how devices are named."""

import pytest

from stack.accounts.sign_in.redirects import is_own_path
from stack.accounts.sign_in.sessions import describe_device


@pytest.mark.parametrize("url", ["/", "/search?q=x&type=y", "/o/malware/1#notes"])
def test_own_paths_are_followed(url: str) -> None:
    assert is_own_path(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "search",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "https://evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "\x00//evil.example",
        "http://testserver/",
    ],
)
def test_everything_else_is_not(url: str | None) -> None:
    assert not is_own_path(url)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128 on Linux"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X) AppleWebKit/605 (KHTML) Version/17.5 Safari/605",
            "Safari 17 on macOS",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge 126 on Windows",
        ),
        ("curl/8.5.0", "curl 8"),
        ("<script>alert(1)</script>", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_are_named_from_a_short_list(agent: str, name: str) -> None:
    assert describe_device(agent) == name
