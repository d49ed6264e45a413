"""`STACK_OTLP_ENDPOINT`: spans are sent to an OpenTelemetry collector, as protobuf over HTTP.

Nothing of OpenTelemetry is imported without it. A collector that is away costs nothing but its spans: they
are sent by a thread in batches, and dropped where too many wait.
"""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from stack import __version__
from stack.config.environment import SettingError, read_text
from stack.core.tracing import Attribute, Span, install_tracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_PATH: Final = "/v1/traces"
_TIMEOUT_S: Final = 5


def begin_tracing(role: str, *, environment: str) -> "TracerProvider | None":
    """Sends spans from now on, where `STACK_OTLP_ENDPOINT` says to whom; `role` names this process.

    To be called once a process, and again in each child after a fork: threads do not come along.
    """
    endpoint = read_text("STACK_OTLP_ENDPOINT")
    if not endpoint:
        return None
    address = _complete(endpoint)
    headers = read_headers(read_text("STACK_OTLP_HEADERS_FILE"))
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingError(
            "STACK_OTLP_ENDPOINT", "needs the packages of the extra “scale”: pip install stack-cti[scale]"
        ) from None
    resource = Resource(
        {
            "service.name": "stack",
            "service.version": __version__,
            "service.instance.id": f"{platform.node()}:{os.getpid()}",
            "stack.role": role,
            "deployment.environment.name": environment,
        }
    )
    provider = TracerProvider(resource=resource, shutdown_on_exit=True)
    exporter = OTLPSpanExporter(endpoint=address, headers=dict(headers), timeout=_TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    install_tracer(_OtlpTracer(provider))
    return provider


def _complete(endpoint: str) -> str:
    """The address of the traces; a collector's own, without a path, gets the one of the specification."""
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise SettingError(
            "STACK_OTLP_ENDPOINT",
            "expected http://host:4318 or https://host/v1/traces; credentials go to STACK_OTLP_HEADERS_FILE",
        )
    return endpoint if parts.path.strip("/") else endpoint.rstrip("/") + _PATH


def read_headers(path: str) -> Mapping[str, str]:
    """The file has a header a line, as in `Authorization: Bearer …`."""
    if not path:
        return {}
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError("STACK_OTLP_HEADERS_FILE", f"cannot read {path}: {error.strerror}") from None
    headers = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            name, colon, value = line.partition(":")
            if not colon:
                raise SettingError("STACK_OTLP_HEADERS_FILE", f"line {number}: expected Name: value")
            headers[name.strip().lower()] = value.strip()
    return headers


class _OtlpSpan:
    def __init__(self, span: Any) -> None:
        self._span = span

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def describe(self, **attributes: Attribute) -> None:
        self._span.set_attributes(attributes)


class _OtlpTracer:
    """Says spans to OpenTelemetry, without the words of an exception: those may hold what a user wrote."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = provider.get_tracer("stack", __version__)
        self._kinds = {kind.name.lower(): kind for kind in SpanKind}
        self._propagator = TraceContextTextMapPropagator()
        self._failed = Status(StatusCode.ERROR)

    @contextmanager
    def open_span(
        self, name: str, *, kind: str, parent: str, attributes: dict[str, Attribute]
    ) -> Iterator[Span]:
        context = self._propagator.extract({"traceparent": parent}) if parent else None
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=self._kinds[kind],
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield _OtlpSpan(span)
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(self._failed)
                raise

    def current_traceparent(self) -> str:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent", "")
