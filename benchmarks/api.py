"""CPU time of a list of 100 objects through REST.

Rendering alone stands beside ninja's default way with the same rows: `Schema` classes, dictionaries,
validation of the response, the json module.
"""

import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import orjson
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from django.urls import URLPattern
from ninja import NinjaAPI, Schema

from benchmarks.figures import Figure
from benchmarks.generate import generate_objects
from stack.accounts.operations import create_key, ensure_first_organisation
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.api.rest.items import ObjectItem, object_item
from stack.api.rest.objects import ObjectList
from stack.api.rest.wire import JsonRenderer
from stack.store.operations import ensure_source, write_statements
from stack.store.queries import list_objects
from stack.store.statements import describe_statement

_OBJECTS = 2_000
_ROWS = 100
_ROUNDS = 200
_TYPE = "indicator"


class _DefaultItem(Schema, ObjectItem):
    """The same fields in ninja's own base class, which reads every value through a proxy."""


class _DefaultList(Schema):
    items: list[_DefaultItem]
    total: int
    next: str | None


def run() -> list[Figure]:
    """Milliseconds of CPU: rendering alone, and whole requests from the WSGI entry to the last byte."""
    call_command("migrate", verbosity=0)
    principal = principal_of_user(ensure_first_organisation())
    _fill_store(principal)
    rendering, default = _measure_rendering(principal)
    whole = _milliseconds(_prepare_request(create_key(principal, name="benchmark").key))
    return [
        Figure("REST: 100 rows to JSON", rendering, "ms", "ninja's default", default, default / rendering),
        Figure("REST: list of 100 objects, whole request", whole, "ms", "goal", 2.0, 2.0 / whole),
    ]


def _fill_store(principal: Principal) -> None:
    source = ensure_source(principal, name="benchmark")
    texts = islice(generate_objects(_OBJECTS), _OBJECTS)
    statements = [describe_statement(text, orjson.loads(text)) for text in texts]
    write_statements(principal, statements=statements, source_id=source.id)


def _measure_rendering(principal: Principal) -> tuple[float, float]:
    page = list_objects(principal, types=[_TYPE], limit=_ROWS)
    if len(page.rows) < _ROWS:
        raise RuntimeError(f"the generator gave {len(page.rows)} objects of type {_TYPE}, {_ROWS} are needed")
    rows = [object_item(row).model_dump() for row in page.rows]
    ours = _prepare_answer(
        NinjaAPI(urls_namespace="ours", renderer=JsonRenderer()),
        ObjectList,
        lambda: ObjectList(items=[object_item(row) for row in page.rows], total=page.total, next=page.next),
    )
    default = _prepare_answer(
        NinjaAPI(urls_namespace="default"),
        _DefaultList,
        lambda: {"items": rows, "total": page.total, "next": page.next},
    )
    return _milliseconds(ours), _milliseconds(default)


def _prepare_answer(api: NinjaAPI, model: object, answer: Callable[[], object]) -> Callable[[], object]:
    """The operation of an API that answers with `answer`, without anything around it."""

    @api.get("/list", response=model)
    def list_rows(request: object) -> object:
        return answer()

    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    view = {pattern.name: pattern.callback for pattern in patterns}["list_rows"]
    request = RequestFactory().get("/list")
    return lambda: view(request)


def _prepare_request(key: str) -> Callable[[], object]:
    application = get_wsgi_application()
    request = RequestFactory().get(
        f"/api/v1/objects?type={_TYPE}&limit={_ROWS}",
        headers={"authorization": f"Bearer {key}", "host": "127.0.0.1"},
    )

    def send() -> None:
        response = application(dict(request.environ), _ignore)
        body = b"".join(response)
        response.close()
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code}: {body[:200]!r}")

    return send


def _ignore(*_: Any) -> Callable[[bytes], object]:
    """The server's side of an answer's head."""
    return lambda piece: None


def _milliseconds(work: Callable[[], object]) -> float:
    """CPU time of one call: the best of five rounds, because others on the machine only ever add to it."""
    work()
    best = float("inf")
    for _ in range(5):
        begin = time.process_time()
        for _ in range(_ROUNDS // 5):
            work()
        best = min(best, (time.process_time() - begin) * 5000 / _ROUNDS)
    return best
