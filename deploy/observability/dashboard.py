"""Writes dashboard.json for Grafana from the description below: `python deploy/observability/dashboard.py`.

Standard library only. `--check` says whether the file is what this writes.
"""

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("dashboard.json")
_PROBES = 'route!~"/(livez|readyz|healthz|metrics)"'
_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 3

_RANGE = "$__rate_interval"


def _sum(metric: str, *by: str, where: str = "", function: str = "rate") -> str:
    """Of a counter: how much a second, or with `increase` in the interval."""
    grouped = f" by ({', '.join(by)}) " if by else ""
    return f"sum{grouped}({function}({metric}{{{where}}}[{_RANGE}]))"


def _quantile(metric: str, *by: str, where: str = "", share: float = 0.95) -> str:
    """Of a histogram: what that share of the observations stays below."""
    return f"histogram_quantile({share}, {_sum(f'{metric}_bucket', 'le', *by, where=where)})"


def _max(metric: str, *by: str) -> str:
    """Of a gauge that says the same in every process."""
    return f"max by ({', '.join(by)}) ({metric})" if by else f"max({metric})"


# (title, unit as Grafana calls it, [(expression, legend)]), by row.
Panel = tuple[str, str, list[tuple[str, str]]]
_TIME = "stack_request_duration_seconds"
_SHARES = ((0.5, "half"), (0.95, "95 %"), (0.99, "99 %"))
_FAILED = f'status=~"5..",{_PROBES}'
_QUERY_TIME = "stack_database_query_duration_seconds"

_HEALTH: list[Panel] = [
    ("Dependencies", "bool_on_off", [("min by (dependency) (stack_dependency_up)", "{{dependency}}")]),
    ("Time of their checks", "s", [(_max("stack_dependency_check_seconds", "dependency"), "{{dependency}}")]),
    ("Versions", "short", [("count by (version) (stack_build_info)", "{{version}}")]),
]
_REQUESTS: list[Panel] = [
    ("Requests", "reqps", [(_sum("stack_requests_total", "status", where=_PROBES), "{{status}}")]),
    (
        "Time to answer",
        "s",
        [(_quantile(_TIME, where=_PROBES, share=share), name) for share, name in _SHARES],
    ),
    ("Slowest (95 %)", "s", [(f"topk(8, {_quantile(_TIME, 'route', where=_PROBES)})", "{{route}}")]),
    ("Errors by route", "reqps", [(_sum("stack_requests_total", "route", where=_FAILED), "{{route}}")]),
    ("Refused by limits", "reqps", [(_sum("stack_rate_limit_refusals_total", "policy"), "{{policy}}")]),
    (
        "Errors in the log",
        "short",
        [(_sum("stack_log_errors_total", "instance", function="increase"), "{{instance}}")],
    ),
]
_INGEST: list[Panel] = [
    ("Records", "ops", [(_sum("stack_ingest_records_total", "outcome"), "{{outcome}}")]),
    ("Bytes read", "Bps", [(_sum("stack_ingest_read_bytes_total"), "read")]),
    ("Faults by rule", "ops", [(f"topk(10, {_sum('stack_ingest_faults_total', 'rule')})", "{{rule}}")]),
]
_JOBS: list[Panel] = [
    ("Due", "short", [(_max("stack_queue_due_jobs", "queue"), "{{queue}}")]),
    ("Age of the oldest due", "s", [(_max("stack_queue_oldest_due_age_seconds", "queue"), "{{queue}}")]),
    (
        "Running",
        "short",
        [
            (_max("stack_queue_running_jobs", "queue"), "{{queue}}"),
            (_max("stack_queue_expired_leases"), "lease ran out"),
        ],
    ),
    ("Attempts", "ops", [(_sum("stack_job_attempts_total", "kind", "outcome"), "{{kind}} {{outcome}}")]),
    ("Attempt (95 %)", "s", [(_quantile("stack_job_attempt_duration_seconds", "kind"), "{{kind}}")]),
    ("Dead", "short", [(_max("stack_queue_dead_jobs", "queue"), "{{queue}}")]),
]
_SEARCH: list[Panel] = [
    ("Time (95 %)", "s", [(_quantile("stack_search_duration_seconds", "kind"), "{{kind}}")]),
    ("Index behind the store", "s", [(_max("stack_index_lag_seconds"), "seconds")]),
    ("Changes not in the index", "short", [(_max("stack_index_lag_changes"), "changes")]),
]
_DATABASE: list[Panel] = [
    ("Statement (95 %)", "s", [(_quantile(_QUERY_TIME, "operation"), "{{operation}}")]),
    (
        "Connections",
        "short",
        [
            (_max("stack_database_connections", "state"), "{{state}}"),
            (_max("stack_database_connection_limit"), "limit"),
        ],
    ),
    (
        "Pools",
        "short",
        [
            ("sum by (state) (stack_database_pool_connections)", "{{state}}"),
            ("sum(stack_database_pool_waiting)", "waiting"),
        ],
    ),
    ("Replicas behind", "s", [(_max("stack_database_replica_lag_seconds", "replica"), "{{replica}}")]),
    ("Size of the database", "bytes", [(_max("stack_database_size_bytes"), "database")]),
    ("Cache", "ops", [(_sum("stack_cache_reads_total", "name", "outcome"), "{{name}} {{outcome}}")]),
    ("Audit log", "short", [(_max("stack_audit_records"), "records")]),
]
_PROCESSES: list[Panel] = [
    ("Memory", "bytes", [('process_resident_memory_bytes{job="stack"}', "{{instance}}")]),
    (
        "Processor time",
        "percentunit",
        [(f'rate(process_cpu_seconds_total{{job="stack"}}[{_RANGE}])', "{{instance}}")],
    ),
    (
        "Disk of the data folder",
        "bytes",
        [
            ("min by (instance) (stack_disk_free_bytes)", "{{instance}} free"),
            ("min by (instance) (stack_disk_size_bytes)", "{{instance}} in all"),
        ],
    ),
]
ROWS: list[tuple[str, list[Panel]]] = [
    ("Health", _HEALTH),
    ("Requests", _REQUESTS),
    ("Ingest", _INGEST),
    ("Jobs", _JOBS),
    ("Search", _SEARCH),
    ("Database and cache", _DATABASE),
    ("Processes", _PROCESSES),
]


def describe_dashboard() -> dict[str, Any]:
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in ROWS:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "gridPos": _place(0, top, 24, 1),
                "panels": [],
            }
        )
        top += 1
        for index, panel in enumerate(row):
            column, line = index % _COLUMNS, index // _COLUMNS
            place = _place(column * _WIDTH, top + line * _HEIGHT, _WIDTH, _HEIGHT)
            panels.append(_describe_panel(len(panels) + 1, panel, place))
        top += -(-len(row) // _COLUMNS) * _HEIGHT
    return {
        "uid": "stack-overview",
        "title": "Stack",
        "tags": ["stack"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
            ]
        },
        "panels": panels,
    }


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _describe_panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    title, unit, queries = panel
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "datasource": source,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": source, "expr": expression, "legendFormat": legend}
            for index, (expression, legend) in enumerate(queries)
        ],
    }


def main() -> int:
    text = json.dumps(describe_dashboard(), indent=2) + "\n"
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
