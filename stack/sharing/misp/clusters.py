"""Threats that STIX has objects for as the tags by which MISP names them."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from stack.sharing.exporting.losses import Losses
from stack.sharing.misp.fragments import Properties, read_extra, text_of, uuid_of
from stack.stix.misp.galaxies import GALAXY_TAG, write_tag

_MITRE: Final[Mapping[str, str]] = {
    name: f"mitre-{name}"
    for name in ("attack-pattern", "intrusion-set", "malware", "tool", "course-of-action", "campaign")
}
_OTHER: Final[Mapping[str, str]] = {
    **dict.fromkeys(("threat-actor", "intrusion-set"), "threat-actor"),
    "malware": "malpedia",
    "tool": "tool",
}
_ATTACK_ID: Final = re.compile(r"(?:TA|DS|[TSGMC])\d{4}(?:\.\d{3})?").fullmatch
_KEPT: Final = frozenset({"type", "spec_version", "id", "created", "modified", "name", "external_references"})


class Cluster(NamedTuple):
    """A threat by its UUID and name, and the tag that names it where there is none yet."""

    uuid: str
    name: str
    tag: str


def read_cluster(obj: Properties, losses: Losses) -> Cluster | None:
    """None for what is no threat, and for what came from MISP as an attribute."""
    kind, name = text_of(obj, "type"), text_of(obj, "name")
    if (kind not in _MITRE and kind not in _OTHER) or not name or read_extra(obj):
        return None
    external_id = _find_attack_id(obj)
    if not external_id and kind not in _OTHER:
        return None
    for lost in obj.keys() - _KEPT:
        losses.note(kind, lost, "a tag has only a name")
    value = name.replace('"', "'")
    if external_id:
        tag = write_tag(_MITRE.get(kind, "threat-actor"), f"{value} - {external_id}")
    else:
        tag = write_tag(_OTHER[kind], value)
    return Cluster(uuid_of(obj), value, tag)


def add_clusters(names: tuple[str, ...], clusters: Iterable[Cluster]) -> tuple[list[str], list[Properties]]:
    """The names of tags with those that are missing, and the list `Galaxy` that goes with them.

    A tag that names the threat already, in any galaxy, is taken.
    """
    tags = dict.fromkeys(names)
    galaxies: dict[str, list[Properties]] = {}
    for cluster in clusters:
        tag = next((tag for tag in tags if is_named(tag, cluster.name)), cluster.tag)
        tags[tag] = None
        found = GALAXY_TAG.fullmatch(tag)
        if found is not None:
            entry = {"uuid": cluster.uuid, "type": found[1], "value": found[2], "tag_name": tag}
            galaxies.setdefault(found[1], []).append(entry)
    lists: list[Properties] = [
        {"type": kind, "name": kind, "GalaxyCluster": entries} for kind, entries in galaxies.items()
    ]
    return list(tags), lists


def is_named(tag: str, name: str) -> bool:
    found = GALAXY_TAG.fullmatch(tag)
    return found is not None and (found[2] == name or found[2].startswith(f"{name} - "))


def _find_attack_id(obj: Properties) -> str:
    references = obj.get("external_references")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and text_of(reference, "source_name").startswith("mitre-"):
            found = text_of(reference, "external_id")
            if _ATTACK_ID(found):
                return found
    return ""
