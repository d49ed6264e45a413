"""The query language: Lucene syntax with named fields, read by luqum into the tree of `query_tree`.

Words beside each other must all match; OR binds closer than that. docs/search.md is written for users.
"""

import re
import threading
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO

from luqum import tree as syntax
from luqum.exceptions import ParseError

from stack.core.errors import BadInput, FieldError
from stack.search import query_tree as tree
from stack.search.descriptions import describe_query
from stack.search.fields import FIELDS, Field, suggest_fields
from stack.search.operands import read_field_words, read_free_word, read_range
from stack.search.pasted import MARK, ProtectedQuery, protect_query, read_whole_value, unescape

with redirect_stderr(StringIO()):
    # Where PLY finds no tables in its cache it makes them, and tells of conflicts in luqum's own grammar.
    from luqum.parser import lexer, parser

# What the pages and the REST API call a query, in messages about one.
QUERY_FIELD = "q"
LONGEST_QUERY = 4_000
MOST_CLAUSES = 100
DEEPEST_NESTING = 20

# PLY's lexer keeps its place in itself, and one parser serves all threads; a query takes 0.2 ms.
_PARSER = threading.Lock()
_POSITION = re.compile(r"at position (\d+)")


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query as it was understood; `reading` says so in words."""

    node: tree.Node
    reading: str


def parse_query(query: str, *, reading: str = "auto") -> ParsedQuery:
    """The tree of a query. `reading` is `auto`, or `text` to take every word literally.

    A query that is one value (an address, a hash, a URL, fanged or defanged) is read as that value.
    Raises BadInput with the position of the fault, counted from 1, and what to do about it.
    """
    text = query.strip()
    if reading not in {"auto", "text"}:
        raise BadInput(f"No reading “{reading}”", remedy="Use auto or text.")
    if len(text) > LONGEST_QUERY:
        raise BadInput(
            f"The query has {len(text):,} characters; at most {LONGEST_QUERY:,} are read",
            remedy="To ask for many values at once, use the look-up.",
        )
    if text in {"", "*", "*:*"}:
        return ParsedQuery(tree.Everything(), "everything")
    query = query.replace(MARK, " ")  # a private character that nobody writes stands for pasted words
    text = query.strip()
    if reading == "text":
        return _read_literally(text)
    if found := read_whole_value(text):
        return ParsedQuery(tree.Value(None, found.observable, text), found.note)
    node = _Reader(query, protect_query(query)).read()
    return ParsedQuery(node, describe_query(node))


def _read_literally(text: str) -> ParsedQuery:
    words = text.split()
    if not words:
        raise BadInput("There is nothing to look for in the query", remedy="Write a word.")
    if len(words) > MOST_CLAUSES:
        raise BadInput(f"The query has more than {MOST_CLAUSES} words", remedy="Shorten it.")
    parts: tuple[tree.Node, ...] = tuple(tree.Term(None, word) for word in words)
    node = parts[0] if len(parts) == 1 else tree.And(parts)
    return ParsedQuery(node, f"words as they stand: {describe_query(node)}")


class _Reader:
    """Reads one query; keeps count of its clauses."""

    def __init__(self, query: str, protected: ProtectedQuery) -> None:
        self._query = query
        self._protected = protected
        self._clauses = 0

    def read(self) -> tree.Node:
        if not self._protected.text.strip(" ()"):
            # Never read as everything: an export by a slip of the hand would give all away.
            raise self.refuse(
                "There is nothing to look for in the query",
                0,
                remedy="Write a word between the brackets or quotes; * alone finds everything.",
            )
        try:
            with _PARSER:
                parsed = parser.parse(self._protected.text, lexer=lexer)
        except ParseError as error:
            raise self._explain(str(error)) from None
        except ArithmeticError:
            # luqum reads the number behind ^ or ~ without looking whether it is one.
            place = max(self._query.find("^"), self._query.find("~"), 0)
            raise self.refuse(
                "What stands behind ^ or ~ is no number",
                place,
                remedy="Leave the sign out, or put the words in double quotes.",
            ) from None
        return self._convert(parsed, None, 0)

    def _explain(self, message: str) -> BadInput:
        found = _POSITION.search(message)
        if found is None:
            return self.refuse(
                "The query ends too early",
                len(self._query),
                remedy="Close every bracket, and write something after AND, OR, NOT and a field's colon.",
            )
        place = self._protected.locate(int(found[1]))
        return self.refuse(
            f"“{self._query[place : place + 20]}” is not expected here",
            place,
            remedy="Put the words in double quotes to search for them as they stand.",
        )

    def refuse(self, detail: str, place: int, *, remedy: str) -> BadInput:
        detail = f"{detail} (position {place + 1} of the query)"
        return BadInput(detail, remedy=remedy, errors=(FieldError(QUERY_FIELD, detail),))

    def _convert(  # noqa: PLR0911 - one case per kind of node
        self, item: syntax.Item, field: Field | None, depth: int
    ) -> tree.Node:
        self._clauses += 1
        if self._clauses > 2 * MOST_CLAUSES or depth > DEEPEST_NESTING:
            what = "brackets are nested too deeply" if depth > DEEPEST_NESTING else "query has too many parts"
            raise BadInput(
                f"The {what}: at most {MOST_CLAUSES} words and {DEEPEST_NESTING} levels are read",
                remedy="Shorten it; to ask for many values at once, use the look-up.",
            )
        match item:
            case syntax.OrOperation():
                return tree.Or(self._convert_all(item, field, depth))
            case syntax.BaseOperation():
                return tree.And(self._convert_all(item, field, depth))
            case syntax.Not() | syntax.Prohibit():
                return tree.Not(self._convert(item.a, field, depth + 1))
            case syntax.Plus():
                return self._convert(item.a, field, depth + 1)
            case syntax.BaseGroup():
                return self._convert(item.expr, field, depth + 1)
            case syntax.SearchField():
                return self._convert(item.expr, self._find_field(item), depth + 1)
            case _:
                return self._convert_operand(item, field)

    def _convert_all(
        self, item: syntax.BaseOperation, field: Field | None, depth: int
    ) -> tuple[tree.Node, ...]:
        return tuple(self._convert(part, field, depth + 1) for part in item.children)

    def _find_field(self, item: syntax.SearchField) -> Field:
        try:
            return FIELDS[item.name]
        except KeyError:
            raise self._refuse_field(str(item.name), self._place(item)) from None

    def _refuse_field(self, name: str, place: int) -> BadInput:
        near = suggest_fields(name)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        return self.refuse(
            f"There is no field “{name}”",
            place,
            remedy=f"{hint}Put it in double quotes to search for the text; docs/search.md lists the fields.",
        )

    def _convert_operand(  # noqa: PLR0911 - one case per kind of operand
        self, item: syntax.Item, field: Field | None
    ) -> tree.Node:
        place = self._place(item)
        try:
            match item:
                case syntax.Range():
                    bounds = (str(item.low), str(item.high))
                    return read_range(field, *bounds, include=(item.include_low, item.include_high))
                case syntax.From():
                    return read_range(field, str(item.a), "*", include=(item.include, True))
                case syntax.To():
                    return read_range(field, "*", str(item.a), include=(True, item.include))
                case syntax.Fuzzy():
                    return self._convert_fuzzy(item, field)
                case syntax.Proximity():
                    return self._convert_phrase(item.term, field, place, slop=min(int(item.degree), 20))
                case syntax.Phrase():
                    return self._convert_phrase(item, field, place, slop=0)
                case syntax.Boost():
                    raise ValueError("boosts (^) are not supported: names rank first, then the newest")
                case syntax.Word():
                    return self._convert_word(str(item.value), field, place)
                case _:
                    raise ValueError("regular expressions are not supported; use * and ?")
        except ValueError as error:
            raise self.refuse(str(error), place, remedy="docs/search.md says what a field takes.") from None

    def _convert_fuzzy(self, item: syntax.Fuzzy, field: Field | None) -> tree.Node:
        if field is not None and field.name not in {"name", "text"}:
            raise ValueError(f"{field.name}: spelling variants (~) are for the words of name and text")
        degree = float(item.degree)
        distance = int(degree) if degree >= 1 else 2
        return tree.Fuzzy(field.name if field else None, str(item.term.value), min(distance, 2))

    def _convert_phrase(
        self, item: syntax.Phrase, field: Field | None, place: int, *, slop: int
    ) -> tree.Node:
        text = item.value[1:-1]
        if text.startswith(MARK):
            return self._convert_word(self._protected.words[int(text[1:])].text, field, place)
        return read_field_words(field, unescape(text), slop=slop)

    def _convert_word(self, text: str, field: Field | None, place: int) -> tree.Node:
        if field is not None:
            return read_field_words(field, text, is_word=True)
        name, colon, rest = text.partition(":")
        if colon and re.fullmatch(r"[A-Za-z_]{2,40}", name) and not re.search(r"[:/\\@.]", rest):
            if name.lower() in FIELDS:
                raise ValueError(f"“{name}:” needs a value right after the colon")
            raise self._refuse_field(name, place)
        return read_free_word(text)

    def _place(self, item: syntax.Item) -> int:
        return self._protected.locate(int(item.pos or 0))
