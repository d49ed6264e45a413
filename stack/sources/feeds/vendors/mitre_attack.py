"""MITRE ATT&CK: what adversaries do, as STIX 2.1.

Format: a STIX 2.1 bundle of https://github.com/mitre-attack/attack-stix-data.
"""

from collections.abc import Iterator, Mapping

from stack.core.plugin_options import Option
from stack.sources.feeds.base import DAY_S, HOUR_S, FeedPlugin, Piece, Visit

_BASE = "https://raw.githubusercontent.com/mitre-attack/attack-stix-data/master"


class Feed(FeedPlugin):
    """Tactics, techniques, groups, software, mitigations and data sources of one or more ATT&CK domains."""

    name = "mitre-attack"
    title = "MITRE ATT&CK"
    page = "https://attack.mitre.org/resources/attack-data-and-tools/"
    terms = "Free of charge with attribution; see https://attack.mitre.org/resources/legal-and-branding/terms-of-use/"
    url = _BASE
    format = "stix"
    every_s = 7 * DAY_S
    least_every_s = HOUR_S
    most_bytes = 512 * 1024 * 1024
    reliability = 0
    options = (Option("domain", "Domain", "enterprise", values=("enterprise", "mobile", "ics", "all")),)
    example = (
        b'{"type":"bundle","id":"bundle--11111111-1111-4111-8111-111111111111","objects":[{"type":'
        b'"attack-pattern","spec_version":"2.1","id":"attack-pattern--22222222-2222-4222-8222-222222222222",'
        b'"created":"2026-01-31T08:15:30.000Z","modified":"2026-01-31T08:15:30.000Z","name":"Example",'
        b'"external_references":[{"source_name":"mitre-attack","external_id":"T9999",'
        b'"url":"https://attack.mitre.org/techniques/T9999"}]}]}'
    )

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        for domain in _list_domains(visit.choices):
            piece = visit.get(f"{visit.choices['url'].rstrip('/')}/{domain}/{domain}.json")
            if piece is not None:
                yield piece


def _list_domains(choices: Mapping[str, str]) -> list[str]:
    chosen = choices["domain"]
    return [f"{each}-attack" for each in ("enterprise", "mobile", "ics") if chosen in (each, "all")]
