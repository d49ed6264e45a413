import re

import pytest

from stack.analysis.answers import Answer, Evidence
from stack.analysis.base import Known, KnownObject, KnownSource
from stack.analysis.names.analysing import analyze_domain
from stack.analysis.names.findings import Findings
from stack.analysis.names.listing import SERVICES
from stack.analysis.resolving.replies import DnsReply, Outcome
from stack.core.errors import BadInput
from stack.core.known_good import KnownGood
from stack.core.known_good.lists import find_package_lists
from tests.analysis_tools import ToldResolver, ToldTools


class AskedResolver(ToldResolver):
    """One that also says that a name without a record is there."""

    def ask(self, name: str, record: str) -> DnsReply:
        texts = self.lookup(name, record)
        return DnsReply(Outcome.FOUND if texts else Outcome.EMPTY, texts)


def _find(answer: Answer, code: str) -> Evidence:
    found = [each for each in answer.evidence if each.code == f"domain.{code}"]
    assert found, [each.code for each in answer.evidence]
    return found[0]


def _codes(answer: Answer) -> set[str]:
    return {each.code for each in answer.evidence}


def _listed(name: str, *, matched: str = "") -> tuple[KnownGood, ...]:
    return (KnownGood(name, "known", title=name, matched=matched),)


def test_an_ordinary_name_has_no_evidence_and_its_parts_as_facts() -> None:
    answer = analyze_domain("www.example.org", ToldTools())
    assert answer.evidence == ()
    facts = {fact.name: fact.value for fact in answer.facts}
    assert facts["Public suffix"] == "org"
    assert facts["Registered name"] == "example.org"
    assert [pivot.value for pivot in answer.pivots] == ["example.org"]


def test_a_lookalike_is_explained_and_leads_to_whom_it_imitates() -> None:
    answer = analyze_domain("paypal-login.top", ToldTools())
    found = _find(answer, "lookalike.lure")
    assert "PayPal" in found.statement
    assert "“login”" in found.statement
    assert found.weight == 2.5
    assert found.pivots[0].value == "paypal.com"
    assert _find(answer, "cheap-suffix").weight == 0.5
    assert answer.summary == found.statement


def test_a_popular_site_is_told_what_it_looks_like_without_weight() -> None:
    tools = ToldTools(known_good={"paypal-login.top": _listed("tranco")})
    assert {each.weight for each in analyze_domain("paypal-login.top", tools).evidence} == {0.0}


def test_what_customers_of_a_popular_service_chose_is_weighed() -> None:
    lists = (*_listed("tranco"), *_listed("lots-project"))
    tools = ToldTools(known_good={"pcloud.example": lists, "paypal-login.pcloud.example": lists})
    assert (
        _find(analyze_domain("paypal-login.pcloud.example", tools), "lookalike.subdomain-lure").weight == 2.0
    )
    tools = ToldTools(known_good={"paypa1.example": lists})
    assert _find(analyze_domain("paypa1.example", tools), "lookalike.similar-letters").weight == 0


def test_every_list_that_is_asked_for_by_name_is_there() -> None:
    folder = find_package_lists()
    for name in (*SERVICES, "sinkholes", "parking-domain", "parking-domain-ns"):
        assert (folder / name / "list.json").exists(), name


def test_a_made_up_name_is_recognised_where_a_person_should_have_chosen_it() -> None:
    found = _find(analyze_domain("xkqzjvwpyrtnb.com", ToldTools()), "algorithmic-name")
    assert re.search(r"\d+ of its \d+ letter triples", found.statement)
    hosted = analyze_domain("d1xkqzjvwpyrtn.cloudfront.net", ToldTools())
    assert "domain.algorithmic-name" not in _codes(hosted)
    assert _find(hosted, "hosted").weight > 0


def test_international_letters_are_told() -> None:
    mixed = _find(analyze_domain("exаmple.org", ToldTools()), "mixed-scripts")
    assert "Cyrillic, Latin" in mixed.statement
    alike = _find(analyze_domain("сор.org", ToldTools()), "all-confusable")
    assert "CYRILLIC SMALL LETTER ES" in alike.statement
    assert not _codes(analyze_domain("bücher.org", ToldTools()))
    assert not _codes(analyze_domain("пример.org", ToldTools()))


def test_services_that_give_names_to_anybody_are_named() -> None:
    tools = ToldTools(known_good={"c2.dyn.example": _listed("dynamic-dns", matched="dyn.example")})
    found = _find(analyze_domain("c2.dyn.example", tools), "dynamic-dns")
    assert "dyn.example" in found.statement
    assert found.weight == 1.5


def test_names_above_and_beside_it_that_the_store_calls_bad_speak_against_it() -> None:
    bad = KnownObject(
        "indicator--1", "indicator", "c2", "pattern", (KnownSource("feed", 1),), modified=1_000_000
    )
    tools = ToldTools(known={"evil.example": Known("evil.example", "domain", (bad,))})
    above = _find(analyze_domain("a.b.evil.example", tools), "known-above")
    assert (
        above.statement
        == "An indicator of the store of feed names evil.example, which is above a.b.evil.example."
    )
    assert (above.is_private, above.seen_at, above.half_life_days) == (True, 1_000_000, 180.0)
    tools = ToldTools(below={"evil.example": Known("*.evil.example", "domain", (bad, bad), more=5)})
    beside = _find(analyze_domain("evil.example", tools), "known-beside")
    assert beside.statement == "7 indicators of the store of feed name hosts below evil.example."
    # Customers of one hosting service are no relatives.
    tools = ToldTools(known={"github.io": Known("github.io", "domain", (bad,))})
    assert "domain.known-above" not in _codes(analyze_domain("somebody.github.io", tools))


def test_dns_gives_facts_and_pivots() -> None:
    resolver = ToldResolver(
        {
            ("www.example.org", "A"): ("93.184.216.34",),
            ("example.org", "NS"): ("ns1.example.net",),
            ("example.org", "MX"): ("10 mx.example.net",),
            ("example.org", "TXT"): ("v=spf1 +all", "other"),
            ("_dmarc.example.org", "TXT"): ("v=DMARC1; p=none",),
            ("example.org", "DS"): ("1 8 2 ab",),
        }
    )
    answer = analyze_domain("www.example.org", ToldTools(resolver=resolver))
    facts = {fact.name: fact.value for fact in answer.facts}
    assert facts["Address"] == "93.184.216.34"
    assert facts["Mail server"] == "mx.example.net"
    assert facts["DMARC"] == "v=DMARC1; p=none"
    assert facts["DNSSEC"] == "signed"
    assert _find(answer, "spf-all").weight > 0
    assert ("93.184.216.34", "resolves-to") in {(each.value, each.relation) for each in answer.pivots}


def test_a_sinkhole_says_that_the_name_was_taken() -> None:
    resolver = ToldResolver(
        {("evil.example", "A"): ("192.42.116.41",), ("evil.example", "NS"): ("ns1.csof.net",)}
    )
    tools = ToldTools(resolver=resolver, known_good={"192.42.116.41": _listed("sinkholes")})
    found = [
        each for each in analyze_domain("evil.example", tools).evidence if each.code == "domain.sinkhole"
    ]
    assert len(found) == 2
    assert {each.group for each in found} == {"domain.sinkhole"}


def test_an_alias_that_leads_nowhere_is_told() -> None:
    records = {
        ("app.example.org", "CNAME"): ("gone.azurewebsites.net",),
        ("example.org", "NS"): ("ns1.example.net",),
    }
    answer = analyze_domain("app.example.org", ToldTools(resolver=AskedResolver(records)))
    assert "gone.azurewebsites.net" in _find(answer, "dangling-alias").statement
    records[("app.example.org", "A")] = ("93.184.216.34",)
    answer = analyze_domain("app.example.org", ToldTools(resolver=AskedResolver(records)))
    assert "domain.dangling-alias" not in _codes(answer)


@pytest.mark.parametrize("name", ["secret.corp.internal", "printer.local", "abcdefghijklmnop.onion"])
def test_names_of_local_networks_and_of_tor_are_not_asked_about(name: str) -> None:
    resolver = ToldResolver()
    analyze_domain(name, ToldTools(resolver=resolver))
    assert resolver.asked == []


def test_a_watched_name_before_another_suffix_counts_more_than_a_known_brands() -> None:
    watched = _find(
        analyze_domain("acmecorp.net", ToldTools(brands=("acmecorp.com",))), "lookalike.other-suffix"
    )
    assert "which your organisation watches" in watched.statement
    assert watched.is_private
    bundled = _find(analyze_domain("paypal.net", ToldTools()), "lookalike.other-suffix")
    assert watched.weight > bundled.weight > 0


def test_letters_that_are_not_seen_are_written_as_escapes() -> None:
    hidden = "ab\u202ecd".encode("punycode").decode()
    answer = analyze_domain(f"xn--{hidden}.example", ToldTools())
    assert all(fact.value.isprintable() for fact in answer.facts)
    findings = Findings("domain")
    findings.note("x", "A \u202esentence\x1b[2J.")
    assert findings.answer("").evidence[0].statement == "A \\u202esentence\\u001b[2J."


def test_silence_is_no_evidence_and_ends_the_questions() -> None:
    resolver = ToldResolver()
    answer = analyze_domain("www.example.org", ToldTools(resolver=resolver))
    assert _find(answer, "no-answer").weight == 0
    assert len(resolver.asked) == 2


@pytest.mark.parametrize("value", ["", "10.0.0.1", "a b.example", "x" * 10_000, "a\ud800.example", "-"])
def test_what_is_no_domain_is_refused_with_what_was_expected(value: str) -> None:
    with pytest.raises(BadInput, match="domain"):
        analyze_domain(value, ToldTools())
