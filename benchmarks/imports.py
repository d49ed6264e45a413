"""MISP events in and out, in attributes a second of CPU time, beside misp-stix on the same events."""

import contextlib
import importlib
import io
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.figures import Figure
from stack.ingest.base import ParseOptions, Record
from stack.ingest.formats import list_parsers
from stack.ingest.streams import stream_bytes
from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.formats import list_exporters
from stack.sharing.exporting.losses import Losses

_DATA = Path(os.environ.get("STACK_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
_OPTIONS = ParseOptions(source="bench", filename="x.json", received="2026-01-01T00:00:00.000Z")


def run() -> list[Figure]:
    """Bytes to objects and objects to bytes; neither side writes to a store."""
    paths = sorted((_DATA / "misp").glob("*.json"))
    if not paths:
        return []
    files = [path.read_bytes() for path in paths]
    events = [event for data in files for event in _split(data)]
    attributes = sum(map(_count, events))
    texts = [_convert(data) for data in files]
    own_in = attributes / _best_of(5, lambda: [_convert(data) for data in files])
    own_out = attributes / _best_of(5, lambda: [_write(found) for found in texts])
    bundles: list[str] = []
    peer_in = attributes / _best_of(2, lambda: bundles.extend(_convert_by_peer(events)))
    peer_out = attributes / _best_of(2, lambda: _write_by_peer(bundles[: len(events)]))
    return [
        Figure(
            "imports: MISP events to STIX", own_in, "attributes/s", "misp-stix", peer_in, own_in / peer_in
        ),
        Figure(
            "exports: STIX to MISP events", own_out, "attributes/s", "misp-stix", peer_out, own_out / peer_out
        ),
    ]


def _convert(data: bytes) -> list[bytes]:
    items = list_parsers()["misp"].parse(stream_bytes(data), _OPTIONS)
    return [item.text for item in items if isinstance(item, Record)]


def _write(texts: list[bytes]) -> int:
    exporter = list_exporters()["misp"]
    items = map(Item, texts)
    pieces = exporter.write(items, options=ExportOptions(), occasion=Occasion(), losses=Losses())
    return sum(map(len, pieces))


def _convert_by_peer(events: list[dict[str, Any]]) -> Iterator[str]:
    make: Any = importlib.import_module("misp_stix_converter").MISPtoSTIX21Parser
    for event in events:
        with _quiet():
            parser = make()
            parser.parse_misp_event({"Event": json.loads(json.dumps(event))})
            yield parser.bundle.serialize()


def _write_by_peer(bundles: list[str]) -> None:
    package: Any = importlib.import_module("misp_stix_converter")
    load: Any = importlib.import_module("stix2").parse
    for text in bundles:
        with _quiet():
            parser = package.InternalSTIX2toMISPParser()
            parser.load_stix_bundle(load(text, allow_custom=True, interoperability=True))
            parser.parse_stix_bundle()
            parser.misp_event.to_json()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _split(data: bytes) -> list[dict[str, Any]]:
    found = orjson.loads(data)
    found = found.get("response", found)
    return [entry.get("Event", entry) for entry in (found if isinstance(found, list) else [found])]


def _count(event: dict[str, Any]) -> int:
    return len(event["Attribute"]) + sum(len(each["Attribute"]) for each in event.get("Object", []))


def _best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of CPU time of the fastest run, the first of which imports what it needs."""
    work()
    found = []
    for _ in range(times):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)
