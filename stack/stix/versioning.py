"""How the versions of an object follow one another (STIX 2.1, sections 3.2 and 3.6)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from stack.stix.spec.v21 import STIX_21
from stack.stix.timestamps import TimestampError, parse_instant
from stack.stix.validation.faults import Fault, step, warning

IMMUTABLE: Final = ("type", "id", "created", "created_by_ref")
"""Properties that every version of an object has alike."""

_VERSIONED_TYPES: Final = frozenset(
    spec.type for spec in STIX_21.objects.values() if any(row.name == "modified" for row in spec.properties)
)


class Order(StrEnum):
    """Where one statement about an object stands beside another."""

    NEWER = "newer"
    OLDER = "older"
    SAME_TIME = "same-time"
    UNORDERED = "unordered"


def is_versionable(obj: Mapping[str, Any]) -> bool:
    """Whether objects of this kind have versions: domain, relationship and some meta objects.

    Observables, marking definitions and bundles have none. A custom type has them if it has `modified`.
    """
    type_name = obj.get("type")
    if isinstance(type_name, str) and type_name in STIX_21.objects:
        return type_name in _VERSIONED_TYPES
    return "modified" in obj


def compare_versions(candidate: Mapping[str, Any], current: Mapping[str, Any]) -> Order:
    """The order of two statements about one object, by the instants of `modified` (else of `created`).

    Texts of different precision that name one instant are of the same time. `UNORDERED` where one of them has
    no readable time, as observables have none.
    """
    ours, theirs = _version_instant(candidate), _version_instant(current)
    if ours is None or theirs is None:
        return Order.UNORDERED
    if ours == theirs:
        return Order.SAME_TIME
    return Order.NEWER if ours > theirs else Order.OLDER


def is_newer(candidate: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether the candidate is a later version of the object than the current one."""
    return compare_versions(candidate, current) is Order.NEWER


def check_succession(current: Mapping[str, Any], candidate: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What is wrong with the candidate as a version of the same object beside the current one.

    Reported are changed properties that may not change, another creator, a version after the revocation, and
    different contents at the same time. They are warnings: what a source said is kept, whatever the rule.
    """
    found = [_changed(name, current, candidate) for name in IMMUTABLE if _differs(name, current, candidate)]
    order = compare_versions(candidate, current)
    if (
        current.get("revoked") is True
        and order is Order.NEWER
        and not _differs("created_by_ref", current, candidate)
    ):
        message = "The object was revoked before, which is final. Make a new object with a new id."
        found.append(warning("revocation-final", "3.6", message, "$.revoked"))
    if order is Order.SAME_TIME and dict(current) != dict(candidate):
        message = (
            "Another statement has the same modified and other contents. A change needs a later modified."
        )
        found.append(warning("same-version", "3.6", message, "$.modified"))
    return tuple(found)


def _changed(name: str, current: Mapping[str, Any], candidate: Mapping[str, Any]) -> Fault:
    message = f"{name} changed from {current.get(name)!r} to {candidate.get(name)!r}. Versions have it alike."
    return warning("immutable-property", "3.6", message, f"${step(name)}")


def _differs(name: str, current: Mapping[str, Any], candidate: Mapping[str, Any]) -> bool:
    ours, theirs = candidate.get(name), current.get(name)
    if ours == theirs:
        return False
    if name != "created" or not isinstance(ours, str) or not isinstance(theirs, str):
        return True
    try:
        return parse_instant(ours) != parse_instant(theirs)
    except TimestampError:
        return True


def _version_instant(obj: Mapping[str, Any]) -> int | None:
    text = obj.get("modified", obj.get("created"))
    if not isinstance(text, str):
        return None
    try:
        return parse_instant(text)
    except TimestampError:
        return None
