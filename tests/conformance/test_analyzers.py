"""Every analyzer keeps the contract of `stack.analysis.base`, with tools that know nothing and no network."""

import hashlib
import inspect
import math
import re
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar

import msgspec
import pytest
from pytest_socket import disable_socket, enable_socket

from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Known, KnownObject, KnownSource, Related, Similar
from stack.analysis.registry import list_analyzers
from stack.analysis.subjects import FILE, FILES, HASHES, MESSAGE, SUBJECT_KINDS, Subject
from stack.analysis.verdicts import weigh_evidence
from stack.core.errors import BadInput
from stack.stix.observables.kinds import Kind
from tests.analysis_tools import ToldResolver, ToldTools

_ALL = list_analyzers()
every_analyzer = pytest.mark.parametrize("analyzer", _ALL.values(), ids=_ALL)
# A test may not take a minute, whatever an analyzer allows itself.
_MOST_S = 15.0

_MESSAGE = (
    b"From: Someone <someone@example.org>\r\nTo: other@example.com\r\nSubject: Invoice\r\n"
    b"Date: Mon, 05 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nSee https://example.net/a\r\n"
)
_FILE = b"#!/bin/sh\necho hello\n"
_VALUES: dict[str, str] = {
    Kind.IPV4: "198.51.100.7",
    Kind.IPV6: "2001:4860:4860::8888",
    Kind.DOMAIN: "login.example.org",
    Kind.URL: "https://login.example.org/a?b=c",
    Kind.EMAIL: "someone@example.org",
    **{kind: hashlib.new(kind, b"a sample").hexdigest() for kind in HASHES},
    FILE: hashlib.sha256(_FILE).hexdigest(),
    MESSAGE: hashlib.sha256(_MESSAGE).hexdigest(),
}
_SAMPLES = {FILE: _FILE, MESSAGE: _MESSAGE}
_HOSTILE = {
    "empty": "",
    "long": "a" * 10_000,
    "dots": "." * 10_000,
    "digits": "9" * 10_000,
    "colons": ":" * 10_000,
    "bidi": "\u202egro.elpmaxe\u202c",
    "nul": "a\0b.example",
    "surrogate": "a\ud800.example",
    "idn": "b\u00fccher.example",
    "mixed": "\u0440\u0430ypal.example",
    "format": "%s{0}${jndi:ldap://x}",
    "lines": "a\r\nHost: b",
    "scheme": "http://[::1%25eth0]:99999/\u0000",
    "at": "@" * 2_000,
}


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


def pair_kinds() -> list[tuple[type[AnalyzerPlugin], str]]:
    return [(analyzer, kind) for analyzer in _ALL.values() for kind in sorted(analyzer.kinds)]


each_kind = pytest.mark.parametrize(
    ("analyzer", "kind"), pair_kinds(), ids=[f"{analyzer.name}-{kind}" for analyzer, kind in pair_kinds()]
)


def make_subject(kind: str) -> Subject:
    sample = _SAMPLES.get(kind, b"")
    return Subject(kind=kind, value=_VALUES[kind], name="sample" if sample else "", size=len(sample))


def analyze(analyzer: type[AnalyzerPlugin], subject: Subject, *, resolver: bool = False) -> Answer:
    tools = ToldTools(sample=_SAMPLES.get(subject.kind, b""), resolver=ToldResolver() if resolver else None)
    return analyzer.analyze(subject, tools)


def test_every_kind_of_subject_is_taken() -> None:
    taken = frozenset[str]().union(*(analyzer.kinds for analyzer in _ALL.values()))
    assert taken >= SUBJECT_KINDS


@every_analyzer
def test_it_says_what_it_is(analyzer: type[AnalyzerPlugin]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", analyzer.name)
    assert analyzer.__module__.rpartition(".")[2] == analyzer.name.replace("-", "_")
    assert inspect.getdoc(sys.modules[analyzer.__module__])
    assert analyzer.title
    assert not analyzer.title.endswith(".")
    assert analyzer.summary
    assert analyzer.kinds
    assert analyzer.kinds <= SUBJECT_KINDS
    assert 0 < analyzer.wall_s <= 600


@each_kind
def test_it_answers_a_plain_subject(analyzer: type[AnalyzerPlugin], kind: str) -> None:
    began = time.monotonic()
    answer = analyze(analyzer, make_subject(kind))
    assert time.monotonic() - began < min(analyzer.wall_s, _MOST_S)
    check_answer(analyzer, answer)
    for each in answer.evidence:
        assert each.statement[:1].isupper() or not each.statement[:1].isalpha(), each.statement
        assert each.statement.endswith((".", "”", ")")), each.statement


@each_kind
def test_it_answers_the_same_twice(analyzer: type[AnalyzerPlugin], kind: str) -> None:
    if kind in FILES:
        return  # its cost is that of a sandbox, and the frame of files tests it there
    subject = make_subject(kind)
    assert analyze(analyzer, subject, resolver=True) == analyze(analyzer, subject, resolver=True)


@each_kind
def test_knowing_nothing_is_no_malice(analyzer: type[AnalyzerPlugin], kind: str) -> None:
    answer = analyze(analyzer, make_subject(kind), resolver=True)
    verdict = weigh_evidence([(analyzer.name, each) for each in answer.evidence], now=0)
    assert verdict.word in {"unknown", "benign"}


@each_kind
def test_hostile_values_are_answered_or_refused(analyzer: type[AnalyzerPlugin], kind: str) -> None:
    # Of a file only the name is anybody's; all at once, as each asking costs a sandbox.
    values = {"name": "".join(_HOSTILE.values())} if kind in FILES else _HOSTILE
    for name, value in values.items():
        plain = make_subject(kind)
        field = "name" if kind in FILES else "value"
        subject = msgspec.structs.replace(plain, **{field: value})
        began = time.monotonic()
        try:
            answer = analyze(analyzer, subject, resolver=True)
        except BadInput:
            continue
        check_answer(analyzer, answer)
        assert time.monotonic() - began < _MOST_S, name


_STRANGE = (
    "",
    "a" * 10_000,
    "\u202egro.elpmaxe\u202c",
    "a\0b",
    "<script>",
    "\r\n",
    "x" * 70 + ".example.",
    "-.-.",
)


class StrangeResolver:
    """Answers every question with what nobody should have published."""

    def lookup(self, name: str, record: str) -> tuple[str, ...]:
        return _STRANGE


class StrangeTools(ToldTools):
    """Knows of every value that everything is connected with it, by names that nobody should have given."""

    objects: ClassVar = tuple(
        KnownObject(
            stix_id=f"{kind}--00000000-0000-4000-8000-{number:012d}",
            type=kind,
            name=name,
            role=role,
            modified=1,
            sources=(KnownSource(name, 5),),
            labels=_STRANGE,
        )
        for number, (name, kind, role) in enumerate(
            product(_STRANGE, ("indicator", "malware", "file"), ("is", "pattern", "mention", "network"))
        )
    )

    def look_up(self, values: Sequence[str]) -> list[Known]:
        return [Known(value, "text", self.objects, ("0.0.0.0/0",), more=10**9) for value in values]

    def list_addresses(self, network: str) -> list[Known]:
        return self.look_up(_STRANGE)

    def list_related(self, kind: Kind, value: str) -> list[Related]:
        hashes = (("ssdeep", "3:a:b"), ("tlsh", "T1"), ("sha256", "x"))
        return [Related(each, "related-to", each, values=hashes) for each in self.objects]

    def find_similar(self, kind: Kind, value: str) -> list[Similar]:
        return [Similar("3:a:b", score=100, objects=self.objects)] * 20


@each_kind
def test_strange_things_in_the_store_and_in_dns_do_no_harm(analyzer: type[AnalyzerPlugin], kind: str) -> None:
    tools = StrangeTools(
        sample=_SAMPLES.get(kind, b""), resolver=StrangeResolver(), brands=_STRANGE, passwords=_STRANGE
    )
    began = time.monotonic()
    check_answer(analyzer, analyzer.analyze(make_subject(kind), tools))
    assert time.monotonic() - began < min(analyzer.wall_s, _MOST_S)


def check_answer(analyzer: type[AnalyzerPlugin], answer: Answer) -> None:
    encoded = msgspec.json.encode(answer)
    assert msgspec.json.encode(msgspec.json.decode(encoded, type=Answer)) == encoded
    assert answer.stated is None, "an engine gives evidence; the verdict is the frame's"
    for each in answer.evidence:
        assert each.code.startswith(f"{analyzer.name}."), each.code
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", each.code), each.code
        assert each.statement, each.code
        assert math.isfinite(each.weight)
        assert abs(each.weight) <= 10
        assert (each.half_life_days > 0) <= (each.seen_at is not None), each.code
    for fact in answer.facts:
        assert fact.name
        assert fact.value
    for pivot in answer.pivots:
        assert pivot.kind in {*Kind, FILE}
        assert pivot.value
    for place in answer.places:
        assert re.fullmatch(r"[A-Z]{2}", place.country)
