"""Reads a STIX pattern into its tree: recursive descent over one compiled expression per word.

Nine in ten comparisons are `type:path = 'text'`: those are read whole, by one expression, into the same tree.
"""

import base64
import re
from collections.abc import Callable
from functools import lru_cache

from stack.stix.patterns.cursor import Cursor
from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.formatting import format_steps
from stack.stix.patterns.hashes import HashRule, find_hash_rule
from stack.stix.patterns.lexer import SPACE, STRING, unescape
from stack.stix.patterns.tree import (
    BinaryLiteral,
    BooleanLiteral,
    Comparison,
    ComparisonAnd,
    ComparisonExpression,
    ComparisonOr,
    Exists,
    FloatLiteral,
    FollowedBy,
    HexLiteral,
    IndexStep,
    IntegerLiteral,
    KeyStep,
    Literal,
    ObjectPath,
    Observation,
    ObservationAnd,
    ObservationExpression,
    ObservationOr,
    Operator,
    Pattern,
    Qualified,
    Qualifier,
    Repeats,
    SetLiteral,
    StartStop,
    Step,
    StringLiteral,
    TimestampLiteral,
    Within,
)

_MAXIMUM_DIGITS = 4300
_MAXIMUM_CACHED_PATH = 256

_KEY = rf"(?:[A-Za-z_][A-Za-z0-9_]*+|{STRING})"
_PATH = rf"[A-Za-z_][A-Za-z0-9_-]*+:{_KEY}(?:\.{_KEY}|\[(?:\*|0|[1-9][0-9]{{,8}})\])*+"
_SYMBOL = rf"(NOT{SPACE}++)?(==?|!=|<>|<=?|>=?|LIKE|MATCHES|ISSUBSET|ISSUPERSET)"
_TEST = rf"({_PATH}){SPACE}*+{_SYMBOL}{SPACE}*+({STRING})"
_COMMON_TEST = re.compile(_TEST)
_COMMON_PATTERN = re.compile(rf"{SPACE}*+\[{SPACE}*+{_TEST}{SPACE}*+\]{SPACE}*+")

_SYMBOLS = {
    "=": Operator.EQUAL,
    "==": Operator.EQUAL,
    "!=": Operator.NOT_EQUAL,
    "<>": Operator.NOT_EQUAL,
    ">": Operator.GREATER,
    "<": Operator.LESS,
    ">=": Operator.GREATER_OR_EQUAL,
    "<=": Operator.LESS_OR_EQUAL,
    "LIKE": Operator.LIKE,
    "MATCHES": Operator.MATCHES,
    "ISSUBSET": Operator.ISSUBSET,
    "ISSUPERSET": Operator.ISSUPERSET,
}
_LITERALS: dict[str, Callable[[str], Literal]] = {
    "string": lambda word: StringLiteral(unescape(word[1:-1])),
    "float": lambda word: FloatLiteral(word.removeprefix("+")),
    "true": lambda _: BooleanLiteral(True),
    "false": lambda _: BooleanLiteral(False),
    "timestamp": lambda word: TimestampLiteral(word[2:-1]),
    "hex": lambda word: HexLiteral(bytes.fromhex(word[2:-1])),
    "binary": lambda word: BinaryLiteral(base64.b64decode(word[2:-1])),
}
_TEXT_OPERATORS = frozenset({Operator.LIKE, Operator.MATCHES, Operator.ISSUBSET, Operator.ISSUPERSET})
_ORDERING = frozenset({Operator.GREATER, Operator.LESS, Operator.GREATER_OR_EQUAL, Operator.LESS_OR_EQUAL})
_OPERATOR_KINDS = frozenset({"symbol", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"})
_TYPE_KINDS = frozenset({"name", "hyphenated"})
_BOOLEANS = frozenset({"true", "false"})
_TIMESTAMP = "a timestamp, such as t'2026-01-01T00:00:00Z'"
_QUALIFIERS = frozenset({"WITHIN", "REPEATS", "START"})


def parse_pattern(text: str) -> Pattern:
    """The tree of a STIX 2.1 pattern; PatternError says what is wrong, where, and what was expected.

    Accepts and refuses what the OASIS validator does, but for the faults of that one listed in README.md.
    Takes time in proportion to the length; parentheses nest at most 100 deep.
    """
    match = _COMMON_PATTERN.fullmatch(text)
    if match is not None:
        test = _build_common_test(match)
        if test is not None:
            return Pattern(Observation(test))
    return _Parser(text).parse()


def _build_common_test(match: re.Match[str]) -> Comparison | None:
    """The comparison of a test that was read whole; None where the fault must be found word by word."""
    path_text, negation, symbol, literal = match.groups()
    try:
        path, rule = (
            _read_path(path_text) if len(path_text) <= _MAXIMUM_CACHED_PATH else _parse_path(path_text)
        )
    except PatternError:
        return None
    operator = _SYMBOLS[symbol]
    value = StringLiteral(unescape(literal[1:-1]))
    if rule is not None and rule.find_fault(operator, value):
        return None
    return Comparison(path, operator, value, negation is not None)


def _parse_path(text: str) -> tuple[ObjectPath, HashRule | None]:
    parser = _Parser(text)
    path = parser.parse_path()
    return path, find_hash_rule(path)


_read_path = lru_cache(maxsize=4096)(_parse_path)


class _Parser(Cursor):
    """The grammar: one method a rule, each leaving the cursor behind what it read."""

    __slots__ = ()

    def parse(self) -> Pattern:
        expression = self.parse_observations()
        if self.kind != "end":
            raise self.fail("AND, OR, FOLLOWEDBY, a qualifier or the end of the pattern")
        return Pattern(expression)

    def parse_observations(self) -> ObservationExpression:
        """AND binds closest, then OR, then FOLLOWEDBY; chains of one operator are collected flat."""
        sequence: list[ObservationExpression] = []
        choices: list[ObservationExpression] = []
        conjunction = [self.parse_qualified()]
        while True:
            if self.kind == "AND":
                self.advance()
                conjunction.append(self.parse_qualified())
                continue
            choices.append(conjunction[0] if len(conjunction) == 1 else ObservationAnd(tuple(conjunction)))
            if self.kind != "OR":
                sequence.append(choices[0] if len(choices) == 1 else ObservationOr(tuple(choices)))
                choices = []
                if self.kind != "FOLLOWEDBY":
                    return sequence[0] if len(sequence) == 1 else FollowedBy(tuple(sequence))
            self.advance()
            conjunction = [self.parse_qualified()]

    def parse_qualified(self) -> ObservationExpression:
        expression: ObservationExpression
        is_group = self.kind == "("
        if is_group:
            self.enter_group()
            expression = self.parse_observations()
            self.leave_group("AND, OR, FOLLOWEDBY, a qualifier or )")
        else:
            self.expect("[", "[ or (")
            expression = Observation(self.parse_comparisons())
            self.expect("]", "AND, OR or ]")
        if self.kind not in _QUALIFIERS:
            return expression
        return Qualified(expression, self.parse_qualifiers(may_repeat=is_group))

    def parse_qualifiers(self, *, may_repeat: bool) -> tuple[Qualifier, ...]:
        """The OASIS validator refuses a second qualifier of one kind, but only straight after a bracket."""
        qualifiers: list[Qualifier] = []
        seen: set[str] = set()
        while self.kind in _QUALIFIERS:
            if self.kind in seen and not may_repeat:
                message = f"a second {self.kind} on the same observation"
                raise PatternError(message, text=self.text, offset=self.start)
            seen.add(self.kind)
            qualifiers.append(self.parse_qualifier())
        return tuple(qualifiers)

    def parse_qualifier(self) -> Qualifier:
        keyword = self.take()
        if keyword == "WITHIN":
            if self.kind not in {"integer", "float"} or self.text[self.start] == "-":
                raise self.fail("a number of seconds, not negative")
            seconds = self.parse_literal()
            self.expect("SECONDS", "SECONDS")
            assert isinstance(seconds, IntegerLiteral | FloatLiteral)  # by the kind of its word
            return Within(seconds)
        if keyword == "REPEATS":
            if self.kind != "integer" or self.text[self.start] == "-":
                raise self.fail("a whole number of times, not negative")
            times = self.parse_integer()
            self.expect("TIMES", "TIMES")
            return Repeats(times)
        start = self.expect("timestamp", _TIMESTAMP)
        self.expect("STOP", "STOP")
        stop = self.expect("timestamp", _TIMESTAMP)
        return StartStop(TimestampLiteral(start[2:-1]), TimestampLiteral(stop[2:-1]))

    def parse_comparisons(self) -> ComparisonExpression:
        """AND binds closer than OR; chains of one operator are collected flat."""
        choices: list[ComparisonExpression] = []
        conjunction = [self.parse_test()]
        while True:
            if self.kind == "AND":
                self.advance()
                conjunction.append(self.parse_test())
                continue
            choices.append(conjunction[0] if len(conjunction) == 1 else ComparisonAnd(tuple(conjunction)))
            if self.kind != "OR":
                return choices[0] if len(choices) == 1 else ComparisonOr(tuple(choices))
            self.advance()
            conjunction = [self.parse_test()]

    def parse_test(self) -> ComparisonExpression:
        kind = self.kind
        if kind in _TYPE_KINDS:
            match = _COMMON_TEST.match(self.text, self.start)
            test = None if match is None else _build_common_test(match)
            if match is None or test is None:
                return self.parse_comparison()
            self.end = match.end()
            self.advance()
            return test
        if kind == "(":
            self.enter_group()
            expression = self.parse_comparisons()
            self.leave_group("AND, OR or )")
            return expression
        negated = kind == "NOT"
        if negated:
            self.advance()
        self.expect(
            "EXISTS", "EXISTS" if negated else "a comparison, such as file:name = 'a.exe', EXISTS or ("
        )
        return Exists(self.parse_path(), negated)

    def parse_comparison(self) -> Comparison:
        path = self.parse_path()
        negated = self.kind == "NOT"
        if negated:
            self.advance()
        symbol = self.text[self.start : self.end]
        if self.kind not in _OPERATOR_KINDS:
            raise self.fail("a comparison operator" if negated else "a comparison operator, . or [")
        operator = Operator.IN if symbol == "IN" else _SYMBOLS[symbol]
        self.advance()
        offset = self.start
        value = self.parse_operand(operator)
        rule = find_hash_rule(path)
        fault = rule.find_fault(operator, value) if rule is not None else ""
        if rule is not None and fault:
            message = f"{fault[:80]!r} is not a valid {rule.algorithm} hash"
            raise PatternError(message, text=self.text, offset=offset, expected=f"a {rule.algorithm} hash")
        return Comparison(path, operator, value, negated)

    def parse_operand(self, operator: Operator) -> Literal | SetLiteral:
        if operator is Operator.IN:
            return self.parse_set()
        if operator in _TEXT_OPERATORS:
            return StringLiteral(unescape(self.expect("string", "a string in single quotes")[1:-1]))
        if operator in _ORDERING and self.kind in _BOOLEANS:
            raise self.fail("a literal that has an order")
        return self.parse_literal()

    def parse_set(self) -> SetLiteral:
        self.expect("(", "(")
        values: list[Literal] = []
        if self.kind != ")":
            values.append(self.parse_literal())
            while self.kind == ",":
                self.advance()
                values.append(self.parse_literal())
        self.expect(")", ", or )")
        return SetLiteral(tuple(values))

    def parse_literal(self) -> Literal:
        if self.kind == "integer":
            return IntegerLiteral(self.parse_integer())
        build = _LITERALS.get(self.kind)
        if build is None:
            raise self.fail("a literal: 'text', a number, true, false, t'...', h'...' or b'...'")
        return build(self.take())

    def parse_integer(self) -> int:
        if self.end - self.start > _MAXIMUM_DIGITS:
            message = f"an integer of more than {_MAXIMUM_DIGITS} digits"
            raise PatternError(message, text=self.text, offset=self.start)
        return int(self.take())

    def parse_path(self) -> ObjectPath:
        if self.kind not in _TYPE_KINDS:
            raise self.fail("an object type")
        object_type = self.take()
        self.expect(":", ": after the object type")
        steps: list[Step] = [self.parse_key()]
        while True:
            if self.kind == ".":
                self.advance()
                steps.append(self.parse_key())
            elif self.kind == "[":
                self.advance()
                steps.append(self.parse_index())
                self.expect("]", "]")
            else:
                return ObjectPath(object_type, tuple(steps), format_steps(steps))

    def parse_key(self) -> KeyStep:
        if self.kind == "string":
            return KeyStep(unescape(self.take()[1:-1]))
        return KeyStep(self.expect("name", "a property name without hyphens, or one in quotes"))

    def parse_index(self) -> IndexStep:
        if self.kind == "*":
            self.advance()
            return IndexStep(None)
        if self.kind != "integer":
            raise self.fail("* or a whole number")
        return IndexStep(self.parse_integer())
