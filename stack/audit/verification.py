"""Proves the log whole, or says which entry is not what it was."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stack.audit.chain import COLUMNS, GENESIS, hash_entry
from stack.audit.models import AuditEntry
from stack.audit.records import ChainFault, Checkpoint, FaultKind

MOST_FAULTS = 100
_NEIGHBOURS = 50


@dataclass(frozen=True, slots=True)
class _Link:
    """A row as it is stored."""

    sequence: int
    values: Sequence[Any]
    previous: str
    hash: str


def verify_chain(
    *, checkpoints: Sequence[Checkpoint] = (), since: Checkpoint | None = None
) -> list[ChainFault]:
    """The faults of the log in the order of its entries, at most `MOST_FAULTS`; none prove it whole.

    `checkpoints`, whose signatures the caller has checked, show an end that was cut and a chain that was
    written anew. With `since`, only what came after that checkpoint is read.
    """
    expected = {checkpoint.sequence: checkpoint for checkpoint in checkpoints}
    if since is not None:
        expected[since.sequence] = since
    return list(islice(_find_faults(expected, since), MOST_FAULTS))


def count_entries() -> int:
    """The sequence of the last entry, 0 when there is none."""
    last = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    return last or 0


def _find_faults(expected: dict[int, Checkpoint], since: Checkpoint | None) -> Iterator[ChainFault]:
    start = since.sequence if since is not None else 1
    # What came before the first row is told by `since` itself, whose hash is compared below.
    last, previous = start - 1, GENESIS if start == 1 else None
    for link in _read_links(start):
        if link.sequence != last + 1:
            yield _name_gap(last + 1, link.sequence - 1)
            previous = None
        yield from _check_link(link, previous)
        checkpoint = expected.get(link.sequence)
        if checkpoint is not None and checkpoint.hash != link.hash:
            text = "differs from the checkpoint: the chain was written anew up to here or further"
            yield ChainFault(link.sequence, FaultKind.REWRITTEN, f"entry {link.sequence} {text}")
        last, previous = link.sequence, link.hash
    end = max(expected, default=0)
    if end > last:
        text = f"the log ends at entry {last}, and a checkpoint has seen entry {end}: its end was cut"
        yield ChainFault(last + 1, FaultKind.CUT, text)


def _read_links(start: int) -> Iterator[_Link]:
    rows: Iterable[tuple[Any, ...]] = (
        AuditEntry.objects.filter(sequence__gte=start)
        .order_by("sequence")
        .values_list(*COLUMNS, "previous", "hash")
        .iterator(chunk_size=2000)
    )
    for *values, previous, digest in rows:
        yield _Link(values[0], values, previous, digest)


def _name_gap(first: int, last: int) -> ChainFault:
    which = f"entry {first} was removed" if first == last else f"entries {first} to {last} were removed"
    return ChainFault(first, FaultKind.REMOVED, which)


def _check_link(link: _Link, previous: str | None) -> Iterator[ChainFault]:
    """`previous` is the hash of the row before, None where that row is missing."""
    number = link.sequence
    if hash_entry(link.values, link.previous) != link.hash:
        origin = _find_origin(link)
        if origin is None:
            yield ChainFault(number, FaultKind.ALTERED, f"entry {number} was altered")
        else:
            text = f"entry {number} was moved: it was entry {origin}"
            yield ChainFault(number, FaultKind.REORDERED, text)
    elif previous is not None and link.previous != previous:
        text = f"entry {number} does not follow entry {number - 1}: one of them was written anew"
        yield ChainFault(number, FaultKind.UNLINKED, text)


def _find_origin(link: _Link) -> int | None:
    """The sequence with which the row's hash is right: where it stood before somebody moved it."""
    near = range(max(1, link.sequence - _NEIGHBOURS), link.sequence + _NEIGHBOURS + 1)
    before = AuditEntry.objects.filter(hash=link.previous).values_list("sequence", flat=True)[:2]
    candidates: Iterable[int] = (*near, *(sequence + 1 for sequence in before))
    for candidate in candidates:
        if hash_entry([candidate, *link.values[1:]], link.previous) == link.hash:
            return candidate
    return None
