"""Compiles the query tree to the server's query language. Nothing of a user's text reaches it as syntax."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stack.search import query_tree as tree
from stack.search.elasticsearch import mapping as index
from stack.search.fields import FIELDS, FieldType
from stack.search.terms import LONGEST_WITH_PARTS, cut_parts, cut_words, fold_piece, mark_ends
from stack.stix.observables.candidates import candidates
from stack.stix.observables.key_text import key_text
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import fold

Query = dict[str, Any]
Pieces = Sequence[str | tree.Gap]

_NAMES_AND_TEXTS: tuple[str, ...] = (index.TITLE, index.TEXT)
_NAMES: tuple[str, ...] = (index.TITLE,)
_NOTHING: Query = {"match_none": {}}
_EVERYTHING: Query = {"match_all": {}}
# Every word that a pattern matches counts: the server's own way would take the first so many of all there
# are, those included that a reader may not see.
_ALL_WORDS = "constant_score"
# The most terms that a server takes in one query.
_MOST_TERMS = 65_536


def match_all(queries: Sequence[Query], *, without: Sequence[Query] = ()) -> Query:
    """What all of `queries` match and none of `without`."""
    if not without:
        return (
            queries[0]
            if len(queries) == 1
            else {"bool": {"filter": list(queries)}}
            if queries
            else _EVERYTHING
        )
    return {"bool": {"filter": list(queries), "must_not": list(without)}}


def match_any(queries: Sequence[Query]) -> Query:
    if not queries:
        return _NOTHING
    return queries[0] if len(queries) == 1 else {"bool": {"should": list(queries), "minimum_should_match": 1}}


def match_terms(field: str, terms: Iterable[str | int]) -> Query:
    """Any of these terms, however many."""
    listed = list(terms)
    if len(listed) == 1:
        return {"term": {field: {"value": listed[0]}}}
    parts = [listed[at : at + _MOST_TERMS] for at in range(0, len(listed), _MOST_TERMS)]
    return match_any([{"terms": {field: part}} for part in parts])


def match_visible(audiences: Iterable[int]) -> Query:
    """Documents of these audiences that no other face stands before which the same audiences see."""
    seen = [str(each) for each in sorted(audiences)]
    return match_all([match_terms(index.AUDIENCE, seen)], without=[match_terms(index.RIVAL, seen)])


class Compiler:
    """Compiles one request."""

    def __init__(self) -> None:
        self._places = _NAMES_AND_TEXTS

    def compile(self, node: tree.Node) -> Query:  # noqa: C901, PLR0911, PLR0912 - one case per kind of node
        match node:
            case tree.Everything():
                return _EVERYTHING
            case tree.And(parts):
                return match_all([self.compile(part) for part in parts])
            case tree.Or(parts):
                return match_any([self.compile(part) for part in parts])
            case tree.Not(part):
                return match_all([], without=[self.compile(part)])
            case tree.Term(field, text):
                return self._match_words(field, text, slop=0)
            case tree.Phrase(field, text, slop):
                return self._match_words(field, text, slop=slop)
            case tree.Value():
                return self._match_value(node)
            case tree.Wildcard():
                return self._match_pattern(node)
            case tree.Beginning(text):
                pieces = (fold_piece(text), tree.Gap.ANY)
                names = _match_parts(index.NAME, index.NAME_PARTS, pieces)
                return match_any([names, _match_parts(index.VALUE, index.VALUE_PARTS, pieces)])
            case tree.Fuzzy(field, text, distance):
                return self._match_fuzzy(field, text, distance)
            case tree.Range(field, low, high):
                return _match_range(field, {"gte": low, "lt": high})
            case tree.AddressRange(low, high):
                return _match_range(index.ADDRESS, {"gte": low, "lte": high})
            case tree.Objects(object_ids):
                return match_terms(index.ID, object_ids)
            case tree.Present(field):
                return {"exists": {"field": field}}

    def compile_tiers(self, node: tree.Node) -> list[Query]:
        """What ranks first and second: exact names and values, then all words in the name.

        A hit belongs to the first tier that it matches; what matches none comes after them.
        """
        tiers: list[Query] = []
        if exact := self._match_exactly(node):
            tiers.append(exact)
        if tree.has_free_words(node):
            self._places = _NAMES
            tiers.append(self.compile(node))
            self._places = _NAMES_AND_TEXTS
        return tiers

    def compile_filter(self, name: str, values: Sequence[str]) -> Query:
        return match_terms(name, [fold(value) for value in values])

    def compile_filters(self, filters: Mapping[str, Sequence[str]]) -> list[Query]:
        """One query for each filter; all must match."""
        return [self.compile_filter(name, values) for name, values in filters.items()]

    def _match_words(self, field: str | None, text: str, *, slop: int) -> Query:
        if field is None or FIELDS[field].type is FieldType.TEXT:
            words = cut_words(text)
            return match_any([_match_phrase(place, words, slop) for place in self._list_places(field)])
        return match_terms(field, [fold(text)])

    def _match_value(self, node: tree.Value) -> Query:
        queries = [_match_key(node)]
        if node.field is None:
            if node.observable.kind is Kind.CIDR:
                queries.append(self.compile(tree.AddressRange.of_network(node.observable.value)))
            words = cut_words(node.words)
            queries += [_match_phrase(place, words, 0) for place in self._places]
        return match_any(queries)

    def _match_exactly(self, node: tree.Node) -> Query | None:
        """Objects whose name, alias or value the whole query is."""
        if isinstance(node, tree.Objects):
            return self.compile(node)
        if isinstance(node, tree.Value):
            return _match_key(node) if node.field is None else None
        parts = node.parts if isinstance(node, tree.And) else (node,)
        words = []
        for part in parts:
            if not isinstance(part, tree.Term | tree.Phrase) or part.field is not None:
                return None
            words.append(part.text)
        text = fold(" ".join(words))
        return match_any([match_terms(index.NAME, [text]), match_terms(index.VALUE, [text])])

    def _match_fuzzy(self, field: str | None, text: str, distance: int) -> Query:
        words = cut_words(text)
        return match_any(
            [
                match_all([_match_like(place, word, distance) for word in words])
                for place in self._list_places(field)
                if words
            ]
        )

    def _match_pattern(self, node: tree.Wildcard) -> Query:
        pieces = tuple(fold_piece(piece) if isinstance(piece, str) else piece for piece in node.pieces)
        if node.field == "text":
            return _match_wildcard(index.TEXT, pieces)
        if node.field is None and self._places == _NAMES_AND_TEXTS:
            values = _match_parts(index.VALUE, index.VALUE_PARTS, pieces)
            return match_any([values, _match_name(pieces), *_match_word(index.TEXT, pieces)])
        if node.field in {None, "name"}:
            return _match_name(pieces)
        if FIELDS[str(node.field)].type is FieldType.VALUE:
            return _match_parts(index.VALUE, index.VALUE_PARTS, pieces)
        return _match_wildcard(str(node.field), pieces)

    def _list_places(self, field: str | None) -> tuple[str, ...]:
        return self._places if field is None else (index.TITLE if field == "name" else index.TEXT,)


def _match_key(node: tree.Value) -> Query:
    if node.field in {None, "value"}:
        readings = dict.fromkeys((node.observable, *candidates(node.text)))
        return match_terms(index.VALUE, dict.fromkeys(key_text(reading) for reading in readings))
    return match_terms(index.VALUE, [key_text(node.observable)])


def _match_phrase(place: str, words: Sequence[str], slop: int) -> Query:
    if not words:
        return _NOTHING
    if len(words) == 1:
        return match_terms(place, words)
    return {"match_phrase": {place: {"query": " ".join(words), "slop": slop}}}


def _match_like(place: str, word: str, distance: int) -> Query:
    return {"fuzzy": {place: {"value": word, "fuzziness": distance, "rewrite": _ALL_WORDS}}}


def _match_name(pieces: Pieces) -> Query:
    """Names as a whole and their words; a name that is a value is kept with the values."""
    values = _match_parts(index.VALUE, index.VALUE_PARTS, pieces)
    is_name: Query = {"term": {index.IS_NAMED_BY_VALUE: True}}
    names = _match_parts(index.NAME, index.NAME_PARTS, pieces)
    return match_any([names, match_all([values, is_name]), *_match_word(index.TITLE, pieces)])


def _match_word(place: str, pieces: Pieces) -> list[Query]:
    """Words that a pattern with a literal beginning matches; any other would have to try every word."""
    return [_match_wildcard(place, pieces)] if isinstance(pieces[0], str) else []


def _match_parts(terms: str, parts: str, pieces: Pieces) -> Query:
    """A pattern with one literal piece is a phrase of parts; any other goes through the list of terms."""
    literals = [piece for piece in pieces if isinstance(piece, str)]
    if len(literals) == 1 and tree.Gap.ONE not in pieces:
        is_start, is_end = isinstance(pieces[0], str), isinstance(pieces[-1], str)
        words = cut_parts(mark_ends(literals[0], is_start=is_start, is_end=is_end))
        if words and len(literals[0]) < LONGEST_WITH_PARTS:
            return _match_phrase(parts, words, 0)
    return _match_wildcard(terms, pieces)


def _match_wildcard(field: str, pieces: Pieces) -> Query:
    pattern = "".join(_escape(piece) if isinstance(piece, str) else piece.value for piece in pieces)
    return {"wildcard": {field: {"value": pattern, "rewrite": _ALL_WORDS}}}


def _match_range(field: str, bounds: Mapping[str, int | str | None]) -> Query:
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"range": {field: given}} if given else {"exists": {"field": field}}


def _escape(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\*?" else char for char in text)
