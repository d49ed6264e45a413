"""What did not leave: what a format could not carry, and what was left out on purpose."""

from collections import Counter
from dataclasses import dataclass

_MOST_KINDS = 500
_LONGEST = 120
_OTHERS = ("", "", "further kinds of loss, which are too many to list")


@dataclass(frozen=True, slots=True)
class Loss:
    """`count` objects of the type lost the property; the whole object where `property` is empty."""

    stix_type: str
    property: str
    why: str
    count: int


class Losses:
    """Counts, filled while the pieces of an export are read; of a bounded size, whatever comes in.

    `items` are the objects that came, `entries` the lines, rules or objects that were written.
    """

    __slots__ = ("_left_out", "_lost", "entries", "items")

    def __init__(self) -> None:
        self._lost: Counter[tuple[str, str, str]] = Counter()
        self._left_out: Counter[str] = Counter()
        self.items = 0
        self.entries = 0

    def note(self, stix_type: str, path: str, why: str, *, count: int = 1) -> None:
        """Counts a property that could not be carried, or with path "" an object."""
        key = (stix_type, path, why)
        if key not in self._lost:
            if len(self._lost) >= _MOST_KINDS:
                key = _OTHERS
            else:
                key = (stix_type[:_LONGEST], path[:_LONGEST], why[:_LONGEST])
        self._lost[key] += count

    def leave_out(self, why: str, *, count: int = 1) -> None:
        """Counts what was left out because somebody asked for it, or because no list should have it."""
        key = why[:_LONGEST]
        if key not in self._left_out and len(self._left_out) >= _MOST_KINDS:
            key = "for other reasons"
        self._left_out[key] += count

    def list_losses(self) -> list[Loss]:
        """Ordered by type, property and reason."""
        return [Loss(*key, count) for key, count in sorted(self._lost.items())]

    def list_left_out(self) -> list[tuple[str, int]]:
        """Reasons and how many were left out, the most frequent first."""
        return sorted(self._left_out.items(), key=lambda pair: (-pair[1], pair[0]))

    def describe(self) -> list[str]:
        """The same as lines for people: for comments at the end of a file and for a terminal."""
        lines = [f"left out: {count} {why}" for why, count in self.list_left_out()]
        for loss in self.list_losses():
            what = ".".join(part for part in (loss.stix_type, loss.property) if part) or "others"
            lines.append(f"not carried: {loss.count} {what}: {loss.why}")
        return lines
