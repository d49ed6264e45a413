"""STIX objects to ingest."""

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5


def make_tool(number: int, **properties: Any) -> dict[str, Any]:
    return {
        "type": "tool",
        "spec_version": "2.1",
        "id": f"tool--{uuid5(NAMESPACE_URL, str(number))}",
        "created": "2024-01-01T00:00:00.000Z",
        "modified": "2024-01-01T00:00:00.000Z",
        "name": f"Tool {number}",
    } | properties


def make_bundle(*objects: dict[str, Any] | bytes) -> bytes:
    texts = [obj if isinstance(obj, bytes) else json.dumps(obj).encode() for obj in objects]
    return (
        b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[%s]}'
        % b",".join(texts)
    )
