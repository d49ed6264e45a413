"""STIX objects and patterns for bare values: what CSV rows and texts become. Pure and deterministic."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from stack.stix.canonical import canonical_json
from stack.stix.ids import STACK_NAMESPACE, compute_deterministic_id, compute_uuid5, format_id
from stack.stix.observables.kinds import Kind, Observable

_HASH_NAMES: Final = {
    Kind.MD5: "MD5",
    Kind.SHA1: "SHA-1",
    Kind.SHA256: "SHA-256",
    Kind.SHA512: "SHA-512",
    Kind.SSDEEP: "SSDEEP",
    Kind.TLSH: "TLSH",
}
_PROPERTIES: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.IPV4: ("ipv4-addr", "value"),
    Kind.IPV6: ("ipv6-addr", "value"),
    Kind.DOMAIN: ("domain-name", "value"),
    Kind.URL: ("url", "value"),
    Kind.EMAIL: ("email-addr", "value"),
    Kind.MAC: ("mac-addr", "value"),
    Kind.MUTEX: ("mutex", "name"),
    Kind.FILE_NAME: ("file", "name"),
    Kind.REGISTRY_KEY: ("windows-registry-key", "key"),
}

# Kinds whose canonical form is case folded for look-ups, while their STIX object keeps the case as written.
_CASED: Final = frozenset({Kind.MUTEX, Kind.FILE_NAME, Kind.REGISTRY_KEY})


def keep_case(observable: Observable, written: str) -> Observable:
    """The value as it was written, for kinds in which case may matter; the others in their canonical form."""
    return Observable(observable.kind, written.strip()) if observable.kind in _CASED else observable


def make_pattern(observable: Observable) -> str | None:
    """The STIX pattern that matches the value; None for a kind that patterns have no object for."""
    kind, value = observable.kind, observable.value
    if kind in _PROPERTIES:
        return "[{}:{} = {}]".format(*_PROPERTIES[kind], _quote(value))
    if kind in _HASH_NAMES:
        return f"[file:hashes.'{_HASH_NAMES[kind]}' = {_quote(value)}]"
    if kind is Kind.CIDR:
        return f"[{_address_type(value)}:value ISSUBSET {_quote(value)}]"
    if kind is Kind.ASN:
        return f"[autonomous-system:number = {_digits(value)}]"
    return None


def make_observable(observable: Observable) -> dict[str, Any] | None:
    """The cyber-observable object of the value, with its deterministic id (STIX 2.1, section 2.9)."""
    found = _observable_properties(observable)
    if found is None:
        return None
    type_name, properties = found
    stix_id = compute_deterministic_id({"type": type_name} | properties)
    return {"type": type_name, "spec_version": "2.1", "id": stix_id} | properties


def make_own_id(type_name: str, source: str, *parts: str) -> str:
    """The id of an object that Stack makes from what `source` said: the same again for the same words.

    The source takes part, so that what two sources say about one value stays two statements.
    """
    return format_id(type_name, compute_uuid5(STACK_NAMESPACE, canonical_json([type_name, source, *parts])))


def encode_object(obj: Mapping[str, Any]) -> bytes:
    """The JSON text of an object made here, in the order of its properties; empty ones are left out."""
    return orjson.dumps({name: value for name, value in obj.items() if value not in (None, "", [])})


def _observable_properties(observable: Observable) -> tuple[str, dict[str, Any]] | None:
    kind, value = observable.kind, observable.value
    if kind in _PROPERTIES:
        type_name, name = _PROPERTIES[kind]
        return type_name, {name: value}
    if kind in _HASH_NAMES:
        return "file", {"hashes": {_HASH_NAMES[kind]: value}}
    if kind is Kind.CIDR:
        return _address_type(value), {"value": value}
    if kind is Kind.ASN:
        return "autonomous-system", {"number": int(_digits(value))}
    return None


def _address_type(network: str) -> str:
    return "ipv6-addr" if ":" in network else "ipv4-addr"


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
