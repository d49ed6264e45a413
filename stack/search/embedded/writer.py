"""Writes documents into one copy of the embedded index."""

from collections.abc import Iterable, Sequence

import tantivy

from stack.search.documents import SearchDocument, digest_rivals
from stack.search.embedded import schema as index
from stack.search.sort_keys import make_name_key, make_relevance_key, make_time_key
from stack.search.terms import spell_parts
from stack.stix.observables.normalise import fold

HEAP_BYTES = 64_000_000


class EmbeddedWriter:
    """Replaces and removes documents; readers see them after `commit`."""

    def __init__(self, copy: tantivy.Index, *, cursor: str) -> None:
        self.cursor = cursor
        self.kept = frozenset({cursor})
        self._highest = _read_highest_id(copy)
        self._writer = copy.writer(HEAP_BYTES, 1)

    def write(self, documents: Iterable[SearchDocument]) -> None:
        """An id above all that the copy has is new in it: there is nothing to replace, and looking for it
        would cost a fifth of the work."""
        for document in documents:
            if document.object_id <= self._highest:
                self._writer.delete_documents_by_term(index.ID, document.object_id)
            else:
                self._highest = document.object_id
            self._writer.add_document(_draw_up(document))

    def delete(self, object_ids: Sequence[int], *, sequence: int) -> None:
        for object_id in object_ids:
            self._writer.delete_documents_by_term(index.ID, object_id)

    def commit(self) -> None:
        self._writer.commit()

    def close(self) -> None:
        """Lets running merges end and gives the copy's lock back; what was not committed is dropped."""
        self._writer.wait_merging_threads()


def _read_highest_id(copy: tantivy.Index) -> int:
    found = copy.searcher().search(tantivy.Query.all_query(), 1, count=False, order_by_field=index.ID)
    return int(found.hits[0][0]) if found.hits else 0


def _draw_up(document: SearchDocument) -> tantivy.Document:
    drawn = tantivy.Document()
    add_text, add_unsigned, add_integer = drawn.add_text, drawn.add_unsigned, drawn.add_integer
    object_id, dates = document.object_id, document.dates
    add_integer(index.ID, object_id)
    add_unsigned(index.SEQUENCE, document.sequence)
    add_unsigned(index.AUDIENCE, document.audience_id)
    for rival_id in document.rival_ids:
        add_unsigned(index.RIVAL, rival_id)
    add_unsigned(index.RIVALS_DIGEST, digest_rivals(document.rival_ids))
    modified_key = make_time_key(dates.get("modified"), object_id)
    add_unsigned(
        index.RELEVANCE_KEY, make_relevance_key(modified_key, is_relationship=document.is_relationship)
    )
    add_unsigned(index.MODIFIED_KEY, modified_key)
    add_unsigned(index.CREATED_KEY, make_time_key(dates.get("created"), object_id))
    add_text(index.NAME_KEY, make_name_key(document.title, object_id))
    if document.text:
        add_text(index.TEXT, document.text)
    _add_names_and_values(drawn, document)
    for name, values in document.keywords.items():
        for value in values:
            add_text(name, value)
    for name, moment in dates.items():
        add_integer(name, moment)
    for name, number in document.numbers.items():
        add_integer(name, number)
    return drawn


def _add_names_and_values(drawn: tantivy.Document, document: SearchDocument) -> None:
    """A name that is one of the values, as feeds name indicators, is not kept a second time."""
    for value in document.values:
        drawn.add_text(index.VALUE, value)
        drawn.add_text(index.VALUE_PARTS, spell_parts(value.casefold()))
    for address in document.addresses:
        drawn.add_ip_addr(index.ADDRESS, address)
    is_named_by_value = False
    for name in document.names:
        drawn.add_text(index.TITLE, name)
        folded = fold(name)
        if folded in document.values:
            is_named_by_value = True
        else:
            drawn.add_text(index.NAME, folded)
            drawn.add_text(index.NAME_PARTS, spell_parts(folded))
    drawn.add_unsigned(index.IS_NAMED_BY_VALUE, int(is_named_by_value))
