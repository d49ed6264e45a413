"""Rules that no table can say: relationship types, deterministic ids, TLP, selectors, extensions."""

from collections.abc import Mapping
from typing import Any, Final

from stack.stix.canonical import CanonicalError
from stack.stix.granular import SelectorError, parse_selector, resolve_steps
from stack.stix.ids import compute_deterministic_id
from stack.stix.markings import TLP_10_IDS
from stack.stix.spec.model import ObjectSpec, Specification
from stack.stix.spec.relationships import COMMON_RELATIONSHIPS
from stack.stix.validation.faults import Findings, collect, error, shorten, warning
from stack.stix.validation.primitives import Check
from stack.stix.validation.rules import TriggeredRule

_STATEMENT_KINDS: Final = frozenset({"statement", "tlp"})


def special_rules(spec: ObjectSpec, specification: Specification) -> tuple[TriggeredRule, ...]:
    """The rules of this module that apply to a type of object."""
    rules: list[TriggeredRule] = [("granular_markings", _check_granular_markings)]
    if spec.category == "SCO" and spec.type in specification.observables:
        rules.append(("id", _check_deterministic_id))
    if spec.type == "relationship":
        rules.append(("relationship_type", _compile_suggestion(specification)))
    elif spec.type == "marking-definition":
        rules += [("definition_type", _check_marking), ("object_marking_refs", _check_own_marking)]
    elif spec.type == "extension-definition":
        rules.append(("extension_properties", _check_extension_properties))
    return tuple(rules)


def _compile_suggestion(specification: Specification) -> Check:
    suggested = specification.suggested_relationships
    known = frozenset(specification.objects)

    def check(obj: Any) -> Findings:
        kind, source, target = obj.get("relationship_type"), obj.get("source_ref"), obj.get("target_ref")
        if type(kind) is not str or type(source) is not str or type(target) is not str:
            return None
        from_type, to_type = source[:-38], target[:-38]
        if to_type in suggested.get((from_type, kind), ()):
            return None
        if kind in COMMON_RELATIONSHIPS and (kind == "related-to" or from_type == to_type):
            return None
        if from_type not in known or to_type not in known:
            return None
        message = f"{shorten(kind)} from {from_type} to {to_type} is not suggested by the standard."
        return [warning("relationship-suggestion", "5.1", f"{message} It is kept.", ".relationship_type")]

    return check


def _check_deterministic_id(obj: Any) -> Findings:
    given = obj.get("id")
    if type(given) is not str:
        return None
    try:
        expected = compute_deterministic_id(obj)
    except (CanonicalError, TypeError):
        return None
    if expected is None or expected == given:
        return None
    message = f"The id is not the one that its properties give, {expected}. Peers may not see it is the same."
    return [warning("deterministic-id", "2.9", message, ".id")]


def _check_marking(obj: Any) -> Findings:
    kind, body = obj.get("definition_type"), obj.get("definition")
    if type(kind) is not str or type(body) is not dict:
        return None
    if kind not in _STATEMENT_KINDS:
        message = f"{shorten(kind)} is no marking type of the standard. Use an extension-definition."
        return [warning("vocabulary", "7.2.1", message, ".definition_type")]
    if type(body.get(kind)) is not str:
        message = f"A {kind} marking has a text {kind} in its definition. Add it."
        return [error("required", "7.2.1", message, f".definition.{kind}")]
    if kind == "tlp" and obj.get("id") != TLP_10_IDS.get(body["tlp"].lower()):
        message = (
            f"Only the standard's own TLP markings may be used. Refer to it as TLP:{body['tlp'].upper()[:9]}."
        )
        return [warning("tlp-instance", "7.2.1.4", message, ".id")]
    return None


def _check_own_marking(obj: Any) -> Findings:
    markings = obj.get("object_marking_refs")
    if type(markings) is not list or obj.get("id") not in markings:
        return None
    message = "A marking definition may not mark itself. Remove its own id."
    return [warning("circular-marking", "3.2", message, ".object_marking_refs")]


def _check_extension_properties(obj: Any) -> Findings:
    kinds = obj.get("extension_types")
    if "extension_properties" not in obj or type(kinds) is not list or "toplevel-property-extension" in kinds:
        return None
    message = (
        "extension_properties are for toplevel-property-extension only. Add that type, or leave them out."
    )
    return [warning("excluded", "7.3.1", message, ".extension_properties")]


def _check_granular_markings(obj: Any) -> Findings:
    markings = obj.get("granular_markings")
    if type(markings) is not list:
        return None
    return (
        collect(
            (f".granular_markings[{i}].selectors[{j}]", _check_selected(obj, selector))
            for i, marking in enumerate(markings)
            if type(marking) is dict and type(marking.get("selectors")) is list
            for j, selector in enumerate(marking["selectors"])
        )
        or None
    )


def _check_selected(obj: Mapping[str, Any], selector: Any) -> Findings:
    if type(selector) is not str:
        return None
    try:
        steps = parse_selector(selector)
    except SelectorError:
        return None  # the check of the property has said so
    try:
        resolve_steps(obj, steps)
    except SelectorError as failure:
        return [warning("selector-target", "7.2.3", f"{failure}")]
    return None
