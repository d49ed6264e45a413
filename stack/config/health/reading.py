"""Asks all dependencies at once, each for at most a second, and keeps the answers for a second."""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db import connections

from stack.config.health.checks import NEEDED, Answer, Ask, list_checks
from stack.config.log_redaction import redact_secrets

_log = logging.getLogger(__name__)
PATIENCE_S: Final = 1.0
# What is asked first in a process's life loads code and opens connections.
_FIRST_PATIENCE_S: Final = 5.0
_KEPT_S: Final = 1.0


class State(StrEnum):
    """Of a process: it does its work, does so with less than usual, or cannot."""

    READY = "ready"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DependencyHealth:
    """`seconds` is how long its check took; `detail` is for operators only."""

    name: str
    is_well: bool
    is_needed: bool
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    dependencies: tuple[DependencyHealth, ...]

    @property
    def state(self) -> State:
        if all(each.is_well for each in self.dependencies):
            return State.READY
        is_broken = any(each.is_needed and not each.is_well for each in self.dependencies)
        return State.FAILED if is_broken else State.DEGRADED

    def describe(self, *, is_detailed: bool) -> dict[str, Any]:
        """For JSON. Names and states are for everybody; how long it took and why not are for operators."""
        return {
            "state": self.state.value,
            "dependencies": {each.name: _describe(each, is_detailed) for each in self.dependencies},
        }


def _describe(dependency: DependencyHealth, is_detailed: bool) -> dict[str, Any]:
    state = "ok" if dependency.is_well else "failed" if dependency.is_needed else "degraded"
    if not is_detailed:
        return {"state": state}
    return {
        "state": state,
        "latency_ms": round(dependency.seconds * 1000, 1),
        "detail": dependency.detail,
    }


class HealthReader:
    """One per process. A check that hangs is not asked again before it has come back."""

    def __init__(self, checks: Mapping[str, Ask]) -> None:
        self._checks = checks
        self._pool = ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="health")
        self._running: dict[str, Future[tuple[Answer, float]]] = {}
        self._lock = threading.Lock()
        self._kept: Health | None = None
        self._kept_at = 0.0

    def read(self) -> Health:
        """Within little more than `PATIENCE_S`, or five seconds the first time; for all who ask meanwhile."""
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept_at > _KEPT_S:
                before, self._kept = self._kept, self._ask_all()
                self._kept_at = time.monotonic()
                _log_change(before, self._kept)
            return self._kept

    def _ask_all(self) -> Health:
        for name, ask in self._checks.items():
            if name not in self._running:
                self._running[name] = self._pool.submit(_time, name, ask)
        patience = PATIENCE_S if self._kept else _FIRST_PATIENCE_S
        wait(self._running.values(), timeout=patience)
        return Health(tuple(self._collect(name) for name in self._checks))

    def _collect(self, name: str) -> DependencyHealth:
        if self._running[name].done():
            answer, seconds = self._running.pop(name).result()
        else:
            answer, seconds = Answer(False, "no answer in time"), PATIENCE_S
        return DependencyHealth(name, answer.is_well, name in NEEDED, seconds, answer.detail)


def _log_change(before: Health | None, now: Health) -> None:
    was_well = {each.name for each in before.dependencies if each.is_well} if before else None
    for each in now.dependencies:
        if not each.is_well and (was_well is None or each.name in was_well):
            _log.error("%s does not do its work: %s", each.name, each.detail or "no more is known")
        elif each.is_well and was_well is not None and each.name not in was_well:
            _log.warning("%s does its work again", each.name)


def _time(name: str, ask: Ask) -> tuple[Answer, float]:
    begun = time.perf_counter()
    try:
        answer = ask()
    except Exception as error:  # whatever is wrong with it, it does not answer
        _log.debug("%s does not answer", name, exc_info=True)
        answer = Answer(False, redact_secrets(f"{type(error).__name__}: {error}"))
    finally:
        connections.close_all()
    return answer, time.perf_counter() - begun


_reader: HealthReader | None = None
_making = threading.Lock()


def begin_reading(*, may_connect: bool = True) -> None:
    """Chooses the checks of this process; see `list_checks`."""
    global _reader  # noqa: PLW0603 - one per process
    with _making:
        _reader = HealthReader(list_checks(may_connect=may_connect))


def read_health() -> Health:
    """Of this process, with the checks that the settings ask for."""
    if _reader is None:
        begin_reading()
    assert _reader is not None
    return _reader.read()
