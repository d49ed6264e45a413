"""Spans of traces, for rooms that know nothing of who collects them.

`span(…)` does nothing until a tracer is installed (`config.telemetry`, when STACK_OTLP_ENDPOINT is set). A
`traceparent` is the text of W3C Trace Context (https://www.w3.org/TR/trace-context/): 55 characters that
carry a trace over a network or through a job.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

Attribute = str | int | float | bool
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Span(Protocol):
    """One that is open."""

    def rename(self, name: str) -> None: ...

    def describe(self, **attributes: Attribute) -> None: ...


class _Silent:
    """The span of where nothing is traced."""

    def rename(self, name: str) -> None: ...

    def describe(self, **attributes: Attribute) -> None: ...


_NOTHING: AbstractContextManager[Span] = nullcontext(_Silent())


class Tracer(Protocol):
    """Who collects spans; never raises, whatever becomes of them."""

    def open_span(
        self, name: str, *, kind: str, parent: str, attributes: dict[str, Attribute]
    ) -> AbstractContextManager[Span]:
        """A span in the current one, or in that of `parent`, a traceparent. `kind`: as `span`."""

    def current_traceparent(self) -> str: ...


_tracer: Tracer | None = None
_job: ContextVar[int | None] = ContextVar("job", default=None)


def install_tracer(tracer: Tracer | None) -> None:
    """Makes `tracer` the one that every span goes to; None ends that."""
    global _tracer  # noqa: PLW0603 - one per process
    _tracer = tracer


def span(
    name: str, *, kind: str = "internal", parent: str = "", **attributes: Attribute
) -> AbstractContextManager[Span]:
    """Times the block as `name`, a few words of the code: no value of a user, nothing secret.

    `kind`: internal, server (a request that came), client (one that goes out), producer or consumer of a job.
    """
    if _tracer is None:
        return _NOTHING
    return _tracer.open_span(name, kind=kind, parent=parent, attributes=attributes)


def current_traceparent() -> str:
    """What carries the current trace to another process; empty where nothing is traced."""
    return "" if _tracer is None else _tracer.current_traceparent()


def clean_traceparent(text: str) -> str:
    """The text where it is a traceparent of version 00, which strangers may have written; else nothing."""
    return text if _TRACEPARENT.fullmatch(text) else ""


@contextmanager
def working_on(job_id: int) -> Iterator[None]:
    """Lines of the log that are written inside the block name the job."""
    token = _job.set(job_id)
    try:
        yield
    finally:
        _job.reset(token)


def current_job() -> int | None:
    return _job.get()
