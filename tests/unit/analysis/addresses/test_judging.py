"""What the engine says of an address, from what it is told."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from stack.analysis.addresses import settings
from stack.analysis.addresses.judging import judge_address
from stack.analysis.answers import Answer, Word
from stack.analysis.base import Known, KnownObject, KnownSource
from stack.analysis.registry import list_analyzers
from stack.analysis.subjects import Subject
from stack.analysis.verdicts import weigh_evidence
from stack.core.errors import Unavailable
from stack.core.known_good import KnownGood
from tests.analysis_tools import ToldResolver, ToldTools

ADDRESS = "8.8.8.8"
REVERSE = ("8.8.8.8.in-addr.arpa", "PTR")


def judge(value: str, tools: ToldTools | None = None) -> Answer:
    return judge_address(Subject("ipv6" if ":" in value else "ipv4", value), tools or ToldTools())


def list_weights(answer: Answer) -> Mapping[str, float]:
    return {each.code: each.weight for each in answer.evidence}


def make_known(value: str, **fields: object) -> Known:
    known = KnownObject(stix_id="indicator--1", type="indicator", name="Exits", role="pattern", **fields)  # type: ignore[arg-type]
    return Known(value, "ipv4", (known,))


def test_an_address_without_anything_against_it_has_no_evidence() -> None:
    answer = judge(ADDRESS)
    assert answer.evidence == ()
    assert answer.summary == "AS15169 Google LLC, US"
    assert {(fact.name, fact.value) for fact in answer.facts} >= {
        ("Scope", "Public"),
        ("Autonomous system", "AS15169"),
        ("Registered in", "US"),
    }
    assert answer.places[0].country == "US"
    assert answer.link == "https://db-ip.com"


def test_what_nobody_reaches_is_told_and_nobody_is_asked_about_it() -> None:
    resolver = ToldResolver()
    answer = judge("10.0.0.1", ToldTools(resolver=resolver))
    assert list_weights(answer) == {"ip.scope": 0.0}
    assert answer.evidence[0].statement.startswith("This address is used inside networks")
    assert resolver.asked == []


def test_an_address_within_an_address_is_a_pivot() -> None:
    answer = judge("::ffff:10.0.0.1")
    assert [(each.kind, each.value) for each in answer.pivots] == [("ipv4", "10.0.0.1")]
    assert "IPv4-mapped form of 10.0.0.1" in answer.evidence[1].statement


def test_of_an_address_that_stands_for_another_the_other_is_judged() -> None:
    known = [make_known(f"8.8.8.{host}") for host in range(9, 20)]
    resolver = ToldResolver()
    answer = judge("64:ff9b::808:808", ToldTools(resolver=resolver, addresses={"8.8.8.0/24": known}))
    assert list_weights(answer) == {"ip.wrapped": 0.0, "ip.bad-neighbours": 2.0}
    assert resolver.asked == [REVERSE]
    assert "AS15169" in answer.summary


def test_what_no_registry_has_given_out_is_told() -> None:
    answer = judge("2d00::1")
    assert list_weights(answer) == {"ip.unallocated": 0.0}
    assert "as of 2026-06-17" in answer.evidence[0].statement


@pytest.mark.parametrize(
    ("lists", "weights"),
    [
        (("amazon-aws",), {"ip.cloud": 0.0}),
        (("shodan-scanning", "shodan-nt-scanning"), {"ip.scanner": -0.5}),
        (("tor-exits",), {"ip.tor": 1.2}),
        (("tranco",), {}),
    ],
)
def test_lists_give_roles(lists: tuple[str, ...], weights: dict[str, float]) -> None:
    held = tuple(KnownGood(name, "known", f"Title of {name}") for name in lists)
    answer = judge(ADDRESS, ToldTools(known_good={ADDRESS: held}))
    assert list_weights(answer) == weights
    assert all(f"Title of {lists[0]}" in each.statement for each in answer.evidence)


def test_the_feed_of_tor_exits_makes_a_tor_exit_unless_it_was_revoked() -> None:
    known = make_known(ADDRESS, labels=("anonymization", "tor-exit"))
    assert list_weights(judge(ADDRESS, ToldTools(known={ADDRESS: known}))) == {"ip.tor": 1.2}
    known = make_known(ADDRESS, labels=("tor-exit",), is_revoked=True)
    assert list_weights(judge(ADDRESS, ToldTools(known={ADDRESS: known}))) == {}


def test_a_tor_exit_is_no_malicious_address_by_that_alone() -> None:
    source = KnownSource("Tor exit nodes", 0)
    known = make_known(ADDRESS, labels=("tor", "tor-exit", "anonymization"), sources=(source,))
    tools = ToldTools(known={ADDRESS: known})
    subject = Subject("ipv4", ADDRESS)
    evidence = [
        (name, each)
        for name, analyzer in list_analyzers().items()
        if name in {"ip", "store"}
        for each in analyzer.analyze(subject, tools).evidence
    ]
    assert {name for name, _ in evidence} == {"ip", "store"}
    assert weigh_evidence(evidence, now=0).word is Word.UNKNOWN


@pytest.mark.parametrize(
    ("name", "leads_back", "weights"),
    [
        ("crawl.googlebot.com", False, {"ip.false-name": 1.2}),
        ("crawl.googlebot.com", True, {"ip.crawler-name": -1.2}),
        ("tor-exit.example.org", True, {"ip.tor-name": 0.5}),
        ("dyn-7.isp.example", True, {"ip.dynamic-name": 0.0}),
        ("www.example.org", True, {}),
    ],
)
def test_names_are_evidence_where_they_lie_or_lead_back(
    name: str, leads_back: bool, weights: dict[str, float]
) -> None:
    records = {REVERSE: (f"{name}.",), (name, "A"): (ADDRESS,) if leads_back else ()}
    answer = judge(ADDRESS, ToldTools(resolver=ToldResolver(records)))
    assert list_weights(answer) == weights
    assert ("domain", name) in {(each.kind, each.value) for each in answer.pivots}


def test_bad_neighbours_are_told_with_their_number_and_stay_private() -> None:
    known = [make_known(f"8.8.8.{host}") for host in (8, 9, 10)]
    answer = judge(ADDRESS, ToldTools(addresses={"8.8.8.0/24": known}))
    [evidence] = answer.evidence
    assert evidence.statement == "2 other of 256 addresses in 8.8.8.0/24 are indicated in the store."
    assert evidence.is_private
    assert [each.value for each in evidence.pivots] == ["8.8.8.9", "8.8.8.10"]


def test_neighbours_in_a_delivery_network_say_nothing() -> None:
    known = [make_known(f"8.8.8.{host}") for host in range(9, 20)]
    held = (KnownGood("cloudflare", "false_positive", "Cloudflare"),)
    tools = ToldTools(addresses={"8.8.8.0/24": known}, known_good={ADDRESS: held})
    assert list_weights(judge(ADDRESS, tools)) == {"ip.delivery": 0.0, "ip.bad-neighbours": 0.0}


def test_lists_and_databases_that_cannot_be_asked_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class NoLists(ToldTools):
        def find_known_good(self, values: object) -> Mapping[str, tuple[KnownGood, ...]]:
            raise Unavailable("The lists cannot be made ready")

    monkeypatch.setattr(settings, "_current", [settings.GeographySettings(asn=tmp_path / "gone.mmdb")])
    answer = judge(ADDRESS, NoLists())
    told = {fact.name: fact.value for fact in answer.facts}
    assert told["Lists"] == "The lists cannot be made ready"
    assert "gone.mmdb" in told["Databases"]


def test_it_ends_when_time_is_over() -> None:
    tools = ToldTools(resolver=ToldResolver())
    tools.stop.set()
    answer = judge(ADDRESS, tools)
    assert [fact.name for fact in answer.facts] == ["Scope"]
