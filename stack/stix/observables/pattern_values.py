"""The observables that a STIX pattern names."""

import re
from collections.abc import Callable
from functools import lru_cache, partial

from stack.stix.observables.detect import detect, read_address
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.normalise import fold
from stack.stix.observables.readings import read_as, read_hash
from stack.stix.observables.refang import refang
from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.lexer import unescape
from stack.stix.patterns.parser import parse_pattern
from stack.stix.patterns.tree import BooleanLiteral, Operator
from stack.stix.patterns.values import PatternValue, equality_values

_PATHS = {
    ("ipv4-addr", "value"): Kind.IPV4,
    ("ipv6-addr", "value"): Kind.IPV6,
    ("domain-name", "value"): Kind.DOMAIN,
    ("url", "value"): Kind.URL,
    ("email-addr", "value"): Kind.EMAIL,
    ("mac-addr", "value"): Kind.MAC,
    ("autonomous-system", "number"): Kind.ASN,
    ("file", "name"): Kind.FILE_NAME,
    ("process", "name"): Kind.FILE_NAME,
    ("directory", "path"): Kind.PATH,
    ("mutex", "name"): Kind.MUTEX,
    ("software", "name"): Kind.NAME,
    ("windows-registry-key", "key"): Kind.REGISTRY_KEY,
    ("x509-certificate", "serial_number"): Kind.CERTIFICATE,
}
# Some sources defang the values of their own patterns.
_DEFANGED = re.compile(r"\[\.\]|hxxp", re.IGNORECASE)
# Endings of longer paths, whatever they start from.
_ENDINGS = (
    ("_ref.name", Kind.FILE_NAME),
    ("_ref.path", Kind.PATH),
    (".'User-Agent'", Kind.USER_AGENT),
)


def read_pattern(text: str) -> list[Observable]:
    """What the pattern looks for: the values of =, IN and ISSUBSET that are not negated, in order.

    A value of a property without a kind of its own is text; true and false tell nothing and are left out. A
    pattern that cannot be parsed names nothing: the validator reports it.
    """
    try:
        values = equality_values(parse_pattern(text))
    except PatternError:
        return []
    found = (read_value(value) for value in values if not value.negated)
    return [observable for observable in found if observable is not None and observable.value]


def read_value(value: PatternValue) -> Observable | None:
    """The observable that a value of a pattern is; None for true, false and what is no network."""
    literal = value.literal
    if isinstance(literal, BooleanLiteral):
        return None
    if value.operator is Operator.ISSUBSET:
        return _read_network(literal.text)
    path = value.path
    return _find_reader(path.object_type, path.text)(literal.text)


def _read_network(text: str) -> Observable | None:
    try:
        return read_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _find_reader(object_type: str, path: str) -> Callable[[str], Observable]:
    """How the values of a property are read."""
    kind = _PATHS.get((object_type, path))
    if kind is not None:
        return partial(read_as, kind)
    if path.startswith("hashes") or ".hashes" in path:
        if object_type == "x509-certificate":
            return partial(read_as, Kind.CERTIFICATE)
        algorithm = unescape(path.rpartition(".")[2].strip("'"))
        return _read_by_shape if path.endswith("]") else partial(read_hash, algorithm)
    if path.endswith((".value", "].value")):
        return _read_by_shape
    for ending, ending_kind in _ENDINGS:
        if path.endswith(ending):
            return partial(read_as, ending_kind)
    return _read_text


def _read_by_shape(text: str) -> Observable:
    return detect(text).observable


def _read_text(text: str) -> Observable:
    return Observable(Kind.TEXT, fold(refang(text) if _DEFANGED.search(text) else text))
