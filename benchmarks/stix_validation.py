"""Validation of STIX objects, beside stix2.parse on the same objects."""

import importlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.figures import Figure
from stack.stix.validation.validate import validate_object

_BUNDLE = "attack/enterprise-attack.json"
_DATA = Path(os.environ.get("STACK_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
_PEER_SAMPLE = 20
"""Every so-manieth object goes to the peer, which is slower by far."""


def run() -> list[Figure]:
    """Objects of ATT&CK per second and core: validate alone, decode and validate, and stix2.parse."""
    path = _DATA / _BUNDLE
    if not path.exists():
        return []
    objects: list[dict[str, Any]] = orjson.loads(path.read_bytes())["objects"]
    texts = [orjson.dumps(obj) for obj in objects]
    sample = objects[::_PEER_SAMPLE]
    stix2: Any = importlib.import_module("stix2")
    peer = len(sample) / _best_of(2, lambda: [stix2.parse(obj, allow_custom=True) for obj in sample])
    alone = len(objects) / _best_of(5, lambda: [validate_object(obj) for obj in objects])
    whole = len(texts) / _best_of(5, lambda: [validate_object(orjson.loads(text)) for text in texts])
    baseline = "stix2.parse(allow_custom=True) of every 20th object"
    return [
        Figure("stix: validate, full rules", alone, "objects/s", baseline, peer, alone / peer),
        Figure("stix: decode JSON and validate", whole, "objects/s", baseline, peer, whole / peer),
    ]


def _best_of(times: int, work: Callable[[], object]) -> float:
    """The shortest CPU time in seconds: other processes on the machine only ever add to it."""
    measured = []
    for _ in range(times):
        begin = time.process_time()
        work()
        measured.append(time.process_time() - begin)
    return min(measured)
