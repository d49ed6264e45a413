"""Compiles the query tree to tantivy's queries. Nothing of a user's text reaches tantivy as syntax."""

from collections.abc import Iterable, Mapping, Sequence

import tantivy
from tantivy import Occur, Query

from stack.search import query_tree as tree
from stack.search.embedded import schema as index
from stack.search.fields import FIELDS, FieldType
from stack.search.terms import LONGEST_WITH_PARTS, cut_parts, cut_words, fold_piece, mark_ends
from stack.stix.observables.candidates import candidates
from stack.stix.observables.key_text import key_text
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import fold

_NAMES_AND_TEXTS: tuple[str, ...] = (index.TITLE, index.TEXT)
_NAMES: tuple[str, ...] = (index.TITLE,)
Bound = int | str | None
_SPECIAL = frozenset("\\.+*?()|[]{}^$#&-~")
_GAPS = {tree.Gap.ANY: ".*", tree.Gap.ONE: "."}
_FEW_TERMS = 32


def match_all(queries: Sequence[Query], *, without: Iterable[Query] = ()) -> Query:
    """What all of `queries` match and none of `without`."""
    excluded = [(Occur.MustNot, query) for query in without]
    if len(queries) == 1 and not excluded:
        return queries[0]
    return Query.boolean_query([*((Occur.Must, query) for query in queries), *excluded])


def match_any(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.empty_query()
    return (
        queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])
    )


def match_numbers(schema: tantivy.Schema, field: str, numbers: Iterable[int]) -> Query:
    return _match_terms(schema, field, sorted(numbers))


def _match_terms(schema: tantivy.Schema, field: str, terms: Sequence[int] | Sequence[str]) -> Query:
    """Any of these terms. A set of terms costs as much as some thirty of them one by one."""
    if len(terms) <= _FEW_TERMS:
        return match_any([Query.term_query(schema, field, term, "basic") for term in terms])
    return Query.term_set_query(schema, field, list(terms))


class Compiler:
    """Compiles for one schema."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema
        self._places = _NAMES_AND_TEXTS

    def compile(self, node: tree.Node) -> Query:  # noqa: C901, PLR0911, PLR0912 - one case per kind of node
        match node:
            case tree.Everything():
                return Query.all_query()
            case tree.And(parts):
                return match_all([self.compile(part) for part in parts])
            case tree.Or(parts):
                return match_any([self.compile(part) for part in parts])
            case tree.Not(part):
                return match_all([Query.all_query()], without=[self.compile(part)])
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
                names = self._match_parts(index.NAME, index.NAME_PARTS, pieces)
                return match_any([names, self._match_parts(index.VALUE, index.VALUE_PARTS, pieces)])
            case tree.Fuzzy(field, text, distance):
                return self._match_fuzzy(field, text, distance)
            case tree.Range(field, low, high):
                return self._match_range(field, tantivy.FieldType.Integer, low, high, include_high=False)
            case tree.AddressRange(low, high):
                return self._match_range(
                    index.ADDRESS, tantivy.FieldType.IpAddr, low, high, include_high=True
                )
            case tree.Objects(object_ids):
                return match_numbers(self._schema, index.ID, object_ids)
            case tree.Present(field):
                return Query.exists_query(field)

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

    def compile_filters(self, filters: Mapping[str, Sequence[str]]) -> list[Query]:
        """One query for each filter; all must match."""
        return [
            _match_terms(self._schema, name, [fold(value) for value in values])
            for name, values in filters.items()
        ]

    def before(self, field: str, key: int) -> Query:
        """What sorts after a hit with this key in a descending order."""
        number = tantivy.FieldType.Unsigned
        return Query.range_query(self._schema, field, number, upper_bound=key, include_upper=False)

    def _match_words(self, field: str | None, text: str, *, slop: int) -> Query:
        if field is None or FIELDS[field].type is FieldType.TEXT:
            words = cut_words(text)
            return match_any([self._match_phrase(place, words, slop) for place in self._list_places(field)])
        return self._match_term(field, fold(text))

    def _match_phrase(self, place: str, words: Sequence[str], slop: int) -> Query:
        if not words:
            return Query.empty_query()
        if len(words) == 1:
            return Query.term_query(self._schema, place, words[0])
        return Query.phrase_query(self._schema, place, list(words), slop)

    def _match_value(self, node: tree.Value) -> Query:
        queries = [self._match_key(node)]
        if node.field is None:
            if node.observable.kind is Kind.CIDR:
                queries.append(self.compile(tree.AddressRange.of_network(node.observable.value)))
            words = cut_words(node.words)
            queries += [self._match_phrase(place, words, 0) for place in self._places]
        return match_any(queries)

    def _match_key(self, node: tree.Value) -> Query:
        if node.field in {None, "value"}:
            readings = dict.fromkeys((node.observable, *candidates(node.text)))
            texts = list(dict.fromkeys(key_text(reading) for reading in readings))
        else:
            texts = [key_text(node.observable)]
        return _match_terms(self._schema, index.VALUE, texts)

    def _match_exactly(self, node: tree.Node) -> Query | None:
        """Objects whose name, alias or value the whole query is."""
        if isinstance(node, tree.Objects):
            return self.compile(node)
        if isinstance(node, tree.Value):
            return self._match_key(node) if node.field is None else None
        parts = node.parts if isinstance(node, tree.And) else (node,)
        words = []
        for part in parts:
            if not isinstance(part, tree.Term | tree.Phrase) or part.field is not None:
                return None
            words.append(part.text)
        text = fold(" ".join(words))
        return match_any([self._match_term(index.NAME, text), self._match_term(index.VALUE, text)])

    def _match_fuzzy(self, field: str | None, text: str, distance: int) -> Query:
        words = cut_words(text)
        return match_any(
            [
                match_all([Query.fuzzy_term_query(self._schema, place, word, distance) for word in words])
                for place in self._list_places(field)
                if words
            ]
        )

    def _match_pattern(self, node: tree.Wildcard) -> Query:
        pieces = tuple(fold_piece(piece) if isinstance(piece, str) else piece for piece in node.pieces)
        if node.field == "text":
            return self._match_regex(index.TEXT, pieces)
        if node.field is None and self._places == _NAMES_AND_TEXTS:
            values = self._match_parts(index.VALUE, index.VALUE_PARTS, pieces)
            return match_any([values, self._match_name(pieces), *self._match_word(index.TEXT, pieces)])
        if node.field in {None, "name"}:
            return self._match_name(pieces)
        if FIELDS[str(node.field)].type is FieldType.VALUE:
            return self._match_parts(index.VALUE, index.VALUE_PARTS, pieces)
        return self._match_regex(str(node.field), pieces)

    def _match_name(self, pieces: Sequence[str | tree.Gap]) -> Query:
        """Names as a whole and their words; a name that is a value is kept with the values."""
        values = self._match_parts(index.VALUE, index.VALUE_PARTS, pieces)
        is_name = Query.term_query(self._schema, index.IS_NAMED_BY_VALUE, 1)
        names = self._match_parts(index.NAME, index.NAME_PARTS, pieces)
        return match_any([names, match_all([values, is_name]), *self._match_word(index.TITLE, pieces)])

    def _match_word(self, place: str, pieces: Sequence[str | tree.Gap]) -> list[Query]:
        """Words that a pattern with a literal beginning matches; any other would have to try every word."""
        return [self._match_regex(place, pieces)] if isinstance(pieces[0], str) else []

    def _match_parts(self, terms: str, parts: str, pieces: Sequence[str | tree.Gap]) -> Query:
        """A pattern with one literal piece is a phrase of parts; any other goes through the list of terms."""
        literals = [piece for piece in pieces if isinstance(piece, str)]
        if len(literals) == 1 and tree.Gap.ONE not in pieces:
            is_start, is_end = isinstance(pieces[0], str), isinstance(pieces[-1], str)
            words = cut_parts(mark_ends(literals[0], is_start=is_start, is_end=is_end))
            if words and len(literals[0]) < LONGEST_WITH_PARTS:
                return self._match_phrase(parts, words, 0)
        return self._match_regex(terms, pieces)

    def _match_term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, "basic")

    def _match_regex(self, field: str, pieces: Sequence[str | tree.Gap]) -> Query:
        pattern = "".join(escape(piece) if isinstance(piece, str) else _GAPS[piece] for piece in pieces)
        return Query.regex_query(self._schema, field, pattern)

    def _match_range(
        self, field: str, kind: tantivy.FieldType, low: Bound, high: Bound, *, include_high: bool
    ) -> Query:
        if low is None and high is None:
            return Query.exists_query(field)
        include_high = include_high or high is None
        return Query.range_query(
            self._schema, field, kind, lower_bound=low, upper_bound=high, include_upper=include_high
        )

    def _list_places(self, field: str | None) -> tuple[str, ...]:
        return self._places if field is None else (index.TITLE if field == "name" else index.TEXT,)


def escape(text: str) -> str:
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in text)
