"""The values that a pattern names: what an indicator is found by."""

from collections.abc import Iterator

import msgspec

from stack.stix.patterns.tree import (
    Comparison,
    ComparisonExpression,
    Exists,
    Literal,
    ObjectPath,
    Observation,
    ObservationExpression,
    Operator,
    Pattern,
    Qualified,
    SetLiteral,
)

_NAMING = frozenset({Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.ISSUBSET})


class PatternValue(msgspec.Struct, frozen=True, gc=False):
    """One value that a property is compared with; `negated` where the pattern asks for other values."""

    path: ObjectPath
    operator: Operator
    literal: Literal
    negated: bool

    @property
    def object_type(self) -> str:
        return self.path.object_type

    @property
    def property_path(self) -> str:
        return self.path.text

    @property
    def value(self) -> str:
        return self.literal.text


def equality_values(pattern: Pattern) -> tuple[PatternValue, ...]:
    """The values of every =, !=, IN and ISSUBSET in the pattern, in the order of the text."""
    expression = pattern.expression
    if isinstance(expression, Observation) and isinstance(expression.comparison, Comparison):
        return tuple(_read_comparison(expression.comparison))
    return tuple(
        value
        for comparison in _walk_observations(expression)
        for test in _walk_comparisons(comparison)
        for value in _read_comparison(test)
    )


def _walk_observations(node: ObservationExpression) -> Iterator[ComparisonExpression]:
    if isinstance(node, Observation):
        yield node.comparison
    elif isinstance(node, Qualified):
        yield from _walk_observations(node.expression)
    else:
        for operand in node.operands:
            yield from _walk_observations(operand)


def _walk_comparisons(node: ComparisonExpression) -> Iterator[Comparison]:
    if isinstance(node, Comparison):
        yield node
    elif not isinstance(node, Exists):
        for operand in node.operands:
            yield from _walk_comparisons(operand)


def _read_comparison(test: Comparison) -> Iterator[PatternValue]:
    if test.operator in _NAMING:
        negated = test.negated is not (test.operator is Operator.NOT_EQUAL)
        literals = test.value.values if isinstance(test.value, SetLiteral) else (test.value,)
        for literal in literals:
            yield PatternValue(test.path, test.operator, literal, negated)
