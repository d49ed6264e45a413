"""STIX objects as attributes and objects of MISP.

What came from MISP goes back as it came, unless what it looks for was changed since; everything else is
turned into attributes by its values, and a pattern that has none by itself stays a pattern.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from stack.sharing.exporting.alternatives import read_alternatives
from stack.sharing.exporting.losses import Losses
from stack.sharing.misp.fragments import (
    Fragment,
    Properties,
    Tags,
    read_extra,
    read_tags,
    scalars,
    text_of,
    texts,
    uuid_of,
    write_fragment,
    write_seconds,
)
from stack.stix.misp.attributes import PATTERN_TYPES, write_rule
from stack.stix.misp.objects import read_parts, write_object_rule
from stack.stix.misp.properties import make_uuid
from stack.stix.misp.values import HASH_NAMES, read_value
from stack.stix.observables.kinds import Kind

_TYPES: Final[Mapping[Kind, str]] = {
    **dict.fromkeys((Kind.IPV4, Kind.IPV6, Kind.CIDR), "ip-dst"),
    Kind.DOMAIN: "domain",
    Kind.URL: "url",
    Kind.EMAIL: "email",
    Kind.MD5: "md5",
    Kind.SHA1: "sha1",
    Kind.SHA256: "sha256",
    Kind.SHA512: "sha512",
    Kind.SSDEEP: "ssdeep",
    Kind.TLSH: "tlsh",
    Kind.MAC: "mac-address",
    Kind.ASN: "AS",
    Kind.CVE: "vulnerability",
    Kind.FILE_NAME: "filename",
    Kind.PATH: "filename",
    Kind.REGISTRY_KEY: "regkey",
    Kind.USER_AGENT: "user-agent",
    Kind.MUTEX: "mutex",
    Kind.CRYPTO: "btc",
}
_CATEGORIES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ip-dst", "domain", "url", "AS", "mac-address", "user-agent"), "Network activity"),
    **dict.fromkeys(("snort", "suricata"), "Network activity"),
    **dict.fromkeys(("regkey", "mutex"), "Artifacts dropped"),
    **dict.fromkeys(("yara", "sigma", "stix2-pattern"), "Payload delivery"),
    **dict.fromkeys(("threat-actor", "campaign-name"), "Attribution"),
    **dict.fromkeys(("vulnerability", "link"), "External analysis"),
    "btc": "Financial fraud",
    "text": "Other",
}
_RULE_TYPES: Final = {language: name for name, language in PATTERN_TYPES.items() if language != "stix"}
_HASHES: Final = {algorithm: name for name, algorithm in HASH_NAMES.items()}
_VALUED: Final[Mapping[str, tuple[str, str]]] = {
    "ipv4-addr": ("value", "ip-dst"),
    "ipv6-addr": ("value", "ip-dst"),
    "domain-name": ("value", "domain"),
    "url": ("value", "url"),
    "email-addr": ("value", "email"),
    "mac-addr": ("value", "mac-address"),
    "mutex": ("name", "mutex"),
    "windows-registry-key": ("key", "regkey"),
    "vulnerability": ("name", "vulnerability"),
    "campaign": ("name", "campaign-name"),
}
_CARRIED: Final = frozenset(
    {
        *("type", "spec_version", "id", "modified", "name", "description", "labels", "pattern", "revoked"),
        *("pattern_type", "x_misp", "value", "key", "hashes", "number", "created_by_ref", "valid_from"),
    }
)
_FROM_MISP: Final = frozenset(
    {"created", "first_observed", "last_observed", "number_observed", "object_refs", "object_marking_refs"}
)
_NO_PLACE: Final = "MISP has no place for it"


def restore(obj: Properties, losses: Losses) -> Fragment | None:
    """The record that the object was made of, when `x_misp` still says what the object says."""
    extra = read_extra(obj)
    kept = extra.get("Attribute")
    record = {"uuid": uuid_of(obj), "timestamp": write_seconds(obj.get("modified"))}
    if comment := text_of(obj, "description") or text_of(extra, "comment"):
        record["comment"] = comment
    is_object = isinstance(kept, list) and isinstance(extra.get("name"), str)
    if not is_object and not (isinstance(extra.get("type"), str) and isinstance(extra.get("value"), str)):
        return None
    if obj.get("type") == "indicator" and _rule_of(extra) != (obj.get("pattern"), obj.get("pattern_type")):
        losses.note("indicator", "x_misp", "the pattern was changed in Stack, and takes its place")
        return None
    _note(obj, losses, _CARRIED | _FROM_MISP)
    whole: Properties = record | scalars(extra, leave=("comment",))
    if obj.get("revoked") is True:
        whole["deleted"] = True
    if isinstance(extra.get("SharingGroup"), dict):
        whole["SharingGroup"] = extra["SharingGroup"]
    if not is_object:
        return write_fragment("Attribute", fill(whole), read_tags(obj))
    whole["Attribute"] = [
        fill(part | {"Tag": [{"name": name} for name in texts(part.get("Tag"))]})
        for part in kept or ()
        if isinstance(part, dict)
    ]
    return write_fragment("Object", whole | {"distribution": whole.get("distribution", "5")}, read_tags(obj))


def _rule_of(extra: Properties) -> tuple[str, str]:
    """The pattern that reading the record gives."""
    try:
        if "Attribute" in extra:
            return write_object_rule(extra["name"], read_parts(extra["name"], extra["Attribute"]))
        terms = read_value(extra["type"], extra["value"]).terms
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", ""
    return write_rule(extra["type"], extra["value"], terms, is_wanted=True)


def fill(attribute: Properties) -> Properties:
    """The attribute with what MISP expects of every one."""
    kind = text_of(attribute, "type")
    filled = {
        "category": _CATEGORIES.get(kind, "Payload delivery"),
        "to_ids": False,
        "distribution": "5",
        "disable_correlation": False,
        "deleted": False,
        "comment": "",
    } | attribute
    if not filled.get("Tag", True):
        del filled["Tag"]
    return filled


def convert(obj: Properties, losses: Losses) -> Iterator[Fragment]:
    """Attributes for an object that did not come from MISP; its losses are noted."""
    kind = text_of(obj, "type")
    found = list(_find_values(kind, obj, losses))
    if not found:
        return
    _note(obj, losses, _CARRIED | {"object_marking_refs"})
    tags = read_tags(obj)
    for number, (type_name, value, is_wanted) in enumerate(found):
        uuid = uuid_of(obj) if len(found) == 1 else make_uuid("misp", uuid_of(obj), type_name, value)
        yield _make_attribute(obj, tags, uuid, type_name, value, is_wanted=is_wanted, number=number)


def _make_attribute(
    obj: Properties, tags: Tags, uuid: str, type_name: str, value: str, *, is_wanted: bool, number: int
) -> Fragment:
    name, description = text_of(obj, "name"), text_of(obj, "description")
    comment = description if name in {"", value} else f"{name}: {description}".removesuffix(": ")
    attribute: Properties = {"uuid": uuid, "type": type_name, "value": value, "to_ids": is_wanted}
    if text_of(obj, "modified"):
        attribute["timestamp"] = write_seconds(obj["modified"])
    if obj.get("revoked") is True:
        attribute["deleted"] = True
    if comment and not number:
        attribute["comment"] = comment
    if text_of(obj, "valid_from"):
        attribute["first_seen"] = obj["valid_from"].replace("Z", "+00:00")
    return write_fragment("Attribute", fill(attribute), tags)


def _find_values(kind: str, obj: Properties, losses: Losses) -> Iterator[tuple[str, str, bool]]:
    """Type and value of each attribute, and whether it is for detection."""
    if kind == "indicator":
        yield from _find_in_indicator(obj, losses)
    elif kind == "file":
        hashes = obj.get("hashes")
        for algorithm, digest in hashes.items() if isinstance(hashes, dict) else ():
            if algorithm in _HASHES and isinstance(digest, str):
                yield _HASHES[algorithm], digest, False
        if text_of(obj, "name"):
            yield "filename", obj["name"], False
    elif kind == "autonomous-system" and isinstance(obj.get("number"), int):
        yield "AS", f"AS{obj['number']}", False
    elif kind in _VALUED and (value := text_of(obj, _VALUED[kind][0])):
        yield _VALUED[kind][1], value, False
    else:
        losses.note(kind, "", _NO_PLACE)


def _find_in_indicator(obj: Properties, losses: Losses) -> Iterator[tuple[str, str, bool]]:
    pattern, language = text_of(obj, "pattern"), text_of(obj, "pattern_type") or "stix"
    if language != "stix":
        if language in _RULE_TYPES:
            yield _RULE_TYPES[language], pattern, True
        else:
            losses.note("indicator", "pattern", f"MISP has no type for rules in {language[:40]}")
        return
    reading = read_alternatives(pattern)
    types = [_TYPES.get(found.kind) for found in reading.alternatives]
    if reading.lost or not types or None in types:
        yield "stix2-pattern", pattern, True
        return
    for type_name, found in zip(types, reading.alternatives, strict=True):
        yield str(type_name), found.value, True


def _note(obj: Properties, losses: Losses, carried: frozenset[str]) -> None:
    for name in obj:
        if name not in carried:
            losses.note(text_of(obj, "type"), name, _NO_PLACE)
