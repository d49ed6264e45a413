"""The way of a mail: its `Received` fields (RFC 5321, section 4.4), in the order of time."""

import re
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Final

import msgspec

from stack.analysis.mail.headers import parse_time
from stack.analysis.mail.shapes import Hop

MOST_HOPS: Final = 100
_LONGEST = 2_000
# Networks of one's own machine, of one's own site and of one's own provider (RFC 6890).
_INNER: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]")
_BARE = re.compile(
    r"(?<![\w.:-])((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.:-])"
)
_GREETED = re.compile(r"\b(?:helo|ehlo)[= ]([^\s()\[\];]{1,255})", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,20}\.?")
_CLAUSE = re.compile(r"(?:^|\s)(from|by|with|id|for|via)\s+(\S+)", re.IGNORECASE)


def read_hops(received: Sequence[str]) -> list[Hop]:
    """The hops, first one first, of fields as they stand, newest first; at most 100, the newest.

    Each has the delay since the one before it that states a time.
    """
    hops = [_read_hop(text[:_LONGEST]) for text in received[:MOST_HOPS]]
    hops.reverse()
    timed: list[Hop] = []
    before: int | None = None
    for hop in hops:
        delay = None if hop.at is None or before is None else (hop.at - before) / 1_000_000
        timed.append(msgspec.structs.replace(hop, delay_s=delay))
        before = hop.at if hop.at is not None else before
    return timed


def is_outside(address: str) -> bool:
    """Whether it is an address beyond somebody's own network, as far as its form tells."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return not any(found in network for network in _INNER)


def find_boundary(hops: Sequence[Hop]) -> Hop | None:
    """The hop at which the mail came from outside: the newest that took it from a public address.

    What stands before it was written by whoever sent it. Where a gateway or forwarder of the recipient has a
    public address, it is that one.
    """
    return next((hop for hop in reversed(hops) if is_outside(hop.address)), None)


def _read_hop(text: str) -> Hop:
    way, _, date = text.rpartition(";")
    if not way:
        way, date = text, ""
    bare, comments = _drop_comments(way)
    clauses: dict[str, str] = {}
    for match in _CLAUSE.finditer(bare):
        clauses.setdefault(match[1].lower(), match[2])
    by_at = re.search(r"(?:^|\s)by\s", way)
    giver = way[: by_at.start()] if by_at else way
    at, offset = parse_time(date)
    greeting, reverse = _read_names(clauses.get("from", ""), giver, comments)
    return Hop(
        greeting=greeting[:255],
        reverse=reverse[:255],
        address=_find_address(giver) if "from" in clauses else "",
        by=clauses.get("by", "")[:255],
        protocol=clauses.get("with", "")[:40],
        id=clauses.get("id", "")[:120],
        recipient=clauses.get("for", "").strip("<>;")[:254],
        at=at,
        offset=offset,
    )


def _read_names(stated: str, giver: str, comments: list[str]) -> tuple[str, str]:
    """What the machine called itself, and the name of its address, in the ways that servers write them."""
    greeting = stated.strip("[]")
    reverse = ""
    if comments and f"({comments[0]})" in giver:
        first = comments[0].split(" ", 1)[0].strip("[]()")
        reverse = first.rstrip(".").lower() if _HOST.fullmatch(first) and not _is_address(first) else ""
        if named := _GREETED.search(comments[0]):
            # Exim and qmail name the reverse outside, the greeting within.
            greeting, reverse = named[1], greeting
    return greeting, "" if reverse == "unknown" else reverse


def _find_address(giver: str) -> str:
    for pattern in (_BRACKETED, _BARE):
        for match in pattern.finditer(giver):
            if _is_address(match[1]):
                return str(ip_address(match[1]))
    return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _drop_comments(text: str) -> tuple[str, list[str]]:
    """The text without what is in parentheses, and that."""
    bare: list[str] = []
    comments: list[str] = []
    depth, start = 0, 0
    for place, character in enumerate(text):
        if character == "(":
            if not depth:
                start = place + 1
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            if not depth:
                comments.append(text[start:place])
                bare.append(" ")
        elif not depth:
            bare.append(character)
    return "".join(bare), comments
