"""Checks of values that hold other values: lists, inner objects, dictionaries, hashes, references.

Each has a loop that ends at the first thing that is not clean, and then a slower one that lists everything.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from stack.stix.spec import model
from stack.stix.spec.vocabularies import HASH_ALGORITHM
from stack.stix.validation.faults import (
    Fault,
    Findings,
    collect,
    error,
    shorten,
    show,
    step,
    warning,
    wrong_type,
)
from stack.stix.validation.primitives import Check, check_any, check_encodable, check_text
from stack.stix.validation.rules import TriggeredRule

_MOST_REMEMBERED: Final = 4096
_is_key = re.compile(r"[A-Za-z0-9_-]{1,250}\Z").match
_is_lower_uuid = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z"
).match
_is_uuid = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z").match
_is_type_name = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*-?\Z").match
_HASH_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "MD5": re.compile(r"[0-9a-fA-F]{32}\Z"),
    "SHA-1": re.compile(r"[0-9a-fA-F]{40}\Z"),
    "SHA-256": re.compile(r"[0-9a-fA-F]{64}\Z"),
    "SHA-512": re.compile(r"[0-9a-fA-F]{128}\Z"),
    "SHA3-256": re.compile(r"[0-9a-fA-F]{64}\Z"),
    "SHA3-512": re.compile(r"[0-9a-fA-F]{128}\Z"),
    "SSDEEP": re.compile(r"[0-9]{1,12}:[A-Za-z0-9/+]{0,128}:[A-Za-z0-9/+]{0,128}\Z"),
    "TLSH": re.compile(r"(?:T1)?[0-9a-fA-F]{70}\Z"),
}
_SAME_NAME: Final = {name.replace("-", "").lower(): name for name in HASH_ALGORITHM.values}


def is_type_name(text: str) -> bool:
    """Whether a text can be the name of a type (section 7.3.2): lower case, 3 to 250 characters, no `--`."""
    return 3 <= len(text) <= 250 and _is_type_name(text) is not None


def compile_list(item: Check, *, required: bool) -> Check:
    """At least one value, each clean. An empty list is an error only where the property has to be there."""

    def check(value: Any) -> Findings:
        if type(value) is list and value:
            for member in value:
                if item(member) is not None:
                    return collect((f"[{i}]", item(member)) for i, member in enumerate(value))
            return None
        if value == []:
            report = error if required else warning
            return [report("empty-list", "2.12", "A list has at least one value. Leave the property out.")]
        return wrong_type("a list", value, "2.12")

    return check


def compile_struct(
    struct: model.Struct, checks: Mapping[str, Check], rules: tuple[TriggeredRule, ...]
) -> Check:
    """An inner object: known properties, required ones, rules between them."""
    required = tuple(row for row in struct.properties if row.required)
    names = tuple(row.name for row in required)
    texts = frozenset(name for name, check in checks.items() if check is check_text)

    def check_member(key: str, member: Any) -> Findings:
        known = checks.get(key)
        return undefined_member(key, member, struct) if known is None else known(member)

    def list_faults(value: Mapping[str, Any]) -> Iterator[tuple[str, Findings]]:
        yield from ((step(key), check_member(key, member)) for key, member in value.items())
        yield from (
            (step(row.name), [missing(row, struct.section)]) for row in required if row.name not in value
        )
        yield from (("", rule(value)) for trigger, rule in rules if trigger is None or trigger in value)

    def check(value: Any) -> Findings:
        if type(value) is not dict:
            return wrong_type(f"an object ({struct.name})", value, struct.section)
        for key, member in value.items():
            if key in texts and type(member) is str and member.isascii():
                continue
            if check_member(key, member) is not None:
                return collect(list_faults(value))
        for name in names:
            if name not in value:
                return collect(list_faults(value))
        for trigger, rule in rules:
            if (trigger is None or trigger in value) and rule(value) is not None:
                return collect(list_faults(value))
        return None

    return check


def missing(prop: model.Property, section: str) -> Fault:
    """The fault of a required property that is not there."""
    report = error if prop.absence == "error" else warning
    return report("required", section, f"The required property {prop.name} is missing. Add it.")


def undefined_member(key: str, value: Any, struct: model.Struct) -> list[Fault]:
    """A property that an inner object's table does not have: kept, with a warning."""
    findings = check_encodable(key) or check_any(value)
    if findings is not None:
        return findings
    message = f"{struct.name} has no property {shorten(key)}. Put it into an extension, if it is meant."
    return [warning("undefined-property", struct.section, message)]


def compile_dictionary(kind: model.Dictionary) -> Check:
    """Keys of section 2.3 and values of the kind that the row asks for."""
    is_wanted = _DICTIONARY_VALUES[kind.values]

    def check_member(key: str, value: Any) -> Findings:
        findings = check_any(value) or _check_key(key)
        if findings is None and not is_wanted(value):
            message = f"Expected {kind.values} as value, got {show(value)}."
            return [warning("dictionary-value", "2.3", message)]
        return findings

    def check(value: Any) -> Findings:
        if type(value) is dict and value:
            for key, member in value.items():
                if check_member(key, member) is not None:
                    return collect((step(k), check_member(k, m)) for k, m in value.items())
            return None
        if value == {}:
            return [warning("empty-dictionary", "2.3", "A dictionary has at least one key. Leave it out.")]
        return wrong_type("an object with keys and values", value, "2.3")

    return check


def _anything(_: Any) -> bool:
    return True


_DICTIONARY_VALUES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "any": _anything,
    "text": lambda value: type(value) is str,
    "texts": lambda value: type(value) is list and all(type(item) is str for item in value),
    "integer": lambda value: type(value) is int,
    "integer or text": lambda value: type(value) is int or type(value) is str,
}


def _check_key(key: str) -> Findings:
    if _is_key(key):
        return None
    message = f"The key {shorten(key)} is not made of 1 to 250 of a-z, A-Z, 0-9, - and _. Rename it."
    return check_encodable(key) or [warning("dictionary-key", "2.3", message)]


def check_hashes(value: Any) -> Findings:
    """Hash algorithm to hash, in the form that the algorithm has."""
    if type(value) is dict and value:
        for key, digest in value.items():
            if _check_hash(key, digest) is not None:
                return collect((step(k), _check_hash(k, d)) for k, d in value.items())
        return None
    if value == {}:
        return [warning("empty-dictionary", "2.7", "There is no hash in it. Leave the property out.")]
    return wrong_type("an object of hashes", value, "2.7")


def _check_hash(algorithm: str, digest: Any) -> Findings:
    if (findings := check_text(digest)) is not None:
        return findings
    form = _HASH_FORMS.get(algorithm)
    if form is not None:
        if form.match(digest):
            return None
        message = f"{shorten(digest)} does not have the form of {algorithm}. Correct the one or the other."
        return [warning("hash-form", "2.7", message)]
    if not _is_key(algorithm) or len(algorithm) < 3:
        return _check_key(algorithm) or [
            warning("dictionary-key", "2.7", "A name has 3 characters at least.")
        ]
    known = _SAME_NAME.get(algorithm.replace("-", "").replace("_", "").lower())
    advice = f"Write {known}." if known else "Use a name of the vocabulary where one fits."
    return [warning("hash-algorithm", "10.7", f"{shorten(algorithm)} is not in hash-algorithm-ov. {advice}")]


def compile_reference(targets: frozenset[str] | None, known: frozenset[str]) -> Check:
    """An identifier of one of the target types (None: of any); types that the tables lack may be meant.

    Objects refer to the same few creators, markings and targets all the time: some clean ids are remembered.
    """
    clean: set[str] = set()

    def check(value: Any) -> Findings:
        if type(value) is str and value in clean:
            return None
        if (findings := check_id(value)) is not None:
            return findings
        target = value[:-38]
        if targets is not None and target not in targets and target in known:
            return [_misdirected(target, targets)]
        if len(clean) < _MOST_REMEMBERED:
            clean.add(value)
        return None

    return check


def compile_own_id(type_name: str) -> Check:
    """The `id` of an object: its prefix has to be the object's type."""
    prefix = f"{type_name}--"
    at = len(prefix)

    def check(value: Any) -> Findings:
        if type(value) is str and value[:at] == prefix and _is_lower_uuid(value, at):
            return None
        if (findings := check_id(value)) is not None and findings[0].severity == "error":
            return findings
        if not value.startswith(prefix) or len(value) != at + 36:
            message = f"The id has to begin with the type: expected {prefix}<UUID>, got {shorten(value)}."
            return [error("id-prefix", "2.9", message)]
        return findings

    return check


def check_id(value: Any) -> Findings:
    """An identifier; faults that leave it usable are warnings."""
    if type(value) is str and value[-38:-36] == "--" and _is_lower_uuid(value, len(value) - 36):
        return None if is_type_name(value[:-38]) else [_malformed(value)]
    if type(value) is not str:
        return wrong_type("an identifier (type--UUID)", value, "2.9")
    type_name, _, uuid = value[:-36], value[-38:-36], value[-36:]
    if not type_name.endswith("--") or not is_type_name(type_name[:-2]) or not _is_uuid(uuid):
        return [_malformed(value)]
    if uuid != uuid.lower():
        return [warning("id-case", "2.9", "The UUID has upper-case digits. Write it in lower case.")]
    if not _is_lower_uuid(uuid):
        return [
            warning("id-uuid", "2.9", "The UUID has no version and variant of RFC 4122. Make it a UUIDv4.")
        ]
    return None


def _malformed(value: str) -> Fault:
    message = f"Expected an identifier such as malware--<UUID>, got {shorten(value)}."
    return error("id-form", "2.9", message)


def _misdirected(target: str, targets: frozenset[str]) -> Fault:
    choice = ", ".join(sorted(targets)) if len(targets) < 8 else "another kind of object"
    return warning("reference-target", "3.3", f"It refers to {shorten(target)}, where {choice} is expected.")
