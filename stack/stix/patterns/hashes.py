"""The rule of the OASIS validator beyond its grammar: a value compared with a hash looks like that hash."""

import re
from functools import lru_cache

from stack.stix.patterns.tree import KeyStep, Literal, ObjectPath, Operator, SetLiteral, StringLiteral

_DIGITS = {
    "MD5": (32,),
    "MD6": (32, 40, 56, 64, 96, 128),
    "RIPEMD160": (40,),
    "SHA1": (40,),
    "SHA224": (56,),
    "SHA256": (64,),
    "SHA384": (96,),
    "SHA512": (128,),
    "SHA3224": (56,),
    "SHA3256": (64,),
    "SHA3384": (96,),
    "SHA3512": (128,),
    "WHIRLPOOL": (128,),
}
_SHAPES = {
    name: re.compile("|".join(f"[0-9a-fA-F]{{{length}}}" for length in lengths))
    for name, lengths in _DIGITS.items()
} | {"SSDEEP": re.compile(r"[a-zA-Z0-9/+:.]{1,128}")}

# These compare with a part or an expression of the value, not with a whole one.
_PARTIAL = frozenset({Operator.LIKE, Operator.MATCHES})


class HashRule:
    """What a path that ends in the name of a hash algorithm may be compared with."""

    __slots__ = ("algorithm", "shape")

    def __init__(self, algorithm: str, shape: re.Pattern[str]) -> None:
        self.algorithm = algorithm
        self.shape = shape

    def find_fault(self, operator: Operator, value: Literal | SetLiteral) -> str:
        """The first value that cannot be a hash of the algorithm, or ""."""
        if operator in _PARTIAL:
            return ""
        for literal in value.values if isinstance(value, SetLiteral) else (value,):
            if not isinstance(literal, StringLiteral) or not self.shape.fullmatch(literal.value):
                return literal.text or "''"
        return ""


@lru_cache(maxsize=1024)
def find_hash_rule(path: ObjectPath) -> HashRule | None:
    """The rule for a path such as `file:hashes.'SHA-256'`; None where any value will do."""
    last = path.steps[-1]
    if not isinstance(last, KeyStep) or KeyStep("hashes") not in path.steps:
        return None
    shape = _SHAPES.get(last.name.upper().replace("-", "").replace("'", ""))
    return HashRule(last.name, shape) if shape else None
