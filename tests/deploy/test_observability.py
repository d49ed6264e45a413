"""Alerts and dashboard ask for metrics that there are, and every alert is tested and explained."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.core import measures
from stack.core.measures import Kind, list_families
from tests.deploy.tools import ROOT
from tests.services import report_absent

FOLDER = ROOT / "deploy" / "observability"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"][
    0
]["rules"]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
ALERTS = [rule["alert"] for rule in RULES]
FAMILIES = {family.name: family for family in list_families()}
# What Prometheus itself knows of every target.
OUTSIDE = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
ADDED_LABELS = {"instance", "job"}
_SELECTOR = re.compile(r"([a-z_]{2,}?)(_bucket|_sum|_count)?(?:\{([^}]*)\})?(?=[\[\s)/>=<*]|$)")
_GROUPING = re.compile(r"\b(?:by|on) \(([^)]*)\)")


def list_expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def list_metrics(expression: str) -> Iterator[tuple[str, str, set[str]]]:
    """Name, suffix and the labels that are asked for, of each selector."""
    for name, suffix, selector in _SELECTOR.findall(_GROUPING.sub("", expression)):
        if name.startswith(("stack_", "process_")) or name == "up":
            yield name, suffix, set(re.findall(r"([a-z_]+)(?==|!)", selector))


@pytest.mark.parametrize(("place", "expression"), list(list_expressions()))
def test_what_is_asked_for_is_there(place: str, expression: str) -> None:
    metrics = list(list_metrics(expression))
    assert metrics, f"{place} asks for nothing"
    possible = set(ADDED_LABELS)
    for name, suffix, labels in metrics:
        if name in OUTSIDE:
            continue
        family = FAMILIES[name]
        assert (suffix == "_bucket") == (family.kind is Kind.HISTOGRAM)
        assert labels <= {*family.labels, *ADDED_LABELS}
        possible |= {*family.labels, *(["le"] if suffix else [])}
        is_rate = bool(re.search(rf"(?:rate|increase)\({name}", expression))
        assert is_rate == (family.kind is not Kind.GAUGE), f"{name} is a {family.kind}"
    grouped = {label.strip() for group in _GROUPING.findall(expression) for label in group.split(",")}
    assert grouped <= possible


def test_every_metric_is_shown_and_documented() -> None:
    asked = {name for _, expression in list_expressions() for name, _, _ in list_metrics(expression)}
    assert sorted(FAMILIES.keys() - asked) == []
    documented = (ROOT / "docs" / "operations" / "monitoring.md").read_text(encoding="utf-8")
    for family in FAMILIES.values():
        labels = ", ".join(f"`{label}`" for label in family.labels)
        assert f"| `{family.name}` | {labels} |" in documented


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_is_explained(alert: str) -> None:
    runbook = (ROOT / "docs" / "operations" / "runbook.md").read_text(encoding="utf-8")
    [rule] = [rule for rule in RULES if rule["alert"] == alert]
    assert rule["annotations"]["runbook_url"] == f"docs/operations/runbook.md#{alert.lower()}"
    assert f"\n## {alert}\n" in runbook
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}


def test_the_runbook_explains_no_alert_that_is_not_there() -> None:
    runbook = (ROOT / "docs" / "operations" / "runbook.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^## (\w+)$", runbook) == ALERTS


def test_every_alert_is_tested_in_both_directions() -> None:
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
    outcomes = {
        (case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]
    }
    assert outcomes == {(alert, fires) for alert in ALERTS for fires in (True, False)}


def run_promtool(*words: str, given: str = "") -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        report_absent("promtool", "apt-get install prometheus")
    ran = subprocess.run(
        [promtool, *words],
        cwd=FOLDER,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.service("promtool")
def test_the_alerts_fire_when_they_should_and_not_otherwise() -> None:
    run_promtool("check", "rules", "alerts.yml")
    run_promtool("test", "rules", "alerts_test.yml")


@pytest.mark.service("promtool")
def test_prometheus_finds_no_fault_in_the_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    measures.start_measuring(tmp_path, identify=lambda: "test")
    measures.count_request("GET", route="/o/<uuid>", status=200, seconds=0.1)
    measures.count_attempt("ingest", queue="ingest", outcome="done", seconds=3)
    measures.count_records("new", 7)
    gauges = [
        (family, {("x",) * len(family.labels): 1.0})
        for family in list_families()
        if family.kind is Kind.GAUGE
    ]
    text, _ = measures.render_measures(gauges)
    measures.stop_measuring()
    run_promtool("check", "metrics", given=text.decode())


@pytest.mark.service("promtool")
def test_prometheus_can_read_what_the_dashboard_asks(tmp_path: Path) -> None:
    asked = [
        expression.replace("$__rate_interval", "5m")
        for place, expression in list_expressions()
        if place not in ALERTS
    ]
    rules = [
        {"record": f"dashboard:panel_{number}", "expr": expression} for number, expression in enumerate(asked)
    ]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    run_promtool("check", "rules", str(tmp_path / "rules.yml"))


def test_the_dashboard_is_what_its_description_writes() -> None:
    ran = subprocess.run([sys.executable, FOLDER / "dashboard.py", "--check"], timeout=60, check=False)
    assert ran.returncode == 0, "run python deploy/observability/dashboard.py"


def test_panels_neither_overlap_nor_share_a_number() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
