"""Cyber-observable objects of the demonstration.

Every address is of the ranges kept for documentation (RFC 5737, RFC 3849, RFC 5398) and every name ends in
`.example` (RFC 2606).
"""

from dataclasses import dataclass, field
from hashlib import md5, sha1
from typing import Final

from stack.sources.demo import words
from stack.sources.demo.objects import Maker, StixObject, make_hash

TEST_NETS: Final = ("192.0.2", "198.51.100", "203.0.113")
_ADDRESSES: Final = 190
_ADDRESSES_6: Final = 40
_DOMAINS: Final = 240
_URLS: Final = 150
_FILES: Final = 170
_MAILS: Final = 60
_SYSTEMS: Final = 12


@dataclass(frozen=True, slots=True)
class Observables:
    """The observables by type; `addresses` are IPv4, `addresses_6` IPv6."""

    domains: list[StixObject] = field(default_factory=list)
    addresses: list[StixObject] = field(default_factory=list)
    addresses_6: list[StixObject] = field(default_factory=list)
    urls: list[StixObject] = field(default_factory=list)
    files: list[StixObject] = field(default_factory=list)
    mails: list[StixObject] = field(default_factory=list)

    def list_all(self) -> list[StixObject]:
        return [*self.domains, *self.addresses, *self.addresses_6, *self.urls, *self.files, *self.mails]


def make_observables(maker: Maker) -> Observables:
    made = Observables()
    _make_addresses(maker, made)
    _make_domains(maker, made)
    _make_artefacts(maker, made)
    return made


def _make_addresses(maker: Maker, made: Observables) -> None:
    systems = [
        maker.observe("autonomous-system", number=64_496 + index, name=f"Demo Hosting {index + 1}")
        for index in range(_SYSTEMS)
    ]
    for number in maker.random.sample(range(len(TEST_NETS) * 254), _ADDRESSES):
        value = f"{TEST_NETS[number // 254]}.{number % 254 + 1}"
        made.addresses.append(maker.observe("ipv4-addr", value=value))
    for number in range(_ADDRESSES_6):
        value = f"2001:db8:{number * 73 + 16:x}::{number + 1:x}"
        made.addresses_6.append(maker.observe("ipv6-addr", value=value))
    for address in (*made.addresses, *made.addresses_6):
        maker.relate(address, "belongs-to", maker.choose(systems))


def _make_domains(maker: Maker, made: Observables) -> None:
    for number in range(_DOMAINS):
        first, second = maker.choose(words.DOMAIN_WORDS), maker.choose(words.DOMAIN_WORDS)
        host = maker.choose(("", "", f"{maker.choose(words.HOST_WORDS)}."))
        domain = maker.observe("domain-name", value=f"{host}{first}-{second}{number or ''}.example")
        made.domains.append(domain)
        for address in maker.sample(made.addresses, 0, 2):
            maker.relate(domain, "resolves-to", address)


def _make_artefacts(maker: Maker, made: Observables) -> None:
    for number in range(_URLS):
        domain = maker.choose(made.domains)["value"]
        path = f"{maker.choose(words.HOST_WORDS)}/{maker.choose(words.DOMAIN_WORDS)}-{number}"
        scheme = maker.choose(("http", "https", "https"))
        ending = maker.choose((".php", "/", ".zip", f"?id={number * 7919 % 65_536}", ".js"))
        made.urls.append(maker.observe("url", value=f"{scheme}://{domain}/{path}{ending}"))
    for number in range(_FILES):
        content = f"stack demo file {number}".encode()
        hashes = {"SHA-256": make_hash(str(number))}
        if number % 3:
            hashes |= {
                "MD5": md5(content, usedforsecurity=False).hexdigest(),
                "SHA-1": sha1(content, usedforsecurity=False).hexdigest(),
            }
        name = maker.choose(words.FILE_NAMES).format(n=1000 + number * 17)
        made.files.append(
            maker.observe("file", hashes=hashes, name=name, size=20_480 + number * 4_099 % 900_000)
        )
    for number in range(_MAILS):
        sender = f"{maker.choose(words.HOST_WORDS)}{number}@{maker.choose(made.domains)['value']}"
        made.mails.append(maker.observe("email-addr", value=sender))
