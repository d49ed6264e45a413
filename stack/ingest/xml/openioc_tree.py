"""The tree of an OpenIOC, AND and OR of items, as one STIX pattern."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from stack.ingest.xml.openioc_terms import EXTENSIONS, FULL_PATHS, NUMBERS, PATHS
from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.lexer import escape
from stack.stix.patterns.parser import parse_pattern

_ORDERS: Final = {"greater-than": ">", "less-than": "<"}
_PARTS: Final = {"contains": ("%", "%"), "starts-with": ("", "%"), "ends-with": ("%", "")}
_NO_TERM: Final = "STIX has no property for it, or Stack does not know the term"


@dataclass(frozen=True, slots=True)
class Leaf:
    """An item: what is looked at (`FileItem/Md5sum`), how, and the value."""

    term: str
    condition: str
    value: str
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Branch:
    operator: str
    children: "list[Leaf | Branch]"


Node: TypeAlias = Leaf | Branch


@dataclass(frozen=True, slots=True)
class _Written:
    """`text` is a comparison about objects of the type `root`, or observations where there is no root."""

    text: str
    root: str
    is_single: bool


def write_tree(tree: Node, losses: dict[str, str]) -> str:
    """The pattern; empty where none of it can be said. `losses` gets each term that was left out, and why."""
    found = _write(tree, losses)
    return "" if found is None else _observe(found)


def _write(node: Node, losses: dict[str, str]) -> _Written | None:
    if isinstance(node, Leaf):
        return _write_leaf(node, losses)
    parts = [_write(child, losses) for child in node.children]
    whole = [part for part in parts if part is not None]
    if not whole or (node.operator == "AND" and len(whole) < len(parts)):
        if whole:
            for term in _terms(node):
                losses.setdefault(term, "an AND without one of its items would match more than was meant")
        return None
    return _join(list(dict.fromkeys(whole)), node.operator)


def _join(parts: list[_Written], operator: str) -> _Written:
    """What is about one type of object stays one comparison; the rest is joined as observations."""
    if len(parts) == 1:
        return parts[0]
    by_root: dict[str, list[_Written]] = {}
    for part in parts:
        by_root.setdefault(part.root, []).append(part)
    joined: list[_Written] = []
    for root, group in by_root.items():
        if not root or len(group) == 1:
            joined += group
        else:
            text = f" {operator} ".join(part.text if part.is_single else f"({part.text})" for part in group)
            joined.append(_Written(text, root, is_single=False))
    if len(joined) == 1:
        return joined[0]
    texts = [_observe(part) for part in joined]
    texts = [
        text if part.is_single or part.root else f"({text})" for text, part in zip(texts, joined, strict=True)
    ]
    return _Written(f" {operator} ".join(texts), "", is_single=False)


def _observe(part: _Written) -> str:
    return f"[{part.text}]" if part.root else part.text


def _write_leaf(leaf: Leaf, losses: dict[str, str]) -> _Written | None:
    text = "" if not leaf.value else _compare(leaf)
    if not text:
        losses[leaf.term or "IndicatorItem"] = _NO_TERM if leaf.value else "it has no content"
        return None
    try:
        parse_pattern(f"[{text}]")
    except PatternError as error:
        losses[leaf.term] = f"the value {leaf.value[:40]!r} makes no pattern: {error}"
        return None
    return _Written(text, text.removeprefix("(").partition(":")[0], is_single=" AND " not in text)


def _compare(leaf: Leaf) -> str:
    if leaf.term in EXTENSIONS:
        return _test("file:name", "ends-with", f".{leaf.value.removeprefix('.')}", is_negated=leaf.is_negated)
    if leaf.term in FULL_PATHS:
        return _compare_full_path(leaf)
    path = PATHS.get(leaf.term, "")
    if path == "ipv4-addr:value" and ":" in leaf.value:
        path = "ipv6-addr:value"
    return _test(path, leaf.condition, leaf.value, is_negated=leaf.is_negated) if path else ""


def _compare_full_path(leaf: Leaf) -> str:
    """A whole path is a name in a directory; a part of one is looked for in the directory."""
    folder, slash, name = leaf.value.replace("/", "\\").rpartition("\\")
    directory = "file:parent_directory_ref.path"
    if leaf.condition == "is" and slash and name and not leaf.is_negated:
        parent = leaf.value[: len(folder)]
        return f"(file:name = {_quote(name)} AND {directory} = {_quote(parent)})" if parent else ""
    if leaf.condition in {"contains", "ends-with"} and not slash:
        return _test("file:name", leaf.condition, leaf.value, is_negated=leaf.is_negated)
    if leaf.condition == "ends-with" and name and not leaf.is_negated:
        parent = leaf.value[: len(folder)].lstrip("\\/")
        inside = f" AND {_test(directory, 'ends-with', parent, is_negated=False)}" if parent else ""
        return f"(file:name = {_quote(name)}{inside})" if inside else f"file:name = {_quote(name)}"
    if leaf.condition in {"contains", "starts-with"}:
        return _test(directory, leaf.condition, leaf.value.rstrip("\\/"), is_negated=leaf.is_negated)
    return ""


def _test(path: str, condition: str, value: str, *, is_negated: bool) -> str:
    """One comparison; empty where the condition cannot be said of the property."""
    negation = " NOT" if is_negated else ""
    if path in NUMBERS:
        operator = {"is": "=", **_ORDERS}.get(condition, "")
        is_number = value.isdecimal() and value.isascii() and len(value) < 19
        return f"{path}{negation} {operator} {int(value)}" if operator and is_number else ""
    if condition == "is":
        return f"{path} {'!=' if is_negated else '='} {_quote(value)}"
    if condition == "matches":
        return f"{path}{negation} MATCHES {_quote(value)}"
    if condition not in _PARTS:
        return ""
    before, after = _PARTS[condition]
    if "%" in value or "_" in value:
        # LIKE has no escape for its wildcards (STIX 2.1, section 9.6.1).
        expression = ("" if before else "^") + re.escape(value) + ("" if after else "$")
        return f"{path}{negation} MATCHES {_quote(expression)}"
    return f"{path}{negation} LIKE {_quote(before + value + after)}"


def _quote(text: str) -> str:
    return f"'{escape(text)}'"


def _terms(node: Node) -> Iterator[str]:
    if isinstance(node, Leaf):
        yield node.term
    else:
        for child in node.children:
            yield from _terms(child)
