"""An object without the parts that someone may not see (granular markings: STIX 2.1, section 7.2.3)."""

from collections.abc import Collection, Mapping
from typing import Any

from stack.stix.granular import SelectorError, Step, parse_selector, resolve_selector, write_selector
from stack.stix.ids import ID_CONTRIBUTING
from stack.stix.markings import is_marked
from stack.stix.validation.validate import validate_object

Path = tuple[Step, ...]


def redact_object(obj: Mapping[str, Any], marked: Collection[str]) -> dict[str, Any] | None:
    """A copy of the object without the parts that carry one of the markings; the input is not changed.

    `marked` are the ids of the marking definitions to hide. Lists and objects that become empty go as well,
    and so do the markings of what went; selectors of other markings follow the items that moved up.

    None where nothing can be shown: the whole object is marked, a selector of a hidden marking cannot be
    read, the rest would not be valid without the part, or an observable's id is made of it and would give it
    away.
    """
    if is_marked(obj, marked):
        return None
    try:
        hidden = _hidden_paths(obj, marked)
    except SelectorError:
        return None
    if not hidden:
        return dict(obj)
    if any(path[0] in ID_CONTRIBUTING.get(str(obj.get("type")), ()) for path in hidden):
        return None
    redacted: dict[str, Any] = _without(obj, hidden, ()) or {}
    _rewrite_markings(obj, redacted, hidden, marked)
    is_broken = any(fault.severity == "error" for fault in validate_object(redacted))
    return None if is_broken else redacted


def _granular_markings(obj: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    markings = obj.get("granular_markings")
    return [m for m in markings if isinstance(m, Mapping)] if isinstance(markings, list) else []


def _is_hidden(marking: Mapping[str, Any], marked: Collection[str]) -> bool:
    marking_ref = marking.get("marking_ref")
    return isinstance(marking_ref, str) and marking_ref in marked


def _hidden_paths(obj: Mapping[str, Any], marked: Collection[str]) -> set[Path]:
    """The paths to remove. A selector that selects nothing hides nothing; an unreadable one raises."""
    hidden: set[Path] = set()
    for marking in _granular_markings(obj):
        if not _is_hidden(marking, marked):
            continue
        selectors = marking.get("selectors")
        if not isinstance(selectors, list) or not all(isinstance(item, str) for item in selectors):
            raise SelectorError("a hidden marking has no readable selectors")
        for selector in selectors:
            path = parse_selector(selector)
            if _is_there(obj, selector):
                hidden.add(path)
    return hidden


def _is_there(obj: Mapping[str, Any], selector: str) -> bool:
    try:
        resolve_selector(obj, selector)
    except SelectorError:
        return False
    return True


def _without(value: Any, hidden: Collection[Path], at: Path) -> Any:
    """A copy without the hidden paths below; None where nothing is left that had something."""
    below = [path for path in hidden if path[: len(at)] == at]
    if not below:
        return value
    if isinstance(value, Mapping):
        members = ((k, _without(v, below, (*at, k))) for k, v in value.items() if (*at, k) not in hidden)
        return {key: inner for key, inner in members if inner is not None or value[key] is None} or None
    items = (_without(item, below, (*at, i)) for i, item in enumerate(value) if (*at, i) not in hidden)
    return [item for item in items if item is not None] or None


def _rewrite_markings(
    obj: Mapping[str, Any], redacted: dict[str, Any], hidden: Collection[Path], marked: Collection[str]
) -> None:
    """The markings that are left, with selectors of what is left."""
    kept = []
    for marking in _granular_markings(obj):
        selectors = marking.get("selectors")
        if _is_hidden(marking, marked) or not isinstance(selectors, list):
            continue
        moved = [_move_selector(selector, obj, hidden) for selector in selectors if isinstance(selector, str)]
        if left := [selector for selector in moved if selector is not None and _is_there(redacted, selector)]:
            kept.append({**marking, "selectors": left})
    redacted.pop("granular_markings", None)
    if kept:
        redacted["granular_markings"] = kept


def _move_selector(selector: str, obj: Mapping[str, Any], hidden: Collection[Path]) -> str | None:
    """The selector of the same part after the removal; None where the part went."""
    try:
        path = parse_selector(selector)
    except SelectorError:
        return None
    moved: list[Step] = []
    for depth, component in enumerate(path):
        if path[: depth + 1] in hidden:
            return None
        before = range(component) if isinstance(component, int) else range(0)
        gone = sum(_is_gone(obj, (*path[:depth], i), hidden) for i in before)
        moved.append(component - gone if isinstance(component, int) else component)
    return write_selector(moved)


def _is_gone(obj: Mapping[str, Any], path: Path, hidden: Collection[Path]) -> bool:
    """Whether an item of a list went: hidden itself, or emptied by what is hidden in it."""
    if path in hidden:
        return True
    try:
        value = resolve_selector(obj, write_selector(path))
    except SelectorError:
        return False
    return value is not None and _without(value, hidden, path) is None
