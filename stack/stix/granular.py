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
    value: Any = obj
    for step in parse_selector(selector):
        value = _descend(value, step, selector)
    return value


def _descend(value: Any, step: Step, selector: str) -> Any:
    if isinstance(step, int) and isinstance(value, list) and step < len(value):
        return value[step]
    if isinstance(step, str) and isinstance(value, Mapping) and step in value:
        return value[step]
    raise SelectorError(f"{selector[:80]!r} selects nothing that is in the object: {step!r} is not there.")


def write_selector(steps: Iterable[Step]) -> str:
    """The selector of steps: the reverse of `parse_selector`."""
    return ".".join(f"[{step}]" if isinstance(step, int) else step for step in steps)
