"""Reads a property whose kind is known; a value that cannot be of that kind is read by its shape instead."""

import re

from stack.stix.observables.detect import NETWORK_KINDS, detect, read_address
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.normalise import normalise
from stack.stix.observables.refang import refang

_HASH_KINDS = {
    "MD5": Kind.MD5,
    "SHA1": Kind.SHA1,
    "SHA256": Kind.SHA256,
    "SHA512": Kind.SHA512,
    "SSDEEP": Kind.SSDEEP,
    "TLSH": Kind.TLSH,
}
_ADDRESS_KINDS = frozenset({Kind.IPV4, Kind.IPV6, Kind.CIDR})
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#]*@)?(?:\[([^\]]*)\]|([^/?#:@]+))(?=[:/?#])", re.ASCII)


def read_as(kind: Kind, value: str) -> Observable:
    """The value as this kind, or as what it looks like where a source put something else there."""
    text = refang(value) if kind in NETWORK_KINDS else value
    try:
        return read_address(text) if kind in _ADDRESS_KINDS else Observable(kind, normalise(kind, text))
    except ValueError:
        return detect(text).observable


def read_hash(algorithm: str, value: str) -> Observable:
    """The value of a hash; of an algorithm without a kind of its own it is text."""
    kind = _HASH_KINDS.get(algorithm.upper().replace("-", ""))
    return read_as(kind, value) if kind else Observable(Kind.TEXT, normalise(Kind.TEXT, value))


def read_url_host(url: Observable) -> Observable | None:
    """The host of a URL in canonical form: a domain or an address; None where it has neither."""
    match = _HOST.match(url.value) if url.kind is Kind.URL else None
    if match is None:
        return None
    host = read_as(Kind.IPV6 if match[1] else Kind.DOMAIN, match[1] or match[2])
    return host if host.kind in {Kind.DOMAIN, Kind.IPV4, Kind.IPV6} else None
