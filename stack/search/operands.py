"""What a word, a phrase or a range means for the field that it stands at. Faults are ValueErrors in words."""

import re

from stack.search import query_tree as tree
from stack.search.fields import Field, FieldType
from stack.search.pasted import is_escaped, unescape
from stack.search.periods import read_period
from stack.stix.observables.detect import detect, detect_as
from stack.stix.observables.kinds import Kind, Observable

LONGEST_PATTERN = 200
SHORTEST_PART = 3
_GAPS = {"*": tree.Gap.ANY, "?": tree.Gap.ONE}
_PIECES = re.compile(r"\\.|[*?]|[^*?\\]+|\\", re.DOTALL)
_TRUE = {"true", "yes", "1"}
_FALSE = {"false", "no", "0"}
_LOCAL_PATH = re.compile(r"[A-Za-z]:\\|\\\\|HK[A-Z_]+\\")
_NUMBER = re.compile(r"\d{1,9}")


def read_free_word(text: str) -> tree.Node:
    """A word without a field: a pattern, a value, or a word of names and texts."""
    if is_escaped(text):
        return tree.Term(None, unescape(text))
    found = detect(text)
    if found.observable.kind is Kind.URL and "*" not in text:
        return tree.Value(None, found.observable, text)
    if _has_gaps(text):
        return _read_pattern(None, text)
    if found.observable.kind is Kind.TEXT:
        return tree.Term(None, text)
    return tree.Value(None, found.observable, text)


def read_field_words(  # noqa: PLR0911 - one answer per type of field
    field: Field | None, text: str, *, slop: int = 0, is_word: bool = False
) -> tree.Node:
    """A word (`is_word`, where * and ? are gaps) or a quoted phrase, at a field or at none."""
    if field is None:
        return tree.Phrase(None, text, slop)
    if is_word and text == "*":
        return _read_presence(field)
    match field.type:
        case FieldType.DATE:
            low, high = read_period(text)
            return tree.Range(field.name, low, high)
        case FieldType.NUMBER:
            number = _read_number(field, text)
            return tree.Range(field.name, number, number + 1)
        case FieldType.FLAG:
            return tree.Term(field.name, _read_flag(field, text))
    if is_word and _has_gaps(text) and not is_escaped(text):
        if field.type is FieldType.ID:
            raise ValueError("id takes a whole STIX id; type finds all objects of a type")
        return _read_pattern(field, text)
    plain = unescape(text) if is_word and is_escaped(text) else text
    if field.type is FieldType.VALUE:
        return _read_value(field, plain)
    return (
        tree.Phrase(field.name, plain, slop) if field.type is FieldType.TEXT else tree.Term(field.name, plain)
    )


def read_range(field: Field | None, low: str, high: str, *, include: tuple[bool, bool]) -> tree.Node:
    """`[low TO high]` with `*` for an open end; `include` says whether each end belongs to it."""
    if field is None:
        raise ValueError("a range needs a field, as in modified:[2024-01 TO 2024-06]")
    low, high = low.strip('"'), high.strip('"')
    match field.type:
        case FieldType.DATE:
            start = None if low == "*" else read_period(low)[0 if include[0] else 1]
            end = None if high == "*" else read_period(high)[1 if include[1] else 0]
            return tree.Range(field.name, start, end)
        case FieldType.NUMBER:
            first = None if low == "*" else _read_number(field, low) + (not include[0])
            last = None if high == "*" else _read_number(field, high) + include[1]
            return tree.Range(field.name, first, last)
    if field.name != "ip":
        raise ValueError(f"{field.name} has no order: ranges are for dates, numbers and ip")
    return _read_address_range(low, high)


def read_pieces(text: str) -> tuple[str | tree.Gap, ...]:
    """Literal pieces and gaps of a pattern; a backslash before * or ? makes it literal, except in a path."""
    pieces: list[str | tree.Gap] = []
    tokens = re.findall(r"[*?]|[^*?]+", text) if _LOCAL_PATH.match(text) else _PIECES.findall(text)
    for token in tokens:
        piece = _GAPS.get(token) or (token[1:] if token in {"\\*", "\\?"} else token)
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        elif piece is not tree.Gap.ANY or not pieces or pieces[-1] is not tree.Gap.ANY:
            pieces.append(piece)
    return tuple(pieces)


def _read_pattern(field: Field | None, text: str) -> tree.Node:
    pieces = read_pieces(text)
    letters = sum(len(piece) for piece in pieces if isinstance(piece, str))
    if letters > LONGEST_PATTERN:
        raise ValueError(f"a pattern with * or ? has at most {LONGEST_PATTERN} characters")
    is_open = pieces[0] is tree.Gap.ANY and pieces[-1] is tree.Gap.ANY
    if letters < SHORTEST_PART and (is_open or not letters):
        raise ValueError(f"between two wildcards there must be at least {SHORTEST_PART} characters")
    return tree.Wildcard(field.name if field else None, pieces)


def _has_gaps(text: str) -> bool:
    return any(isinstance(piece, tree.Gap) for piece in read_pieces(text))


def _read_presence(field: Field) -> tree.Node:
    if field.type in {FieldType.TEXT, FieldType.VALUE, FieldType.ID}:
        raise ValueError(f"{field.name}:* cannot be asked; kind:* finds what has values")
    return tree.Present(field.name)


def _read_value(field: Field, text: str) -> tree.Node:
    observable = detect(text).observable
    if field.kinds and observable.kind not in field.kinds:
        if len(field.kinds) > 1:
            expected = ", ".join(kind.value for kind in field.kinds)
            raise ValueError(f"{field.name}: “{text}” is none of {expected}")
        observable = detect_as(text, field.kinds[0]).observable
    if field.name == "ip" and observable.kind is Kind.CIDR:
        return tree.AddressRange.of_network(observable.value)
    return tree.Value(field.name, observable, text)


def _read_address_range(low: str, high: str) -> tree.Node:
    ends: list[Observable] = [detect(text).observable for text in (low, high)]
    if any(end.kind not in {Kind.IPV4, Kind.IPV6} for end in ends) or ends[0].kind is not ends[1].kind:
        raise ValueError("ip takes a range of two addresses, as in ip:[192.0.2.1 TO 192.0.2.9]")
    return tree.AddressRange(ends[0].value, ends[1].value)


def _read_number(field: Field, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{field.name}: “{text}” is no whole number")
    return int(text)


def _read_flag(field: Field, text: str) -> str:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"{field.name} is true or false, not “{text}”")
    return "true" if word in _TRUE else "false"
