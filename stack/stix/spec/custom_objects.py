"""Tables for types that the standard does not have: the common properties of their category (11.2, 7.3.2)."""

from dataclasses import replace

from stack.stix.spec.model import Category, ObjectSpec, Property
from stack.stix.spec.shared_rows import MODIFIED_AFTER_CREATED, core_rows, observable

_VERSION_TIMES = frozenset({"created", "modified"})
_NEW_IN_21 = frozenset({"spec_version", "confidence", "lang", "extensions"})


def custom_object(type_name: str, category: Category, version: str) -> ObjectSpec:
    """The table of a custom type. Without `created` or `modified` it gets a warning: none depends on them."""
    if category == "SCO":
        return observable(type_name, "11.2")
    rows = tuple(
        _relax(row) for row in core_rows(type_name) if version != "2.0" or row.name not in _NEW_IN_21
    )
    return ObjectSpec(type_name, category, "11.2", rows, (MODIFIED_AFTER_CREATED,))


def _relax(row: Property) -> Property:
    return replace(row, absence="warning") if row.name in _VERSION_TIMES else row
