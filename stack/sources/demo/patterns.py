"""Patterns of many kinds for the demonstration's indicators: one builder a kind, taken in turn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stack.sources.demo import names, words
from stack.sources.demo.objects import Maker, StixObject, make_hash, make_id
from stack.sources.demo.observables import TEST_NETS, Observables


@dataclass(frozen=True, slots=True)
class Draft:
    """What an indicator is called and what it looks for; `language` is its STIX pattern type."""

    name: str
    pattern: str
    language: str = "stix"


def build_pattern(maker: Maker, made: Observables, number: int) -> Draft:
    """A composite pattern; successive numbers give all kinds in turn."""
    return _BUILDERS[number % len(_BUILDERS)](maker, made, number)


def quote(value: str) -> str:
    r"""A text as a STIX pattern's string literal: `\` and `'` escaped."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def build_equality(observable: StixObject) -> Draft:
    """The pattern that finds exactly this observable."""
    if observable["type"] != "file":
        value = observable["value"]
        return Draft(value, f"[{observable['type']}:value = {quote(value)}]")
    hashes = observable["hashes"]
    comparisons = [f"file:hashes.'SHA-256' = '{hashes['SHA-256']}'"]
    if "MD5" in hashes:
        comparisons.append(f"file:hashes.MD5 = '{hashes['MD5']}'")
    return Draft(f"{observable['name']} ({hashes['SHA-256'][:12]}…)", f"[{' OR '.join(comparisons)}]")


def _build_network(maker: Maker, made: Observables, number: int) -> Draft:
    network = f"{TEST_NETS[number % 3]}.{number * 16 % 256}/28"
    return Draft(f"Scanners in {network}", f"[ipv4-addr:value ISSUBSET '{network}']")


def _build_network6(maker: Maker, made: Observables, number: int) -> Draft:
    network = f"2001:db8:{number + 4096:x}::/48"
    return Draft(f"Hired range {network}", f"[ipv6-addr:value ISSUBSET '{network}']")


def _build_list(maker: Maker, made: Observables, number: int) -> Draft:
    values = ", ".join(quote(domain["value"]) for domain in maker.sample(made.domains, 3, 6))
    return Draft(f"Names registered together, batch {number}", f"[domain-name:value IN ({values})]")


def _build_like(maker: Maker, made: Observables, number: int) -> Draft:
    word = maker.choose(words.DOMAIN_WORDS)
    return Draft(f"Generated names around “{word}”", f"[domain-name:value LIKE '{word}-%{number}.example']")


def _build_matches(maker: Maker, made: Observables, number: int) -> Draft:
    word = maker.choose(words.HOST_WORDS)
    pattern = f"[url:value MATCHES '^https?://[a-z-]+{number}\\\\.example/{word}/[0-9a-f]{{8}}$']"
    return Draft(f"Gate URLs of kit {number}", pattern)


def _build_sequence(maker: Maker, made: Observables, number: int) -> Draft:
    domain, file = maker.choose(made.domains), maker.choose(made.files)
    pattern = (
        f"([domain-name:value = {quote(domain['value'])}] FOLLOWEDBY "
        f"[file:hashes.'SHA-256' = '{file['hashes']['SHA-256']}']) WITHIN {300 * (number % 4 + 1)} SECONDS"
    )
    return Draft(f"Download after contact with {domain['value']}", pattern)


def _build_repeats(maker: Maker, made: Observables, number: int) -> Draft:
    address = maker.choose(made.addresses)
    pattern = (
        f"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = "
        f"'{address['value']}' AND network-traffic:dst_port = {4000 + number}] "
        "REPEATS 5 TIMES WITHIN 3600 SECONDS"
    )
    return Draft(f"Beacon to {address['value']} on port {4000 + number}", pattern)


def _build_registry(maker: Maker, made: Observables, number: int) -> Draft:
    value = f"{maker.choose(words.HOST_WORDS)}{number}"
    key = rf"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run\{value}"
    return Draft(f"Start-up key {number}", f"[windows-registry-key:key = {quote(key)}]")


def _build_mutex(maker: Maker, made: Observables, number: int) -> Draft:
    name = f"Global\\{make_hash(f'mutex {number}')[:16]}"
    return Draft(f"Mutex of {maker.choose(names.FAMILIES).name}", f"[mutex:name = {quote(name)}]")


def _build_file(maker: Maker, made: Observables, number: int) -> Draft:
    file = maker.choose(made.files)
    pattern = f"[file:name = {quote(file['name'])} AND file:size > {file['size'] - 512}]"
    return Draft(f"Attachment {file['name']}", pattern)


def _build_agent(maker: Maker, made: Observables, number: int) -> Draft:
    agent = f"Mozilla/4.{number} (compatible; {maker.choose(words.DOMAIN_WORDS)}/{number}.1)"
    path = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"
    return Draft(f"User agent of build {number}", f"[{path} = {quote(agent)}]")


def _build_certificate(maker: Maker, made: Observables, number: int) -> Draft:
    serial = make_hash(f"certificate {number}")[:32]
    return Draft(f"Certificate {serial[:8]}…", f"[x509-certificate:serial_number = '{serial}']")


def _build_yara(maker: Maker, made: Observables, number: int) -> Draft:
    family = maker.choose(names.FAMILIES).name.replace(" ", "_")
    rule = (
        f"rule demo_{family}_{number} {{\n  strings:\n"
        f'    $a = "{make_hash(f"string {number}")[:24]}" ascii wide\n'
        f"    $b = {{ 6A {number % 256:02X} 68 ?? ?? 40 00 E8 }}\n"
        "  condition:\n    filesize < 2MB and all of them\n}"
    )
    return Draft(f"YARA: {family} build {number}", rule, "yara")


def _build_snort(maker: Maker, made: Observables, number: int) -> Draft:
    domain = maker.choose(made.domains)["value"]
    rule = (
        f"alert tcp $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS "
        f'(msg:"Demo {domain}"; flow:established,to_server; '
        f'content:"Host: {domain}"; http_header; sid:{9_000_000 + number}; rev:1;)'
    )
    return Draft(f"Snort: request to {domain}", rule, "snort")


def _build_sigma(maker: Maker, made: Observables, number: int) -> Draft:
    word = maker.choose(words.HOST_WORDS)
    rule = (
        f"title: Task named {word}{number}\nid: {make_id('sigma', str(number)).partition('--')[2]}\n"
        "status: test\n"
        "logsource:\n  product: windows\n  category: process_creation\ndetection:\n  selection:\n"
        f"    Image|endswith: '\\schtasks.exe'\n    CommandLine|contains: '/tn {word}{number}'\n"
        "  condition: selection\nlevel: medium"
    )
    return Draft(f"Sigma: task named {word}{number}", rule, "sigma")


_BUILDERS: Final[tuple[Callable[[Maker, Observables, int], Draft], ...]] = (
    _build_network,
    _build_network6,
    _build_list,
    _build_like,
    _build_matches,
    _build_sequence,
    _build_repeats,
    _build_registry,
    _build_mutex,
    _build_file,
    _build_agent,
    _build_certificate,
    _build_yara,
    _build_snort,
    _build_sigma,
)
