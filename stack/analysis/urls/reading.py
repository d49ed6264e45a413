"""Reads a URL as browsers do (url.spec.whatwg.org, by ada), and says where others would read it otherwise."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import ada_url
import msgspec

from stack.stix.observables.kinds import Kind

LONGEST: Final = 8192
# RFC 3986, appendix B: what most libraries, filters and logs make of it.
_RFC3986: Final = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
_PLAIN_IPV4: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_DROPPED: Final = re.compile(r"[\t\r\n]")
_SCHEMES: Final = frozenset(
    (
        "about",
        "blob",
        "data",
        "file",
        "ftp",
        "http",
        "https",
        "javascript",
        "mailto",
        "tel",
        "vbscript",
        "ws",
        "wss",
    )
)


class ReadUrl(msgspec.Struct, frozen=True):
    """The parts as a browser takes them. `host` is in A-labels; `written_host` as it stands in the text.

    `host_kind` is a `Kind`, or empty where there is no host or it is a single word. `is_bare`: the scheme was
    missing, and http was taken. `conflicts` are sentences on what other readers make of it.
    """

    text: str
    href: str
    scheme: str
    user: str
    password: str
    host: str
    port: str
    path: str
    query: str
    fragment: str
    host_kind: str = ""
    written_host: str = ""
    is_bare: bool = False
    conflicts: tuple[str, ...] = ()


def read_url(text: str) -> ReadUrl:
    """ValueError, with what was expected, for what no browser would open."""
    value = text.strip()
    if not value or len(value) > LONGEST:
        raise ValueError(f"a URL has 1 to {LONGEST} characters")
    is_bare = not _has_scheme(_DROPPED.sub("", value))
    whole = f"http://{value}" if is_bare else value
    try:
        whole.encode("utf-8")
        parsed = ada_url.parse_url(whole)
    except UnicodeEncodeError:
        raise ValueError("a URL has no lone surrogates") from None
    except ValueError:
        raise ValueError("a URL is a scheme, a host and a path that a browser would open") from None
    host = parsed["hostname"].rstrip(".")
    kind = _find_kind(host)
    written, conflicts = _compare(whole, host)
    return ReadUrl(
        text=value,
        href=parsed["href"],
        scheme=parsed["protocol"].rstrip(":"),
        user=parsed["username"],
        password=parsed["password"],
        host=host.strip("[]"),
        port=parsed["port"],
        path=parsed["pathname"],
        query=parsed["search"][1:],
        fragment=parsed["hash"][1:],
        host_kind=kind,
        written_host=written,
        is_bare=is_bare,
        conflicts=conflicts,
    )


def _has_scheme(value: str) -> bool:
    """A host and port, "example.org:8443", are none."""
    found = _SCHEME.match(value)
    if found is None:
        return False
    return found[0][:-1].lower() in _SCHEMES or value[len(found[0]) :].startswith("//")


def _find_kind(host: str) -> str:
    if host.startswith("["):
        IPv6Address(host.strip("[]"))
        return Kind.IPV6
    if _PLAIN_IPV4.fullmatch(host):
        IPv4Address(host)
        return Kind.IPV4
    return Kind.DOMAIN if "." in host else ""


def _compare(whole: str, host: str) -> tuple[str, tuple[str, ...]]:
    """The host as written, and sentences about what a reader by RFC 3986 would take instead."""
    found = []
    if _DROPPED.search(whole):
        found.append("It has tabs or line breaks inside, which browsers leave out and filters often do not.")
    parts = _RFC3986.fullmatch(whole)
    authority = (parts[2] or "") if parts else ""
    if "\\" in whole.partition("?")[0].partition("#")[0]:
        found.append("It has backslashes, which browsers read as slashes.")
    elif parts and parts[2] is None and host:
        found.append("Its slashes after the scheme are not two, which browsers forgive.")
    written = authority.rpartition("@")[2]
    name = written if written.startswith("[") else written.partition(":")[0]
    other = _DROPPED.sub("", name).rstrip(".").lower()
    if host and other and "\\" in other:
        found.append(f"A reader by RFC 3986 takes “{other[:80]}” for the host, a browser goes to {host}.")
    return name, tuple(found)
