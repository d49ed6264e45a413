"""The domain engine: speed, how often each trick is seen on either side, the score of made-up names.

Reported are names of published reports, visited those of Chrome's list. A reported name may be a site that
was broken into, and a visited one may be bad: the shares are lower and upper bounds.
`python -m benchmarks.analysis.names` prints the table that stands in docs/analysis.md.
"""

import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.analysis.plain_tools import PlainTools
from benchmarks.figures import Figure
from stack.analysis.answers import Answer
from stack.analysis.names.algorithmic import load_model
from stack.analysis.names.analysing import analyze_domain
from stack.analysis.names.parts import split_name
from stack.core.errors import BadInput
from stack.core.known_good.lists import find_package_lists, read_list

_DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
_PATTERN_NAME: Final = re.compile(r"(?:domain-name|url):value\s*=\s*'((?:[^'\\]|\\.)+)'")
_VISITED: Final = "google-chrome-crux-1million"
_NAMES: Final = 30_000


def read_reported_names() -> list[str]:
    """Hosts of patterns and of MISP's attributes, each once."""
    found: dict[str, None] = {}
    for path in sorted((_DATA / "stix21").glob("*.json")) + sorted((_DATA / "stix20").rglob("*.json")):
        found |= dict.fromkeys(_PATTERN_NAME.findall(path.read_text(encoding="utf-8").replace("\\'", "'")))
    for path in sorted((_DATA / "misp").glob("*.json")):
        found |= dict.fromkeys(_list_misp_names(json.loads(path.read_text(encoding="utf-8"))))
    return _read_hosts(found)


def read_visited_names(*, number: int = _NAMES) -> list[str]:
    values = read_list(find_package_lists() / _VISITED / "list.json", is_own=False).values
    random.Random(3).shuffle(values)
    return _read_hosts(values[:number])


def _list_misp_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") in {"domain", "hostname", "url"} and node.get("to_ids"):
            yield str(node.get("value"))
        for child in node.values():
            yield from _list_misp_names(child)
    elif isinstance(node, list):
        for child in node:
            yield from _list_misp_names(child)


def _read_hosts(values: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        host = value.rpartition("://")[2].partition("/")[0].partition(":")[0]
        try:
            parts = split_name(host)
        except ValueError:
            continue
        if parts.registered and parts.is_suffix_known:
            found[parts.host] = None
    return list(found)


def analyze_all(names: Iterable[str]) -> list[Answer]:
    answers = []
    for name in names:
        try:
            answers.append(analyze_domain(name, PlainTools()))
        except BadInput:
            continue
    return answers


def measure_codes(bad: list[Answer], good: list[Answer]) -> list[tuple[str, float, float]]:
    """Each code with its share of either side."""
    counts = [
        Counter(code for answer in side for code in {each.code for each in answer.evidence})
        for side in (bad, good)
    ]
    codes = sorted(set(counts[0]) | set(counts[1]), key=lambda code: -counts[0][code])
    return [(code, counts[0][code] / len(bad), counts[1][code] / len(good)) for code in codes]


def weigh(answer: Answer) -> float:
    """The strongest of each group, added up: what the verdict would make of it, nearly."""
    groups: dict[str, float] = {}
    for each in answer.evidence:
        group = each.group or each.code
        groups[group] = max(groups.get(group, 0.0), each.weight)
    return sum(groups.values())


def measure_names() -> list[Figure]:
    visited = read_visited_names()
    begin = time.process_time()
    good = analyze_all(visited)
    speed = len(good) / (time.process_time() - begin)
    alarms = sum(weigh(answer) >= 2.2 for answer in good) / len(good)
    figures = [
        Figure("domain engine: analyses", speed, "/s", "", None, None),
        Figure(
            "domain engine: suspicious of visited names", alarms, "of 1", f"{len(good)} names", None, None
        ),
    ]
    held = load_model().figures
    for name, unit, plain in (
        ("auc", "of 1", "entropy"),
        ("recall", "of 1", "entropy"),
        ("precision", "of 1", ""),
    ):
        value, baseline = held[f"family_{name}"], held.get(f"family_{plain}_{name}")
        ratio = value / baseline if baseline else None
        figures.append(
            Figure(f"made-up names, families held out: {name}", value, unit, plain, baseline, ratio)
        )
    figures.append(
        Figure(
            "made-up names out of word lists: recall",
            held["words_recall"],
            "of 1",
            "not recognised",
            None,
            None,
        )
    )
    if _DATA.exists():
        bad = analyze_all(read_reported_names())
        found = sum(weigh(answer) >= 2.2 for answer in bad) / len(bad)
        figures.append(
            Figure(
                "domain engine: suspicious of reported names", found, "of 1", f"{len(bad)} names", None, None
            )
        )
    return figures


def main() -> None:
    for figure in measure_names():
        print(f"{figure.name:<60} {figure.value:.4f} {figure.baseline} {figure.baseline_value or ''}")
    bad, good = analyze_all(read_reported_names()), analyze_all(read_visited_names())
    for code, one, other in measure_codes(bad, good):
        ratio = math.log((one * len(bad) + 0.5) / len(bad) / ((other * len(good) + 0.5) / len(good)))
        print(f"{code:<44} {one:8.3%} {other:8.3%} {ratio:6.2f}")


if __name__ == "__main__":
    main()
