"""The properties of a decoded object as the overview shows them: nothing is left out. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stack.stix.ids import is_id
from stack.stix.observables.detect import NETWORK_KINDS, detect
from stack.stix.timestamps import is_timestamp, parse_instant


class Show(StrEnum):
    """How a fact is written, and with it the shape of its content."""

    TEXT = "text"  # str
    CODE = "code"  # str
    VALUE = "value"  # (canonical value, kind): shown defanged
    INSTANT = "instant"  # microseconds
    WORDS = "words"  # list of str
    LINKS = "links"  # list of STIX ids
    PAIRS = "pairs"  # list of (name, text)
    DATA = "data"  # str, indented JSON


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    title: str
    show: Show
    content: Any
    more: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """An external reference; its URL is shown defanged and never as a link."""

    source: str
    external_id: str
    url: str
    description: str


@dataclass(frozen=True, slots=True)
class Overview:
    description: str
    facts: tuple[Fact, ...]
    phases: tuple[tuple[str, str], ...]
    references: tuple[Reference, ...]


# Shown elsewhere on the page: in its header, beside the overview, or in a section of their own.
_ELSEWHERE = frozenset(
    {
        "type",
        "id",
        "spec_version",
        "name",
        "description",
        "created",
        "modified",
        "revoked",
        "confidence",
        "external_references",
        "kill_chain_phases",
    }
)
_CODE = frozenset({"pattern", "key", "path", "command_line", "cwd", "body", "cpe", "swid", "payload_bin"})
_ACRONYMS = {"id": "id", "url": "URL", "cpe": "CPE", "swid": "SWID", "ip": "IP", "os": "OS", "mitre": "MITRE"}
_LINKS_SHOWN = 12
_LONGEST_DETECTED = 500


def describe_overview(obj: Mapping[str, Any]) -> Overview:
    """What the object says of itself, in the order in which its source said it."""
    description = obj.get("description")
    return Overview(
        description=description if isinstance(description, str) else "",
        facts=tuple(_describe_fact(name, value) for name, value in obj.items() if name not in _ELSEWHERE),
        phases=tuple(_read_phases(obj.get("kill_chain_phases"))),
        references=tuple(_read_references(obj.get("external_references"))),
    )


def title_property(name: str) -> str:
    """`x_mitre_data_sources` -> `MITRE data sources`, `created_by_ref` -> `Created by`."""
    plural = "s" if name.endswith("_refs") else ""
    words = name.removeprefix("x_").removesuffix("_refs").removesuffix("_ref").split("_")
    text = " ".join(_ACRONYMS.get(word, word) for word in words) + plural
    return text[:1].upper() + text[1:]


def _describe_fact(name: str, value: Any) -> Fact:
    title = title_property(name)
    if isinstance(value, list) and value and all(isinstance(each, str) and is_id(each) for each in value):
        return Fact(name, title, Show.LINKS, value[:_LINKS_SHOWN], more=max(0, len(value) - _LINKS_SHOWN))
    return Fact(name, title, *_describe_value(name, value))


def _describe_value(name: str, value: Any) -> tuple[Show, Any]:
    match value:
        case str():
            return _describe_text(name, value)
        case bool():
            return Show.TEXT, "yes" if value else "no"
        case int() | float():
            return Show.TEXT, str(value)
        case list() if value and all(isinstance(each, str) for each in value):
            return Show.WORDS, value
        case dict() if value and all(isinstance(each, str | int) for each in value.values()):
            return Show.PAIRS, [(key, str(each)) for key, each in value.items()]
        case _:
            return Show.DATA, json.dumps(value, ensure_ascii=False, indent=2)


def _describe_text(name: str, value: str) -> tuple[Show, Any]:
    if is_id(value):
        return Show.LINKS, [value]
    if name in _CODE:
        return Show.CODE, value
    if is_timestamp(value):
        return Show.INSTANT, parse_instant(value)
    if len(value) <= _LONGEST_DETECTED:
        observable = detect(value).observable
        if observable.kind in NETWORK_KINDS:
            return Show.VALUE, (observable.value, observable.kind.value)
    return Show.TEXT, value


def _read_phases(phases: Any) -> list[tuple[str, str]]:
    if not isinstance(phases, list):
        return []
    return [
        (str(phase.get("kill_chain_name", "")), str(phase.get("phase_name", "")))
        for phase in phases
        if isinstance(phase, dict)
    ]


def _read_references(references: Any) -> list[Reference]:
    if not isinstance(references, list):
        return []
    return [
        Reference(*(str(each.get(key, "")) for key in ("source_name", "external_id", "url", "description")))
        for each in references
        if isinstance(each, dict)
    ]
