"""Hands pulled objects to `ingest`, and moves the link's position in the transaction that does so."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from stack.accounts.principal import Principal
from stack.ingest.operations import accept_upload
from stack.jobs.leases import in_transaction
from stack.jobs.models import Job
from stack.jobs.records import UNFINISHED, JobRow
from stack.sources.taxii.models import Link
from stack.sources.taxii.records import Mode, Portion, Position
from stack.store.records import Handling

_BYTES: Final = 4 * 1024 * 1024
_OBJECTS: Final = 5_000
_SECONDS: Final = 10.0
_MOST_WAITING: Final = 16
_BUNDLE: Final = b'{"type":"bundle","id":"bundle--2c2e5d0a-7a1f-4d06-9a56-0c8d5f2f7b11","objects":['


class Overtaken(Exception):
    """Another run of the same link has begun, or somebody changed it: this one writes nothing more."""


class IngestBehind(Exception):
    """Enough waits for the ingest: the rest stays at the peer for now."""


def write_bundle(objects: list[bytes]) -> Iterator[bytes]:
    """A bundle of exactly these texts."""
    yield _BUNDLE
    for place, text in enumerate(objects):
        yield b"," + text if place else text
    yield b"]}"


@dataclass(slots=True)
class HandOver:
    """Collects portions until they are worth a job. `handed` counts objects, `jobs` are of the ingest."""

    principal: Principal
    link: Link
    source: str
    handed: int = 0
    jobs: list[int] = field(default_factory=list)
    _objects: list[bytes] = field(default_factory=list)
    _bytes: int = 0
    _since: float = field(default_factory=time.monotonic)
    _position: Position = field(default_factory=Position)

    def take(self, portion: Portion) -> None:
        """Raises `Overtaken` and `IngestBehind`; what was handed over before stays so."""
        self._objects += portion.objects
        self._bytes += sum(map(len, portion.objects))
        self._position = portion.position
        is_full = self._bytes >= _BYTES or len(self._objects) >= _OBJECTS
        if is_full or time.monotonic() - self._since > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """What is kept durably and queued, and the position behind it, are one."""
        self._since = time.monotonic()
        if not self._objects:
            with in_transaction():
                self._move()
            return
        waiting = Job.objects.filter(kind="ingest", state__in=UNFINISHED, arguments__source=self.source)
        if waiting.count() >= _MOST_WAITING:
            raise IngestBehind
        job = accept_upload(
            self.principal,
            chunks=write_bundle(self._objects),
            filename=f"{self.source[:190]}.json",
            source=self.source,
            handling=msgspec.convert(self.link.handling, Handling),
            is_replica=self.link.peer.mode == Mode.REPLICATING,
            along=self._move,
        )
        self.jobs.append(job.id)
        self.handed += len(self._objects)
        self._objects, self._bytes = [], 0

    def _move(self, _: JobRow | None = None) -> None:
        position = msgspec.to_builtins(self._position)
        moved = self.link.moved + len(self._objects)
        mine = Link.objects.filter(pk=self.link.pk, revision=self.link.revision)
        if not mine.update(position=position, moved=moved):
            raise Overtaken
        self.link.position, self.link.moved = position, moved
