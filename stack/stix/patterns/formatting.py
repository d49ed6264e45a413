"""Writes a pattern's tree back as text, so that parsing the text gives the same tree."""

import re
from collections.abc import Iterable

from stack.stix.patterns.lexer import KEYWORDS, escape
from stack.stix.patterns.tree import (
    BinaryLiteral,
    Comparison,
    ComparisonAnd,
    ComparisonExpression,
    ComparisonOr,
    Exists,
    FollowedBy,
    HexLiteral,
    IndexStep,
    Literal,
    ObjectPath,
    Observation,
    ObservationAnd,
    ObservationExpression,
    ObservationOr,
    Pattern,
    Qualified,
    Qualifier,
    Repeats,
    SetLiteral,
    Step,
    StringLiteral,
    TimestampLiteral,
    Within,
)

_BARE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOOSER_THAN_AND = (ObservationAnd, ObservationOr, FollowedBy)
_LOOSER_THAN_OR = (ObservationOr, FollowedBy)


def format_pattern(pattern: Pattern) -> str:
    """The pattern as text: one space round operators, no needless parentheses, quotes only where needed."""
    return _format_observation(pattern.expression)


def format_steps(steps: Iterable[Step]) -> str:
    """The steps of an object path in one way of writing: `hashes.'SHA-256'`, `values[*].data`."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, IndexStep):
            parts.append("[*]" if step.index is None else f"[{step.index}]")
            continue
        bare = _BARE_KEY.fullmatch(step.name) and step.name not in KEYWORDS
        key = step.name if bare else f"'{escape(step.name)}'"
        parts.append(f".{key}" if parts else key)
    return "".join(parts)


def _format_observation(node: ObservationExpression) -> str:
    match node:
        case Observation(comparison=comparison):
            return f"[{_format_comparison(comparison)}]"
        case Qualified(expression=expression, qualifiers=qualifiers):
            repeated = len({type(qualifier) for qualifier in qualifiers}) < len(qualifiers)
            text = _format_observation(expression)
            if repeated or not isinstance(expression, Observation):
                text = f"({text})"
            return " ".join([text, *map(_format_qualifier, qualifiers)])
        case ObservationAnd(operands=operands):
            return " AND ".join(_group_observation(operand, _LOOSER_THAN_AND) for operand in operands)
        case ObservationOr(operands=operands):
            return " OR ".join(_group_observation(operand, _LOOSER_THAN_OR) for operand in operands)
        case FollowedBy(operands=operands):
            return " FOLLOWEDBY ".join(_group_observation(operand, (FollowedBy,)) for operand in operands)


def _group_observation(node: ObservationExpression, looser: tuple[type, ...]) -> str:
    text = _format_observation(node)
    return f"({text})" if isinstance(node, looser) else text


def _format_qualifier(qualifier: Qualifier) -> str:
    if isinstance(qualifier, Within):
        return f"WITHIN {qualifier.seconds.text} SECONDS"
    if isinstance(qualifier, Repeats):
        return f"REPEATS {qualifier.times} TIMES"
    return f"START t'{qualifier.start.text}' STOP t'{qualifier.stop.text}'"


def _format_comparison(node: ComparisonExpression) -> str:
    match node:
        case Comparison(path=path, operator=operator, value=value, negated=negated):
            return f"{_format_path(path)} {'NOT ' if negated else ''}{operator} {_format_operand(value)}"
        case Exists(path=path, negated=negated):
            return f"{'NOT ' if negated else ''}EXISTS {_format_path(path)}"
        case ComparisonAnd(operands=operands):
            return " AND ".join(
                _group_comparison(operand, (ComparisonAnd, ComparisonOr)) for operand in operands
            )
        case ComparisonOr(operands=operands):
            return " OR ".join(_group_comparison(operand, (ComparisonOr,)) for operand in operands)


def _group_comparison(node: ComparisonExpression, looser: tuple[type, ...]) -> str:
    text = _format_comparison(node)
    return f"({text})" if isinstance(node, looser) else text


def _format_path(path: ObjectPath) -> str:
    return f"{path.object_type}:{path.text}"


def _format_operand(value: Literal | SetLiteral) -> str:
    if isinstance(value, SetLiteral):
        return f"({', '.join(map(_format_literal, value.values))})"
    return _format_literal(value)


def _format_literal(literal: Literal) -> str:
    match literal:
        case StringLiteral(value=value):
            return f"'{escape(value)}'"
        case TimestampLiteral():
            return f"t'{literal.text}'"
        case HexLiteral():
            return f"h'{literal.text}'"
        case BinaryLiteral():
            return f"b'{literal.text}'"
        case _:
            return literal.text
