"""Takes the records of one input into the store, batch by batch.

Each batch is one transaction with its statements, its faults, the counts and the checkpoint, so that a job that
is killed goes on exactly behind its last batch: nothing is lost and nothing is counted twice.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

import msgspec

from stack.core.errors import BadInput
from stack.ingest.base import Record, RecordFault
from stack.ingest.pace import Pace
from stack.ingest.preparing import Prepared, prepare_records
from stack.ingest.streams import ByteStream
from stack.ingest.undated import settle_times
from stack.jobs.context import JobContext
from stack.jobs.records import RecordError
from stack.stix.ids import is_id
from stack.store.database import write_database
from stack.store.operations import touch_known, write_statements
from stack.store.records import Outcome

WARNINGS_KEPT = 1_000
"""Warnings kept per job, so that they never push errors out of the list; all are counted."""

_BATCH_BYTES = 8 * 1024 * 1024
_MOSTLY = 0.5

Item = Record | RecordFault


class Counts(msgspec.Struct):
    """total = new + known + updated + conflicting + rejected; `warnings` and `errors` count faults."""

    total: int = 0
    new: int = 0
    known: int = 0
    updated: int = 0
    conflicting: int = 0
    rejected: int = 0
    warnings: int = 0
    errors: int = 0


class _Head(msgspec.Struct):
    id: str


_HEAD = msgspec.json.Decoder(_Head)


class Pipeline:
    """The work of one ingest job, from its checkpoint on. `stamp` tells this input from a changed one."""

    def __init__(
        self, context: JobContext, *, source_id: int, stream: ByteStream, size: int, stamp: str
    ) -> None:
        self._context = context
        self._source_id = source_id
        self._stream = stream
        self._size = size
        self._stamp = stamp
        self._pace = Pace()
        self._expects_known = True
        self._started = time.monotonic()
        is_same = context.checkpoint.get("stamp") == stamp
        self._items = int(context.checkpoint["items"]) if is_same else 0
        self._seconds_before = float(context.checkpoint["seconds"]) if is_same else 0.0
        self.counts = msgspec.convert(context.counts, Counts) if is_same else Counts()

    @property
    def seconds(self) -> float:
        """Time spent on this input, earlier attempts included."""
        return self._seconds_before + time.monotonic() - self._started

    def run(self, items: Iterator[Item]) -> Counts:
        """Raises `BadInput` when nothing of the input can be read, and what `JobContext.report` raises."""
        self._context.report(phase="reading", unit="bytes", total=self._size, done=0)
        rest = self._guard(items)
        for _ in islice(rest, self._items):
            pass
        while batch := self._next_batch(rest):
            self._take_batch(batch)
        return self.counts

    def _guard(self, items: Iterator[Item]) -> Iterator[Item]:
        """An input that breaks off keeps what came before; the break becomes a fault."""
        count = 0
        try:
            for item in items:
                count = item.position + 1
                yield item
        except BadInput as error:
            if not count:
                raise
            message = f"{error.detail}. What came before it is in. {error.remedy}"
            yield RecordFault(count, "file", message.strip(), "the rest of the file")

    def _next_batch(self, items: Iterator[Item]) -> list[Item]:
        batch: list[Item] = []
        size = 0
        for item in islice(items, self._pace.batch_size):
            batch.append(item)
            size += len(item.text) if isinstance(item, Record) else 0
            if size > _BATCH_BYTES:
                break
        return batch

    def _take_batch(self, batch: Sequence[Item]) -> None:
        """What is expected to be known is set aside before any of it is decoded; what is expected to be new is
        decoded and checked before the transaction begins. Expectation follows the batch before."""
        records = [item for item in batch if isinstance(item, Record)]
        faults = [item for item in batch if isinstance(item, RecordFault)]
        records = settle_times(self._context.principal, records)
        prepared = None if self._expects_known else prepare_records(records)
        begun = time.monotonic()
        known = 0
        with write_database().write():
            if prepared is None:
                fresh = self._set_known_aside(records)
                known = len(records) - len(fresh)
                prepared = prepare_records(fresh)
            known += self._write(prepared)
            self._record_faults(faults, prepared)
            self.counts.total += len(records) + sum(fault.severity == "error" for fault in faults)
            self._items += len(batch)
            self._context.report(
                done=min(self._stream.raw_position, self._size),
                counts=msgspec.to_builtins(self.counts),
                checkpoint={"stamp": self._stamp, "items": self._items, "seconds": self.seconds},
                durable=True,
            )
        self._expects_known = known > _MOSTLY * len(records)
        self._pace.adjust(len(batch), time.monotonic() - begun)
        self._context.show_progress()

    def _set_known_aside(self, records: Sequence[Record]) -> list[Record]:
        """The records that this source has not stated before, letter by letter."""
        identified = [(record, found) for record in records if (found := identify(record.text)) is not None]
        known = touch_known(
            self._context.principal,
            identities=[identity for _, identity in identified],
            source_id=self._source_id,
        )
        positions = {
            record.position for (record, _), is_known in zip(identified, known, strict=True) if is_known
        }
        self.counts.known += len(positions)
        return [record for record in records if record.position not in positions]

    def _write(self, prepared: Prepared) -> int:
        """Writes the statements and returns how many of them were known."""
        if not prepared.statements:
            return 0
        outcomes = write_statements(
            self._context.principal, statements=prepared.statements, source_id=self._source_id
        ).outcomes
        known = outcomes.count(Outcome.KNOWN)
        self.counts.known += known
        self.counts.new += outcomes.count(Outcome.NEW)
        self.counts.updated += outcomes.count(Outcome.UPDATED)
        self.counts.conflicting += outcomes.count(Outcome.CONFLICTING)
        return known

    def _record_faults(self, faults: Iterable[RecordFault], prepared: Prepared) -> None:
        found = prepared.errors + [
            RecordError(f.position, f.label, f.rule, f.message, f.severity, f.stix_id, f.path) for f in faults
        ]
        if not found:
            return
        errors = [fault for fault in found if fault.severity == "error"]
        warnings = [fault for fault in found if fault.severity != "error"]
        room = max(0, WARNINGS_KEPT - self.counts.warnings)
        kept = sorted(errors + warnings[:room], key=lambda fault: fault.position)
        self._context.add_errors(kept)
        self.counts.errors += len(errors)
        self.counts.warnings += len(warnings)
        self.counts.rejected += prepared.rejected + sum(fault.severity == "error" for fault in faults)


def identify(text: bytes) -> tuple[str, bytes] | None:
    """The id and the SHA-256 of a record, without decoding more of it; None when it has no proper id."""
    try:
        stix_id = _HEAD.decode(text).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return (stix_id, sha256(text).digest()) if is_id(stix_id) else None
