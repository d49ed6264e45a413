"""Spans reach an OpenTelemetry collector, hold nothing of anybody, and carry on through jobs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pytest_django.fixtures import Settings

from stack.accounts.models import Organisation
from stack.config.environment import SettingError
from stack.config.telemetry import begin_tracing
from stack.core.addresses import read_networks
from stack.core.tracing import current_traceparent, install_tracer, span
from stack.ingest.operations import accept_upload
from stack.jobs.models import Job
from stack.jobs.queues import Queue
from stack.jobs.work import Worker, serve_next
from stack.search.queries import search_objects
from tests.integration.config.receiver import Received, receiving
from tests.people import make_principal

pytestmark = pytest.mark.django_db
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
Read = Callable[[], dict[str, Span]]


@pytest.fixture
def collector() -> Iterator[Received]:
    with receiving() as received:
        yield received


@pytest.fixture
def read(collector: Received, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Read]:
    """Sends what waits, and gives the spans by their name."""
    headers = tmp_path / "headers"
    headers.write_text("Authorization: Bearer collector-secret\n")
    monkeypatch.setenv("STACK_OTLP_ENDPOINT", collector.address)
    monkeypatch.setenv("STACK_OTLP_HEADERS_FILE", str(headers))
    provider = begin_tracing("web", environment="testing")
    assert provider is not None

    def read_spans() -> dict[str, Span]:
        provider.force_flush()
        return {each.name: each for each in _decode(collector)}

    yield read_spans
    install_tracer(None)
    provider.shutdown()


def _decode(collector: Received) -> Iterator[Span]:
    for body in collector.bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                yield from scope.spans


def attributes_of(span: Span) -> dict[str, Any]:
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in span.attributes}


def test_a_request_is_a_span_named_by_its_route(client: Client, read: Read, collector: Received) -> None:
    client.get("/o/malware/0b1bdf0c-97b6-4d15-b1c7-2f6de2a3f5b1?q=hunter22", headers={"X-Key": "hunter22"})
    client.get("/nowhere/hunter22")
    [name] = [name for name in read() if name != "GET none"]
    found = read()[name]
    assert name.startswith("GET /")
    assert found.kind == Span.SPAN_KIND_SERVER
    told = attributes_of(found)
    assert told["http.response.status_code"] in {302, 404}
    assert told["http.route"] == name.removeprefix("GET ")
    path, headers, _ = collector.posts[0]
    assert (path, headers["authorization"]) == ("/v1/traces", "Bearer collector-secret")
    everything = b"".join(collector.bodies)
    assert b"hunter22" not in everything
    assert b"0b1bdf0c" not in everything
    assert b"127.0.0.1" not in everything


def test_a_job_goes_on_in_the_trace_of_what_queued_it(read: Read) -> None:
    ann = make_principal("ann", Organisation.objects.create(name="Blue"))
    with span("POST /ingest", kind="server"):
        job = accept_upload(ann, chunks=[b"192.0.2.1\n"], filename="list.txt")
    assert Job.objects.get(pk=job.id).traceparent
    assert current_traceparent() == ""
    assert serve_next(Worker(), queues=(Queue.INGEST,))
    search_objects(ann, query="loader")
    spans = read()
    assert {"POST /ingest", "job ingest", "ingest batch", "store write", "search"} <= spans.keys()
    request, ran, batch, write = (
        spans[name] for name in ("POST /ingest", "job ingest", "ingest batch", "store write")
    )
    assert {request.trace_id} == {ran.trace_id, batch.trace_id, write.trace_id}
    assert (ran.parent_span_id, batch.parent_span_id, write.parent_span_id) == (
        request.span_id,
        ran.span_id,
        batch.span_id,
    )
    assert attributes_of(ran) == {"job": job.id, "attempt": 1, "outcome": "done"}
    assert spans["search"].trace_id != request.trace_id


@pytest.mark.parametrize("is_proxy", [True, False])
def test_a_trace_is_taken_on_from_a_known_proxy_only(
    client: Client, read: Read, settings: Settings, is_proxy: bool
) -> None:
    settings.TRUSTED_PROXIES = read_networks(["127.0.0.1"]) if is_proxy else ()
    client.get("/sign-in", headers={"traceparent": PARENT})
    assert (read()["GET /sign-in"].trace_id.hex() == TRACE) == is_proxy


def test_an_error_is_named_by_its_type_alone(read: Read, collector: Received) -> None:
    with pytest.raises(ValueError), span("work"):
        raise ValueError("hunter22")
    found = read()["work"]
    assert attributes_of(found) == {"error.type": "ValueError"}
    assert found.status.code == 2
    assert b"hunter22" not in b"".join(collector.bodies)


def test_without_the_setting_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK_OTLP_ENDPOINT", raising=False)
    assert begin_tracing("web", environment="testing") is None
    with span("work"):
        assert current_traceparent() == ""


@pytest.mark.parametrize(
    "endpoint", ["collector:4318", "grpc://collector:4317", "https://me:pw@host/v1/traces"]
)
def test_an_endpoint_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("STACK_OTLP_ENDPOINT", endpoint)
    with pytest.raises(SettingError, match="STACK_OTLP_ENDPOINT: expected http://host:4318"):
        begin_tracing("web", environment="testing")


def test_a_headers_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STACK_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setenv("STACK_OTLP_HEADERS_FILE", str(tmp_path / "gone"))
    with pytest.raises(SettingError, match="STACK_OTLP_HEADERS_FILE: cannot read"):
        begin_tracing("web", environment="testing")
    (tmp_path / "gone").write_text("no colon")
    with pytest.raises(SettingError, match="line 1: expected Name: value"):
        begin_tracing("web", environment="testing")
