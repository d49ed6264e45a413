"""What somebody did, said to whoever keeps the audit log.

Rooms below the audit log may not import it, and their acts must be recorded in the same transaction all the
same: they say `record_act`, and the audit log installs itself as the recorder when Stack starts.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Actor(Protocol):
    """Who acts, as far as the log needs to know; a `Principal` is one."""

    @property
    def name(self) -> str: ...
    @property
    def organisation_id(self) -> int: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def key_id(self) -> int | None: ...


class Result(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Origin:
    """From where an act came: the face (`web`, `api`, `taxii`, `cli`, `runner`), client address, request."""

    face: str
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `name` is `<what>.<verb>` such as `key.create`; `object_kind` and `object_id` say on what.

    `before` and `after` are small JSON values. What is secret is named in `secrets` (members of `before` and
    `after`) and is recorded as a keyed hash only. `actor` is absent for who is not signed in;
    `organisation_id` says whose log shows it where that is not the actor's. `is_security` marks an event that
    somebody must see.
    """

    name: str
    actor: Actor | None
    object_kind: str = ""
    object_id: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    result: Result = Result.DONE
    organisation_id: int | None = None
    is_security: bool = False


Recorder = Callable[[Act, Origin], None]

_NOWHERE = Origin("process")
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)
_recorders: list[Recorder] = []
_waiting: ContextVar[list[tuple[Act, Origin]] | None] = ContextVar("waiting_acts", default=None)


def install_recorder(recorder: Recorder) -> None:
    """Makes `recorder` the one that every act goes to; a second call replaces the first."""
    _recorders[:] = [recorder]


def record_act(act: Act) -> None:
    """Records the act in the open transaction. RuntimeError where nothing records: no act is silent."""
    if not _recorders:
        raise RuntimeError(f"{act.name} would go unrecorded: no audit log is installed")
    waiting = _waiting.get()
    if waiting is None:
        _recorders[0](act, _origin.get())
    else:
        waiting.append((act, _origin.get()))


@contextmanager
def recording_last() -> Iterator[None]:
    """Acts inside the block are recorded at its end, in their order; none of them where the block fails.

    Goes inside a transaction. From an act to the end of its transaction nobody else can record one, so who
    still waited for a row then could wait for somebody who waits to record. Of blocks within one another the
    outermost records.
    """
    outer, acts = _waiting.get(), list[tuple[Act, Origin]]()
    token = _waiting.set(acts)
    try:
        yield
    finally:
        _waiting.reset(token)
    if outer is not None:
        outer.extend(acts)
        return
    for act, origin in acts:
        _recorders[0](act, origin)


def current_origin() -> Origin:
    return _origin.get()


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """Acts inside the block come from `origin`."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)
