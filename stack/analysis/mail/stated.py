"""What machines on the way say to have checked: `Authentication-Results` (RFC 8601) and `Received-SPF`."""

import re
from collections.abc import Iterator

from stack.analysis.mail.hops import is_outside, read_hops
from stack.analysis.mail.shapes import Stated
from stack.analysis.mail.wire import RawField

_MOST = 60
_LONGEST = 4_000
_METHODS = frozenset(
    ("spf", "dkim", "dmarc", "arc", "compauth", "dkim-adsp", "iprev", "auth", "smime", "bimi", "dkim-atps")
)
_INSTANCE = re.compile(r"\s*i\s*=\s*(\d{1,3})\s*;")
_RESULT = re.compile(r"\s*([a-z][a-z0-9-]{0,20})(?:/\d+)?\s*=\s*([a-z]{1,20})", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]+\.[a-z0-9_-]+|action)\s*=\s*\"?([^\s;\"]{1,254})", re.IGNORECASE)
_ABOUT = {
    "spf": ("smtp.mailfrom", "smtp.helo"),
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
    "auth": ("smtp.auth", "smtp.mailfrom"),
    "iprev": ("policy.iprev",),
}
_CLIENT = re.compile(r"(?:client-ip=|sender ip is |smtp\.remote-ip=)\[?([0-9A-Fa-f:.]{3,45})", re.IGNORECASE)
_SPF = re.compile(r"\s*(pass|fail|softfail|neutral|none|temperror|permerror)\b", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")


def read_stated(fields: list[RawField]) -> list[Stated]:
    """In the order of the header, so that those nearest to the recipient come first."""
    found: list[Stated] = []
    for field in fields:
        if field.name in ("authentication-results", "arc-authentication-results"):
            found += _read_results(field.text[:_LONGEST], is_chain=field.name.startswith("arc-"))
        elif field.name == "received-spf" and (match := _SPF.match(field.text)):
            server = re.search(r"\breceiver=([^\s;]{1,255})", field.text[:_LONGEST])
            sender = re.search(r"\benvelope-from=\"?([^\s;\"]{1,254})", field.text[:_LONGEST])
            found.append(
                Stated(server[1] if server else "", "spf", match[1].lower(), sender[1] if sender else "")
            )
        if len(found) >= _MOST:
            break
    return found[:_MOST]


def find_client(fields: list[RawField]) -> str:
    """The address from which the recipient's servers say the mail came; empty where they do not.

    What stands below the field of the hop from outside was written by whoever sent the mail.
    """
    for field in fields:
        if field.name == "received" and is_outside(read_hops([field.text])[0].address):
            return ""
        is_told = field.name in ("received-spf", "authentication-results")
        if is_told and (match := _CLIENT.search(field.text[:_LONGEST])):
            return match[1]
    return ""


def _read_results(text: str, *, is_chain: bool) -> Iterator[Stated]:
    instance = 0
    if is_chain and (match := _INSTANCE.match(text)):
        instance, text = int(match[1]), text[match.end() :]
    server, *results = _COMMENT.sub(" ", text).split(";")
    for result in results:
        match = _RESULT.match(result)
        if match is None or match[1].lower() not in _METHODS:
            continue
        method = match[1].lower()
        properties = {name.lower(): value for name, value in _PROPERTY.findall(result)}
        about = next((properties[name] for name in _ABOUT.get(method, ()) if name in properties), "")
        yield Stated(server.strip().split(" ")[0][:255], method, match[2].lower(), about, instance)
