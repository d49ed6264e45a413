"""What DNS says of a name: where it leads, who answers for it, how its mail is kept from being forged."""

import hashlib
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from stack.analysis.answers import SLIGHT, STRONG
from stack.analysis.base import Resolver, Tools
from stack.analysis.names.findings import Findings
from stack.analysis.names.parts import NameParts
from stack.analysis.resolving.replies import Outcome, ask_dns
from stack.stix.observables.kinds import Kind

_SECTION: Final = "DNS"
_INSIDE: Final = frozenset(("bit", "corp", "home", "i2p", "internal", "lan", "local", "localhost", "onion"))
# Name servers of those who take names from criminals, as they publish them.
_SINKHOLE_SERVERS: Final = (
    "sinkhole.shadowserver.org",
    "csof.net",
    "microsoftinternetsafety.net",
    "sinkhole.ch",
    "sinkhole.cert.pl",
    "sinkhole.dk",
    "honeybot.us",
    "arbor-sinkhole.net",
    "virustracker.net",
    "fbi-cyber.net",
)


def note_posture(parts: NameParts, resolver: Resolver, tools: Tools, findings: Findings) -> None:
    """At most eleven questions; ends early where nobody answers or the name does not exist.

    Names of local networks and of Tor are nobody's business outside (RFC 6761, 7686, 8375): not asked.
    """
    if parts.labels[-1] in _INSIDE:
        return
    name = parts.registered or parts.host
    first = ask_dns(resolver, parts.host, "A")
    if first.outcome is Outcome.ABSENT:
        findings.note("absent", f"DNS has no name {parts.host} now.")
    servers = ask_dns(resolver, name, "NS")
    if Outcome.SILENT is first.outcome is servers.outcome:
        findings.note("no-answer", f"Nobody answered for {parts.host}: nothing is known of its DNS.")
        return
    _note_alias(
        parts, resolver, findings, is_dangling=not first.texts and first.outcome is not Outcome.SILENT
    )
    addresses = (*first.texts, *ask_dns(resolver, parts.host, "AAAA").texts)
    _note_addresses(parts, addresses, tools, findings)
    _note_servers(servers.texts, tools, findings)
    if servers.outcome is Outcome.ABSENT:
        return
    _note_mail(name, resolver, findings)
    for record, title in (("CAA", "Certificate authorities (CAA)"), ("DS", "DNSSEC")):
        reply = ask_dns(resolver, name, record)
        if reply.outcome is not Outcome.SILENT:
            shown = "signed" if record == "DS" else "; ".join(reply.texts[:5])
            findings.fact(title, shown if reply.texts else "none", section=_SECTION)
    _note_wildcard(name, resolver, findings)


def _note_alias(parts: NameParts, resolver: Resolver, findings: Findings, *, is_dangling: bool) -> None:
    for target in ask_dns(resolver, parts.host, "CNAME").texts[:1]:
        findings.fact("Alias of", target, kind=Kind.DOMAIN, section=_SECTION)
        findings.pivot(Kind.DOMAIN, target, "resolves-to")
        if is_dangling:
            findings.note(
                "dangling-alias",
                f"The name {parts.host} is an alias of {target}, which leads nowhere: who gets it gets both.",
                weight=SLIGHT,
            )


def _note_addresses(parts: NameParts, texts: Iterable[str], tools: Tools, findings: Findings) -> None:
    kinds: dict[str, Kind] = {}
    for text in texts:
        try:
            address = ip_address(text)
        except ValueError:
            continue
        kind = kinds[str(address)] = Kind.IPV4 if address.version == 4 else Kind.IPV6
        findings.fact("Address", str(address), kind=kind, section=_SECTION)
        findings.pivot(kind, str(address), "resolves-to")
        if not address.is_global:
            findings.note(
                "private-address",
                f"{parts.host} leads to {address}, which is no public address.",
                weight=SLIGHT,
            )
    held = tools.find_known_good([(kind, address) for address, kind in kinds.items()])
    for text, entries in held.items():
        lists = {entry.list_name for entry in entries}
        if "sinkholes" in lists:
            findings.note(
                "sinkhole",
                f"{parts.host} leads to {text}, a known sinkhole: it was taken from who used it for harm.",
                weight=STRONG,
                group="sinkhole",
            )
        if "parking-domain" in lists:
            findings.note("parked", f"{parts.host} leads to {text}, where unused names are parked.")


def _note_servers(servers: tuple[str, ...], tools: Tools, findings: Findings) -> None:
    for server in servers[:8]:
        findings.fact("Name server", server, kind=Kind.DOMAIN, section=_SECTION)
        if any(server == known or server.endswith(f".{known}") for known in _SINKHOLE_SERVERS):
            findings.note(
                "sinkhole",
                f"Its name server {server} is a sinkhole's: the name was taken from who used it for harm.",
                weight=STRONG,
                group="sinkhole",
            )
    held = tools.find_known_good([(Kind.DOMAIN, server) for server in servers[:8]])
    parked = [
        server for server, lists in held.items() if any(e.list_name == "parking-domain-ns" for e in lists)
    ]
    if parked:
        findings.note("parked", f"Its name server {parked[0]} is of a service that parks unused names.")


def _note_mail(name: str, resolver: Resolver, findings: Findings) -> None:
    exchangers = ask_dns(resolver, name, "MX")
    if exchangers.outcome is Outcome.SILENT:
        return
    hosts = [text.rpartition(" ")[2] for text in exchangers.texts]
    if hosts == ["."]:
        findings.fact("Mail", "takes none (null MX)", section=_SECTION)
    elif not hosts:
        findings.fact("Mail", "no MX record", section=_SECTION)
    for host in hosts[:5]:
        if host != ".":
            findings.fact("Mail server", host, kind=Kind.DOMAIN, section=_SECTION)
    policies = [text for text in ask_dns(resolver, name, "TXT").texts if text.lower().startswith("v=spf1")]
    findings.fact("SPF", policies[0][:300] if policies else "none", section=_SECTION)
    if any(word in {"+all", "all"} for policy in policies for word in policy.lower().split()):
        findings.note(
            "spf-all", f"The SPF record of {name} lets every machine send its mail: “+all”.", weight=SLIGHT
        )
    dmarc = [
        text
        for text in ask_dns(resolver, f"_dmarc.{name}", "TXT").texts
        if text.lower().startswith("v=dmarc1")
    ]
    findings.fact("DMARC", dmarc[0][:300] if dmarc else "none", section=_SECTION)


def _note_wildcard(name: str, resolver: Resolver, findings: Findings) -> None:
    """A name that nobody made tells whether every name leads somewhere; the same each time, so it is kept."""
    label = hashlib.sha256(f"wildcard {name}".encode()).hexdigest()[:20]
    reply = ask_dns(resolver, f"{label}.{name}", "A")
    if reply.texts:
        findings.fact("Wildcard", f"every name below {name} leads to {reply.texts[0]}", section=_SECTION)
