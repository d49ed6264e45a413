"""The URL engine: how a URL is made, where it leads, who is behind its host."""

from typing import Final

from stack.analysis.addresses.judging import judge_address
from stack.analysis.answers import Answer
from stack.analysis.base import Tools
from stack.analysis.names.analysing import note_name
from stack.analysis.names.brands import Brand, gather_brands
from stack.analysis.names.findings import Findings
from stack.analysis.names.lookalikes import find_owner
from stack.analysis.names.parts import split_name
from stack.analysis.names.posture import note_posture
from stack.analysis.subjects import ADDRESSES, Subject
from stack.analysis.urls.decoding import Decoded
from stack.analysis.urls.judging import judge_form
from stack.analysis.urls.leading import follow_targets, note_named, note_targets
from stack.analysis.urls.reading import ReadUrl, read_url
from stack.core.errors import BadInput
from stack.core.known_good.categories import POPULAR
from stack.stix.observables.kinds import Kind

_MOST_TARGETS: Final = 3
_DATA: Final = 300
_HOST: Final = "url.host"
# What pages of popular sites look like says little: a fifth is left of what speaks against the form, and half
# where anybody puts files.
_POPULAR_FACTOR: Final = 0.2
_SHARED_FACTOR: Final = 0.5
_SHARING: Final = frozenset(("dynamic-dns", "link-in-bio", "lots-project", "url-shortener"))


def analyze_link(subject: Subject, tools: Tools) -> Answer:
    """The answer about a URL; BadInput where no browser would open it."""
    try:
        url = read_url(subject.value)
    except ValueError as error:
        raise BadInput(
            f"This is no URL: {error}.", remedy="Give a URL such as https://example.org/path."
        ) from None
    findings = Findings("url")
    _tell_parts(url, findings)
    (_, values), *inner = follow_targets(url)
    _tell_parameters(values, findings)
    host = _look_at_host(url, subject, tools, prefix=_HOST)
    brands = _list_foreign_brands(url, tools)
    judge_form(url, findings, brands=brands, factor=_weigh_form(url, tools))
    others = note_targets(url, tuple(target for target, _ in inner), findings)
    for each, its_values in ((url, values), *inner):
        note_named(each, its_values, findings)
    findings.add(host)
    for target in others[:_MOST_TARGETS]:
        if tools.stop.is_set():
            break
        findings.add(_look_at_host(target, subject, tools, prefix="url.target"))
    return findings.answer(
        findings.strongest or f"Nothing about this URL at {url.host or url.scheme} stands out."
    )


def _tell_parts(url: ReadUrl, findings: Findings) -> None:
    if url.href != url.text:
        findings.fact("As a browser reads it", url.href[:500], section="URL")
    if url.is_bare:
        findings.fact("Scheme", "none given, read as http", section="URL")
    if url.host:
        findings.fact("Host", url.host, kind=url.host_kind, section="URL")
    if url.host_kind:
        findings.pivot(url.host_kind, url.host, "host")
    if url.port:
        findings.fact("Port", url.port, section="URL")
    if url.scheme == "data":
        findings.fact("Content", url.path[:_DATA], section="URL")


def _tell_parameters(values: tuple[Decoded, ...], findings: Findings) -> None:
    for value in values[:30]:
        if value.name and not value.how:
            findings.fact(f"Parameter {value.name}"[:100], value.text[:300], section="Parameters")


def _look_at_host(url: ReadUrl, subject: Subject, tools: Tools, *, prefix: str) -> Findings:
    """What the engine of names, or that of addresses, says of the host, below a prefix of ours."""
    findings = Findings(prefix)
    if url.host_kind in ADDRESSES:
        answer = judge_address(Subject(kind=url.host_kind, value=url.host, tlp=subject.tlp), tools)
        findings.take(answer, drop="ip.")
    elif url.host_kind == Kind.DOMAIN:
        try:
            parts = split_name(url.host)
        except ValueError:
            return findings
        note_name(parts, tools, findings)
        # Only who is asked about is looked up: a target may be anybody's.
        if prefix == _HOST and tools.resolver is not None and not tools.stop.is_set():
            note_posture(parts, tools.resolver, tools, findings)
    return findings


def _list_foreign_brands(url: ReadUrl, tools: Tools) -> tuple[Brand, ...]:
    """The brands that the host does not belong to."""
    brands = gather_brands(tools.brands)
    try:
        owner = find_owner(split_name(url.host), brands) if url.host_kind == Kind.DOMAIN else None
    except ValueError:
        owner = None
    return brands if owner is None else ()


def _weigh_form(url: ReadUrl, tools: Tools) -> float:
    """How much the form says, by what is known of the host."""
    if url.host_kind != Kind.DOMAIN:
        return 1.0
    held = tools.find_known_good([(Kind.DOMAIN, url.host)]).get(url.host, ())
    names = {entry.list_name for entry in held}
    if not names & POPULAR:
        return 1.0
    return _SHARED_FACTOR if names & _SHARING else _POPULAR_FACTOR
