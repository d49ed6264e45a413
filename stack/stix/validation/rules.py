"""The rules between the properties of one object, compiled from the tables."""

from collections.abc import Iterable
from typing import Any

from stack.stix.spec import model
from stack.stix.timestamps import TimestampError, parse_instant
from stack.stix.validation.faults import Findings, error, step, warning
from stack.stix.validation.primitives import Check

TriggeredRule = tuple[str | None, Check]
"""A rule and the property without which it has nothing to say; None where it always has."""


def compile_rule(rule: model.Rule, section: str, own_names: frozenset[str]) -> TriggeredRule:
    """The check of one rule; it takes the object. `own_names` stand in where a rule names no properties."""
    match rule:
        case model.Ordered():
            return rule.later, _compile_ordered(rule, section)
        case model.AtLeastOne():
            return None, _compile_at_least_one(rule, section, own_names)
        case model.AtMostOne():
            return rule.names[1], _compile_at_most_one(rule, section)
        case model.Needs():
            return rule.name, _compile_needs(rule, section)
        case model.When():
            return rule.name, _compile_when(rule, section)


def _compile_ordered(rule: model.Ordered, section: str) -> Check:
    earlier, later, strict = rule.earlier, rule.later, rule.strict

    def check(obj: Any) -> Findings:
        first, last = obj.get(earlier), obj.get(later)
        if type(first) is not str or type(last) is not str:
            return None
        # Timestamps of one length compare as texts: the common case, without reading them.
        if len(first) == len(last) and (first < last or (first == last and not strict)):
            return None
        try:
            distance = parse_instant(last) - parse_instant(first)
        except TimestampError:
            return None
        if distance > 0 or (distance == 0 and not strict):
            return None
        wanted = "after" if strict else "not before"
        message = f"{later} ({last}) has to be {wanted} {earlier} ({first}). Correct one of them."
        return [_report(rule.severity)("time-order", section, message, step(later))]

    return check


def _compile_at_least_one(rule: model.AtLeastOne, section: str, own_names: frozenset[str]) -> Check:
    names = rule.names or tuple(sorted(own_names))

    def check(obj: Any) -> Findings:
        for name in names:
            if name in obj:
                return None
        message = f"One of {', '.join(names)} has to be there. Add it."
        return [_report(rule.severity)("at-least-one", section, message)]

    return check


def _compile_at_most_one(rule: model.AtMostOne, section: str) -> Check:
    first, second = rule.names

    def check(obj: Any) -> Findings:
        if first not in obj or second not in obj:
            return None
        message = f"{first} and {second} may not both be there. Keep one."
        return [_report(rule.severity)("at-most-one", section, message, step(second))]

    return check


def _compile_needs(rule: model.Needs, section: str) -> Check:
    def check(obj: Any) -> Findings:
        if rule.name not in obj or (absent := _absent(rule.needed, obj)) is None:
            return None
        message = f"{rule.name} needs {absent}. Add it, or leave {rule.name} out."
        return [_report(rule.severity)("needs", section, message, step(rule.name))]

    return check


def _compile_when(rule: model.When, section: str) -> Check:
    value = "true" if rule.equals else "false"

    def check(obj: Any) -> Findings:
        if obj.get(rule.name) is not rule.equals:
            return None
        found = []
        report = _report(rule.severity)
        if rule.needed and (absent := _absent(rule.needed, obj)) is not None:
            message = f"{rule.name} is {value}, which needs {absent}. Add it."
            found.append(report("needs", section, message, step(rule.name)))
        for name in rule.excluded:
            if name in obj:
                message = f"{rule.name} is {value}, which excludes {name}. Leave one of them out."
                found.append(report("excluded", section, message, step(name)))
        return found or None

    return check


def _absent(names: Iterable[str], obj: Any) -> str | None:
    return next((name for name in names if name not in obj), None)


def _report(severity: model.Severity) -> Any:
    return error if severity == "error" else warning
