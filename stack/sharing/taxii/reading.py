"""A page of what a collection holds, as it was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from stack.accounts.principal import Principal
from stack.sharing.taxii.interoperability import holds
from stack.sharing.taxii.parameters import Asked
from stack.store.selections.queries import read_entries, read_texts
from stack.store.selections.records import Entry

_T = TypeVar("_T")

_MOST_CANDIDATES: Final = 10_000
"""How many objects are looked into for one page: a page may be short, or empty, while more follows."""

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """`first` and `last` are dates in microseconds, 0 for an empty page; the next one begins at `last`."""

    items: list[_T]
    first: int
    last: int
    has_more: bool


def read_text_page(principal: Principal, selection_id: int, asked: Asked) -> Page[bytes]:
    """The exact texts of objects."""
    if asked.is_nothing:
        return Page([], 0, 0, has_more=False)
    if asked.tests:
        return _sift(principal, selection_id, asked, keep=lambda entry: entry.text)
    page = read_texts(principal, selection_id, after=asked.after, limit=asked.limit, chosen=asked.chosen)
    return Page(page.texts, page.first, page.last, page.has_more)


def read_entry_page(principal: Principal, selection_id: int, asked: Asked) -> Page[Entry]:
    """The same objects without their texts."""
    if asked.is_nothing:
        return Page([], 0, 0, has_more=False)
    if asked.tests:
        return _sift(
            principal, selection_id, asked, keep=lambda entry: msgspec.structs.replace(entry, text=b"")
        )
    page = read_entries(
        principal, selection_id, after=asked.after, limit=asked.limit, chosen=asked.chosen, with_text=False
    )
    found = page.entries
    return Page(found, found[0].added_at if found else 0, found[-1].added_at if found else 0, page.has_more)


def _sift(principal: Principal, selection_id: int, asked: Asked, *, keep: Callable[[Entry], _T]) -> Page[_T]:
    """Looks into objects until the page is full, or enough were looked into. Where more follows, dates are
    of what was looked at, so that who goes on from them gets on even where nothing was found."""
    found: list[_T] = []
    dates: list[int] = []
    first = last = 0
    seen = 0
    while True:
        page = read_entries(
            principal, selection_id, after=last or asked.after, limit=_AT_ONCE, chosen=asked.chosen
        )
        for place, entry in enumerate(page.entries):
            first, last = first or entry.added_at, entry.added_at
            if not holds(entry.text, asked.tests):
                continue
            found.append(keep(entry))
            dates.append(entry.added_at)
            if len(found) == asked.limit:
                has_more = page.has_more or place + 1 < len(page.entries)
                return Page(found, dates[0], last, has_more)
        seen += len(page.entries)
        if not page.has_more:
            return Page(found, dates[0] if dates else 0, dates[-1] if dates else 0, has_more=False)
        if seen >= _MOST_CANDIDATES:
            return Page(found, dates[0] if dates else first, last, has_more=True)
