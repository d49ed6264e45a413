"""What is found in the parts of a document, how sure it is, and what is proposed."""

import time

import pytest

from stack.ingest.documents.finding import MOST_MENTIONS, DocumentFind, cut_context, find_in_parts
from stack.ingest.documents.passages import Passage
from stack.ingest.documents.rules import find_rules
from stack.stix.observables.kinds import Kind

_YARA = """rule Loader : apt {
  meta:
    author = "x"
  strings:
    $a = { 4D 5A }
  condition:
    $a at 0 and filesize < 1MB
}"""
_SIGMA = """title: Loader starts
logsource:
  category: process_creation
detection:
  selection:
    Image|endswith: '\\a.exe'
  condition: selection
level: high"""


def find(*texts: str) -> dict[str, DocumentFind]:
    return {each.value: each for each in find_in_parts([Passage("text", text) for text in texts])}


@pytest.mark.parametrize(
    ("text", "value", "sureness", "becomes"),
    [
        ("at evil[.]zip now", "evil.zip", 95, "indicator"),
        ("open setup.zip now", "setup.zip", 40, "observable"),
        ("44d88612fea8a8f36de82e1278abb02f", "44d88612fea8a8f36de82e1278abb02f", 85, "indicator"),
        ("x = window.name", "window.name", 5, "nothing"),
        ("on 10.1.2.3 here", "10.1.2.3", 5, "nothing"),
        ("on 127.0.0.1 here", "127.0.0.1", 5, "nothing"),
        ("on 198.51.100.7 here", "198.51.100.7", 65, "indicator"),
        ("uses CVE-2024-3400", "CVE-2024-3400", 90, "observable"),
        ("mutex Global\\evil-mutex", "global\\evil-mutex", 75, "indicator"),
        ("AS13335", "AS13335", 40, "observable"),
        ("to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", 85, "nothing"),
    ],
)
def test_each_find_says_how_sure_it_is_and_what_it_would_become(
    text: str, value: str, sureness: int, becomes: str
) -> None:
    found = find(text)[value]
    assert (found.sureness, found.becomes) == (sureness, becomes)
    assert found.why


def test_reference_in_a_document_that_defangs_is_proposed_as_nothing() -> None:
    text = "evil[.]example, bad[.]example and worse[.]example; see https://vendor.example/blog"
    assert find(text)["https://vendor.example/blog"].becomes == "nothing"
    assert find("see https://vendor.example/blog")["https://vendor.example/blog"].becomes == "indicator"
    mail = find_in_parts([Passage("body", text)], is_report=False)
    assert {each.value: each.becomes for each in mail}["https://vendor.example/blog"] == "indicator"


def test_value_is_found_once_with_all_its_mentions() -> None:
    found = find("evil[.]example and evil.example", "again EVIL.example")["evil.example"]
    assert [tuple(place) for place in found.mentions] == [(1, 0, 14), (1, 19, 31), (2, 6, 18)]
    assert found.is_defanged
    assert found.why == "written defanged; named 3 times"
    many = find("evil.example " * (MOST_MENTIONS + 5))["evil.example"]
    assert len(many.mentions) == MOST_MENTIONS


def test_value_in_headers_alone_is_no_proposal() -> None:
    parts = [Passage("headers", "From: me@evil.example", "headers"), Passage("body", "other@evil.example")]
    found = {each.value: each for each in find_in_parts(parts)}
    assert found["me@evil.example"].becomes == "nothing"
    assert found["other@evil.example"].becomes == "indicator"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("44d88612fea8a8f3\n6de82e1278abb02f", ["44d88612fea8a8f36de82e1278abb02f"]),
        ("a" * 30 + "\n" + "b" * 30 + "\n" + "c" * 4, ["a" * 30 + "b" * 30 + "c" * 4]),
        ("a" * 32 + "\n" + "b" * 32, ["a" * 32, "b" * 32]),
        ("deadbeef\ncafe", []),
    ],
)
def test_hash_that_is_broken_into_lines_is_put_together(text: str, values: list[str]) -> None:
    found = find(text)
    assert [value for value, each in found.items() if each.kind is not Kind.TEXT] == values


def test_context_is_the_sentence_on_one_line() -> None:
    text = "First sentence. The loader\ncalls evil.example once. Another one.\n\nA paragraph."
    start = text.index("evil")
    assert cut_context(text, start, start + 12) == "The loader calls evil.example once."


def test_rules_in_a_text_are_found_as_blocks() -> None:
    text = f"Before\n{_YARA}\nbetween evil.example\n\n{_SIGMA}\n\nAfter the rules.\n"
    found = [(text[start:end].strip(), language) for start, end, language in find_rules(text)]
    assert found == [(_YARA, "yara"), (_SIGMA, "sigma")]
    rule = find(text)[_YARA]
    assert (rule.pattern_type, rule.becomes) == ("yara", "indicator")


@pytest.mark.parametrize(
    "text",
    ["rule x {\n no end", "rule of thumb {\n}", "title: A book\nauthor: me", "title: x\ndetection: y\n"],
)
def test_what_only_begins_like_a_rule_is_none(text: str) -> None:
    assert list(find_rules(text)) == []


_HOSTILE = {
    "dots": "a." * 5_000,
    "marks": "[.]" * 3_300,
    "schemes": "hxxp://" * 1_400,
    "hexadecimal": "f" * 10_000,
    "hexadecimal lines": ("f" * 8 + "\n") * 1_100,
    "rules": "rule a {\n" * 1_100,
    "conditions": "rule a {\ncondition:\n" * 500,
    "titles": "title: x\n" * 1_100,
    "sigma": "title: x\nlogsource:\ndetection:\n" * 320,
    "ats": "a@" * 5_000,
    "colons": "1:" * 5_000,
    "slashes": "/etc" * 2_500,
    "backslashes": "C:\\a" * 2_500,
    "brackets": "http://a.example/" + "(" * 10_000,
    "blanks": " " * 10_000,
    "sentences": "A. " * 3_300,
    "hosts": "x.example " * 1_000,
    "addresses": "".join(f"10.0.{n // 250}.{n % 250} " for n in range(900)),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_worst_text_takes_time_in_proportion_to_its_length(name: str) -> None:
    text = _HOSTILE[name]
    find_in_parts([Passage("warm", "evil.example 198.51.100.7")])
    took = []
    for factor in (1, 4):
        since = time.process_time()
        find_in_parts([Passage("text", text * factor)])
        took.append(time.process_time() - since)
    # A generous bound on a busy machine: 10 KB are meant to take 50 ms.
    assert took[0] < 0.25
    assert took[1] < max(12 * took[0], 0.25)
