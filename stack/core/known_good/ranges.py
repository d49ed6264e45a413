"""Ranges of addresses that overlap, cut into ranges that do not, each with the slots that hold it."""

from collections import Counter
from collections.abc import Iterable, Iterator

Range = tuple[int, int, int]


def flatten_ranges(ranges: Iterable[Range]) -> Iterator[tuple[int, frozenset[int]]]:
    """(first, last, slot) of any order become (start, slots) in order; a range ends where the next starts.

    The first starts at 0 where nothing else does, and where nothing holds an address the slots are empty.
    """
    events: dict[int, list[tuple[int, int]]] = {0: []}
    for first, last, slot in ranges:
        events.setdefault(first, []).append((slot, 1))
        events.setdefault(last + 1, []).append((slot, -1))
    held: Counter[int] = Counter()
    before: frozenset[int] | None = None
    for start in sorted(events):
        for slot, step in events[start]:
            held[slot] += step
            if not held[slot]:
                del held[slot]
        now = frozenset(held)
        if now != before:
            yield start, now
        before = now
