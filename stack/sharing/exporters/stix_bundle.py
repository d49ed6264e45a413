"""Export as one STIX 2.1 bundle: the stored texts, joined; nothing is parsed or written anew."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from uuid import uuid4

from stack.accounts.principal import Permission, Principal
from stack.audit.operations import record_export
from stack.search.queries import search_objects
from stack.search.records import SearchPage
from stack.store.queries import iterate_texts

_PAGE = 1000
_PIECE_BYTES = 262_144


def export_bundle(principal: Principal, *, query: str = "", types: Sequence[str] = ()) -> Iterator[bytes]:
    """Pieces of a bundle with all objects the principal may see, or those of `types` that `query` finds.

    A bundle without objects has no `objects` (STIX 2.1, section 2.9: empty lists are prohibited). Errors of
    permission and query are raised by the call itself, before the first piece.
    """
    principal.require(Permission.EXPORT)
    asked = {"query": query, "types": list(types)}
    if not query.strip():
        record_export(principal, "stix", asked=asked)
        return _join_texts(iterate_texts(principal, types=types))
    find_page = partial(
        search_objects,
        principal,
        query=query,
        types=types,
        sort="modified",
        limit=_PAGE,
        with_snippets=False,
        must_be_whole=True,
    )
    first = find_page()
    record_export(principal, "stix", asked=asked)
    found = _iterate_ids(first, lambda after: find_page(after=after))
    return _join_texts(iterate_texts(principal, types=types, object_ids=found))


def _iterate_ids(page: SearchPage, find_next: Callable[[str], SearchPage]) -> Iterator[int]:
    """Row ids of all that is found, from the first page on."""
    while True:
        for hit in page.hits:
            yield hit.row.id
        if page.next is None:
            return
        page = find_next(page.next)


def _join_texts(texts: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of about a quarter of a megabyte: a piece per object would cost more than the objects."""
    piece = bytearray(b'{"type":"bundle","id":"bundle--%s"' % str(uuid4()).encode())
    separator = b',"objects":[\n'
    for text in texts:
        piece += separator
        piece += text
        separator = b",\n"
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    piece += b"\n]}\n" if separator == b",\n" else b"}\n"
    yield bytes(piece)
