"""What a decoded STIX object refers to."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_WITHOUT_REFERENCES: Final = frozenset({"contents", "external_references", "hashes", "kill_chain_phases"})
"""Properties that never hold an identifier of an object, though they nest: not worth the walk."""


def reference_properties(obj: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every (property name, id referred to) of an object: each `*_ref` and `*_refs`, nested ones as well.

    Section 3.1 of STIX 2.1 gives references these endings, so custom ones are found too. The name is the
    innermost one (`contains_refs`, not the path of the extension around it). The local names of a STIX 2.0
    observable container are no ids and are left out. Ids are given as written; nothing is checked here.
    """
    pending: list[Mapping[str, Any]] = [obj]
    while pending:
        for key, value in pending.pop().items():
            kind = type(value)
            if kind is str:
                if key[-4:] == "_ref" and "--" in value:
                    yield key, value
            elif kind is list:
                if key[-5:] == "_refs":
                    for target in value:
                        if type(target) is str and "--" in target:
                            yield key, target
                elif key not in _WITHOUT_REFERENCES:
                    pending.extend(item for item in value if type(item) is dict)
            elif kind is dict and key not in _WITHOUT_REFERENCES:
                pending.append(value)
