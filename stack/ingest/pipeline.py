"""Takes the records of one input into the store, batch by batch.

Each batch is one transaction with its statements, its faults, the counts and the checkpoint, so that a job
that is killed goes on exactly behind its last batch: nothing is lost and nothing is counted twice.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from stack.core.errors import BadInput
from stack.core.measures import count_read_bytes
from stack.core.tracing import span
from stack.ingest.base import Record, RecordFault
from stack.ingest.counting import count_batch
from stack.ingest.pace import Pace
from stack.ingest.preparation import Preparation
from stack.ingest.preparing import Prepared, describe_fault, identify, prepare_records
from stack.ingest.streams import ByteStream
from stack.ingest.undated import settle_times
from stack.jobs.context import Work
from stack.jobs.records import RecordError
from stack.store.database import write_database
from stack.store.operations import write_statements
from stack.store.recognition import NotKnown
from stack.store.records import Handling, Outcome

EXAMPLES_KEPT = 5
"""Warnings kept of each kind (rule and property), so that they never push errors out of the list."""

WARNING_KINDS = 200

_PATIENCE = 5
"""How much longer others wait for a run that somebody waits for: large batches are up to twice as fast."""

_TURN_S = 2.0
"""How long a request waits for its turn to write."""

_BATCH_BYTES = 4 * 1024 * 1024
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


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: the places in the input of the records that are in, and why others are not."""

    positions: Sequence[int]
    faults: Sequence[RecordFault]


Along = Callable[[Taken], None]
"""Writes what must stand exactly when the batch does, as the last of its transaction."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Records and faults in order; the records with their times settled; whether they are prepared ahead."""

    items: list[Item]
    records: list[Record]
    is_prepared: bool

    @property
    def errors(self) -> list[RecordFault]:
        """What was no record to begin with."""
        return [item for item in self.items if isinstance(item, RecordFault) and item.severity == "error"]


class _Aside:
    """The records of a batch that are taken to be known, until the store says of which that is not so."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._known = {
            index: found for index, record in enumerate(records) if (found := identify(record.text))
        }

    @property
    def is_empty(self) -> bool:
        """There never was anything to set aside."""
        return not self._records

    @property
    def identities(self) -> list[tuple[str, bytes]]:
        return list(self._known.values())

    @property
    def rest(self) -> list[Record]:
        return [record for index, record in enumerate(self._records) if index not in self._known]

    def take_back(self, indices: Sequence[int]) -> None:
        """These, of `identities`, are not known."""
        places = list(self._known)
        for index in indices:
            del self._known[places[index]]


class Pipeline:
    """The work of one ingest, from its checkpoint on. `stamp` tells this input from a changed one.

    `is_waited_for`: a request waits for it, and gives up where it does not soon get its turn to write.
    """

    def __init__(
        self,
        context: Work,
        *,
        source_id: int,
        handling: Handling,
        stream: ByteStream,
        size: int,
        stamp: str,
        is_replica: bool = False,
        is_waited_for: bool = False,
        along: Along | None = None,
    ) -> None:
        self._context = context
        self._source_id = source_id
        self._handling = handling
        self._is_replica = is_replica
        self._along = along
        self._patience_s = _TURN_S if is_waited_for else None
        self._stream = stream
        self._size = size
        self._stamp = stamp
        patience = _PATIENCE if context.is_watched else 1
        self._pace = Pace(write_database().write_target_s * patience)
        self._held_s = 0.0
        self._counted_bytes = 0
        # What somebody waits for is mostly new, and so small that to ask first costs more than it spares.
        self._expects_known = not is_waited_for
        self._examples: Counter[tuple[str, str]] = Counter()
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
        with Preparation(self._size) as preparation:
            batch = self._next_batch(rest, preparation)
            while batch.items:
                prepared = preparation.finish(batch.records) if batch.is_prepared else None
                following = self._next_batch(rest, preparation)
                self._take_batch(batch, prepared)
                batch = following
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
            message = f"{error.detail}; what came before it is in. {error.remedy}"
            yield RecordFault(count, "file", message.strip(), "the rest of the file")

    def _next_batch(self, items: Iterator[Item], preparation: Preparation) -> _Batch:
        """Reads a batch and has it prepared meanwhile, unless most of it is expected to be known."""
        found: list[Item] = []
        size = 0
        for item in islice(items, self._pace.batch_size):
            found.append(item)
            size += len(item.text) if isinstance(item, Record) else 0
            if size > _BATCH_BYTES:
                break
        records = [item for item in found if isinstance(item, Record)]
        batch = _Batch(found, settle_times(self._context.principal, records), not self._expects_known)
        if batch.is_prepared:
            preparation.begin(batch.records)
        return batch

    def _take_batch(self, batch: _Batch, prepared: Prepared | None) -> None:
        """Decoding and checking is half of the work. Where most is expected to be known, it is done only for
        the rest, once the store has said what that is; always outside the transaction, to hold no lock."""
        before = msgspec.structs.asdict(self.counts)
        with span("ingest batch", items=len(batch.items)):
            known, prepared = self._commit_prepared(batch, prepared)
        count_batch(before, msgspec.structs.asdict(self.counts), faults=[*prepared.errors, *batch.errors])
        count_read_bytes(max(0, self._stream.raw_position - self._counted_bytes))
        self._counted_bytes = max(self._counted_bytes, self._stream.raw_position)
        self._expects_known = known > _MOSTLY * len(batch.records)
        self._pace.adjust(len(batch.items), self._held_s)
        self._context.show_progress()

    def _commit_prepared(self, batch: _Batch, prepared: Prepared | None) -> tuple[int, Prepared]:
        """How much was known, and what the rest became."""
        aside = _Aside(batch.records if prepared is None else ())
        while True:
            if prepared is None:
                prepared = prepare_records(aside.rest)
            try:
                return self._commit(batch, prepared, aside), prepared
            except NotKnown as error:
                aside.take_back(error.indices)
                prepared = None

    def _commit(self, batch: _Batch, prepared: Prepared, aside: "_Aside") -> int:
        """One transaction; returns how much was known. Nothing happened where it raises `NotKnown`."""
        faults = [item for item in batch.items if isinstance(item, RecordFault)]
        with write_database().write(beside_others=True, patience_s=self._patience_s):
            begun = time.monotonic()
            known = self._write(prepared, aside)
            self._record_faults(faults, prepared, batch.records if aside.is_empty else aside.rest)
            self.counts.total += len(batch.records) + sum(fault.severity == "error" for fault in faults)
            self._items += len(batch.items)
            self._context.report(
                done=min(self._stream.raw_position, self._size),
                counts=msgspec.to_builtins(self.counts),
                checkpoint={"stamp": self._stamp, "items": self._items, "seconds": self.seconds},
                durable=True,
            )
            if self._along is not None:
                self._along(_sum_up(batch, prepared))
        self._held_s = time.monotonic() - begun
        return known

    def _write(self, prepared: Prepared, aside: "_Aside") -> int:
        """Writes the statements and returns how much was known."""
        outcomes = write_statements(
            self._context.principal,
            statements=prepared.statements,
            source_id=self._source_id,
            known=aside.identities,
            handling=self._handling,
            is_replica=self._is_replica,
        ).outcomes
        known = outcomes.count(Outcome.KNOWN) + len(aside.identities)
        self.counts.known += known
        self.counts.new += outcomes.count(Outcome.NEW)
        self.counts.updated += outcomes.count(Outcome.UPDATED)
        self.counts.conflicting += outcomes.count(Outcome.CONFLICTING)
        return known

    def _record_faults(
        self, of_input: Sequence[RecordFault], prepared: Prepared, records: Sequence[Record]
    ) -> None:
        """Every error is kept as far as the list goes; of warnings of one kind a few examples."""
        examples = [
            describe_fault(records[index], fault)
            for index, fault in prepared.warnings
            if self._is_example(fault.rule, fault.path)
        ]
        kept = sorted([*prepared.errors, *of_input, *examples], key=lambda fault: fault.position)
        if kept:
            self._context.add_errors(
                RecordError(f.position, f.label, f.rule, f.message, f.severity, f.stix_id, f.path)
                for f in kept
            )
        errors_of_input = [fault for fault in of_input if fault.severity == "error"]
        of_input_errors = len(errors_of_input)
        self.counts.errors += len(prepared.errors) + of_input_errors
        self.counts.warnings += len(prepared.warnings) + len(of_input) - of_input_errors
        self.counts.rejected += prepared.rejected + of_input_errors

    def _is_example(self, rule: str, path: str) -> bool:
        kind = (rule, path.partition("[")[0])
        if len(self._examples) >= WARNING_KINDS and kind not in self._examples:
            return False
        self._examples[kind] += 1
        return self._examples[kind] <= EXAMPLES_KEPT


def _sum_up(batch: _Batch, prepared: Prepared) -> Taken:
    faults = [*prepared.errors, *batch.errors]
    refused = {fault.position for fault in faults}
    return Taken([record.position for record in batch.records if record.position not in refused], faults)
