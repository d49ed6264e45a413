"""STIX 2.0 objects as STIX 2.1 objects. The same input gives the same output, and nothing is lost.

What 2.1 renamed is renamed, what it dropped is kept under an `x_` name, and what it added is added where it
can be known: `spec_version`, `pattern_type`, `is_family`. Texts of timestamps and patterns stay as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from stack.stix.granular import SelectorError, Step, parse_selector
from stack.stix.spec import vocabularies as words
from stack.stix.upgrade_observables import Container, upgrade_container

_TYPE_WORDS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "indicator": ("indicator_types", words.INDICATOR_TYPE.values | words.INDICATOR_LABEL_20.values),
    "malware": ("malware_types", words.MALWARE_TYPE.values | words.MALWARE_LABEL_20.values),
    "report": ("report_types", words.REPORT_TYPE.values | words.REPORT_LABEL_20.values),
    "threat-actor": ("threat_actor_types", words.THREAT_ACTOR_TYPE.values),
    "tool": ("tool_types", words.TOOL_TYPE.values),
}
"""Where 2.0 said in `labels` what kind of thing it is, and the words that said it."""

Object = dict[str, Any]


def upgrade_object(obj: Mapping[str, Any]) -> list[Object]:
    """The 2.1 object of a 2.0 object, then the observables that it contained. The input is not changed.

    An object of 2.1 comes back as it is. A bundle comes back as one bundle with all upgraded objects in it;
    a member that is no object stays where it is, for the validator to report.

    `labels` become `indicator_types` and the like as far as they are words of the vocabulary; other words
    stay labels. A malware of 2.0 becomes a family, because 2.0 asks for its name. Observables get the
    deterministic ids of 2.1 and the object markings of the observed-data that they come from.
    """
    if obj.get("spec_version") == "2.1" and obj.get("type") != "bundle":
        return [dict(obj)]
    match obj.get("type"):
        case "bundle":
            return [_upgrade_bundle(obj)]
        case "observed-data" if isinstance(obj.get("objects"), Mapping):
            return _upgrade_observed_data(obj)
        case _:
            return [_upgrade_single(obj)]


def _upgrade_bundle(bundle: Mapping[str, Any]) -> Object:
    upgraded = {key: value for key, value in bundle.items() if key != "spec_version"}
    members = bundle.get("objects")
    if isinstance(members, list):
        upgraded["objects"] = list(_upgrade_members(members))
    return upgraded


def _upgrade_members(members: list[Any]) -> Iterator[Any]:
    """Each member upgraded; an observable that several observed-data contain alike comes once."""
    seen: dict[str, list[Object]] = {}
    for member in members:
        if not isinstance(member, Mapping):
            yield member
            continue
        first, *observables = upgrade_object(member)
        yield first
        yield from _drop_repeated(observables, seen)


def _upgrade_single(obj: Mapping[str, Any]) -> Object:
    upgraded: Object = {"type": obj.get("type"), "spec_version": "2.1"}
    upgraded.update((key, value) for key, value in obj.items() if key not in upgraded)
    _move_labels(upgraded)
    if upgraded["type"] == "indicator" and "pattern" in upgraded:
        if "pattern_type" not in upgraded:
            upgraded["pattern_type"] = "stix"
        if upgraded["pattern_type"] == "stix":
            upgraded.setdefault("pattern_version", "2.0")
    elif upgraded["type"] == "malware":
        upgraded.setdefault("is_family", True)
    return upgraded


def _move_labels(obj: Object) -> None:
    """Words of the vocabulary move to the property that 2.1 has for them; markings of them move with them."""
    labels = obj.get("labels")
    if not isinstance(obj["type"], str) or obj["type"] not in _TYPE_WORDS or not isinstance(labels, list):
        return
    name, vocabulary = _TYPE_WORDS[obj["type"]]
    if name in obj:
        return
    moved = [label for label in labels if isinstance(label, str) and label in vocabulary]
    if not moved:
        return
    places = {"labels": [name]}
    kept: list[Any] = []
    types: list[Any] = []
    for i, label in enumerate(labels):
        target, into = (types, name) if isinstance(label, str) and label in vocabulary else (kept, "labels")
        places[f"labels.[{i}]"] = [f"{into}.[{len(target)}]"]
        target.append(label)
    del obj["labels"]
    obj[name] = types
    if kept:
        obj["labels"] = kept
        places["labels"].append("labels")
    _move_selectors(obj, places)


def _move_selectors(obj: Object, places: Mapping[str, list[str]]) -> None:
    markings = obj.get("granular_markings")
    if not isinstance(markings, list):
        return
    obj["granular_markings"] = [
        {**marking, "selectors": [new for old in marking["selectors"] for new in places.get(old, [old])]}
        if isinstance(marking, Mapping) and _is_texts(marking.get("selectors"))
        else marking
        for marking in markings
    ]


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _upgrade_observed_data(obj: Mapping[str, Any]) -> list[Object]:
    container = upgrade_container(obj["objects"], owner=str(obj.get("id", "")))
    upgraded = _upgrade_single({key: value for key, value in obj.items() if key != "objects"})
    upgraded["object_refs"] = list(dict.fromkeys(container.ids.values()))
    if container.rest:
        upgraded["x_objects"] = container.rest
    markings = obj.get("object_marking_refs")
    if isinstance(markings, list):
        for observable in container.objects.values():
            observable.setdefault("object_marking_refs", list(markings))
    _hand_down_markings(upgraded, container)
    return [upgraded, *_drop_repeated(container.objects.values(), {})]


def _hand_down_markings(upgraded: Object, container: Container) -> None:
    """Granular markings of `objects.…` go to the observables that these parts have become."""
    markings = upgraded.get("granular_markings")
    if not isinstance(markings, list):
        return
    kept = []
    for marking in markings:
        if not isinstance(marking, Mapping) or not _is_texts(marking.get("selectors")):
            kept.append(marking)
            continue
        inner = [s for s in marking["selectors"] if s == "objects" or s.startswith("objects.")]
        for selector in inner:
            container.mark(_steps(selector), marking)
        outer = [selector for selector in marking["selectors"] if selector not in inner]
        if outer:
            kept.append({**marking, "selectors": outer})
    del upgraded["granular_markings"]
    if kept:
        upgraded["granular_markings"] = kept


def _steps(selector: str) -> tuple[Step, ...]:
    try:
        return parse_selector(selector)[1:]
    except SelectorError:
        # Unreadable, so it may mean any of them: all are marked.
        return ()


def _drop_repeated(observables: Iterable[Object], seen: dict[str, list[Object]]) -> Iterator[Object]:
    """Observables that `seen` does not have alike; those of one id that differ are all kept."""
    for observable in observables:
        alike = seen.setdefault(observable["id"], [])
        if observable not in alike:
            alike.append(observable)
            yield observable
