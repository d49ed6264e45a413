"""Without a tracer spans cost nothing; with one they reach it. Strangers' trace contexts are looked at."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stack.core import tracing
from stack.core.tracing import (
    Attribute,
    Span,
    clean_traceparent,
    current_job,
    install_tracer,
    span,
    working_on,
)

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Notes:
    def __init__(self) -> None:
        self.opened: list[tuple[str, str, str]] = []
        self.told: dict[str, Attribute] = {}

    def rename(self, name: str) -> None:
        self.told["name"] = name

    def describe(self, **attributes: Attribute) -> None:
        self.told |= attributes

    @contextmanager
    def open_span(
        self, name: str, *, kind: str, parent: str, attributes: dict[str, Attribute]
    ) -> Iterator[Span]:
        self.opened.append((name, kind, parent))
        self.told |= attributes
        yield self

    def current_traceparent(self) -> str:
        return PARENT


def test_without_a_tracer_nothing_happens() -> None:
    install_tracer(None)
    with span("work", records=3) as current:
        current.rename("other")
        current.describe(more=1)
    assert tracing.current_traceparent() == ""


def test_a_span_goes_to_the_tracer() -> None:
    notes = Notes()
    install_tracer(notes)
    try:
        with span("job ingest", kind="consumer", parent=PARENT, attempt=2) as current:
            current.describe(done=True)
        assert notes.opened == [("job ingest", "consumer", PARENT)]
        assert notes.told == {"attempt": 2, "done": True}
        assert tracing.current_traceparent() == PARENT
    finally:
        install_tracer(None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PARENT.upper(),
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
        PARENT[:-1],
        PARENT + "-x",
        "01" + PARENT[2:],
        PARENT + "\n",
    ],
)
def test_what_is_no_traceparent_is_dropped(text: str) -> None:
    assert clean_traceparent(text) == ""


def test_a_traceparent_is_kept() -> None:
    assert clean_traceparent(PARENT) == PARENT


def test_the_job_is_known_inside_its_block_only() -> None:
    with working_on(7):
        assert current_job() == 7
    assert current_job() is None
