import pytest

from stack.analysis.urls.reading import LONGEST, read_url


@pytest.mark.parametrize(
    ("text", "host", "kind"),
    [
        ("https://www.example.org/a?b=c#d", "www.example.org", "domain"),
        ("http://0x7f.1/", "127.0.0.1", "ipv4"),
        ("http://2130706433/", "127.0.0.1", "ipv4"),
        ("http://017700000001/", "127.0.0.1", "ipv4"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1", "ipv6"),
        ("http://paypal.com@evil.example/", "evil.example", "domain"),
        ("http://evil.example\\@paypal.com/", "evil.example", "domain"),
        ("https:evil.example", "evil.example", "domain"),
        ("https:////evil.example/a", "evil.example", "domain"),
        ("ht\ntps://ev\til.example/", "evil.example", "domain"),
        ("http://ｅｖｉｌ．example/", "evil.example", "domain"),
        ("http://%65vil.example/", "evil.example", "domain"),
        ("http://пример.рф/", "xn--e1afmkfd.xn--p1ai", "domain"),
        ("bit.ly/abc", "bit.ly", "domain"),
        ("example.org:8443/a", "example.org", "domain"),
        ("http://intranet/", "intranet", ""),
        ("data:text/html,hello", "", ""),
    ],
)
def test_the_host_is_the_one_that_a_browser_goes_to(text: str, host: str, kind: str) -> None:
    url = read_url(text)
    assert (url.host, url.host_kind) == (host, kind)


def test_a_url_without_a_scheme_is_read_as_http_and_says_so() -> None:
    url = read_url("bit.ly/abc")
    assert (url.is_bare, url.href, url.text) == (True, "http://bit.ly/abc", "bit.ly/abc")
    assert not read_url("https://bit.ly/abc").is_bare


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("http://evil.example\\@paypal.com/", "backslashes"),
        ("http://ev\til.example/", "tabs"),
        ("https:/evil.example/", "slashes"),
    ],
)
def test_what_others_would_read_otherwise_is_said(text: str, word: str) -> None:
    assert any(word in sentence for sentence in read_url(text).conflicts)


@pytest.mark.parametrize(
    "text", ["https://www.example.org/a\\b".replace("\\", "/"), "https://a.example/?u=c:\\x"]
)
def test_an_ordinary_url_is_read_alike_by_all(text: str) -> None:
    assert read_url(text).conflicts == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "http://a b/",
        "http://[::1%25eth0]/",
        "http://256.1.1.1/",
        "a" * (LONGEST + 1),
        "http://\ud800/",
    ],
)
def test_what_no_browser_opens_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_url(text)
