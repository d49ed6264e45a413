"""The relationship types that STIX 2.1 suggests (section 3.7, the tables of section 4 and 6, appendix B)."""

from collections.abc import Iterator, Mapping

COMMON_RELATIONSHIPS = frozenset({"derived-from", "duplicate-of", "related-to"})
"""Suggested between any two domain or observable objects; the first two between objects of one type."""

_OBSERVABLES = """artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr
    ipv6-addr mac-addr mutex network-traffic process software url user-account windows-registry-key
    x509-certificate"""

# source | relationship types | targets
_TABLE = f"""
attack-pattern | delivers | malware
attack-pattern | targets | identity location vulnerability
attack-pattern | uses | malware tool
campaign | attributed-to | intrusion-set threat-actor
campaign | compromises | infrastructure
campaign | originates-from | location
campaign | targets | identity location vulnerability
campaign | uses | attack-pattern infrastructure malware tool
course-of-action | investigates | indicator
course-of-action | mitigates | attack-pattern indicator malware tool vulnerability
course-of-action | remediates | malware vulnerability
domain-name | resolves-to | domain-name ipv4-addr ipv6-addr
identity | located-at | location
indicator | indicates | attack-pattern campaign infrastructure intrusion-set malware threat-actor tool
indicator | based-on | observed-data
infrastructure | communicates-with | infrastructure ipv4-addr ipv6-addr domain-name url
infrastructure | consists-of | infrastructure observed-data {" ".join(_OBSERVABLES.split())}
infrastructure | controls | infrastructure malware
infrastructure | delivers | malware
infrastructure | has | vulnerability
infrastructure | hosts | tool malware
infrastructure | located-at | location
infrastructure | uses | infrastructure
intrusion-set | attributed-to | threat-actor
intrusion-set | compromises hosts owns | infrastructure
intrusion-set | originates-from | location
intrusion-set | targets | identity location vulnerability
intrusion-set | uses | attack-pattern infrastructure malware tool
ipv4-addr | belongs-to | autonomous-system
ipv4-addr | resolves-to | mac-addr
ipv6-addr | belongs-to | autonomous-system
ipv6-addr | resolves-to | mac-addr
malware | authored-by | threat-actor intrusion-set
malware | beacons-to exfiltrates-to | infrastructure
malware | communicates-with | ipv4-addr ipv6-addr domain-name url
malware | controls variant-of | malware
malware | downloads drops | malware tool file
malware | exploits | vulnerability
malware | originates-from | location
malware | targets | identity infrastructure location vulnerability
malware | uses | attack-pattern infrastructure malware tool
malware-analysis | characterizes analysis-of av-analysis-of static-analysis-of dynamic-analysis-of | malware
threat-actor | attributed-to impersonates | identity
threat-actor | compromises hosts owns | infrastructure
threat-actor | located-at | location
threat-actor | targets | identity location vulnerability
threat-actor | uses | attack-pattern infrastructure malware tool
tool | delivers drops | malware
tool | has | vulnerability
tool | targets | identity infrastructure location vulnerability
tool | uses | infrastructure
"""


def _read_table() -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
    for line in _TABLE.strip().splitlines():
        source, kinds, targets = line.split("|")
        for kind in kinds.split():
            yield (source.strip(), kind), frozenset(targets.split())


SUGGESTED_RELATIONSHIPS: Mapping[tuple[str, str], frozenset[str]] = dict(_read_table())
"""(source type, relationship type) to the target types that the standard suggests."""
