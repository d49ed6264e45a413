"""Parsing of STIX patterns, and the keys of indicators, beside stix2-patterns on the same patterns."""

import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.figures import Figure
from stack.stix.observables.keys import derive_keys
from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.parser import parse_pattern

_DATA = Path(os.environ.get("STACK_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
_BUNDLES = {
    "stix21/indicators.json": "an indicator, its pattern parsed",
    "attack/enterprise-attack.json": "an object of ATT&CK",
}
_PEER_SAMPLE = 5
"""Every so-manieth pattern goes to the peer, which is slower by far."""


def run() -> list[Figure]:
    """Patterns of public data per second and core, the invalid ones included; keys derived per second."""
    path = _DATA / "stix21/patterns.txt"
    if not path.exists():
        return []
    patterns = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    sample = patterns[::_PEER_SAMPLE]
    validate: Any = importlib.import_module("stix2patterns.validator").run_validator
    peer = len(sample) / _best_of(2, lambda: [_judge(validate, text) for text in sample])
    own = len(patterns) / _best_of(5, lambda: [_is_accepted(text) for text in patterns])
    figures = [
        Figure("patterns: parse", own, "patterns/s", "stix2-patterns, every 5th pattern", peer, own / peer),
    ]
    for file, name in _BUNDLES.items():
        figures += _measure_keys(_DATA / file, name)
    return figures


def _measure_keys(path: Path, name: str) -> list[Figure]:
    if not path.exists():
        return []
    objects: list[dict[str, Any]] = orjson.loads(path.read_bytes())["objects"]
    seconds = _best_of(5, lambda: [derive_keys(obj) for obj in objects]) / len(objects)
    return [Figure(f"keys: derive from {name}", seconds * 1e6, "us", "", None, None)]


def _is_accepted(text: str) -> bool:
    try:
        parse_pattern(text)
    except PatternError:
        return False
    return True


def _judge(validate: Callable[..., list[str]], text: str) -> bool:
    try:
        return not validate(text, stix_version="2.1")
    except RecursionError:  # its answer to a chain of a thousand operands
        return False


def _best_of(times: int, work: Callable[[], object]) -> float:
    """The shortest CPU time in seconds, after one round that does not count."""
    work()
    measured = []
    for _ in range(times):
        begin = time.process_time()
        work()
        measured.append(time.process_time() - begin)
    return min(measured)
