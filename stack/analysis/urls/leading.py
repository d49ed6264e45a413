"""Where a URL leads on to, and whom it names: addresses and mailboxes in its parameters."""

import re
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, Pivot
from stack.analysis.names.brands import gather_brands
from stack.analysis.names.findings import Findings
from stack.analysis.names.lookalikes import find_owner
from stack.analysis.names.parts import split_name
from stack.analysis.urls.decoding import Decoded, decode_values
from stack.analysis.urls.reading import ReadUrl, read_url
from stack.stix.observables.extract import extract_observables
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise

_NESTED: Final = re.compile(r"(?:https?:)?[/\\]{2}[^\s\"'<>]+", re.IGNORECASE)
_MOST_TARGETS: Final = 10
_DEEPEST: Final = 3
_MOST_VALUES: Final = 60
_NAMED: Final = frozenset((Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512))
# Services that carry an address of somebody else in theirs, by host and parameter, as they document it.
_CARRIERS: Final = {
    "safelinks.protection.outlook.com": "Microsoft's Safe Links",
    "urldefense.proofpoint.com": "Proofpoint's URL Defense",
    "urldefense.com": "Proofpoint's URL Defense",
    "linkprotect.cudasvc.com": "Barracuda's Link Protection",
    "l.facebook.com": "Facebook's link shim",
    "lm.facebook.com": "Facebook's link shim",
    "www.google.com": "Google's redirect",
    "google.com": "Google's redirect",
    "www.bing.com": "Bing's redirect",
    "out.reddit.com": "Reddit's redirect",
    "t.umblr.com": "Tumblr's redirect",
    "steamcommunity.com": "Steam's link filter",
    "slack-redir.net": "Slack's redirect",
    "vk.com": "VK's redirect",
    "web.archive.org": "the Internet Archive",
    "translate.google.com": "Google Translate",
}


def follow_targets(url: ReadUrl) -> tuple[tuple[ReadUrl, tuple[Decoded, ...]], ...]:
    """The URL itself, those that stand in it, those that stand in these, and so on: each with its values.

    Outermost first; at most three deep, and eleven in all.
    """
    found = {url.href: (url, decode_values(url))}
    layer = [url.href]
    for _ in range(_DEEPEST):
        inner = [
            target for href in layer for target in find_targets(*found[href]) if target.href not in found
        ]
        layer = []
        for target in inner[: _MOST_TARGETS + 1 - len(found)]:
            found[target.href] = (target, decode_values(target))
            layer.append(target.href)
    return tuple(found.values())


def find_targets(url: ReadUrl, values: tuple[Decoded, ...]) -> tuple[ReadUrl, ...]:
    """The distinct URLs in the values, or in the path ("web.archive.org/web/2026/https://example.org/")."""
    found: dict[str, ReadUrl] = {}
    texts = [value.text for value in values[:_MOST_VALUES]]
    texts += [url.path[place:] for place in [url.path.find("http", 1)] if place > 0]
    for text in texts:
        match = _NESTED.search(text)
        if match is None or (match[0][:1] in "/\\" and match.start() > 0):
            continue
        try:
            target = read_url(match[0] if match[0][:1] not in "/\\" else f"http:{match[0]}")
        except ValueError:
            continue
        if target.host_kind and target.href != url.href:
            found.setdefault(target.href, target)
        if len(found) >= _MOST_TARGETS:
            break
    return tuple(found.values())


def note_targets(url: ReadUrl, targets: tuple[ReadUrl, ...], findings: Findings) -> tuple[ReadUrl, ...]:
    """Says where it leads on to; gives those that are of other organisations."""
    carrier = next((title for host, title in _CARRIERS.items() if _is_below(url.host, host)), "")
    others = tuple(each for each in targets if not _is_same(each, url))
    for target in others:
        findings.fact("Leads on to", target.href[:500], kind=Kind.URL, section="Inside")
        findings.pivot(Kind.URL, _write_value(target), "leads-to")
    if others and carrier:
        findings.note("carrier", f"{carrier[:1].upper()}{carrier[1:]} carries the address {others[0].host}.")
    elif others:
        findings.note(
            "redirect",
            f"It holds an address of somebody else, {others[0].host}, and {url.host} may send people there.",
            weight=SLIGHT,
        )
    return others


def note_named(url: ReadUrl, values: tuple[Decoded, ...], findings: Findings) -> None:
    """Mailboxes, addresses, hashes and names that stand in the parameters, however encoded."""
    boxes: dict[str, Decoded] = {}
    for value in values[:_MOST_VALUES]:
        for found in extract_observables(value.text):
            kind, text = found.observable.kind, found.observable.value
            if kind is Kind.EMAIL:
                boxes.setdefault(text, value)
            elif kind in _NAMED and text != url.host:
                findings.pivot(kind, text, "contains")
        if value.how:
            shown = f"{value.name} = {value.text}" if value.name else value.text
            findings.fact(f"Decoded ({value.how})", shown[:300], section="Inside")
    for box, value in list(boxes.items())[:3]:
        _note_mailbox(box, value, findings)


def _note_mailbox(box: str, value: Decoded, findings: Findings) -> None:
    """By hand: kits of phishing fill in the mailbox of whom they were sent to; so do newsletters."""
    how = f", encoded as {value.how}," if value.how else ""
    findings.note(
        "mailbox",
        f"The mail address {box} stands in it{how}: the link may be made for one person.",
        weight=MODEST if value.how else SLIGHT,
        group="mailbox",
        pivots=(Pivot(Kind.EMAIL, box, "contains"),),
    )


def _is_same(target: ReadUrl, url: ReadUrl) -> bool:
    if target.host == url.host:
        return True
    try:
        here, there = split_name(url.host), split_name(target.host)
    except ValueError:
        return False
    owner = find_owner(here, gather_brands())
    is_one_brand = owner is not None and find_owner(there, (owner,)) is not None
    return is_one_brand or here.registered == there.registered


def _is_below(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def _write_value(target: ReadUrl) -> str:
    """As the store writes it, so that it is found there."""
    try:
        return normalise(Kind.URL, target.href)
    except ValueError:
        return target.href
