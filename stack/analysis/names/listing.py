"""What the known-good lists say of a name: which service is behind it, and whether it is a popular site."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from stack.analysis.answers import SLIGHT
from stack.analysis.base import Tools
from stack.analysis.names.findings import Findings
from stack.analysis.names.parts import NameParts
from stack.core.known_good import KnownGood
from stack.core.known_good.categories import POPULAR
from stack.stix.observables.kinds import Kind


class _Service(NamedTuple):
    code: str
    statement: str
    weight: float


# Dynamic names were 1.0 % of the reported hosts and 0.03 % of the visited ones, names that a host's
# customers choose 3.2 % and 0.8 % (docs/analysis.md).
SERVICES: Final[Mapping[str, _Service]] = {
    "dynamic-dns": _Service(
        "dynamic-dns", "Anybody gets a name below {it} from a dynamic DNS service within minutes.", 1.5
    ),
    "lots-project": _Service(
        "trusted-site",
        "{it} is a trusted service that is known to be used for phishing and payloads too.",
        SLIGHT,
    ),
    "link-in-bio": _Service("link-page", "{it} keeps pages of links that anybody sets up.", SLIGHT),
    "url-shortener": _Service("shortener", "{it} shortens addresses: it hides where a link leads.", SLIGHT),
    "public-ipfs-gateways": _Service(
        "ipfs-gateway", "{it} is a gateway to IPFS: anybody publishes there, and nothing is taken down.", 0.8
    ),
    "disposable-email": _Service("disposable-mail", "{it} gives out throw-away mail addresses.", SLIGHT),
    "captive-portals": _Service("captive-portal", "{it} is asked by devices that look for a network.", 0.0),
}


class Listed(msgspec.Struct, frozen=True):
    """`services` are codes such as "dynamic-dns"; `popular` are the lists of popular sites with the name."""

    services: frozenset[str] = frozenset()
    popular: tuple[str, ...] = ()


def read_lists(parts: NameParts, tools: Tools, findings: Findings) -> Listed:
    """Notes the services, and says which they are."""
    names = dict.fromkeys((parts.host, parts.registered or parts.host))
    held = tools.find_known_good([(Kind.DOMAIN, name) for name in names])
    entries: dict[str, KnownGood] = {}
    for name in names:
        for entry in held.get(name, ()):
            entries.setdefault(entry.list_name, entry)
    services = set()
    for list_name, service in SERVICES.items():
        if (found := entries.get(list_name)) is not None:
            it = found.matched or parts.host
            statement = service.statement.format(it=it)
            findings.note(service.code, statement, weight=service.weight, group="service")
            services.add(service.code)
    if parts.is_suffix_private and parts.registered and "dynamic-dns" not in services:
        services.add("hosted")
        by = f" of {parts.operator}" if parts.operator else ""
        findings.note(
            "hosted",
            f"Customers{by} choose names below {parts.suffix}: who runs the suffix does not answer for them.",
            weight=SLIGHT,
            group="service",
        )
    popular = tuple(sorted(name for name in entries if name in POPULAR))
    return Listed(frozenset(services), popular)
