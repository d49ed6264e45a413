"""What lists call an object: its name, a defanged value, or for a relationship what it connects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from stack.accounts.principal import Principal
from stack.stix.observables.detect import NETWORK_KINDS, detect
from stack.stix.observables.extract import find_mentions
from stack.stix.observables.kinds import Kind
from stack.stix.observables.refang import defang
from stack.store.queries import get_object, iterate_texts
from stack.store.records import ObjectRow

_VALUE_TYPES = {
    "ipv4-addr": Kind.IPV4,
    "ipv6-addr": Kind.IPV6,
    "domain-name": Kind.DOMAIN,
    "url": Kind.URL,
    "email-addr": Kind.EMAIL,
    "mac-addr": Kind.MAC,
    "mutex": Kind.MUTEX,
}
# Authors call these by their values; the name of a tool ("ASP.NET") only looks like one.
_NAMED_BY_VALUE = frozenset({"indicator", "infrastructure", "incident", "observed-data"})
_CONNECTING = frozenset({"relationship", "sighting"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A name as a page shows it: a value (defanged, with copies) where `kind` is set, otherwise text."""

    text: str
    kind: str = ""


def show_name(row: ObjectRow) -> Shown:
    """The name of an object by itself; an object without a name is called by its id."""
    if not row.name:
        return Shown(row.stix_id)
    if row.type in _VALUE_TYPES:
        return Shown(row.name, _VALUE_TYPES[row.type].value)
    if row.type not in _NAMED_BY_VALUE:
        return Shown(row.name)
    observable = detect(row.name).observable
    if observable.kind in NETWORK_KINDS:
        return Shown(row.name, observable.kind.value)
    return Shown(defang_within(row.name))


def show_names(principal: Principal, rows: Iterable[ObjectRow]) -> dict[int, Shown]:
    """The names of many objects by row id; relationships and sightings say what they connect."""
    rows = list(rows)
    shown = {row.id: show_name(row) for row in rows}
    connecting = [row for row in rows if row.type in _CONNECTING]
    if not connecting:
        return shown
    texts = iterate_texts(principal, object_ids=[row.id for row in connecting])
    objects = {obj["id"].lower(): obj for obj in map(orjson.loads, texts)}
    known: dict[str, str] = {}
    for row in connecting:
        sentence = _describe_connection(principal, objects.get(row.stix_id, {}), known)
        if sentence:
            shown[row.id] = Shown(sentence)
    return shown


def defang_within(text: str) -> str:
    """A text with the addresses, hosts and URLs in it defanged."""
    pieces, at = [], 0
    for found in find_mentions(text):
        if found.observable.kind in NETWORK_KINDS and not found.defanged and found.start >= at:
            pieces += [text[at : found.start], defang(found.raw, found.observable.kind)]
            at = found.end
    return "".join([*pieces, text[at:]])


def _describe_connection(principal: Principal, obj: Mapping[str, Any], known: dict[str, str]) -> str:
    """`A uses B`; empty where an end is not one that the principal may see."""
    if obj.get("type") == "sighting":
        seen = _name_end(principal, obj.get("sighting_of_ref"), known)
        return f"Sighting of {seen}" if seen else ""
    ends = [_name_end(principal, obj.get(key), known) for key in ("source_ref", "target_ref")]
    return f"{ends[0]} {obj.get('relationship_type', '')} {ends[1]}" if all(ends) else ""


def _name_end(principal: Principal, stix_id: object, known: dict[str, str]) -> str:
    if not isinstance(stix_id, str):
        return ""
    if stix_id not in known:
        row = get_object(principal, stix_id)
        shown = show_name(row) if row else Shown("")
        known[stix_id] = defang(shown.text, Kind(shown.kind)) if shown.kind else shown.text
    return known[stix_id]
