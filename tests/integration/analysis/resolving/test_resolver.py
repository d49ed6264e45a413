"""What is asked of a real DNS server, and what its answers become."""

from collections.abc import Iterator
from threading import Event
from time import monotonic

import pytest

from stack.analysis.resolving.kept_replies import KeptReplies
from stack.analysis.resolving.opening import open_resolver
from stack.analysis.resolving.replies import Outcome, ask_dns
from stack.analysis.resolving.resolver import DnsResolver
from stack.analysis.resolving.settings import OFF, ResolvingSettings, Server, current_settings, use_settings
from tests.dns_servers import DnsServer, serve_dns

_RECORDS = {
    ("example.org", "A"): ["192.0.2.7", "192.0.2.5"],
    ("example.org", "MX"): ["10 Mail.Example.org."],
    ("example.org", "TXT"): ['"v=spf1 " "-all"', '"päck"'.encode().decode("latin-1")],
    ("null.example", "MX"): ["0 ."],
    ("long.example", "TXT"): [" ".join(f'"{"x" * 250}"' for _ in range(40))],
    ("many.example", "A"): [f"192.0.2.{number}" for number in range(100)],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["Host.Example.org."],
    ("alias.example", "CNAME"): ["Target.Example."],
}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with serve_dns(
        _RECORDS, broken=frozenset({"broken.example"}), silent=frozenset({"silent.example"})
    ) as served:
        yield served


def _open(server: DnsServer, **choices: object) -> DnsResolver:
    settings = ResolvingSettings(servers=(Server("127.0.0.1", server.port),))
    return DnsResolver(settings, kept=KeptReplies(), **choices)  # type: ignore[arg-type]


def test_records_come_sorted_as_plain_text(server: DnsServer) -> None:
    resolver = _open(server)
    assert resolver.lookup("Example.ORG.", "A") == ("192.0.2.5", "192.0.2.7")
    assert resolver.lookup("example.org", "MX") == ("10 mail.example.org",)
    assert "v=spf1 -all" in resolver.lookup("example.org", "TXT")
    assert resolver.lookup("alias.example", "CNAME") == ("target.example",)
    assert resolver.lookup("192.0.2.7", "PTR") == ("host.example.org",)
    assert resolver.lookup("null.example", "MX") == ("0 .",)


def test_a_name_that_is_not_there_is_told_from_silence(server: DnsServer) -> None:
    resolver = _open(server, question_s=0.3)
    assert ask_dns(resolver, "absent.example", "A").outcome is Outcome.ABSENT
    assert resolver.ask("null.example", "A").outcome is Outcome.EMPTY
    assert resolver.ask("broken.example", "A").outcome is Outcome.SILENT
    begin = monotonic()
    assert resolver.ask("silent.example", "A").outcome is Outcome.SILENT
    assert monotonic() - begin < 2


def test_replies_are_bounded(server: DnsServer) -> None:
    resolver = _open(server)
    (text,) = resolver.lookup("long.example", "TXT")
    assert len(text) == 4096
    assert len(resolver.lookup("many.example", "A")) == 64


def test_what_cannot_be_a_name_is_never_asked(server: DnsServer) -> None:
    resolver = _open(server)
    before = len(server.asked)
    for name in ("", "a" * 64 + ".example", "a b.example", "\udcff.example", "é.example", "x." * 200, "a..b"):
        assert resolver.ask(name, "A").outcome is Outcome.ABSENT
    assert len(server.asked) == before
    with pytest.raises(ValueError, match="AXFR"):
        resolver.ask("example.org", "AXFR")


def test_a_reply_is_used_again_and_silence_is_not(server: DnsServer) -> None:
    resolver = _open(server)
    before = len(server.asked)
    for _ in range(3):
        resolver.lookup("example.org", "NS")
    assert len(server.asked) == before + 1
    for _ in range(2):
        resolver.ask("broken.example", "TXT")
    assert len([each for each in server.asked if each == ("broken.example", "TXT")]) >= 2


def test_questions_and_time_end(server: DnsServer) -> None:
    two = _open(server, questions=2)
    outcomes = [two.ask(f"{number}.example", "A").outcome for number in range(3)]
    assert outcomes == [Outcome.ABSENT, Outcome.ABSENT, Outcome.SILENT]
    assert _open(server, seconds=0.0).ask("example.org", "A").outcome is Outcome.SILENT
    stop = Event()
    stop.set()
    assert _open(server, stop=stop).ask("example.org", "A").outcome is Outcome.SILENT


def test_nobody_is_asked_until_the_operator_says_so_and_not_above_the_level(server: DnsServer) -> None:
    before = current_settings()
    try:
        use_settings(OFF)
        assert open_resolver(0) is None
        use_settings(ResolvingSettings(servers=(Server("127.0.0.1", server.port),), tlp=1))
        assert open_resolver(2) is None
        resolver = open_resolver(1)
        assert resolver is not None
        assert resolver.lookup("example.org", "A")
    finally:
        use_settings(before)
