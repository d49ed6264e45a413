"""Reads a collection to its end, whatever the server's way of paging, without loops and without loss.

TAXII 2.1, section 3.5, has one way: `more` and `next`. Servers have others: pages that come again, `more`
that is absent or wrong, no `next`, one that leads in a circle, no headers, dates of whole seconds, an
`added_after` that includes its own date, pages out of order. What they have in common: whoever asks with the
newest date seen gets nothing new at the end. So a drain follows `next` while that leads to anything, goes on
by date where it does not, and ends only with a page that brings nothing new.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec

from stack.core.http.errors import TooLarge
from stack.sources.taxii.protocol import Page, digest_object
from stack.sources.taxii.records import Portion, Position
from stack.stix.timestamps import format_instant, parse_instant

_REMEMBERED: Final = 100_000
_KEPT: Final = 1_000
_KEPT_SETTLED: Final = 50
_BARREN: Final = 25
_GROWTH: Final = 4
_SMALLEST_LIMIT: Final = 10
_LARGEST_LIMIT: Final = 64_000
_OVERLAP_US: Final = 2_000_000
_SETTLED_US: Final = 600_000_000


class TokenRefused(Exception):
    """The server does not know its own `next` (any more)."""


class Fetch(Protocol):
    """Asks for one page. Raises `TokenRefused` where the server refuses a request with a token."""

    def __call__(self, *, added_after: str, token: str, limit: int) -> Page: ...


@dataclass(slots=True)
class Drain:
    """One run over a collection from `position` on. `find_date` says when the newest object of a page was
    added, where no header does. `overlaps`: dates of this server may come late, so that the last seconds are
    asked for again until its clock is well past them.

    `notes` says afterwards what the server did wrong, `pages` how often it was asked.
    """

    fetch: Fetch
    find_date: Callable[[Page], str]
    position: Position
    limit: int = 1_000
    overlaps: bool = True
    most_pages: int = 200_000
    notes: list[str] = field(default_factory=list)
    pages: int = 0
    _largest: int = _LARGEST_LIMIT
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _tokens: set[str] = field(default_factory=set)
    _barren: int = 0
    _now: int = 0
    _steps_back: bool = False
    _before: Position | None = None
    _full: Page | None = None

    def run(self) -> Iterator[Portion]:
        """Portions as they come, also empty ones where only the position moved; the last is always empty."""
        self._seen.update(dict.fromkeys(self.position.recent))
        self._tokens.add(self.position.token)
        self._steps_back = self.overlaps and not self.position.is_settled
        while self.pages < self.most_pages:
            page = self._ask()
            fresh = self._take(page)
            if self._follow(page):
                yield Portion(fresh, self.position)
                continue
            moved = self._move(page, fresh)
            if fresh or (moved and self._barren < _BARREN):
                # Until the next page shows that dates lead on, a run that is killed begins at this one again.
                yield Portion(fresh, self._before or self.position)
            elif not self._try_harder(page):
                break
        else:
            self._note(f"has more than {self.most_pages:,} pages; the rest comes with the next run")
        self.position = self._settle()
        yield Portion([], self.position)

    def _ask(self) -> Page:
        while True:
            self.pages += 1
            try:
                page = self.fetch(added_after=self._ask_after(), token=self.position.token, limit=self.limit)
            except TokenRefused:
                self._note("does not know its own “next” any more")
                self.position = _replace(self.position, token="")
            except TooLarge:
                if self.limit <= _SMALLEST_LIMIT:
                    raise
                self.limit = self._largest = max(_SMALLEST_LIMIT, self.limit // _GROWTH)
            else:
                self._now = max(self._now, page.now)
                return page

    def _ask_after(self) -> str:
        after = self.position.added_after
        return format_instant(parse_instant(after) - _OVERLAP_US) if after and self._steps_back else after

    def _take(self, page: Page) -> list[bytes]:
        """Those objects of the page that did not come lately."""
        fresh = []
        for text in page.objects:
            digest = digest_object(text)
            if digest in self._seen:
                self._seen.move_to_end(digest)
                continue
            self._seen[digest] = None
            fresh.append(text)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        if page.objects:
            self._full = page
        self._barren = 0 if fresh else self._barren + 1
        return fresh

    def _follow(self, page: Page) -> bool:
        """Goes on by the server's own `next`, unless that leads in a circle or nowhere."""
        if not page.next:
            return False
        reached = _latest(self.position.reached, page.last, page.first)
        if page.next in self._tokens or self._barren >= _BARREN:
            self._note("leads in a circle by its “next”")
            self.position = _replace(self.position, token="", reached=reached)
            return False
        self._tokens.add(page.next)
        self.position = _replace(self.position, token=page.next, reached=reached)
        return True

    def _move(self, page: Page, fresh: Sequence[bytes]) -> bool:
        """Goes on by date; False where no date is later than that with which it asked."""
        if page.objects and page.first and _is_later(page.first, page.last):
            self._note("sends its pages out of order")
        before = self.position
        reached = self._find_reached(page)
        if not _is_later(reached, before.added_after):
            self.position = _replace(before, token="")
            return False
        self._full = None
        # More objects may have the same date, where dates are whole seconds.
        self._steps_back = self.overlaps and _is_whole_second(reached)
        self._before = _replace(before, token="") if fresh and page.is_more and not page.next else None
        self.position = Position(added_after=reached, is_settled=not self._steps_back)
        return True

    def _find_reached(self, page: Page) -> str:
        dates = (self.position.reached, page.last, page.first) if page.objects else (self.position.reached,)
        reached = _latest(*dates)
        if not reached and self._full is not None:
            self._note("does not say when its objects were added")
            reached = self.find_date(self._full)
        return reached

    def _try_harder(self, page: Page) -> bool:
        """Where the server says that there is more and gives nothing new: asks for larger pages, again from
        the page before (their order may be another), then steps over the date. False when all is done."""
        is_full = self._steps_back and len(page.objects) >= self.limit
        has_more = self._before is not None or bool(page.objects and (page.is_more or is_full))
        if has_more and self.limit * _GROWTH <= self._largest:
            self.limit *= _GROWTH
            self.position, self._before = self._before or self.position, None
            return True
        if self._steps_back and page.objects:
            self._steps_back = False
            return True
        if has_more:
            self._note("says that there is more, but never gives it")
        return False

    def _settle(self) -> Position:
        after = self.position.added_after
        settled = not after or not self.overlaps or self._now - parse_instant(after) > _SETTLED_US
        kept = 0 if not self.overlaps else _KEPT_SETTLED if settled else _KEPT
        recent = tuple(list(self._seen)[-kept:]) if kept else ()
        return _replace(self.position, is_settled=settled, recent=recent)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _replace(position: Position, **changes: Any) -> Position:
    return msgspec.structs.replace(position, **changes)


def _is_whole_second(date: str) -> bool:
    return parse_instant(date) % 1_000_000 == 0


def _latest(*dates: str) -> str:
    """The latest of these dates, in the words of the server."""
    return max(filter(None, dates), key=parse_instant, default="")


def _is_later(one: str, other: str) -> bool:
    if not one or not other:
        return bool(one)
    return parse_instant(one) > parse_instant(other)
