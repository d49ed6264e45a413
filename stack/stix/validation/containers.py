"""The deprecated observable container of observed-data: local names, local references (section 2.13)."""

from collections.abc import Callable, Mapping
from typing import Any

from stack.stix.validation.faults import (
    Fault,
    Findings,
    collect,
    error,
    shorten,
    step,
    warning,
    wrong_type,
)
from stack.stix.validation.primitives import Check, check_any, check_encodable

Validate = Callable[[Mapping[str, Any]], Findings]


def compile_container(validators: Mapping[str, Validate]) -> Check:
    """A check of a container, given what validates each type of observable in one."""

    def check_member(value: Any, container: Mapping[str, Any]) -> Findings:
        if type(value) is not dict:
            return wrong_type("an observable object", value, "2.13")
        type_name = value.get("type")
        if type(type_name) is not str:
            return [error("required", "2.13", "An observable object says its type. Add it.", ".type")]
        validate = validators.get(type_name)
        if validate is None:
            message = f"{shorten(type_name)} is no observable type of the standard. It is kept as it is."
            return check_any(value) or [warning("custom-type", "11.2", message)]
        found = [*(validate(value) or ()), *_unresolved(value, container)]
        return found or None

    def check(value: Any) -> Findings:
        if type(value) is not dict or not value:
            return wrong_type("an object of at least one observable", value, "2.13")
        return (
            collect((step(k), check_encodable(k) or check_member(v, value)) for k, v in value.items()) or None
        )

    return check


def check_local_reference(value: Any) -> Findings:
    """A reference by local name; `check_member` sees whether the container has it."""
    return check_encodable(value) if type(value) is str else wrong_type("a local name", value, "2.13")


def _unresolved(value: Mapping[str, Any], container: Mapping[str, Any]) -> list[Fault]:
    """References that lead nowhere within the container: those of the object and of its extensions."""
    found: list[Fault] = []
    nested = [("", value)]
    extensions = value.get("extensions")
    if type(extensions) is dict:
        nested += [
            (f".extensions{step(name)}", inner) for name, inner in extensions.items() if type(inner) is dict
        ]
    for place, holder in nested:
        for key, target in holder.items():
            if key.endswith("_ref") and type(target) is str and target not in container:
                found.append(_dangling(f"{place}{step(key)}", target))
            elif key.endswith("_refs") and type(target) is list:
                lost = (name for name in target if type(name) is str and name not in container)
                found += [_dangling(f"{place}{step(key)}", name) for name in lost]
    return found


def _dangling(path: str, name: str) -> Fault:
    message = f"The container has no object named {shorten(name)}. Add it, or drop the reference."
    return warning("local-reference", "2.13", message, path)
