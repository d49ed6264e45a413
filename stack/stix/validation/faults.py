"""What the validator says about an object."""

import json
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

MAX_LISTED = 200
"""Faults that are listed one by one of one value; what is beyond is counted in a last one."""

MAX_LISTED_OF_OBJECT = 1000
"""The same for a whole object."""


class Fault(msgspec.Struct, frozen=True, gc=False):
    """One departure from the standard.

    `path` is a JSON path such as `$.external_references[1].url`, `rule` a short name that does not change,
    `section` that of the standard. An `error` keeps the object out; a `warning` lets it in. Within a check
    the path is relative to the value that is checked.
    """

    path: str
    rule: str
    section: str
    severity: Literal["error", "warning"]
    message: str

    def at(self, path: str) -> "Fault":
        """The same fault at another path."""
        return Fault(path, self.rule, self.section, self.severity, self.message)


Findings = list[Fault] | None
"""What a check of a value finds: None where there is nothing, so that clean values cost no allocation."""


def error(rule: str, section: str, message: str, path: str = "") -> Fault:
    """A fault that keeps the object out."""
    return Fault(path, rule, section, "error", message)


def warning(rule: str, section: str, message: str, path: str = "") -> Fault:
    """A fault that lets the object in."""
    return Fault(path, rule, section, "warning", message)


def wrong_type(expected: str, value: Any, section: str) -> list[Fault]:
    """The finding for a value of the wrong JSON type."""
    return [
        error(
            "json-type", section, f"Expected {expected}, got {show(value)}. Send {expected} or leave it out."
        )
    ]


def show(value: Any) -> str:
    """A value in a message: its JSON type and the beginning of its text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {shorten(value)}"
    if isinstance(value, int | float):
        return f"the number {shorten(str(value)) if abs(value) < 1e30 else 'beyond 1e30'}"
    return "a list" if isinstance(value, list) else "an object"


def shorten(text: str, length: int = 60) -> str:
    """A text quoted for a message; lone surrogates and line ends are escaped, the end is cut."""
    return json.dumps(text if len(text) <= length else text[:length] + "…")


def step(key: str) -> str:
    """A property's step in a JSON path; names that would break the path are quoted."""
    return (
        f".{key}" if key.isidentifier() or key.replace("-", "_").isidentifier() else f"[{shorten(key, 250)}]"
    )


def place(prefix: str, findings: Iterable[Fault]) -> list[Fault]:
    """The findings of an inner value as findings of the outer one."""
    return [fault.at(prefix + fault.path) for fault in findings]


def collect(parts: Iterable[tuple[str, Findings]], *, limit: int = MAX_LISTED) -> list[Fault]:
    """All findings of the parts of a value, listed up to a limit and counted beyond it."""
    listed: list[Fault] = []
    beyond = 0
    any_error = False
    for prefix, findings in parts:
        if findings is None:
            continue
        room = limit - len(listed)
        listed += place(prefix, findings[:room])
        for fault in findings[room:]:
            beyond += 1
            any_error = any_error or fault.severity == "error"
    if beyond:
        message = f"{beyond:,} more faults are not listed. Correct those above first."
        listed.append(Fault("", "more-faults", "12", "error" if any_error else "warning", message))
    return listed
