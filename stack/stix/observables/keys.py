"""What an object is found by: the values in it, as keys of the key table."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from stack.stix.observables.detect import detect
from stack.stix.observables.key_text import key_text
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.normalise import fold
from stack.stix.observables.pattern_values import read_pattern
from stack.stix.observables.readings import read_as, read_hash, read_url_host


class Role(StrEnum):
    """How the object and the value belong together.

    *Unshown* is given by the store: only a statement of the object that is not its head has the value.
    """

    IS = "is"
    PATTERN = "pattern"
    MENTION = "mention"
    UNSHOWN = "unshown"


# Stored in the database, like KIND_CODES: a code is never changed.
ROLE_CODES: dict[Role, int] = {Role.IS: 1, Role.PATTERN: 2, Role.MENTION: 3, Role.UNSHOWN: 4}


class Key(msgspec.Struct, frozen=True, gc=False):
    """A value that an object is found by, as `key_text` writes it."""

    kind: Kind
    text: str
    role: Role


_CVE = re.compile(r"cve-\d{4}-\d{4,19}", re.ASCII)

Reader: TypeAlias = Callable[[Mapping[str, Any], list[Key]], None]


def derive_keys(obj: Mapping[str, Any]) -> tuple[Key, ...]:
    """The keys of one decoded STIX object of any type, each value once, in the order of its properties.

    An observable *is* its values; an SDO *is* its name, its aliases and its CVE or ATT&CK ids; an indicator
    has the values of its pattern. A URL *mentions* its host, a report its title, any object the ids of its
    external references. Values of the wrong JSON type are passed over: the validator reports them.
    """
    object_type = obj.get("type")
    if object_type in _WITHOUT_KEYS or not isinstance(object_type, str):
        return ()
    found: list[Key] = []
    _READERS.get(object_type, _read_named)(obj, found)
    references = obj.get("external_references")
    if isinstance(references, list):
        _read_references(references, found, is_vulnerability=object_type == "vulnerability")
    return tuple(found) if len(found) < 2 else _keep_strongest(found)


def _keep_strongest(keys: Iterable[Key]) -> tuple[Key, ...]:
    unique: dict[tuple[Kind, str], Key] = {}
    for key in keys:
        before = unique.setdefault((key.kind, key.text), key)
        if before.role is Role.MENTION and key.role is not Role.MENTION:
            unique[key.kind, key.text] = key
    return tuple(unique.values())


def _add(found: list[Key], observable: Observable, role: Role = Role.IS) -> None:
    if observable.value:
        found.append(Key(observable.kind, key_text(observable), role))


def _read_url(obj: Mapping[str, Any], found: list[Key]) -> None:
    value = obj.get("value")
    if isinstance(value, str):
        _add_url(found, read_as(Kind.URL, value), Role.IS)


def _add_url(found: list[Key], url: Observable, role: Role) -> None:
    _add(found, url, role)
    host = read_url_host(url)
    if host is not None:
        _add(found, host, Role.MENTION)


def _property_reader(name: str, kind: Kind) -> Reader:
    def read_property(obj: Mapping[str, Any], found: list[Key]) -> None:
        value = obj.get(name)
        if isinstance(value, str):
            _add(found, read_as(kind, value))

    return read_property


def _read_autonomous_system(obj: Mapping[str, Any], found: list[Key]) -> None:
    number = obj.get("number")
    if isinstance(number, int):
        _add(found, read_as(Kind.ASN, str(number)))
    _add_name(obj.get("name"), found, Role.IS)


def _read_file(obj: Mapping[str, Any], found: list[Key]) -> None:
    _read_hashes(obj, found)
    name = obj.get("name")
    if isinstance(name, str):
        _add(found, Observable(Kind.FILE_NAME, fold(name)))


def _read_hashes(obj: Mapping[str, Any], found: list[Key]) -> None:
    hashes = obj.get("hashes")
    if isinstance(hashes, dict):
        for algorithm, value in hashes.items():
            if isinstance(value, str):
                _add(found, read_hash(algorithm, value))


def _read_artifact(obj: Mapping[str, Any], found: list[Key]) -> None:
    _read_hashes(obj, found)
    url = obj.get("url")
    if isinstance(url, str):
        _add_url(found, read_as(Kind.URL, url), Role.MENTION)


def _read_certificate(obj: Mapping[str, Any], found: list[Key]) -> None:
    hashes = obj.get("hashes")
    thumbprints = hashes.values() if isinstance(hashes, dict) else ()
    for value in (*thumbprints, obj.get("serial_number")):
        if isinstance(value, str):
            _add(found, read_as(Kind.CERTIFICATE, value))
    for name in ("subject", "issuer"):
        _add_text(obj.get(name), found, Role.MENTION)


def _read_process(obj: Mapping[str, Any], found: list[Key]) -> None:
    _add_text(obj.get("command_line"), found, Role.IS)


def _read_account(obj: Mapping[str, Any], found: list[Key]) -> None:
    for name in ("user_id", "account_login"):
        _add_text(obj.get(name), found, Role.IS)


def _read_traffic(obj: Mapping[str, Any], found: list[Key]) -> None:
    """Addresses are objects of their own; the client program of an HTTP request is a value of the traffic."""
    extensions = obj.get("extensions")
    request = extensions.get("http-request-ext") if isinstance(extensions, dict) else None
    headers = request.get("request_header") if isinstance(request, dict) else None
    agents = headers.get("User-Agent") if isinstance(headers, dict) else None
    for agent in agents if isinstance(agents, list) else (agents,):
        if isinstance(agent, str):
            _add(found, Observable(Kind.USER_AGENT, fold(agent)), Role.MENTION)


def _read_software(obj: Mapping[str, Any], found: list[Key]) -> None:
    _add_name(obj.get("name"), found, Role.IS)
    _add_text(obj.get("cpe"), found, Role.MENTION)


def _read_indicator(obj: Mapping[str, Any], found: list[Key]) -> None:
    pattern = obj.get("pattern")
    if isinstance(pattern, str) and obj.get("pattern_type", "stix") == "stix":
        for observable in read_pattern(pattern):
            if observable.kind is Kind.URL:
                _add_url(found, observable, Role.PATTERN)
            else:
                _add(found, observable, Role.PATTERN)


def _read_report(obj: Mapping[str, Any], found: list[Key]) -> None:
    _add_name(obj.get("name"), found, Role.MENTION)


def _read_named(obj: Mapping[str, Any], found: list[Key]) -> None:
    """An SDO, or an object of a type that the specification does not have: its names, its value if any."""
    _add_name(obj.get("name"), found, Role.IS)
    for property_name in ("aliases", "x_mitre_aliases", "x_opencti_aliases"):
        aliases = obj.get(property_name)
        if isinstance(aliases, list):
            for alias in aliases:
                _add_name(alias, found, Role.IS)
    value = obj.get("value")
    if isinstance(value, str):
        _add(found, detect(value).observable)
    _read_hashes(obj, found)


def _add_name(value: object, found: list[Key], role: Role) -> None:
    if isinstance(value, str):
        name = fold(value)
        kind = Kind.CVE if _CVE.fullmatch(name) else Kind.NAME
        _add(found, Observable(kind, name.upper() if kind is Kind.CVE else name), role)


def _add_text(value: object, found: list[Key], role: Role) -> None:
    if isinstance(value, str):
        _add(found, Observable(Kind.TEXT, fold(value)), role)


def _read_references(references: list[Any], found: list[Key], *, is_vulnerability: bool) -> None:
    """CVE ids, the ATT&CK id of an ATT&CK object, and ids of other catalogues as mentioned text."""
    for reference in references:
        external_id = reference.get("external_id") if isinstance(reference, dict) else None
        if not isinstance(external_id, str):
            continue
        source = reference.get("source_name")
        if external_id[:4].upper() == "CVE-":
            role = Role.IS if is_vulnerability else Role.MENTION
            _add(found, read_as(Kind.CVE, external_id), role)
        elif isinstance(source, str) and source.startswith("mitre-"):
            _add(found, read_as(Kind.ATTACK, external_id))
        else:
            _add_text(external_id, found, Role.MENTION)


# Their names, if they have any, are titles of statements about others.
_WITHOUT_KEYS = frozenset(
    {
        "relationship",
        "sighting",
        "note",
        "opinion",
        "observed-data",
        "language-content",
        "marking-definition",
        "extension-definition",
        "bundle",
    }
)
_READERS: dict[str, Reader] = {
    "ipv4-addr": _property_reader("value", Kind.IPV4),
    "ipv6-addr": _property_reader("value", Kind.IPV6),
    "domain-name": _property_reader("value", Kind.DOMAIN),
    "email-addr": _property_reader("value", Kind.EMAIL),
    "mac-addr": _property_reader("value", Kind.MAC),
    "mutex": _property_reader("name", Kind.MUTEX),
    "directory": _property_reader("path", Kind.PATH),
    "windows-registry-key": _property_reader("key", Kind.REGISTRY_KEY),
    "url": _read_url,
    "autonomous-system": _read_autonomous_system,
    "file": _read_file,
    "artifact": _read_artifact,
    "x509-certificate": _read_certificate,
    "process": _read_process,
    "user-account": _read_account,
    "network-traffic": _read_traffic,
    "software": _read_software,
    "email-message": lambda _obj, _found: None,
    "indicator": _read_indicator,
    "report": _read_report,
    "grouping": _read_report,
}
