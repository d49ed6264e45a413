"""The words and icons by which pages call the types of object."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypeLabel:
    one: str
    many: str
    icon: str


_LABELS: dict[str, tuple[str, str, str]] = {
    "attack-pattern": ("Attack pattern", "Attack patterns", "swords"),
    "campaign": ("Campaign", "Campaigns", "flag"),
    "course-of-action": ("Course of action", "Courses of action", "shield"),
    "grouping": ("Grouping", "Groupings", "shapes"),
    "identity": ("Identity", "Identities", "building-2"),
    "indicator": ("Indicator", "Indicators", "crosshair"),
    "infrastructure": ("Infrastructure", "Infrastructures", "server"),
    "intrusion-set": ("Intrusion set", "Intrusion sets", "users"),
    "location": ("Location", "Locations", "map-pin"),
    "malware": ("Malware", "Malware", "bug"),
    "malware-analysis": ("Malware analysis", "Malware analyses", "bug"),
    "note": ("Note", "Notes", "sticky-note"),
    "observed-data": ("Observed data", "Observed data", "eye"),
    "opinion": ("Opinion", "Opinions", "message-square"),
    "report": ("Report", "Reports", "book-open"),
    "threat-actor": ("Threat actor", "Threat actors", "users"),
    "tool": ("Tool", "Tools", "wrench"),
    "vulnerability": ("Vulnerability", "Vulnerabilities", "shield-alert"),
    "relationship": ("Relationship", "Relationships", "arrow-right-left"),
    "sighting": ("Sighting", "Sightings", "eye"),
    "marking-definition": ("Marking definition", "Marking definitions", "tag"),
    "language-content": ("Language content", "Language contents", "file-text"),
    "extension-definition": ("Extension definition", "Extension definitions", "braces"),
    "artifact": ("Artifact", "Artifacts", "package"),
    "autonomous-system": ("Autonomous system", "Autonomous systems", "network"),
    "directory": ("Directory", "Directories", "file"),
    "domain-name": ("Domain name", "Domain names", "globe"),
    "email-addr": ("E-mail address", "E-mail addresses", "mail"),
    "email-message": ("E-mail message", "E-mail messages", "mail"),
    "file": ("File", "Files", "file"),
    "ipv4-addr": ("IPv4 address", "IPv4 addresses", "network"),
    "ipv6-addr": ("IPv6 address", "IPv6 addresses", "network"),
    "mac-addr": ("MAC address", "MAC addresses", "network"),
    "mutex": ("Mutex", "Mutexes", "key"),
    "network-traffic": ("Network traffic", "Network traffic", "arrow-right-left"),
    "process": ("Process", "Processes", "terminal"),
    "software": ("Software", "Software", "package"),
    "url": ("URL", "URLs", "link"),
    "user-account": ("User account", "User accounts", "user"),
    "windows-registry-key": ("Registry key", "Registry keys", "key"),
    "x509-certificate": ("Certificate", "Certificates", "id-card"),
    "x-mitre-tactic": ("ATT&CK tactic", "ATT&CK tactics", "route"),
    "x-mitre-matrix": ("ATT&CK matrix", "ATT&CK matrices", "route"),
    "x-mitre-data-source": ("ATT&CK data source", "ATT&CK data sources", "hash"),
    "x-mitre-data-component": ("ATT&CK data component", "ATT&CK data components", "hash"),
    "x-mitre-analytic": ("ATT&CK analytic", "ATT&CK analytics", "scan-search"),
    "x-mitre-detection-strategy": ("ATT&CK detection", "ATT&CK detections", "eye"),
    "x-mitre-asset": ("ATT&CK asset", "ATT&CK assets", "server"),
    "x-mitre-collection": ("ATT&CK collection", "ATT&CK collections", "package"),
}


def describe_type(stix_type: str) -> TypeLabel:
    """The label of a STIX type; a type that nobody named is called as it calls itself."""
    known = _LABELS.get(stix_type)
    return TypeLabel(*known) if known else TypeLabel(stix_type, stix_type, "circle-dashed")
