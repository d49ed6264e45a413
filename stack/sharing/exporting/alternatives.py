"""What of a pattern can stand in a list: the values each of which is a match by itself.

`[a = 1]`, `IN`, `OR` inside and between observations name alternatives. What takes two things together
(`AND`, `FOLLOWEDBY`, `REPEATS`), the absence of something, or an expression is no value, and is lost with a
reason rather than written as something that matches more than was meant (STIX 2.1, section 9).
"""

from collections.abc import Iterator

import msgspec

from stack.stix.observables.kinds import Kind
from stack.stix.observables.pattern_values import read_value
from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.parser import parse_pattern
from stack.stix.patterns.tree import (
    Comparison,
    ComparisonAnd,
    ComparisonExpression,
    ComparisonOr,
    FollowedBy,
    Observation,
    ObservationAnd,
    ObservationExpression,
    ObservationOr,
    Operator,
    Qualified,
    Repeats,
    SetLiteral,
    StartStop,
)
from stack.stix.patterns.values import PatternValue

_BOTH = "takes several things together (AND), which one entry cannot say"
_STRENGTH = {Kind.SHA512: 4, Kind.SHA256: 3, Kind.SHA1: 2, Kind.MD5: 1}
_NAMING = frozenset({Operator.EQUAL, Operator.IN, Operator.ISSUBSET})
# Folded for comparing; an entry has them as they were written.
_FOLDED = frozenset(
    {Kind.NAME, Kind.FILE_NAME, Kind.PATH, Kind.REGISTRY_KEY, Kind.USER_AGENT, Kind.MUTEX, Kind.TEXT}
)


class Alternative(msgspec.Struct, frozen=True, gc=False):
    """A value that is a match by itself, canonical for its kind; `path` is the object path it stood for."""

    kind: Kind
    value: str
    path: str


class Reading(msgspec.Struct, frozen=True):
    """The alternatives of a pattern, and why the rest of it (or a part of its meaning) is lost."""

    alternatives: tuple[Alternative, ...] = ()
    lost: tuple[str, ...] = ()


def read_alternatives(pattern: str) -> Reading:
    """What can stand in a list, in the order of the text; never raises."""
    try:
        expression = parse_pattern(pattern).expression
    except PatternError:
        return Reading(lost=("is no STIX pattern that can be read",))
    lost: list[str] = []
    found = tuple(_read_observation(expression, lost))
    return Reading(found, tuple(dict.fromkeys(lost)))


def _read_observation(node: ObservationExpression, lost: list[str]) -> Iterator[Alternative]:
    match node:
        case Observation(comparison=comparison):
            yield from _read_comparison(comparison, lost)
        case ObservationOr(operands=operands):
            for operand in operands:
                yield from _read_observation(operand, lost)
        case ObservationAnd():
            lost.append("takes several observations together (AND), which one entry cannot say")
        case FollowedBy():
            lost.append("takes observations in an order (FOLLOWEDBY), which one entry cannot say")
        case Qualified(expression=expression, qualifiers=qualifiers):
            if any(isinstance(each, Repeats) and each.times > 1 for each in qualifiers):
                lost.append("takes repetitions (REPEATS), which one entry cannot say")
                return
            if any(isinstance(each, StartStop) for each in qualifiers):
                lost.append("holds in a period (START, STOP), which is left off")
            yield from _read_observation(expression, lost)


def _read_comparison(node: ComparisonExpression, lost: list[str]) -> Iterator[Alternative]:
    match node:
        case Comparison():
            yield from _read_test(node, lost)
        case ComparisonOr(operands=operands):
            for operand in operands:
                yield from _read_comparison(operand, lost)
        case ComparisonAnd(operands=operands):
            yield from _read_hashes_of_one_file(operands, lost)
        case _:
            lost.append("asks whether a property exists, which names no value")


def _read_test(test: Comparison, lost: list[str]) -> Iterator[Alternative]:
    if test.negated or test.operator is Operator.NOT_EQUAL:
        lost.append("is about other values than the one it names (negation)")
        return
    if test.operator not in _NAMING:
        lost.append(f"compares by {test.operator}, which names no value")
        return
    for literal in test.value.values if isinstance(test.value, SetLiteral) else (test.value,):
        found = read_value(PatternValue(test.path, test.operator, literal, False))
        if found is None or not found.value:
            lost.append("names a value that is no text")
            continue
        value = literal.text if found.kind in _FOLDED else found.value
        yield Alternative(found.kind, value, f"{test.path.object_type}:{test.path.text}")


def _read_hashes_of_one_file(
    operands: tuple[ComparisonExpression, ...], lost: list[str]
) -> Iterator[Alternative]:
    """Of several hashes of one file the strongest: it names the file by itself."""
    hashes: list[Alternative] = []
    for operand in operands:
        is_hash = isinstance(operand, Comparison) and operand.operator is Operator.EQUAL
        read = list(_read_comparison(operand, [])) if is_hash else []
        if len(read) != 1 or read[0].kind not in _STRENGTH:
            lost.append(_BOTH)
            return
        hashes += read
    if len({each.path.partition(":")[0] for each in hashes}) > 1:
        lost.append(_BOTH)
        return
    yield max(hashes, key=lambda each: _STRENGTH[each.kind])
    lost.append("names one file by several hashes, of which the strongest is kept")
