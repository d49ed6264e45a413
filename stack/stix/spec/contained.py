"""The observables that the observable container of each version may hold (STIX 2.1, section 2.13)."""

from collections.abc import Mapping
from dataclasses import replace

from stack.stix.spec.model import ObjectSpec
from stack.stix.spec.v20 import STIX_20
from stack.stix.spec.v21 import STIX_21


def _either_version(old: ObjectSpec, new: ObjectSpec) -> ObjectSpec:
    """The rows of both tables, required only where both require them; extensions as 2.0 has them."""
    old_rows = {row.name: row for row in old.properties}
    new_rows = {row.name: row for row in new.properties if row.name != "extensions"}
    rows = (
        replace(row, required=row.required and name in old_rows and old_rows[name].required)
        for name, row in {**old_rows, **new_rows}.items()
    )
    return replace(new, properties=tuple(rows))


CONTAINED: Mapping[str, Mapping[str, ObjectSpec]] = {
    "2.0": STIX_20.observables,
    "2.1": {
        name: _either_version(STIX_20.observables[name], spec) for name, spec in STIX_21.observables.items()
    },
}
"""By version and type. A container of 2.1 may hold observables in the form of either version."""
