"""Granular markings: what a selector selects.

STIX 2.1, section 7.2.3. A selector is property names and `[indexes]` joined by dots, such as
`external_references.[0].url`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

_COMPONENT: Final = re.compile(r"\[([0-9]{1,9})\]|([A-Za-z0-9_-]{1,250})")

Step = str | int


class SelectorError(ValueError):
    """A selector of the wrong syntax, or one that selects nothing of the object."""


def parse_selector(selector: str) -> tuple[Step, ...]:
    """The steps of a selector: names as texts, list indexes as integers. Raises `SelectorError`."""
    steps: list[Step] = []
    for component in selector.split("."):
        match = _COMPONENT.fullmatch(component)
        if match is None:
            raise SelectorError(
                f"{selector[:80]!r} is no selector: write names and [indexes] joined by dots (labels.[0])."
            )
        steps.append(int(match[1]) if match[1] is not None else component)
    return tuple(steps)


def resolve_selector(obj: Mapping[str, Any], selector: str) -> Any:
    """The value that a selector selects. Raises `SelectorError` where there is none."""
    return resolve_steps(obj, parse_selector(selector))


def resolve_steps(obj: Mapping[str, Any], steps: Iterable[Step]) -> Any:
    """The value at the end of a selector's steps. Raises `SelectorError` where there is none."""
    value: Any = obj
    for step in steps:
        is_item = isinstance(step, int) and isinstance(value, list) and step < len(value)
        is_member = isinstance(step, str) and isinstance(value, Mapping) and step in value
        if not (is_item or is_member):
            raise SelectorError(f"The selector selects nothing that is in the object: {step!r} is not there.")
        value = value[step]
    return value


def write_selector(steps: Iterable[Step]) -> str:
    """The selector of steps: the reverse of `parse_selector`."""
    return ".".join(f"[{step}]" if isinstance(step, int) else step for step in steps)
