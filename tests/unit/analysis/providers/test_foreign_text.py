"""Whatever stands in the texts of an answer, people are shown clean text, and values of their kind."""

import importlib
import unicodedata
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pytest

from stack.analysis.answers import Answer
from stack.analysis.asking.choosing import fill_choices
from stack.analysis.base import AskedTooOften, MalformedAnswer, NotLetIn, ProviderPlugin
from stack.analysis.registry import list_provider_plugins
from stack.analysis.subjects import Subject
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise
from tests.asking import drive
from tests.recorded import Recorded

MINE = (
    *("abuseipdb", "censys", "crowdsec", "greynoise", "ipinfo", "malware-bazaar", "otx", "phishtank"),
    *("pulsedive", "securitytrails", "shodan", "shodan-internetdb", "spamhaus", "threatfox", "threatminer"),
    *("urlhaus", "urlscan", "virustotal", "xforce", "yaraify"),
)
every_one = pytest.mark.parametrize("name", MINE)
HOSTILE = (
    "\u202eevil\x00\x1b[31m\r\n<script>alert(1)</script>",
    "javascript:alert(1)",
    "x" * 10_000,
    "../../etc/passwd?a=b#c",
)
OTHERS = {
    "ipv4": "198.51.100.99",
    "ipv6": "2001:db8::99",
    "domain": "other.example",
    "url": "https://other.example/",
    "md5": "9" * 32,
    "sha1": "9" * 40,
    "sha256": "9" * 64,
}
# They do not say which value they speak of, at least not of all kinds.
SILENT = {("xforce", "url"), ("xforce", "sha256"), ("securitytrails", "ipv4"), ("virustotal", "url")}
SILENT |= {("threatminer", "domain"), ("threatminer", "ipv4"), ("threatfox", "sha256")}
SILENT |= {("urlscan", "sha256"), ("spamhaus", "ipv6")}


def load(name: str) -> tuple[type[ProviderPlugin], list[Recorded]]:
    plugin = list_provider_plugins()[name]
    module = plugin.__module__.rpartition(".")[2]
    return plugin, importlib.import_module(f"tests.provider_answers.{module}").FOUND


def ask(plugin: type[ProviderPlugin], recorded: Recorded, subject: Subject, bodies: list[Any]) -> Answer:
    made = plugin(fill_choices(plugin, dict(recorded.choices)))
    replies = [
        (each.status, orjson.dumps(body)) for each, body in zip(recorded.exchanges, bodies, strict=True)
    ]
    return drive(made, subject, chain(replies, [(404, b"{}")] * 3))[1]


def spoil(value: Any, text: str) -> Iterator[Any]:
    """The value with one text replaced, or a name added, at a time, also inside; of lists the first entry."""
    if isinstance(value, str):
        yield text
    elif isinstance(value, dict):
        if value:
            [first, *_] = value
            yield {text: value[first], **value}
        for name, inner in value.items():
            for each in spoil(inner, text):
                yield {**value, name: each}
    elif isinstance(value, list) and value:
        for each in spoil(value[0], text):
            yield [each, *value[1:]]


@every_one
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_cleaned_or_refused(name: str, text: str) -> None:
    plugin, found = load(name)
    for recorded in found:
        bodies = [orjson.loads(orjson.dumps(each.body)) for each in recorded.exchanges]
        for place, body in enumerate(bodies):
            for spoilt in spoil(body, text):
                changed = [*bodies[:place], spoilt, *bodies[place + 1 :]]
                try:
                    answer = ask(plugin, recorded, recorded.subject, changed)
                except (MalformedAnswer, NotLetIn, AskedTooOften):
                    continue
                check_clean(answer)


def check_clean(answer: Answer) -> None:
    shown = [
        answer.summary,
        *(each.statement for each in answer.evidence),
        *(text for fact in answer.facts for text in (fact.name, fact.value)),
        *(moment.text for moment in answer.moments),
        *(place.label for place in answer.places),
    ]
    for text in shown:
        assert len(text) <= 600
        assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in text)
    for link in (answer.link, *(each.reference for each in answer.evidence)):
        assert not link or link.startswith("https://")
    for pivot in answer.pivots:
        assert normalise(Kind(pivot.kind), pivot.value) == pivot.value


@every_one
def test_an_answer_for_another_value_is_not_taken(name: str) -> None:
    plugin, found = load(name)
    for recorded in found:
        kind = recorded.subject.kind
        if (name, kind) in SILENT:
            continue
        other = Subject(kind, OTHERS[kind])
        bodies = [orjson.loads(orjson.dumps(each.body)) for each in recorded.exchanges]
        try:
            answer = ask(plugin, recorded, other, bodies)
        except MalformedAnswer:
            continue
        assert not answer.is_found, recorded.name


@every_one
def test_the_documentation_names_it(name: str) -> None:
    page = Path(__file__).parents[4] / "docs" / "providers.md"
    assert f"| {list_provider_plugins()[name].title} |" in page.read_text(encoding="utf-8")
