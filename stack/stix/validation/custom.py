"""Properties that the tables do not have (sections 3.8, 7.3 and 11.1).

A name that begins with `x_` is a custom property, as section 11.1 asks for: nothing is said of it, or every
object of the largest feeds would come with warnings. Any other unknown name may be a slip and gets one.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from stack.stix.validation.composites import compile_reference
from stack.stix.validation.faults import Fault, Findings, collect, place, shorten, step, warning
from stack.stix.validation.primitives import Check, check_any, check_encodable

_MOST_REMEMBERED: Final = 2000
_check_id: Final = compile_reference(None, frozenset())
_is_property_name = re.compile(r"[a-z][a-z0-9_]{2,249}\Z").match


class CustomProperty(NamedTuple):
    """What there is to say of a name wherever it occurs, its path, and the check of its values."""

    about: list[Fault]
    path: str
    check: Check


class CustomProperties:
    """The properties of one type that its table does not have.

    Feeds repeat their names, so what is said of a name is made once and remembered; only so many, because
    names come from outside. A custom type's properties are what it is for: only their form is looked at.
    """

    def __init__(
        self, type_name: str, section: str, reserved: frozenset[str], *, is_custom_type: bool
    ) -> None:
        self._type_name = type_name
        self._section = section
        self._reserved = reserved
        self._is_custom_type = is_custom_type
        self.remembered: dict[str, CustomProperty] = {}

    def learn(self, name: str) -> CustomProperty:
        """Describes a name that is not remembered yet."""
        check = _VALUE_CHECKS.get(name[name.rfind("_") :], check_any)
        described = CustomProperty(self._describe(name), f"${step(name)}", check)
        if len(self.remembered) < _MOST_REMEMBERED:
            self.remembered[name] = described
        return described

    def _describe(self, name: str) -> list[Fault]:
        path = f"${step(name)}"
        if (unreadable := check_encodable(name)) is not None:
            return place(path, unreadable)
        if name in self._reserved:
            message = f"{name} is reserved for later versions of the standard. Rename it."
            return [warning("reserved-property", "3.8", message, path)]
        found = []
        if not _is_property_name(name):
            message = f"{shorten(name)} is not 3 to 250 of a-z, 0-9 and _ after a letter. Rename it."
            found.append(warning("property-name", "11.1", message, path))
        if not self._is_custom_type and not name.startswith("x_"):
            message = (
                f"{self._type_name} has no property {shorten(name)}. Correct the name, or begin it with x_."
            )
            found.append(warning("undefined-property", self._section, message, path))
        return found


def drop_explained(faults: Iterable[Fault]) -> list[Fault]:
    """The faults that are left where a toplevel-property-extension explains the properties (section 7.3)."""
    return [fault for fault in faults if fault.rule != "undefined-property"]


def _check_reference(value: Any) -> Findings:
    """A name in `_ref` holds an identifier, since links are made of it."""
    if _check_id(value) is None:
        return None
    if (findings := check_any(value)) is not None:
        return findings
    message = "A name in _ref or _refs is kept for identifiers. It is not used as a link."
    return [warning("custom-reference", "3.1", message)]


def _check_references(value: Any) -> Findings:
    if type(value) is not list:
        return _check_reference(value)
    return collect((f"[{i}]", _check_reference(member)) for i, member in enumerate(value)) or None


_VALUE_CHECKS: Final = {"_ref": _check_reference, "_refs": _check_references}
