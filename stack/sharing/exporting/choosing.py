"""Which objects an export is made of: all, what a query finds, or a collection and what changed in it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from stack.accounts.principal import Principal
from stack.core.errors import BadInput, FieldError, NotFound
from stack.search.queries import search_objects
from stack.search.records import SearchPage
from stack.sharing.collections.queries import find_collection
from stack.sharing.collections.records import CollectionRow
from stack.sharing.exporting.base import Item
from stack.sharing.exporting.records import Progress
from stack.store.places import open_place, seal_place
from stack.store.queries import iterate_texts
from stack.store.selections.queries import last_date, read_removed, read_texts
from stack.store.selections.records import EntryFilter

_PAGE = 1000
_PURPOSE = "export"


def iterate_all(principal: Principal, types: Sequence[str]) -> Iterator[Item]:
    """Everything that the principal may see, in order of receipt."""
    return map(Item, iterate_texts(principal, types=types))


def iterate_found(principal: Principal, query: str, types: Sequence[str]) -> Iterator[Item]:
    """What the query finds. Its first page is read at once, so that errors of the query come by the call."""
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
    found = _iterate_ids(find_page(), lambda after: find_page(after=after))
    return map(Item, iterate_texts(principal, types=types, object_ids=found))


def _iterate_ids(page: SearchPage, find_next: Callable[[str], SearchPage]) -> Iterator[int]:
    """Row ids of all that is found, from the first page on."""
    while True:
        for hit in page.hits:
            yield hit.row.id
        if page.next is None:
            return
        page = find_next(page.next)


def find_readable(principal: Principal, name: str) -> CollectionRow:
    """NotFound where there is no collection that the principal may read."""
    row = find_collection(principal, name)
    if row is None or not row.can_read:
        raise NotFound(
            f"There is no collection “{name[:100]}”",
            remedy="“stack collection list” shows those that you may read.",
        )
    return row


def read_cursor(collection: CollectionRow, since: str) -> int:
    """The date that a cursor of this collection stands for."""
    try:
        uid, date = open_place(since, tuple[str, int], purpose=_PURPOSE)
    except ValueError:
        uid, date = "", 0
    if uid != collection.uid:
        message = "expected the cursor of an earlier export of this collection, unchanged"
        raise BadInput(f"since: {message}", errors=(FieldError("since", message),))
    return date


def iterate_collection(
    principal: Principal,
    collection: CollectionRow,
    types: Sequence[str],
    *,
    since: int | None,
    progress: Progress,
) -> Iterator[Item]:
    """The last version of each object; with `since` what has gone after that date, then what came.

    The cursor that it ends with is a date up to which both have been read, and of something that the
    principal may see: of what it may not see, nothing can be told from it.
    """
    end, seen = last_date(collection.id), since or 0
    if since is not None:
        after = since
        while removed := read_removed(principal, collection.id, after=after, limit=_PAGE):
            for each in removed:
                if not types or each.stix_id.partition("--")[0] in types:
                    yield Item(b"", each.stix_id)
            after = removed[-1].removed_at
        seen = max(seen, min(after, end))
    chosen = EntryFilter(types=tuple(types))
    after, has_more = since or 0, True
    while has_more:
        page = read_texts(principal, collection.id, after=after, limit=_PAGE, chosen=chosen)
        yield from map(Item, page.texts)
        after, has_more = page.last or after, page.has_more
    seen = max(seen, min(after, end))
    progress.cursor = seal_place((collection.uid, seen), purpose=_PURPOSE)
