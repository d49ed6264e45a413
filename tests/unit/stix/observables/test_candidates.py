"""Every value of an indicator is found by the value alone."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack.stix.observables.candidates import candidates, list_key_texts
from stack.stix.observables.detect import detect
from stack.stix.observables.key_text import key_text
from stack.stix.observables.keys import derive_keys
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.refang import defang
from stack.stix.patterns.parser import parse_pattern
from stack.stix.patterns.tree import BooleanLiteral, Operator
from stack.stix.patterns.values import equality_values


def _defang_all(value: str) -> str:
    return re.sub("http", "hxxp", value, flags=re.IGNORECASE).replace(".", "[.]")


def _defang_parentheses(value: str) -> str:
    return value.replace("http", "hXXp").replace("://", "[:]//").replace(".", "(.)").replace("@", "[at]")


_WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "defanged as on our pages": lambda value: defang(value, detect(value).observable.kind),
    "with every dot and http defanged": _defang_all,
    "with parentheses": _defang_parentheses,
    "with space around": lambda value: f"\t{value} \n",
}


def _read_indicators(path: Path) -> Iterator[tuple[set[tuple[Kind, str]], list[str]]]:
    for obj in json.loads(path.read_bytes())["objects"]:
        values = [
            value.value
            for value in equality_values(parse_pattern(obj["pattern"]))
            if not value.negated
            and value.operator is not Operator.ISSUBSET
            and not isinstance(value.literal, BooleanLiteral)
        ]
        yield {(key.kind, key.text) for key in derive_keys(obj)}, values


@pytest.mark.data
def test_each_value_of_public_indicators_is_found(data_file: Callable[[str], Path]) -> None:
    checked = 0
    missed: list[tuple[str, str]] = []
    for keys, values in _read_indicators(data_file("stix21/indicators.json")):
        for value in values:
            checked += 1
            for way, write in _WAYS.items():
                probes = {(observable.kind, key_text(observable)) for observable in candidates(write(value))}
                if not keys & probes:
                    missed.append((way, value))
    assert missed == []
    assert checked > 11_000


@pytest.mark.data
def test_nearly_all_are_found_by_the_detected_kind(data_file: Callable[[str], Path]) -> None:
    found = total = 0
    for keys, values in _read_indicators(data_file("stix21/indicators.json")):
        for value in values:
            total += 1
            observable = detect(value).observable
            found += (observable.kind, key_text(observable)) in keys
    assert found / total > 0.97


def test_the_detected_reading_comes_first_and_text_last() -> None:
    for text in ("8.8.8.8", "svchost.exe", '"Quoted Name"', "hxxp://a[.]example/#x"):
        found = candidates(text)
        assert found[0] == detect(text).observable
        assert found[-1].kind is Kind.TEXT


def test_a_value_is_looked_for_in_the_other_ways_to_write_it() -> None:
    def values(text: str, kind: Kind) -> set[str]:
        return {observable.value for observable in candidates(text) if observable.kind is kind}

    assert values("evil.com/a#b", Kind.URL) == {
        "evil.com/a#b", "evil.com/a", "http://evil.com/a", "https://evil.com/a",
    }  # fmt: skip
    assert values("setup.zip", Kind.DOMAIN) == {"setup.zip"}
    assert Observable(Kind.CERTIFICATE, "ab" * 20) in candidates("ab" * 20)
    assert Observable(Kind.MUTEX, "svchost.exe") in candidates("svchost.exe")


@pytest.mark.parametrize(
    "text",
    [
        "8[.]8[.]8[.]8",
        " “Quoted  Name”, ",
        r"C:\\Temp\evil.exe",
        r"HKLM\Software\Run",
        r"pipe\evil",
        "hxxp://A[.]example/#X",
        "evil.com/a#b",
        "libhxxpd.so",
        "AB" * 20,
        "2001:DB8::1",
        "x" * 600,
    ],
)
def test_the_key_texts_are_those_of_all_candidates(text: str) -> None:
    texts = list_key_texts(detect(text))
    assert set(texts) == {key_text(observable) for observable in candidates(text)}
    assert len(set(texts)) == len(texts)
