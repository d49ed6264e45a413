"""The name engine: everything that is known of a host name, as one list of findings."""

from stack.analysis.answers import Answer
from stack.analysis.base import Tools
from stack.analysis.names.brands import gather_brands
from stack.analysis.names.findings import Findings
from stack.analysis.names.judging import judge_letters
from stack.analysis.names.listing import read_lists
from stack.analysis.names.lookalikes import find_owner
from stack.analysis.names.parts import NameParts, split_name
from stack.analysis.names.posture import note_posture
from stack.analysis.names.relatives import note_relatives
from stack.core.errors import BadInput
from stack.stix.observables.kinds import Kind


def analyze_domain(value: str, tools: Tools) -> Answer:
    """The answer about a domain; BadInput where the value is none."""
    try:
        parts = split_name(value)
    except ValueError as error:
        raise BadInput(
            f"This is no domain name: {error}.", remedy="Give a name such as example.org."
        ) from None
    findings = Findings("domain")
    note_name(parts, tools, findings)
    if tools.resolver is not None and not tools.stop.is_set():
        note_posture(parts, tools.resolver, tools, findings)
    return findings.answer(_summarise(parts, findings))


def note_name(parts: NameParts, tools: Tools, findings: Findings) -> None:
    """All but DNS: what the letters, the lists, the brands and the store say of a name."""
    _tell_parts(parts, findings)
    listed = read_lists(parts, tools, findings)
    owner = find_owner(parts, gather_brands(tools.brands))
    if owner is not None:
        findings.fact("Belongs to", owner.title, section="Name")
    if listed.popular:
        findings.fact("Popular site", ", ".join(listed.popular), section="Name")
    is_popular = owner is not None or bool(listed.popular)
    # What stands below a service's name was chosen by its customers.
    is_shared = bool(listed.services) and bool(parts.below)
    judge_letters(
        parts,
        findings,
        watched=tools.brands,
        is_popular=is_popular,
        is_shared=is_shared,
        is_rented="hosted" in listed.services or "trusted-site" in listed.services,
    )
    note_relatives(parts, tools, findings, is_popular=is_popular and not is_shared)


def _tell_parts(parts: NameParts, findings: Findings) -> None:
    if parts.unicode != parts.host:
        findings.fact("As people see it", parts.unicode, section="Name")
    findings.fact("Public suffix", parts.suffix, section="Name")
    if parts.registered and parts.registered != parts.host:
        findings.fact("Registered name", parts.registered, kind=Kind.DOMAIN, section="Name")
        findings.pivot(Kind.DOMAIN, parts.registered, "below")
    if parts.operator:
        findings.fact("Suffix run by", parts.operator, section="Name")


def _summarise(parts: NameParts, findings: Findings) -> str:
    return findings.strongest or f"Nothing about the name {parts.unicode} stands out."
