"""Properties and types that the tables do not have: let in, with a warning (sections 3.8, 7.3 and 11)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from stack.stix.validation.composites import check_unusual_id
from stack.stix.validation.extensions import has_toplevel_extension
from stack.stix.validation.faults import Fault, place, shorten, step, warning
from stack.stix.validation.primitives import check_any, check_encodable

_MOST_REMEMBERED: Final = 2000
_is_property_name = re.compile(r"[a-z][a-z0-9_]{2,249}\Z").match

Undefined = Callable[[str, Any, Mapping[str, Any]], list[Fault]]


def compile_undefined(
    type_name: str, section: str, reserved: frozenset[str], *, is_custom_type: bool
) -> Undefined:
    """What reports on the properties of one type that its table does not have.

    The warning on a name is the same each time, and feeds repeat their names: it is made once and remembered. A
    custom type's own properties are what it is for, so only their form is looked at.
    """
    remembered: dict[str, list[Fault]] = {}

    def describe(name: str) -> list[Fault]:
        known = remembered.get(name)
        if known is None:
            known = _describe_name(name, type_name, section, reserved, is_custom_type)
            if len(remembered) < _MOST_REMEMBERED:
                remembered[name] = known
        return known

    def report(name: str, value: Any, obj: Mapping[str, Any]) -> list[Fault]:
        kind = type(value)
        if kind is str and value.isascii() and name[-4:] != "_ref":
            found: list[Fault] = []
        else:
            found = _check_value(name, value)
        about_name = describe(name)
        if about_name and "extensions" in obj and has_toplevel_extension(obj):
            about_name = [fault for fault in about_name if fault.rule == "property-name"]
        return found + about_name if found else about_name

    return report


def _check_value(name: str, value: Any) -> list[Fault]:
    """The value's own faults; references by their name have to be identifiers, since links are made of them."""
    path = f"${step(name)}"
    if (findings := check_any(value)) is not None:
        return place(path, findings)
    if name.endswith("_ref"):
        suspects = [(path, value)]
    elif name.endswith("_refs"):
        members = value if type(value) is list else [value]
        suspects = [(f"{path}[{i}]", member) for i, member in enumerate(members[:1000])]
    else:
        return []
    message = "A name in _ref or _refs is kept for identifiers. It is not used as a link."
    return [
        warning("custom-reference", "3.1", message, where)
        for where, member in suspects
        if check_unusual_id(member) is not None
    ]


def _describe_name(
    name: str, type_name: str, section: str, reserved: frozenset[str], is_custom_type: bool
) -> list[Fault]:
    if check_encodable(name) is not None:
        return place("$", check_encodable(name) or ())
    path = f"${step(name)}"
    if name in reserved:
        message = f"{name} is reserved for later versions of the standard. Rename it."
        return [warning("reserved-property", "3.8", message, path)]
    found = []
    if not _is_property_name(name):
        message = f"{shorten(name)} is not 3 to 250 of a-z, 0-9 and _, beginning with a letter. Rename it."
        found.append(warning("property-name", "11.1", message, path))
    if is_custom_type:
        return found
    if name.startswith("x_"):
        message = f"{shorten(name)} is a custom property. Define it with an extension-definition object."
        found.append(warning("custom-property", "11.1", message, path))
    else:
        message = (
            f"{type_name} has no property {shorten(name)}. Correct the name, or put it into an extension."
        )
        found.append(warning("undefined-property", section, message, path))
    return found
