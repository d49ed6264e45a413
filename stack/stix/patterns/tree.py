"""The typed tree of a STIX pattern (STIX 2.1, section 9).

Chains of one operator are flat: `a AND b AND c` is one node with three operands. Parentheses round one
operand leave no trace. Two patterns are equal where their trees are.
"""

import base64
from enum import StrEnum
from typing import TypeAlias

import msgspec


class StringLiteral(msgspec.Struct, frozen=True, gc=False):
    """`'...'`, with its escapes resolved."""

    value: str

    @property
    def text(self) -> str:
        return self.value


class IntegerLiteral(msgspec.Struct, frozen=True, gc=False):
    value: int

    @property
    def text(self) -> str:
        return str(self.value)


class FloatLiteral(msgspec.Struct, frozen=True, gc=False):
    """A float as written, without a leading plus: decimal digits that a binary float would not keep."""

    text: str

    @property
    def value(self) -> float:
        return float(self.text)


class BooleanLiteral(msgspec.Struct, frozen=True, gc=False):
    value: bool

    @property
    def text(self) -> str:
        return "true" if self.value else "false"


class TimestampLiteral(msgspec.Struct, frozen=True, gc=False):
    """`t'...'`, the timestamp as written: its precision is part of it."""

    text: str


class HexLiteral(msgspec.Struct, frozen=True, gc=False):
    """`h'...'`"""

    value: bytes

    @property
    def text(self) -> str:
        return self.value.hex()


class BinaryLiteral(msgspec.Struct, frozen=True, gc=False):
    """`b'...'`, decoded from Base64."""

    value: bytes

    @property
    def text(self) -> str:
        return base64.b64encode(self.value).decode("ascii")


Literal: TypeAlias = (
    StringLiteral
    | IntegerLiteral
    | FloatLiteral
    | BooleanLiteral
    | TimestampLiteral
    | HexLiteral
    | BinaryLiteral
)


class SetLiteral(msgspec.Struct, frozen=True, gc=False):
    """`(..., ...)` after IN."""

    values: tuple[Literal, ...]


class KeyStep(msgspec.Struct, frozen=True, gc=False):
    """A property, or a key of a dictionary or of `extensions`."""

    name: str

    @property
    def is_reference(self) -> bool:
        """True where the next step is looked up in the object that this property refers to."""
        return self.name.endswith(("_ref", "_refs"))


class IndexStep(msgspec.Struct, frozen=True, gc=False):
    """`[3]`, or `[*]` for any element: then `index` is None."""

    index: int | None


Step: TypeAlias = KeyStep | IndexStep


class ObjectPath(msgspec.Struct, frozen=True, gc=False):
    """`file:hashes.'SHA-256'`: an object type, the steps to a property, and `text`, the steps written out."""

    object_type: str
    steps: tuple[Step, ...]
    text: str


class Operator(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    LESS = "<"
    GREATER_OR_EQUAL = ">="
    LESS_OR_EQUAL = "<="
    IN = "IN"
    LIKE = "LIKE"
    MATCHES = "MATCHES"
    ISSUBSET = "ISSUBSET"
    ISSUPERSET = "ISSUPERSET"


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """One test of a property; `negated` where NOT stands before the operator."""

    path: ObjectPath
    operator: Operator
    value: Literal | SetLiteral
    negated: bool = False


class Exists(msgspec.Struct, frozen=True, gc=False):
    path: ObjectPath
    negated: bool = False


class ComparisonAnd(msgspec.Struct, frozen=True, gc=False):
    operands: "tuple[ComparisonExpression, ...]"


class ComparisonOr(msgspec.Struct, frozen=True, gc=False):
    operands: "tuple[ComparisonExpression, ...]"


ComparisonExpression: TypeAlias = Comparison | Exists | ComparisonAnd | ComparisonOr


class Within(msgspec.Struct, frozen=True, gc=False):
    seconds: IntegerLiteral | FloatLiteral


class Repeats(msgspec.Struct, frozen=True, gc=False):
    times: int


class StartStop(msgspec.Struct, frozen=True, gc=False):
    start: TimestampLiteral
    stop: TimestampLiteral


Qualifier: TypeAlias = Within | Repeats | StartStop


class Observation(msgspec.Struct, frozen=True, gc=False):
    """`[...]`: one observed-data object for which the comparison holds."""

    comparison: ComparisonExpression


class Qualified(msgspec.Struct, frozen=True, gc=False):
    """An observation or a group with the qualifiers written after it, in their order."""

    expression: "ObservationExpression"
    qualifiers: tuple[Qualifier, ...]


class ObservationAnd(msgspec.Struct, frozen=True, gc=False):
    operands: "tuple[ObservationExpression, ...]"


class ObservationOr(msgspec.Struct, frozen=True, gc=False):
    operands: "tuple[ObservationExpression, ...]"


class FollowedBy(msgspec.Struct, frozen=True, gc=False):
    operands: "tuple[ObservationExpression, ...]"


ObservationExpression: TypeAlias = Observation | Qualified | ObservationAnd | ObservationOr | FollowedBy


class Pattern(msgspec.Struct, frozen=True, gc=False):
    expression: ObservationExpression
