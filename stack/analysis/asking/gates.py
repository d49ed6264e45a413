"""Gates: how often a credential may be used, and when a service that fails is left alone.

Rows of the database, so that all workers on all machines count together. A window is counted by 60 segments,
and a segment leaves it as a whole: never more than a limit allows, in whatever window one looks at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import router, transaction
from django.db.models import Q

from stack.analysis.asking.models import Gate
from stack.analysis.base import Rate
from stack.core.limits import describe_wait

_SECOND: Final = 1_000_000
_SEGMENTS: Final = 60
_FAULTS: Final = 5
_FIRST_PAUSE_S: Final = 30
_LONGEST_PAUSE_S: Final = 3600
_LONGEST_SHUT_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Shut:
    """Nobody passes before `until`; `reason` is quota or breaker."""

    reason: str
    until: int
    message: str


@dataclass(frozen=True, slots=True)
class GateView:
    """`left` is of the tightest limit; None where nothing is limited."""

    left: int | None
    shut: Shut | None


def find_gates(keys: Iterable[str]) -> dict[str, Gate]:
    """By their keys; one that nobody has passed yet is not there."""
    return {gate.key: gate for gate in Gate.objects.filter(key__in=set(keys))}


def view_gate(gate: Gate | None, title: str, rates: Sequence[Rate], *, now: int) -> GateView:
    """What a gate would say, without passing it."""
    gate = gate or Gate()
    lefts = [rate.calls - _count(gate, rate, now) for rate in rates]
    left = max(0, min(lefts)) if lefts else None
    return GateView(left, _find_shut(gate, title, rates, now=now))


def pass_gate(
    key: str,
    plugin: str,
    title: str,
    rates: Sequence[Rate],
    *,
    now: int,
    probe_s: float,
    is_counted: bool = True,
) -> Shut | None:
    """Counts one call and lets it pass, or says until when not. Call it in a transaction."""
    Gate.objects.get_or_create(key=key, defaults={"provider": plugin})
    gate = Gate.objects.select_for_update().get(key=key)
    shut = _find_shut(gate, title, rates if is_counted else (), now=now)
    if shut is not None:
        return shut
    if gate.open_until:
        # Whoever comes first when the pause is over tries; the others wait for what becomes of it.
        gate.probe_until = now + int(probe_s * _SECOND)
    if is_counted:
        for rate in rates:
            _add(gate, rate, now)
        gate.counts = {each: gate.counts[each] for each in {str(rate.seconds) for rate in rates}}
    gate.save(update_fields=["probe_until", "counts"])
    return None


def note_good(key: str) -> None:
    """The service answered: what failed before is forgotten."""
    Gate.objects.filter(Q(key=key) & (Q(faults__gt=0) | Q(open_until__gt=0))).update(
        faults=0, trips=0, open_until=0, probe_until=0, last_fault=""
    )


def note_fault(key: str, message: str, *, now: int) -> None:
    """One more fault. Five in a row close the gate for half a minute, then for longer and longer."""
    with transaction.atomic(using=router.db_for_write(Gate)):
        gate = Gate.objects.select_for_update().filter(key=key).first()
        if gate is None:
            return
        gate.faults += 1
        gate.last_fault = message[:300]
        if gate.faults >= _FAULTS:
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(gate.trips, 10))
            gate.trips += 1
            gate.open_until, gate.probe_until = now + pause_s * _SECOND, 0
        gate.save(update_fields=["faults", "last_fault", "trips", "open_until", "probe_until"])


def shut_gate(key: str, message: str, *, now: int, seconds: float) -> int:
    """The service wants to be left alone; everybody with this credential does. Returns until when."""
    until = now + int(min(max(seconds, 1.0), _LONGEST_SHUT_S) * _SECOND)
    gates = Gate.objects.filter(key=key)
    gates.filter(shut_until__lt=until).update(shut_until=until, shut_reason=message[:300])
    # It answers, so it is there.
    gates.filter(open_until__gt=0).update(open_until=0, probe_until=0, faults=0, trips=0)
    return until


def reopen_gate(key: str) -> None:
    """Somebody has changed the account: faults of before say nothing any more. Limits stay."""
    Gate.objects.filter(key=key).update(faults=0, trips=0, open_until=0, probe_until=0, last_fault="")


def _find_shut(gate: Gate, title: str, rates: Sequence[Rate], *, now: int) -> Shut | None:
    if gate.shut_until > now:
        wait = _describe(gate.shut_until - now)
        return Shut("quota", gate.shut_until, f"{gate.shut_reason}; it is asked again in {wait}")
    opens = max(gate.open_until, gate.probe_until if gate.open_until else 0)
    if opens > now:
        message = (
            f"{title} failed {gate.faults} times in a row, so it is asked again in {_describe(opens - now)}"
        )
        return Shut(
            "breaker", opens, f"{message}; the last time: {gate.last_fault}" if gate.last_fault else message
        )
    full = [(_find_room(gate, rate, now), rate) for rate in rates if _count(gate, rate, now) >= rate.calls]
    if not full:
        return None
    until, rate = max(full, key=lambda each: each[0])
    period = _describe(rate.seconds * _SECOND)
    room = _describe(until - now)
    message = f"The account may ask {title} {rate.calls} times in {period}; there is room in {room}"
    return Shut("quota", until, message)


def _describe(microseconds: int) -> str:
    return describe_wait(max(1, -(-microseconds // _SECOND)))


def _width(rate: Rate) -> int:
    """Microseconds of a segment."""
    return rate.seconds * _SECOND // _SEGMENTS


def _segments(gate: Gate, rate: Rate, now: int) -> dict[int, int]:
    """Those still in the window, by their number: each counts until the last call it may hold has left."""
    oldest = now // _width(rate) - _SEGMENTS
    found: dict[str, int] = gate.counts.get(str(rate.seconds), {})
    return {int(number): count for number, count in found.items() if int(number) >= oldest}


def _count(gate: Gate, rate: Rate, now: int) -> int:
    return sum(_segments(gate, rate, now).values())


def _add(gate: Gate, rate: Rate, now: int) -> None:
    segments = _segments(gate, rate, now)
    number = now // _width(rate)
    segments[number] = segments.get(number, 0) + 1
    gate.counts[str(rate.seconds)] = {str(each): count for each, count in segments.items()}


def _find_room(gate: Gate, rate: Rate, now: int) -> int:
    """When so many calls have left the window that one more fits."""
    segments = _segments(gate, rate, now)
    excess = sum(segments.values()) - rate.calls + 1
    for number in sorted(segments):
        excess -= segments[number]
        if excess <= 0:
            return (number + _SEGMENTS + 1) * _width(rate)
    return now + rate.seconds * _SECOND
