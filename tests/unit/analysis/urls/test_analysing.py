import base64
from urllib.parse import quote

import pytest

from stack.analysis.answers import Answer, Evidence
from stack.analysis.subjects import Subject
from stack.analysis.urls.analysing import analyze_link
from stack.analysis.urls.endings import find_double_ending, find_ending
from stack.core.errors import BadInput
from stack.core.known_good import KnownGood
from tests.analysis_tools import ToldResolver, ToldTools


def _analyze(url: str, tools: ToldTools | None = None) -> Answer:
    return analyze_link(Subject(kind="url", value=url), tools or ToldTools())


def _find(answer: Answer, code: str) -> Evidence:
    found = [each for each in answer.evidence if each.code == f"url.{code}"]
    assert found, [each.code for each in answer.evidence]
    return found[0]


def _listed(name: str) -> tuple[KnownGood, ...]:
    return (KnownGood(name, "known", title=name),)


def test_an_ordinary_url_has_no_evidence() -> None:
    answer = _analyze("https://www.example.org/articles/how-to-bake-bread?page=2")
    assert answer.evidence == ()
    assert ("domain", "www.example.org", "host") in {(p.kind, p.value, p.relation) for p in answer.pivots}


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("http://paypal.com@evil.example/", "user-name", "“paypal.com” before the @"),
        ("http://0x5DB8D822/a", "disguised-address", "93.184.216.34"),
        ("http://93.184.216.34/a", "host-address", "93.184.216.34"),
        ("http://evil.example:4444/", "port", "4444"),
        ("http://evil.example\\@paypal.com/", "readers-differ", "backslashes"),
        ("http://%65vil.example/", "escaped-host", "evil.example"),
        ("data:text/html;base64,PGgxPg==", "active-scheme", "data"),
        ("http://evil.example/a/invoice.pdf.exe", "double-ending", ".pdf.exe"),
        ("http://evil.example/a/run.hta", "program", ".hta"),
        ("http://evil.example/a/docs.zip", "archive", ".zip"),
        ("http://evil.example/paypal/login.html", "brand-path", "PayPal"),
        ("http://shop.example/wp-content/plugins/x/y.html", "wordpress", "WordPress"),
        ("http://evil.example/panel/gate.php", "panel", "gate.php"),
        ("http://evil.example/k3j9d8f7a6s5", "random-part", "k3j9d8f7a6s5"),
        ("http://evil.example/%252e%252e/x", "double-escapes", "twice"),
        ("http://evil.example/%6c%6f%67%69%6e", "needless-escapes", "5 plain letters"),
        ("http://evil.example/" + "a/" * 200, "long", "characters"),
    ],
)
def test_each_trick_is_told_with_what_was_seen(url: str, code: str, says: str) -> None:
    found = _find(_analyze(url), code)
    assert says in found.statement
    assert found.weight > 0


def test_the_host_is_judged_by_the_engine_of_names() -> None:
    answer = _analyze("https://paypal-login.top/x")
    assert _find(answer, "host.lookalike.lure").group == "url.host.lookalike"
    assert "PayPal" in answer.summary


def test_an_address_is_judged_by_the_engine_of_addresses() -> None:
    answer = _analyze("http://192.168.1.1/x")
    assert _find(answer, "host.scope").weight == 0


def test_dns_is_asked_about_the_host_alone() -> None:
    resolver = ToldResolver(
        {("evil.example", "A"): ("192.0.2.1",), ("evil.example", "NS"): ("ns1.csof.net",)}
    )
    answer = _analyze("https://evil.example/?u=https://other.example/", ToldTools(resolver=resolver))
    assert _find(answer, "host.sinkhole").weight > 0
    assert all("evil.example" in name for name, _ in resolver.asked)


def test_pages_of_a_popular_site_weigh_little_and_its_own_brand_nothing() -> None:
    tools = ToldTools(known_good={"downloads.example.org": _listed("tranco")})
    assert _find(_analyze("https://downloads.example.org/tool.exe", tools), "program").weight < 0.5
    assert _analyze("https://www.paypal.com/paypal/login").evidence == ()
    shared = ToldTools(known_good={"files.example.org": (*_listed("tranco"), *_listed("lots-project"))})
    assert _find(_analyze("https://files.example.org/tool.exe", shared), "program").weight == 1.0


def test_where_a_link_leads_on_to_is_found_however_it_is_encoded() -> None:
    inner = "https://paypal-login.top/x"
    for value in (
        quote(inner, safe=""),
        base64.urlsafe_b64encode(inner.encode()).decode(),
        inner.encode().hex(),
    ):
        answer = _analyze(f"https://www.example.org/go?to={value}")
        assert "paypal-login.top" in _find(answer, "redirect").statement
        assert _find(answer, "target.lookalike.lure").weight == 2.5
        assert ("url", inner, "leads-to") in {(p.kind, p.value, p.relation) for p in answer.pivots}


def test_services_that_carry_the_addresses_of_others_are_no_evidence() -> None:
    inner = quote("https://news.example.com/story", safe="")
    answer = _analyze(f"https://eur01.safelinks.protection.outlook.com/?url={inner}&data=x")
    assert _find(answer, "carrier").weight == 0
    assert "Safe Links" in _find(answer, "carrier").statement
    assert (
        "news.example.com"
        in _find(
            _analyze(f"https://web.archive.org/web/2026/{'https://news.example.com/a'}"), "carrier"
        ).statement
    )


def test_a_link_back_to_the_same_organisation_is_no_redirect() -> None:
    back = quote("https://shop.example.org/basket", safe="")
    assert _analyze(f"https://www.example.org/login?next={back}").evidence == ()
    office = quote("https://outlook.live.com/owa", safe="")
    assert _analyze(f"https://login.hotmail.com/authorize?redirect_uri={office}").evidence == ()


def test_the_mailbox_of_a_victim_is_found() -> None:
    box = base64.b64encode(b"someone@example.org").decode()
    found = _find(_analyze(f"https://evil.example/#{box}"), "mailbox")
    assert "someone@example.org stands in it, encoded as base64," in found.statement
    assert found.weight > _find(_analyze("https://evil.example/?e=someone@example.org"), "mailbox").weight


def test_what_stands_in_a_link_inside_a_link_is_found() -> None:
    box = base64.b64encode(b"someone@example.org").decode()
    last = f"https://paypal-login.top/#{box}"
    middle = f"https://redirect.example/?to={base64.b64encode(last.encode()).decode()}"
    answer = _analyze(f"https://www.google.com/url?q={quote(middle, safe='')}")
    assert "someone@example.org" in _find(answer, "mailbox").statement
    assert _find(answer, "target.lookalike.lure").weight == 2.5
    assert {p.value for p in answer.pivots if p.relation == "leads-to"} == {middle, last}


def test_endings_are_read_from_the_last_part() -> None:
    assert find_ending("/a.b/c") == ""
    assert find_ending("/a/.htaccess") == ""
    assert find_double_ending("/a/b.jpg.scr") == ("jpg", "scr")
    assert find_double_ending("/a/jquery.min.js") is None


@pytest.mark.parametrize(
    "value", ["", "http://", "not a url", "http://a b/", "http://[::1%25eth0]:99999/", "x" * 9000]
)
def test_what_is_no_url_is_refused_with_what_was_expected(value: str) -> None:
    with pytest.raises(BadInput, match="URL"):
        _analyze(value)


def test_hostile_urls_are_answered_within_bounds() -> None:
    nested = "https://a.example/?u="
    for _ in range(8):
        nested += quote(nested, safe="")
        nested = nested[:8000]
    for url in (nested, "http://evil.example/?" + "&".join(f"u{n}=http://x{n}.example/" for n in range(250))):
        answer = _analyze(url)
        assert len(answer.evidence) <= 200
        assert len(answer.facts) <= 300
