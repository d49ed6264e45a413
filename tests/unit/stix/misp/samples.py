"""A MISP event with one of everything that MISP exports, and what it is made into."""

from collections.abc import Mapping
from typing import Any

from stack.stix.misp.events import read_event
from stack.stix.misp.frame import Found, Problem

EVENT_UUID = "3d0b2e5e-5f0c-4b5c-9a55-0c6a4fb3d0aa"
ORG_UUID = "8a5a7b0c-6f2d-4f43-8d5e-6f1f9f3f3b11"
TIME = "1769846400"  # 2026-01-31T08:00:00Z


def uuid_of(number: int) -> str:
    return f"0e2c9f41-6d3c-4b0e-8a39-{number:012x}"


def attribute(number: int, type_name: str, value: str, **more: object) -> dict[str, Any]:
    return {
        "id": str(number),
        "uuid": uuid_of(number),
        "type": type_name,
        "category": "Network activity",
        "to_ids": False,
        "timestamp": TIME,
        "distribution": "5",
        "deleted": False,
        "comment": "",
        "value": value,
        **more,
    }


def event(*attributes: Mapping[str, Any], objects: object = (), **more: object) -> dict[str, Any]:
    return {
        "uuid": EVENT_UUID,
        "info": "Example",
        "date": "2026-01-30",
        "timestamp": TIME,
        "published": True,
        "publish_timestamp": "1769850000",
        "threat_level_id": "2",
        "analysis": "1",
        "distribution": "3",
        "Orgc": {"name": "Example", "uuid": ORG_UUID},
        "Attribute": list(attributes),
        "Object": list(objects) if isinstance(objects, tuple | list) else objects,
        **more,
    }


def misp_object(number: int, name: str, *attributes: Mapping[str, Any], **more: object) -> dict[str, Any]:
    return {
        "uuid": uuid_of(number),
        "name": name,
        "meta-category": "network",
        "template_uuid": "60efb77b-40b5-4c46-871b-ed1ed999fce5",
        "template_version": "9",
        "timestamp": TIME,
        "Attribute": list(attributes),
        **more,
    }


def part(number: int, relation: str, type_name: str, value: str, **more: object) -> dict[str, Any]:
    return attribute(number, type_name, value, object_relation=relation, **more)


def tags(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def read(found: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The objects of an event and its problems, those of the rule `loss` aside."""
    outcomes = list(read_event(found, seed="test"))
    objects = [outcome.object for outcome in outcomes if isinstance(outcome, Found)]
    return objects, [o for o in outcomes if isinstance(o, Problem) and o.rule != "loss"]


def losses_of(found: Mapping[str, Any]) -> dict[str, str]:
    outcomes = list(read_event(found, seed="test"))
    return {o.place: o.message for o in outcomes if isinstance(o, Problem) and o.rule == "loss"}


def only(objects: list[dict[str, Any]], type_name: str) -> dict[str, Any]:
    [found] = [obj for obj in objects if obj["type"] == type_name]
    return found
