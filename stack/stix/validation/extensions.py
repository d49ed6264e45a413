"""The extensions property: predefined ones, those by definition, custom ones (sections 3.10, 7.3, 11.3)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from stack.stix.spec.model import Category
from stack.stix.spec.vocabularies import EXTENSION_TYPE
from stack.stix.validation.composites import check_id
from stack.stix.validation.faults import Findings, collect, error, shorten, show, step, warning, wrong_type
from stack.stix.validation.primitives import Check, check_any, check_encodable

_PREFIX: Final = "extension-definition--"
_is_custom_name = re.compile(r"[a-z0-9-]{3,246}-ext\Z").match
_NEW_TYPES: Final[Mapping[str, Category]] = {"new-sdo": "SDO", "new-sco": "SCO", "new-sro": "SRO"}


def compile_extensions(predefined: Mapping[str, Check]) -> Check:
    """Each extension by its key: a predefined one, the id of an extension definition, or a custom name."""

    def check_one(key: str, value: Any) -> Findings:
        known = predefined.get(key)
        if known is not None:
            return known(value)
        if (findings := check_encodable(key) or check_any(value)) is not None:
            return findings
        if type(value) is not dict:
            return wrong_type("an object with the contents of the extension", value, "3.2")
        return _check_defined(key, value) if key.startswith(_PREFIX) else _check_custom(key, value)

    def check(value: Any) -> Findings:
        if type(value) is dict and value:
            for key, extension in value.items():
                if check_one(key, extension) is not None:
                    return collect((step(k), check_one(k, v)) for k, v in value.items())
            return None
        if value == {}:
            return [
                warning("empty-dictionary", "2.3", "There is no extension in it. Leave the property out.")
            ]
        return wrong_type("an object of extensions", value, "3.2")

    return check


def _check_defined(key: str, value: dict[str, Any]) -> Findings:
    if (findings := check_id(key)) is not None:
        return findings
    kind = value.get("extension_type")
    if kind is None:
        message = "An extension by definition says its extension_type. Add it."
        return [warning("extension-type", "3.2", message)]
    if type(kind) is str and kind in EXTENSION_TYPE.values:
        return None
    choice = ", ".join(sorted(EXTENSION_TYPE.values))
    message = f"Expected extension_type to be one of {choice}, got {show(kind)}."
    return [error("enumeration", "10.5", message, ".extension_type")]


def _check_custom(key: str, value: dict[str, Any]) -> Findings:
    if not value:
        return [warning("empty-dictionary", "11.3", "The extension has no property. Leave it out.")]
    if _is_custom_name(key):
        message = f"{shorten(key)} is a custom extension. Define it with an extension-definition object."
        return [warning("custom-extension", "11.3", message)]
    message = (
        f"{shorten(key)} is no known extension. Use the id of an extension-definition, or a name in -ext."
    )
    return [warning("extension-name", "11.3", message)]


def has_toplevel_extension(obj: Mapping[str, Any]) -> bool:
    """Whether an extension of the object explains properties that its table does not have (section 7.3)."""
    return any(kind == "toplevel-property-extension" for kind in _kinds(obj))


def new_type_category(obj: Mapping[str, Any]) -> Category | None:
    """SDO, SCO or SRO where an extension of the object says that its type is a new one of these."""
    return next((_NEW_TYPES[kind] for kind in _kinds(obj) if kind in _NEW_TYPES), None)


def _kinds(obj: Mapping[str, Any]) -> list[str]:
    extensions = obj.get("extensions")
    if type(extensions) is not dict:
        return []
    found = (value.get("extension_type") for value in extensions.values() if type(value) is dict)
    return [kind for kind in found if type(kind) is str]
