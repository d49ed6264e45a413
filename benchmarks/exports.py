"""How many objects a second of computing each format takes, and how much memory a million of them."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson

from benchmarks.figures import Figure
from stack.sharing.exporting.base import ExporterPlugin, Item, Occasion
from stack.sharing.exporting.formats import find_exporter, list_exporters, read_options
from stack.sharing.exporting.losses import Losses

_COUNT = 20_000
_RULES = 500
_MILLION = 1_000_000
# Of these the figure is about what they are used for.
_CHOSEN = {"list": {"kind": "domain"}}
_YARA = 'rule n{0} {{ strings: $a = "text {0}" condition: $a }}'
_SIGMA = (
    "title: n{0}\nlogsource:\n  product: windows\ndetection:\n  s:\n    Image: n{0}.exe\n  condition: s\n"
)


def run() -> list[Figure]:
    """Items to bytes, without a database: what `stack export` adds to reading the store."""
    texts = [_make_text(number) for number in range(_COUNT)]
    rules = {
        "yara": [_make_rule(_YARA.format(number), "yara", number) for number in range(_RULES)],
        "sigma": [_make_rule(_SIGMA.format(number), "sigma", number) for number in range(_RULES)],
    }
    figures = []
    for name, exporter in list_exporters().items():
        used = rules.get(name, texts)
        rate = len(used) / min(_time(exporter, used) for _ in range(2))
        figures.append(Figure(f"exports: {name}", rate, "objects/s", "", None, None))
    figures.append(
        Figure(
            "exports: memory that a list of a million domains adds", _measure_memory(), "MiB", "", None, None
        )
    )
    return figures


def _time(exporter: ExporterPlugin, texts: list[bytes]) -> float:
    """Seconds of computing, of the sandboxed readers of YARA and Sigma too."""
    since = _count_seconds()
    _write(exporter, map(Item, texts))
    return _count_seconds() - since


def _count_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _write(exporter: ExporterPlugin, items: Iterator[Item]) -> int:
    options = read_options(exporter, _CHOSEN.get(exporter.name, {}))
    pieces = exporter.write(items, options=options, occasion=Occasion(), losses=Losses())
    return sum(map(len, pieces))


def _make_text(number: int) -> bytes:
    """Domains, addresses, URLs and hashes in turn, as feeds say them."""
    values = (
        f"domain-name:value = 'host{number}.bad{number % 97}.example'",
        f"ipv4-addr:value = '203.{number >> 8 & 255}.{number & 255}.{number % 251}'",
        f"url:value = 'http://host{number}.bad.example/path/{number}?id={number}'",
        f"file:hashes.'SHA-256' = '{number:064x}'",
    )
    return orjson.dumps(_indicator(f"[{values[number % 4]}]", "stix", number))


def _make_rule(text: str, language: str, number: int) -> bytes:
    return orjson.dumps(_indicator(text, language, number))


def _indicator(pattern: str, language: str, number: int) -> dict[str, object]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012x}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": f"Indicator {number}",
        "description": "Seen in traffic of infected machines",
        "pattern": pattern,
        "pattern_type": language,
        "valid_from": "2026-01-01T00:00:00Z",
        "labels": ["malware"],
        "confidence": 80,
    }


def _measure_memory() -> float:
    """In a process of its own, whose peak is its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.exports"], capture_output=True, text=True, check=True
    )
    return float(ended.stdout)


def _run_million() -> None:
    exporter = find_exporter("list")
    _write(exporter, map(Item, [_make_text(0)]))
    before = _read_peak()
    _write(exporter, (Item(_make_text(4 * number)) for number in range(_MILLION)))
    print((_read_peak() - before) / 1024)


def _read_peak() -> int:
    """KiB. Not `ru_maxrss`, which a process inherits from the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    _run_million()
