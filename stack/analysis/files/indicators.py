"""Indicators out of the texts of a part; out of binaries only those that hardly stand there by chance."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from stack.analysis.files.results import Indicator
from stack.stix.observables.extract import extract_observables
from stack.stix.observables.kinds import Kind, Observable

STRINGS: Final = "strings"
_MOST: Final = 500
_KINDS: Final = frozenset(
    {Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.URL, Kind.EMAIL, Kind.CRYPTO, Kind.CVE, Kind.REGISTRY_KEY}
)
_IN_BINARIES: Final = frozenset({Kind.IPV4, Kind.URL, Kind.EMAIL, Kind.DOMAIN, Kind.CRYPTO})
_MAY_HOLD: Final = re.compile(
    r"[a-z][a-z0-9+.-]{1,9}://|\d{1,3}(?:\.\d{1,3}){3}|[\w+-]@[\w-]+\.\w|[\w-]\.[a-z]{2,18}\b|\b(?:bc1|0x)\w{38}",
    re.I,
)
# A string that is a name and nothing else, without capitals.
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,13}(?::\d{2,5})?")
# In code much is written like a host name ("datetime.date", "os.link"): of bare names only these endings.
_TAKEN: Final = re.compile(
    r"com|net|org|ru|su|cn|top|xyz|biz|onion|tk|ml|ga|cf|gq|pw|club|site|online|icu|live|fun|ws|kr|jp|de|fr|uk|it|nl|"
    r"pl|br|ir|ua|by|kz|vn|tr|eu|ch|at|se|cz|ro|hu|bg|us|ca|au|nz|za|tw|hk|gr|pt|es|sk|lt|lv|ee"
)
# What certificates in signatures name, with bytes of their encoding at the end.
_AUTHORITY: Final = re.compile(
    r"https?://(?:ocsp|crl|cacert|aia|pki|certs?|ts)[\w-]*\.|\.(?:crl|crt|cer|p7[bc])0?\S?$|/(?:cps|rpa|pkiops)[0/]?",
    re.I,
)
# Numbers of versions and of objects (1.0.0.0, 2.5.29.15) are written like addresses.
_VERSION: Final = re.compile(r"(?:[0-9]|1[0-9])\.\d{1,3}\.\d{1,3}\.\d{1,3}$")


def find_indicators(texts: Iterable[tuple[str, str]]) -> list[Indicator]:
    """Of (text, origin) pairs; each value once, where it stood first."""
    found: dict[tuple[str, str], Indicator] = {}
    for text, origin in texts:
        for observable in _find_in_strings(text) if origin == STRINGS else _find_in_text(text):
            found.setdefault(
                (observable.kind, observable.value), Indicator(observable.kind, observable.value, origin)
            )
            if len(found) >= _MOST:
                return list(found.values())
    return list(found.values())


def _find_in_text(text: str) -> Iterator[Observable]:
    for mention in extract_observables(text):
        if mention.observable.kind in _KINDS:
            yield mention.observable


def _find_in_strings(text: str) -> Iterator[Observable]:
    """`text` has one string a line."""
    lines = [line for line in text.split("\n") if _MAY_HOLD.search(line)]
    whole = set(lines)
    for mention in extract_observables("\n".join(lines)):
        observable = mention.observable
        if observable.kind in _IN_BINARIES and _is_likely(observable, mention.raw, whole):
            yield observable


def _is_likely(observable: Observable, raw: str, lines: set[str]) -> bool:
    if observable.kind is Kind.DOMAIN:
        is_taken = _TAKEN.fullmatch(observable.value.rpartition(".")[2]) is not None
        return _HOST.fullmatch(raw) is not None and is_taken and raw in lines
    if observable.kind is Kind.IPV4:
        return not _VERSION.match(observable.value) and not observable.value.endswith(".0")
    if observable.kind is Kind.EMAIL:
        return len(raw) >= 8 and raw.islower()
    return observable.kind is not Kind.URL or not _AUTHORITY.search(raw)
