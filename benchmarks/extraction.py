"""Indicators out of running text: speed, recall on labelled reports, and hostile text.

ioc-finder stands beside it where it is installed (`pip install ioc-finder`): the project does not need it.
"""

import importlib
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from stack.stix.observables.candidates import candidates
from stack.stix.observables.detect import detect
from stack.stix.observables.extract import extract_observables

_REPORTS = Path(__file__).resolve().parents[1] / "tests" / "golden" / "extraction"
_REPEATS = 40
_PEER_REPEATS = 4
_PEER = "ioc-finder"
_PEER_KINDS = {"ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "cve"}
"""What both look for; the peer is not blamed for what it does not claim to find."""
_HOSTILE = ("a", "a.", "[.]", "a@", "1.2.3.4 ", "http://a,", "::", "\\", "x.com/", "w.a(", "hxxp", "日本")
_HOSTILE_LENGTH = 1_000_000


def run() -> list[Figure]:
    reports = {path: path.read_text(encoding="utf-8") for path in sorted(_REPORTS.glob("*.txt"))}
    labels = [tuple(line.split("\t", 1)) for path in reports for line in _read_labels(path)]
    text = "\n\n".join(reports.values())
    speed = _measure_speed(text * _REPEATS, extract_observables)
    found = {(str(item.observable.kind), item.observable.value) for item in extract_observables(text)}
    recall = sum(label in found for label in labels) / len(labels)
    peer_speed, peer_recall = _measure_peer(text, labels)
    hostile = max(_time_hostile(unit) for unit in _HOSTILE)
    return [
        _compare("extraction: labelled reports", speed, "MB/s", peer_speed),
        _compare("extraction: recall on labelled reports", recall, "of 1", peer_recall),
        Figure("extraction: slowest hostile text of 1 MB", hostile * 1000, "ms", "", None, None),
        Figure("look-up: detect a value", _time_each(detect, labels), "us", "", None, None),
        Figure("look-up: all candidates of a value", _time_each(candidates, labels), "us", "", None, None),
    ]


def _compare(name: str, value: float, unit: str, peer: float | None) -> Figure:
    if peer is None:
        return Figure(name, value, unit, f"{_PEER} is not installed", None, None)
    return Figure(name, value, unit, _PEER, peer, value / peer)


def _read_labels(report: Path) -> list[str]:
    return report.with_suffix(".tsv").read_text(encoding="utf-8").splitlines()


def _measure_speed(text: str, work: Callable[[str], object]) -> float:
    """Megabytes a second and core, best of three."""
    measured = []
    for _ in range(3):
        begin = time.process_time()
        work(text)
        measured.append(time.process_time() - begin)
    return len(text.encode()) / min(measured) / 1e6


def _measure_peer(text: str, labels: list[tuple[str, ...]]) -> tuple[float | None, float | None]:
    if importlib.util.find_spec("ioc_finder") is None:
        return None, None
    find_iocs: Any = importlib.import_module("ioc_finder").find_iocs
    found = {str(value).lower() for values in find_iocs(text).values() for value in values}
    wanted = [value.lower() for kind, value in labels if kind in _PEER_KINDS]
    recall = sum(value in found or value.rstrip("/") in found for value in wanted) / len(wanted)
    return _measure_speed(text * _PEER_REPEATS, find_iocs), recall


def _time_hostile(unit: str) -> float:
    text = (unit * _HOSTILE_LENGTH)[:_HOSTILE_LENGTH]
    begin = time.process_time()
    extract_observables(text)
    return time.process_time() - begin


def _time_each(work: Callable[[str], object], labels: list[tuple[str, ...]]) -> float:
    values = [value for _, value in labels] * 50
    begin = time.process_time()
    for value in values:
        work(value)
    return (time.process_time() - begin) / len(values) * 1e6
