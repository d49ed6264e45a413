"""What is answered to `/livez`, `/readyz` and `/metrics`, on the web port and on `STACK_HEALTH_PORT`."""

import hmac
from dataclasses import dataclass
from typing import Final

import orjson
from django.conf import settings

from stack.config.health.reading import State, read_health
from stack.config.metrics import render_metrics

PROBES: Final = frozenset({"/livez", "/healthz", "/readyz", "/metrics"})
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    status: int
    content: bytes
    media_type: str = _TEXT


def answer_probe(path: str, *, is_operator: bool, has_metrics: bool) -> ProbeAnswer:
    """`path` is one of `PROBES`. Who is no operator reads no figures, and of dependencies the states only."""
    if path in {"/livez", "/healthz"}:
        return ProbeAnswer(200, b"alive\n")
    if path == "/readyz":
        health = read_health()
        content = orjson.dumps(health.describe(is_detailed=is_operator), option=orjson.OPT_APPEND_NEWLINE)
        return ProbeAnswer(503 if health.state is State.FAILED else 200, content, "application/json")
    if not has_metrics:
        return ProbeAnswer(404, b"There are no metrics here. STACK_METRICS=on turns them on.\n")
    if not is_operator:
        return ProbeAnswer(401, b"Send the token of STACK_METRICS_TOKEN as a bearer token.\n")
    content, media_type = render_metrics()
    return ProbeAnswer(200, content, media_type)


def is_operator(authorization: str, *, is_local: bool) -> bool:
    """Who shows the token of `STACK_METRICS_TOKEN`; where none is set, who is on this machine."""
    token = settings.MONITORING.token
    if not token:
        return is_local
    kind, _, shown = authorization.partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())
