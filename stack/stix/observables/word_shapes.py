"""Indicators in running text that are one word of a known shape, or that have backslashes."""

import re
from collections.abc import Iterator

from stack.stix.observables.hits import Hit
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.normalise import normalise
from stack.stix.observables.wallets import is_bitcoin_address

_WORD = re.compile(
    r"""
    (?=[0-9A-GMSTa-f/])(?<![A-Za-z0-9_])
    (?: (?P<hash>[0-9a-fA-F]{32,}+)
      | (?P<cve>[Cc][Vv][Ee]-\d{4}-\d{4,19})
      | (?P<attack>(?:T\d{4}(?:\.\d{3})?|(?:TA|DS|[GSMC])\d{4})(?!\.?\d))
      | (?P<asn>ASN?\s?\d{1,10})
      | (?P<mac>[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![:-][0-9A-Fa-f]))
      | (?P<tlsh>T1[0-9A-Fa-f]{70})
      | (?<![/.:])(?P<path>/(?:bin|data|dev|etc|home|lib|mnt|opt|private|root|sbin|srv|tmp|usr|var
                            |Applications|Library|System|Users)(?:/[\w.@%+~-]{1,100}){1,30})
      | (?P<wallet>0x[0-9a-fA-F]{40}|bc1[0-9a-z]{11,87}|[13][1-9A-HJ-NP-Za-km-z]{25,34})
    ) (?![A-Za-z0-9_])
    """,
    re.VERBOSE | re.ASCII,
)
# A name of at most four words: longer ones are prose that happens to have a backslash further on.
_PART = r"[^\\/:*?\"<>|\s,;]{1,60}(?:[ ][^\\/:*?\"<>|\s,;]{1,40}){0,3}"
_LAST_PART = r"[^\\/:*?\"<>|\s,;()\[\]]{1,100}"
_STEPS = rf"(?:\\{_PART}(?=\\)){{0,30}}+\\{_LAST_PART}"
_LOCAL = re.compile(
    rf"""
    (?<![A-Za-z0-9_])
    (?: (?P<registry_key>(?:HKEY_[A-Z_]{{4,20}}|HKLM|HKCU|HKCR|HKU|HKCC){_STEPS})
      | (?P<path>(?:[A-Za-z]:|%\w{{2,30}}%){_STEPS})
      | (?P<mutex>(?:Global|Local)\\[\w.{{}}-]{{3,100}})
    )
    """,
    re.VERBOSE,
)
_HASH_KINDS = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256, 128: Kind.SHA512}


def find_words(text: str) -> Iterator[Hit]:
    """Hashes, CVE and ATT&CK ids, AS numbers, MAC addresses and wallets: words that no mark stands in."""
    for match in _WORD.finditer(text):
        observable = _read_word(match.lastgroup or "", match[0])
        if observable is not None:
            yield Hit(observable, match.start(), match.end())


def find_local(text: str) -> Iterator[Hit]:
    """Windows paths, registry keys and mutexes of the global and local name spaces."""
    if "\\" not in text:
        return
    for match in _LOCAL.finditer(text):
        raw = match[0].rstrip(".")
        kind = Kind((match.lastgroup or "").replace("_", "-"))
        yield Hit(Observable(kind, normalise(kind, raw)), match.start(), match.start() + len(raw))


def _read_word(group: str, word: str) -> Observable | None:
    if group == "hash":
        kind = _HASH_KINDS.get(len(word))
        return Observable(kind, word.lower()) if kind is not None else None
    if group == "wallet":
        if word[:2] != "0x" and not is_bitcoin_address(word):
            return None
        return Observable(Kind.CRYPTO, normalise(Kind.CRYPTO, word))
    try:
        return Observable(Kind(group), normalise(Kind(group), word))
    except ValueError:
        return None
