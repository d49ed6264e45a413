"""The URL engine: speed, and how well the form of a URL tells reported ones from cited ones.

Malicious are the URLs of patterns in published reports, benign those that ATT&CK and Sigma cite. Both are
what analysts handle; neither is what people browse. Nothing is known of the host but its name: lists, store
and DNS are left out, so that it is the form alone that is measured.
"""

import json
import math
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.analysis.names import measure_codes, weigh
from benchmarks.analysis.plain_tools import PlainTools
from benchmarks.figures import Figure
from stack.analysis.answers import Answer
from stack.analysis.subjects import Subject
from stack.analysis.urls.analysing import analyze_link
from stack.core.errors import BadInput

_DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
_PATTERN_URL: Final = re.compile(r"url:value\s*=\s*'((?:[^'\\]|\\.)+)'")
_CITED: Final = re.compile(r"https?://[^\s\"'<>)]+")
# Two whole bits of suspicion: about what one STRONG piece of evidence weighs.
_CUT: Final = 2.0


def read_reported_urls() -> list[str]:
    """URLs of patterns and of MISP's attributes, each once, where there is a path."""
    found: dict[str, None] = {}
    for path in sorted((_DATA / "stix21").glob("*.json")) + sorted((_DATA / "stix20").rglob("*.json")):
        for value in _PATTERN_URL.findall(path.read_text(encoding="utf-8").replace("\\'", "'")):
            found[value.replace("&amp;", "&")] = None
    for path in sorted((_DATA / "misp").glob("*.json")):
        found |= dict.fromkeys(_list_misp_urls(json.loads(path.read_text(encoding="utf-8"))))
    return [url for url in found if _has_path(url)]


def read_cited_urls() -> list[str]:
    """What ATT&CK's objects and Sigma's rules refer to, each once."""
    found: dict[str, None] = {}
    for path in [*sorted((_DATA / "attack").glob("*.json")), *sorted((_DATA / "sigma").rglob("*.yml"))]:
        text = path.read_text(encoding="utf-8").replace("\\n", " ").replace("\\", "")
        found |= dict.fromkeys(_CITED.findall(text))
    return [url for url in found if _has_path(url)]


def _list_misp_urls(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "url" and node.get("to_ids") and isinstance(node.get("value"), str):
            yield node["value"]
        for child in node.values():
            yield from _list_misp_urls(child)
    elif isinstance(node, list):
        for child in node:
            yield from _list_misp_urls(child)


def _has_path(url: str) -> bool:
    return bool(url.partition("://")[2 if "://" in url else 0].partition("/")[2])


def analyze_all(urls: Iterable[str]) -> list[Answer]:
    answers = []
    for url in urls:
        try:
            answers.append(analyze_link(Subject(kind="url", value=url), PlainTools()))
        except BadInput:
            continue
    return answers


def measure_urls(*, repeats: int = 1) -> list[Figure]:
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

    if not _DATA.exists():
        return [Figure("URL engine: real URLs", 0, "", "no data sets here", None, None)]
    reported, cited = read_reported_urls(), read_cited_urls()
    begin = time.process_time()
    for _ in range(repeats):
        bad, good = analyze_all(reported), analyze_all(cited)
    seconds = (time.process_time() - begin) / repeats
    scores = [weigh(answer) for answer in [*bad, *good]]
    sides = [1] * len(bad) + [0] * len(good)
    plain = [float(len(url)) for url in [*reported[: len(bad)], *cited[: len(good)]]]
    found = sum(score >= _CUT for score in scores[: len(bad)]) / len(bad)
    alarms = sum(score >= _CUT for score in scores[len(bad) :]) / len(good)
    # Reported URLs are the shorter ones: length is cut where it alarms as seldom.
    longest = sorted(plain[len(bad) :])[int(alarms * len(good))]
    plain_found = sum(value < longest for value in plain[: len(bad)]) / len(bad)
    auc, plain_auc = float(roc_auc_score(sides, scores)), float(roc_auc_score(sides, plain))
    plain_auc = max(plain_auc, 1 - plain_auc)
    return [
        Figure("URL engine: analyses", (len(bad) + len(good)) / seconds, "/s", "", None, None),
        Figure("URL engine: AUC by form alone", auc, "of 1", "length", plain_auc, auc / plain_auc),
        Figure("URL engine: recall by form alone", found, "of 1", "length", plain_found, found / plain_found),
        Figure(
            "URL engine: false alarms by form alone", alarms, "of 1", f"{len(good)} cited URLs", None, None
        ),
        Figure(
            "URL engine: precision, equal sides", found / max(found + alarms, 1e-9), "of 1", "", None, None
        ),
    ]


def main() -> None:
    for figure in measure_urls():
        print(f"{figure.name:<60} {figure.value:.4f} {figure.baseline} {figure.baseline_value or ''}")
    bad, good = analyze_all(read_reported_urls()), analyze_all(read_cited_urls())
    for code, one, other in measure_codes(bad, good):
        ratio = math.log((one * len(bad) + 0.5) / len(bad) / ((other * len(good) + 0.5) / len(good)))
        print(f"{code:<44} {one:8.3%} {other:8.3%} {ratio:6.2f}")


if __name__ == "__main__":
    main()
