"""What the value of a MISP attribute is in STIX: terms of a pattern, and cyber-observable objects.

Types and categories: https://www.misp-project.org/datamodels/ (MISP core format, section 2.4).
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any, Final, NamedTuple

from stack.stix.canonical import canonical_json
from stack.stix.ids import STACK_NAMESPACE, compute_deterministic_id, compute_uuid5, format_id
from stack.stix.patterns.lexer import escape

Properties = dict[str, Any]


class Term(NamedTuple):
    """A comparison of a pattern and the type of object that it is about."""

    root: str
    comparison: str


class Reading(NamedTuple):
    """`terms` are alternatives: each alone tells what is looked for. `observables` have no ids yet where
    they may grow together with others of one MISP object (`file`)."""

    terms: tuple[Term, ...]
    observables: tuple[Properties, ...]


_Reader = Callable[[str], Reading]
NOTHING: Final = Reading((), ())

HASH_NAMES: Final[Mapping[str, str]] = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha512/224": "SHA-512-224",
    "sha512/256": "SHA-512-256",
    "sha3-224": "SHA3-224",
    "sha3-256": "SHA3-256",
    "sha3-384": "SHA3-384",
    "sha3-512": "SHA3-512",
    "ssdeep": "SSDEEP",
    "tlsh": "TLSH",
    "imphash": "IMPHASH",
    "authentihash": "AUTHENTIHASH",
    "vhash": "VHASH",
    "impfuzzy": "IMPFUZZY",
    "pehash": "PEHASH",
    "telfhash": "TELFHASH",
    "cdhash": "CDHASH",
}
"""Of each hash type the algorithm, by its name in the vocabulary (STIX 2.1, 10.7) where that has it."""

_DIGITS: Final = {
    "MD5": 32,
    "SHA-1": 40,
    "SHA-224": 56,
    "SHA-256": 64,
    "SHA-384": 96,
    "SHA-512": 128,
    "SHA-512-224": 56,
    "SHA-512-256": 64,
    "SHA3-224": 56,
    "SHA3-256": 64,
    "SHA3-384": 96,
    "SHA3-512": 128,
}
_IS_HEX: Final = re.compile(r"[0-9a-fA-F]+", re.ASCII).fullmatch
_HIVES: Final = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}


def read_value(type_name: str, value: str) -> Reading:
    """`NOTHING` for a type that STIX has no observable for.

    Raises `ValueError`, saying what is wrong, where the value is none of its type.
    """
    reader = _READERS.get(type_name)
    return reader(value) if reader is not None and value else NOTHING


def identify(observable: Properties, seed: str = "") -> Properties:
    """The observable with its deterministic id (STIX 2.1, section 2.9), its common properties first.

    An observable without properties that make an id gets one made of `seed`.
    """
    stix_id = compute_deterministic_id(observable) or format_id(
        observable["type"], compute_uuid5(STACK_NAMESPACE, canonical_json([observable["type"], seed]))
    )
    return {"type": observable["type"], "spec_version": "2.1", "id": stix_id} | observable


def write_pattern(terms: tuple[Term, ...]) -> str:
    """The pattern that any of the terms matches: those about one type of object stand in one observation."""
    by_root: dict[str, dict[str, None]] = {}
    for term in terms:
        by_root.setdefault(term.root, {})[term.comparison] = None
    return " OR ".join(f"[{' OR '.join(found)}]" for found in by_root.values())


def read_address(value: str) -> Reading:
    text = value.strip()
    try:
        version = ip_network(text, strict=False).version if "/" in text else ip_address(text).version
    except ValueError:
        raise ValueError(f"{value[:80]!r} is neither an IP address nor a network") from None
    root = f"ipv{version}-addr"
    operator = "ISSUBSET" if "/" in text else "="
    return Reading((Term(root, f"{root}:value {operator} {quote(text)}"),), ({"type": root, "value": text},))


def read_hash(algorithm: str, value: str) -> Reading:
    text = value.strip()
    digits = _DIGITS.get(algorithm)
    if digits is not None and (len(text) != digits or not _IS_HEX(text)):
        raise ValueError(f"{value[:140]!r} is no {algorithm}: it has {digits} hexadecimal digits")
    name = algorithm if algorithm.isalnum() else quote(algorithm)
    return Reading(
        (Term("file", f"file:hashes.{name} = {quote(text)}"),),
        ({"type": "file", "hashes": {algorithm: text}},),
    )


def read_file_name(value: str) -> Reading:
    """A path becomes a name and the directory that it is in (STIX 2.1, 6.7: a name has no path)."""
    folder, _, name = value.replace("\\", "/").rpartition("/")
    if not name or not folder:
        return Reading((Term("file", f"file:name = {quote(value)}"),), ({"type": "file", "name": value},))
    directory = identify({"type": "directory", "path": value[: len(folder)]})
    comparison = f"file:name = {quote(name)} AND file:parent_directory_ref.path = {quote(directory['path'])}"
    file = {"type": "file", "name": name, "parent_directory_ref": directory["id"]}
    return Reading((Term("file", f"({comparison})"),), (directory, file))


def read_registry_key(value: str) -> Reading:
    """The hive is written out, as STIX 2.1, 6.17 wants it."""
    key = _expand_hive(value)
    term = Term("windows-registry-key", f"windows-registry-key:key = {quote(key)}")
    return Reading((term,), ({"type": "windows-registry-key", "key": key},))


def _read_registry_value(value: str) -> Reading:
    key, _, data = value.partition("|")
    key = _expand_hive(key)
    comparison = (
        f"(windows-registry-key:key = {quote(key)} AND windows-registry-key:values[*].data = {quote(data)})"
    )
    observable = {"type": "windows-registry-key", "key": key, "values": [{"data": data}]}
    return Reading((Term("windows-registry-key", comparison),), (observable,))


def _expand_hive(key: str) -> str:
    hive, slash, rest = key.strip().partition("\\")
    return _HIVES.get(hive.upper(), hive) + slash + rest


def _read_named_hash(algorithm: str) -> _Reader:
    """`filename|md5`: the hash tells the file by itself, so the name takes no part in the pattern."""

    def read(value: str) -> Reading:
        name, bar, digest = value.rpartition("|")
        found = read_hash(algorithm, digest)
        if not bar or not name:
            return found
        *folders, file = read_file_name(name).observables
        return Reading(found.terms, (*folders, file | found.observables[0]))

    return read


def _read_domain_and_address(value: str) -> Reading:
    domain, _, address = value.partition("|")
    name, number = _property("domain-name", "value")(domain), read_address(address)
    return Reading(name.terms + number.terms, name.observables + number.observables)


def _read_endpoint(role: str) -> _Reader:
    """`ip-dst|port`: address and port belong together."""

    def read(value: str) -> Reading:
        host, _, port = value.rpartition("|")
        return read_traffic({role: host, f"{role}-port": port})

    return read


def read_traffic(ends: Mapping[str, str]) -> Reading:
    """Network traffic of `src`, `dst` (an address or a host name), `src-port`, `dst-port`, `protocol`."""
    tests: list[str] = []
    observables: list[Properties] = []
    traffic: Properties = {"type": "network-traffic"}
    protocols = [ends["protocol"].lower()] if ends.get("protocol") else []
    for role in ("src", "dst"):
        if host := ends.get(role, "").strip():
            end = _read_host(host)
            observables.append(identify(end.observables[0]))
            traffic[f"{role}_ref"] = observables[-1]["id"]
            tests.append(f"network-traffic:{role}_ref.value = {quote(host)}")
            protocols = protocols or [{"ipv6-addr": "ipv6"}.get(end.terms[0].root, "ipv4")]
        if port := ends.get(f"{role}-port", "").strip():
            if not (port.isdecimal() and port.isascii() and int(port) < 65536):
                raise ValueError(f"{port[:40]!r} is no port: a whole number from 0 to 65535")
            traffic[f"{role}_port"] = int(port)
            tests.append(f"network-traffic:{role}_port = {int(port)}")
    if not observables:
        return NOTHING
    traffic["protocols"] = protocols
    comparison = " AND ".join(tests)
    term = Term("network-traffic", f"({comparison})" if len(tests) > 1 else comparison)
    return Reading((term,), (*observables, traffic))


def _read_host(value: str) -> Reading:
    try:
        return read_address(value)
    except ValueError:
        return _property("domain-name", "value")(value)


def _property(root: str, name: str) -> _Reader:
    def read(value: str) -> Reading:
        return Reading((Term(root, f"{root}:{name} = {quote(value)}"),), ({"type": root, name: value},))

    return read


def _read_as_number(value: str) -> Reading:
    digits = value.strip().upper().removeprefix("AS").strip()
    if not (digits.isdecimal() and digits.isascii()) or int(digits) >= 2**32:
        raise ValueError(f"{value[:40]!r} is no number of an autonomous system, such as AS64500")
    term = Term("autonomous-system", f"autonomous-system:number = {int(digits)}")
    return Reading((term,), ({"type": "autonomous-system", "number": int(digits)},))


def _read_certificate(algorithm: str) -> _Reader:
    def read(value: str) -> Reading:
        [observable] = read_hash(algorithm, value).observables
        name = algorithm if algorithm.isalnum() else quote(algorithm)
        comparison = f"x509-certificate:hashes.{name} = {quote(value.strip())}"
        return Reading((Term("x509-certificate", comparison),), (observable | {"type": "x509-certificate"},))

    return read


def _read_user_agent(value: str) -> Reading:
    path = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"
    return Reading((Term("network-traffic", f"{path} = {quote(value)}"),), ())


def _read_message(name: str) -> _Reader:
    def read(value: str) -> Reading:
        term = Term("email-message", f"email-message:{name} = {quote(value)}")
        return Reading((term,), ({"type": "email-message", "is_multipart": False, name: value},))

    return read


def _read_sample(value: str) -> Reading:
    return _read_named_hash("MD5")(value) if "|" in value else read_file_name(value)


def quote(text: str) -> str:
    """A string literal of a pattern (STIX 2.1, section 9.7)."""
    return f"'{escape(text)}'"


_READERS: Final[Mapping[str, _Reader]] = {
    **{name: partial(read_hash, algorithm) for name, algorithm in HASH_NAMES.items()},
    **{f"filename|{name}": _read_named_hash(algorithm) for name, algorithm in HASH_NAMES.items()},
    **dict.fromkeys(("ip-src", "ip-dst", "ip"), read_address),
    **dict.fromkeys(("domain", "hostname"), _property("domain-name", "value")),
    **dict.fromkeys(("url", "uri"), _property("url", "value")),
    **dict.fromkeys(
        (
            *("email", "email-src", "email-dst", "email-reply-to", "whois-registrant-email"),
            *("dns-soa-email", "target-email"),
        ),
        _property("email-addr", "value"),
    ),
    **dict.fromkeys(("filename", "email-attachment"), read_file_name),
    "malware-sample": _read_sample,
    "email-subject": _read_message("subject"),
    "email-body": _read_message("body"),
    "mutex": _property("mutex", "name"),
    "regkey": read_registry_key,
    "regkey|value": _read_registry_value,
    "AS": _read_as_number,
    "mac-address": _property("mac-addr", "value"),
    "domain|ip": _read_domain_and_address,
    "ip-src|port": _read_endpoint("src"),
    "ip-dst|port": _read_endpoint("dst"),
    "hostname|port": _read_endpoint("dst"),
    "x509-fingerprint-md5": _read_certificate("MD5"),
    "x509-fingerprint-sha1": _read_certificate("SHA-1"),
    "x509-fingerprint-sha256": _read_certificate("SHA-256"),
    "user-agent": _read_user_agent,
}
