"""Tags and galaxy clusters of MISP as STIX: TLP markings, labels, and objects of the clusters.

A cluster of MITRE's galaxies has the UUID of the ATT&CK object, so it becomes a statement about that very
object: one of 1970, that any other statement about it takes the place of.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import orjson

from stack.stix.markings import TlpLevel, parse_tlp
from stack.stix.misp.properties import (
    Losses,
    Properties,
    Record,
    make_id,
    read_records,
    read_text,
    read_uuid,
)
from stack.stix.timestamps import format_instant

EPOCH: Final = format_instant(0)
GALAXY_TAG: Final = re.compile(r'misp-galaxy:([a-z0-9-]{1,80})="(.{1,300})"', re.DOTALL)
_ATTACK_ID: Final = re.compile(r"(?:^| - )((?:T|S|G|M|C)\d{4}(?:\.\d{3})?|(?:TA|DS)\d{4})$")
_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("threat-actor", "microsoft-activity-group", "360net-threat-actor"), "threat-actor"),
    **dict.fromkeys(
        (
            *("malpedia", "ransomware", "rat", "banker", "botnet", "stealer", "backdoor", "android"),
            *("cryptominers", "exploit-kit", "wiper"),
        ),
        "malware",
    ),
    "tool": "tool",
    "branded-vulnerability": "vulnerability",
}
_MITRE: Final = re.compile(
    r"mitre-(?:[a-z-]*-)?(attack-pattern|intrusion-set|malware|tool|course-of-action|campaign)"
)
_UNCARRIED: Final = ("description", "source", "authors", "meta", "version", "collection_uuid", "namespace")


def read_tags(record: Record, *, level: str, losses: Losses) -> tuple[TlpLevel | None, list[str], list[str]]:
    """Of a record's tags: the strictest TLP level, the labels, and the names of galaxy clusters."""
    tlp: TlpLevel | None = None
    labels: dict[str, None] = {}
    clusters: dict[str, None] = {}
    for tag in read_records(record.get("Tag")):
        name = read_text(tag, "name").strip()
        if not name:
            continue
        if tag.get("colour"):
            losses.note(f"{level}.Tag.colour", "how a name is shown")
        if name.lower().startswith("tlp:"):
            try:
                found = parse_tlp(name)
            except ValueError:
                losses.note(f"{level}.Tag", f"{name[:40]} is no level of TLP, and is kept as a label only")
            else:
                tlp = found if tlp is None else max(tlp, found)
                continue
        (clusters if GALAXY_TAG.fullmatch(name) else labels)[name] = None
    return tlp, list(labels), list(clusters)


def read_clusters(record: Record, tags: Iterable[str], *, level: str, losses: Losses) -> Iterator[Properties]:
    """The objects of the clusters that a record is tagged with or has whole, each once."""
    seen: set[str] = set()
    for galaxy in read_records(record.get("Galaxy")):
        for cluster in read_records(galaxy.get("GalaxyCluster")):
            kind = read_text(cluster, "type") or read_text(galaxy, "type")
            seen.add(read_text(cluster, "tag_name") or write_tag(kind, read_text(cluster, "value")))
            for name in _UNCARRIED:
                if cluster.get(name):
                    losses.note(f"{level}.Galaxy.GalaxyCluster.{name}", "the galaxy itself says it")
            yield from _make_object(kind, cluster)
    for tag in tags:
        found = GALAXY_TAG.fullmatch(tag)
        if found is not None and tag not in seen:
            yield from _make_object(found[1], {"value": found[2]})


def write_tag(galaxy: str, value: str) -> str:
    return f'misp-galaxy:{galaxy}="{value}"'


def _make_object(galaxy: str, cluster: Record) -> Iterator[Properties]:
    """Nothing where STIX has no object for what the galaxy is about; the tag tells it all the same."""
    value = read_text(cluster, "value")
    mitre = _MITRE.fullmatch(galaxy)
    type_name = mitre[1] if mitre else _TYPES.get(galaxy)
    if not value or type_name is None:
        return
    found = _ATTACK_ID.search(value)
    external_id = found[1] if found else ""
    made = make_id(type_name, "misp-galaxy", galaxy, value)
    known = _find_attack_id(type_name, external_id) if mitre and external_id else None
    uuid = read_uuid(cluster) if cluster.get("uuid") else ""
    obj: Properties = {
        "type": type_name,
        "spec_version": "2.1",
        "id": f"{type_name}--{uuid}" if uuid else known or made,
        "created": EPOCH,
        "modified": EPOCH,
        "name": value[: found.start()] if found and found.start() else value,
    }
    if type_name == "malware":
        obj["is_family"] = True
    if mitre and external_id:
        obj["external_references"] = [{"source_name": "mitre-attack", "external_id": external_id}]
    yield obj


def _find_attack_id(type_name: str, external_id: str) -> str | None:
    found = _load_attack_ids().get(external_id, {}).get(type_name)
    return found if isinstance(found, str) else None


@cache
def _load_attack_ids() -> Mapping[str, Mapping[str, Any]]:
    """By ATT&CK id and STIX type the id of the object: a table that comes with misp-stix.

    The package is not imported for it, which would take seconds.
    """
    package = find_spec("misp_stix_converter")
    for folder in (package and package.submodule_search_locations) or ():
        table = Path(folder, "data", "cti_uuid_catalog.json")
        if table.is_file():
            found: Mapping[str, Mapping[str, Any]] = orjson.loads(table.read_bytes())["by_ext_id"]
            return found
    return {}
