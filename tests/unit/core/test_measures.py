"""Counts of all processes come together, under names that Prometheus expects, in few sets of labels."""

import multiprocessing
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.core import measures
from stack.core.measures import Kind


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    measures.start_measuring(tmp_path, identify=lambda: f"test-{os.getpid()}")
    yield tmp_path
    measures.stop_measuring()


def rendered() -> str:
    return measures.render_measures([])[0].decode()


@pytest.mark.parametrize("family", measures.list_families(), ids=lambda family: family.name)
def test_names_follow_the_conventions(family: measures.Family) -> None:
    assert re.fullmatch(r"stack(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind is Kind.COUNTER)
    assert family.kind is not Kind.HISTOGRAM or family.name.endswith("_seconds")
    assert not re.search(r"_(ms|us|minutes|mb|kb)(_|$)", family.name)
    assert family.help
    # An id, a path, an address or a name of somebody has no end of values.
    assert not {"id", "path", "url", "user", "organisation", "source", "address", "query"} & {*family.labels}


def test_names_are_given_once() -> None:
    names = [family.name for family in measures.list_families()]
    assert len({*names}) == len(names)


def test_nothing_is_counted_before_the_start() -> None:
    measures.stop_measuring()
    measures.count_request("GET", route="/", status=200, seconds=0.1)
    assert not measures.is_measuring()


@pytest.mark.usefixtures("folder")
def test_a_request_is_counted_and_timed() -> None:
    for seconds in (0.003, 0.2):
        measures.count_request("GET", route="/o/<uuid>", status=200, seconds=seconds)
    text = rendered()
    assert 'stack_requests_total{method="GET",route="/o/<uuid>",status="200"} 2.0' in text
    bucket = 'stack_request_duration_seconds_bucket{le="0.005",method="GET",route="/o/<uuid>"} 1.0'
    assert bucket in text
    assert 'stack_request_duration_seconds_count{method="GET",route="/o/<uuid>"} 2.0' in text


@pytest.mark.usefixtures("folder")
def test_every_count_shows() -> None:
    measures.count_refusal("reads")
    measures.count_attempt("ingest", queue="ingest", outcome="done", seconds=3)
    measures.count_records("new", 7)
    measures.count_faults("required", 2)
    measures.count_read_bytes(100)
    measures.count_cache_read("facets", outcome="hit")
    measures.time_search("lookup", seconds=0.001)
    measures.time_query("select", seconds=0.001)
    measures.count_error()
    text = rendered()
    shown = {family.name for family in measures.list_families() if f"# TYPE {family.name}" in text}
    counted = {family.name for family in measures.list_families() if family.kind is not Kind.GAUGE}
    assert counted - shown == {"stack_requests_total", "stack_request_duration_seconds"}
    assert 'stack_ingest_records_total{outcome="new"} 7.0' in text


@pytest.mark.usefixtures("folder")
def test_labels_without_end_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "LABEL_SETS", 3)
    for number in range(10):
        measures.count_faults(f"rule-{number}")
    lines = [line for line in rendered().splitlines() if line.startswith("stack_ingest_faults_total{")]
    assert len(lines) == 4
    assert 'stack_ingest_faults_total{rule="other"} 7.0' in lines


@pytest.mark.usefixtures("folder")
def test_children_of_a_process_count_with_it() -> None:
    """As in the pool of a worker: what was counted before the fork is not counted twice."""
    measures.count_records("new", 1)
    children = [
        multiprocessing.get_context("fork").Process(target=measures.count_records, args=("new", 10))
        for _ in range(3)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert 'stack_ingest_records_total{outcome="new"} 31.0' in rendered()


def test_a_child_goes_on_where_one_of_its_name_ended(folder: Path) -> None:
    for _ in range(2):
        measures.start_measuring(folder, identify=lambda: "pool-1")
        measures.count_records("new", 5)
    assert 'stack_ingest_records_total{outcome="new"} 10.0' in rendered()
    assert len([*folder.glob("counter_pool-*")]) == 1


def test_gauges_show_as_they_were_read() -> None:
    text, media_type = measures.render_measures([(measures.QUEUE_DUE, {("ingest",): 4, ("default",): 0})])
    assert b'stack_queue_due_jobs{queue="ingest"} 4.0' in text
    assert media_type.startswith("text/plain")
