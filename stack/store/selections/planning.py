"""Decides which entries of a face come, change and go, in memory and without the database.

An entry stands for a version, which is told from others of the object by its instant (TAXII 2.1, section
3.4.1.1): of statements with one `modified` the entry shows the one that the face shows, or the most reliable.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stated:
    """A version of a face; `instant` is None where the object has no `modified`."""

    version_id: int
    instant: int | None
    created: int | None
    received: int
    reliability: int
    is_head: bool
    sha256: bytes = b""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it stands."""

    added_at: int
    version_id: int
    version: int
    is_last: bool
    is_first: bool
    is_withheld: bool
    removed_at: int | None


@dataclass(frozen=True, slots=True)
class NewEntry:
    version_id: int
    version: int
    is_last: bool
    is_first: bool


@dataclass(slots=True)
class FacePlan:
    """What becomes of a face's entries: by `added_at` those that go, those whose place changes to (last,
    first), and the one that stays as the trace of a removal."""

    added: list[NewEntry] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    placed: list[tuple[int, bool, bool]] = field(default_factory=list)
    trace: int | None = None


def plan_face(stated: Sequence[Stated], kept: Sequence[Kept]) -> FacePlan:
    """`stated` is empty for a face that is no member (any more)."""
    live = [each for each in kept if each.removed_at is None]
    if len(stated) == 1 and not kept:
        # Nearly all: an object that is new here, stated once.
        [only] = stated
        return FacePlan(added=[NewEntry(only.version_id, _instant_of(only), is_last=True, is_first=True)])
    withheld = {each.version for each in kept if each.is_withheld}
    chosen = _choose_versions(stated, live, withheld)
    if not chosen:
        return _plan_removal(live)
    plan = FacePlan(dropped=[each.added_at for each in kept if each.removed_at and not each.is_withheld])
    last = next((instant for instant, each in chosen.items() if each.is_head), max(chosen))
    first = min(chosen)
    staying = set()
    for entry in live:
        found = chosen.get(entry.version)
        if found is None or found.version_id != entry.version_id:
            plan.dropped.append(entry.added_at)
            continue
        staying.add(entry.version)
        place = (entry.version == last, entry.version == first)
        if place != (entry.is_last, entry.is_first):
            plan.placed.append((entry.added_at, *place))
    plan.added = [
        NewEntry(chosen[instant].version_id, instant, instant == last, instant == first)
        for instant in sorted(chosen, key=lambda each: (each == last, each))
        if instant not in staying
    ]
    return plan


def _plan_removal(live: Sequence[Kept]) -> FacePlan:
    if not live:
        return FacePlan()
    trace = max(live, key=lambda each: (each.is_last, each.added_at)).added_at
    return FacePlan(dropped=[each.added_at for each in live if each.added_at != trace], trace=trace)


def _choose_versions(stated: Iterable[Stated], live: Sequence[Kept], withheld: set[int]) -> dict[int, Stated]:
    """The version that each instant shows, by the rule of the head (docs/decisions/0013): it depends on what
    is stated, and among the same texts on what is shown already."""
    groups: dict[int, list[Stated]] = {}
    for each in stated:
        groups.setdefault(_find_instant(each, live, withheld), []).append(each)
    shown = {entry.version_id for entry in live}
    return {
        instant: min(
            group,
            key=lambda each: (
                not each.is_head,
                each.reliability,
                each.sha256,
                each.version_id not in shown,
                each.version_id,
            ),
        )
        for instant, group in groups.items()
        if instant not in withheld
    }


def _find_instant(stated: Stated, live: Sequence[Kept], withheld: set[int]) -> int:
    """An object without times of its own keeps the instant that it has had here."""
    if stated.instant is None and stated.created is None:
        known: Iterator[int] = iter([*(entry.version for entry in live), *sorted(withheld)])
        return next(known, stated.received)
    return _instant_of(stated)


def _instant_of(stated: Stated) -> int:
    if stated.instant is not None:
        return stated.instant
    return stated.received if stated.created is None else stated.created
