"""The observable container of STIX 2.0 as cyber-observable objects of STIX 2.1, with deterministic ids."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stack.stix.canonical import CanonicalError
from stack.stix.granular import Step, write_selector
from stack.stix.ids import (
    ID_CONTRIBUTING,
    STACK_NAMESPACE,
    IdError,
    compute_deterministic_id,
    compute_uuid5,
    format_id,
    parse_id,
)

_FILE_TIMES: Final = {"created": "ctime", "modified": "mtime", "accessed": "atime"}
_RENAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "directory": _FILE_TIMES,
    "file": {
        **_FILE_TIMES,
        "is_encrypted": "x_is_encrypted",
        "encryption_algorithm": "x_encryption_algorithm",
        "decryption_key": "x_decryption_key",
    },
    "network-traffic": {"encapsulates_by_ref": "encapsulated_by_ref"},
    "process": {
        "created": "created_time",
        "binary_ref": "image_ref",
        "name": "x_name",
        "arguments": "x_arguments",
    },
    "user-account": {"password_last_changed": "credential_last_changed"},
    "windows-registry-key": {"modified": "modified_time", "number_subkeys": "number_of_subkeys"},
}
_RENAMED_IN_EXTENSION: Final[Mapping[str, Mapping[str, str]]] = {
    "archive-ext": {"version": "x_version"},
    "raster-image-ext": {"image_compression_algorithm": "x_image_compression_algorithm"},
    "socket-ext": {"protocol_family": "x_protocol_family"},
}
_LISTS_OF_TEXTS: Final = frozenset({"additional_header_fields", "request_header"})
"""Dictionaries whose values were texts in 2.0 and are lists of texts in 2.1."""

Object = dict[str, Any]


@dataclass
class Container:
    """The observables of one container by their local names, their ids, and members that are no objects."""

    objects: dict[str, Object] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)

    def mark(self, steps: tuple[Step, ...], marking: Mapping[str, Any]) -> None:
        """Gives observables a granular marking that selected them, or a part of one, within the container."""
        name = str(steps[0]) if steps else None
        for local_name, obj in self.objects.items():
            if name is None or local_name == name:
                _mark(obj, steps[1:], marking)


def upgrade_container(container: Mapping[str, Any], *, owner: str) -> Container:
    """The observables of a 2.0 container, with ids instead of local names.

    `owner` is the id of the observed-data. It goes into the ids of those observables for which 2.1 defines no
    deterministic one, so that they come out the same again.
    """
    result = Container()
    local: dict[str, Object] = {}
    for name, value in container.items():
        if isinstance(value, Mapping) and isinstance(value.get("type"), str):
            local[name] = _upgrade_observable(value)
        else:
            result.rest[name] = value
    for name in _in_order_of_references(local):
        result.ids[name] = _find_id(local, name, result.ids, owner=owner)
    result.ids = {name: result.ids[name] for name in local}
    for name, obj in local.items():
        result.objects[name] = {**_resolve_references(obj, result.ids), "id": result.ids[name]}
    return result


def _upgrade_observable(obj: Mapping[str, Any]) -> Object:
    upgraded: Object = {"type": obj["type"], "spec_version": "2.1", "id": ""}
    kept = {key: value for key, value in obj.items() if key not in upgraded}
    upgraded.update(_rename(kept, _RENAMED.get(obj["type"], {})))
    if "id" in obj:
        upgraded["id" if _is_own_id(obj["id"], obj["type"]) else "x_id"] = obj["id"]
    extensions = upgraded.get("extensions")
    if isinstance(extensions, Mapping):
        upgraded["extensions"] = {
            key: _rename(value, _RENAMED_IN_EXTENSION.get(key, {})) if isinstance(value, Mapping) else value
            for key, value in extensions.items()
        }
    return upgraded


def _is_own_id(value: Any, type_name: str) -> bool:
    try:
        return isinstance(value, str) and parse_id(value).type == type_name
    except IdError:
        return False


def _rename(obj: Mapping[str, Any], names: Mapping[str, str]) -> Object:
    """Properties under the names of 2.1. A name that is taken is not written over: the other gets an `x_`."""
    renamed: Object = {}
    for key, value in obj.items():
        new = names.get(key, key)
        if new != key and new in obj:
            new = f"x_{key}"
        renamed[new] = _reshape(key, value)
    return renamed


def _reshape(key: str, value: Any) -> Any:
    if key in _LISTS_OF_TEXTS and isinstance(value, Mapping):
        return {k: [v] if isinstance(v, str) else v for k, v in value.items()}
    if key == "hashes" and isinstance(value, Mapping) and "ssdeep" in value and "SSDEEP" not in value:
        return {"SSDEEP" if k == "ssdeep" else k: v for k, v in value.items()}
    return value


def _in_order_of_references(objects: Mapping[str, Object]) -> list[str]:
    """Local names, those before that an id depends on. A circle, and what depends on it, comes last."""
    waiting = {name: {ref for ref in _id_references(obj) if ref in objects} for name, obj in objects.items()}
    dependants: dict[str, list[str]] = {}
    for name, refs in waiting.items():
        for ref in refs:
            dependants.setdefault(ref, []).append(name)
    ordered = [name for name, refs in waiting.items() if not refs]
    for name in ordered:
        for dependant in dependants.get(name, ()):
            waiting[dependant].discard(name)
            if not waiting[dependant]:
                ordered.append(dependant)
    placed = set(ordered)
    return [*ordered, *(name for name in objects if name not in placed)]


def _id_references(obj: Object) -> Iterator[str]:
    """The local names that an object's ID contributing properties refer to."""
    for key in ID_CONTRIBUTING.get(obj["type"], ()):
        value = obj.get(key)
        if key == "extensions" and isinstance(value, Mapping):
            for extension in value.values():
                if isinstance(extension, Mapping):
                    yield from (ref for inner in extension.items() for ref in _references(*inner))
        else:
            yield from _references(key, value)


def _references(key: str, value: Any) -> list[str]:
    if key.endswith("_ref") and isinstance(value, str):
        return [value]
    if key.endswith("_refs") and isinstance(value, list):
        return [name for name in value if isinstance(name, str)]
    return []


def _find_id(local: Mapping[str, Object], name: str, ids: Mapping[str, str], *, owner: str) -> str:
    """The deterministic id of STIX 2.1, section 2.9, else one of Stack's own that comes out the same."""
    obj = local[name]
    if obj["id"]:
        return str(obj["id"])
    is_in_circle = any(ref in local and ref not in ids for ref in _id_references(obj))
    if not is_in_circle:
        try:
            found = compute_deterministic_id(_resolve_references(obj, ids))
        except CanonicalError:
            found = None
        if found is not None:
            return found
    return format_id(obj["type"], compute_uuid5(STACK_NAMESPACE, json.dumps([owner, name]).encode()))


def _resolve_references(obj: Mapping[str, Any], ids: Mapping[str, str]) -> Object:
    """A copy with ids instead of local names. Names of nothing move to `x_unresolved_` properties."""
    resolved: Object = {}
    for key, inner in obj.items():
        names = _references(key, inner)
        if not names:
            resolved[key] = _resolve_inner(inner, ids)
            continue
        known = [ids.get(name, name) for name in names if name in ids or "--" in name]
        lost = [name for name in names if name not in ids and "--" not in name]
        if known:
            resolved[key] = known if key.endswith("_refs") else known[0]
        if lost:
            resolved[f"x_unresolved_{key.rsplit('_', 1)[0]}"] = lost
    return resolved


def _resolve_inner(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_resolve_inner(item, ids) for item in value]
    return _resolve_references(value, ids) if isinstance(value, Mapping) else value


def _mark(obj: Object, steps: tuple[Step, ...], marking: Mapping[str, Any]) -> None:
    """A marking of the whole observable becomes an object marking; that of a part, or a language, stays."""
    if not steps and isinstance(marking.get("marking_ref"), str):
        refs = obj.setdefault("object_marking_refs", [])
        if isinstance(refs, list) and marking["marking_ref"] not in refs:
            refs.append(marking["marking_ref"])
        return
    if steps:
        selectors = [write_selector(_rename_steps(obj["type"], steps))]
    else:
        selectors = [key for key in obj if key not in ("type", "spec_version", "id", "granular_markings")]
    obj.setdefault("granular_markings", []).append({**marking, "selectors": selectors})


def _rename_steps(type_name: str, steps: tuple[Step, ...]) -> list[Step]:
    renamed = list(steps)
    renamed[0] = _RENAMED.get(type_name, {}).get(str(steps[0]), steps[0])
    if steps[0] == "extensions" and len(steps) > 2:
        renamed[2] = _RENAMED_IN_EXTENSION.get(str(steps[1]), {}).get(str(steps[2]), steps[2])
    return renamed
