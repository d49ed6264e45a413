"""The desk itself: a part of a document with its finds marked, and the finds that are asked for."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from stack.accounts.principal import Principal
from stack.ingest.review.queries import get_part, list_finds
from stack.ingest.review.records import Decision, ReviewDetail
from stack.web.reviews_shown import describe_find, mark_text

MOST_IN_PART = 2_000
_FINDS = 100
_SHOWS = {
    "open": ("To decide", {"decision": Decision.OPEN, "set_aside": False}),
    "aside": ("Known-good", {"set_aside": True}),
    "accepted": ("Accepted", {"decision": Decision.ACCEPTED}),
    "rejected": ("Rejected", {"decision": Decision.REJECTED}),
    "all": ("All", {}),
}


def describe_desk(
    request: HttpRequest, principal: Principal, detail: ReviewDetail, ticked: frozenset[int]
) -> dict[str, Any]:
    """The part that is shown, and the finds that were asked for: of this part, or of the document."""
    asked = request.GET if request.method in {"GET", "HEAD"} else QueryDict(request.POST.get("back", ""))
    numbers = [part.number for part in detail.parts]
    wanted = read_number(asked.get("part", ""))
    number = wanted if wanted in numbers else next((part.number for part in detail.parts if part.finds), 0)
    number = number or (numbers[0] if numbers else 0)
    show = asked.get("show", "")
    show = show if show in _SHOWS else "open"
    whole = asked.get("of") == "document"
    finds = list_finds(
        principal,
        detail.row.id,
        part=None if whole or not numbers else number,
        limit=_FINDS,
        after=asked.get("after") or None,
        **_SHOWS[show][1],  # type: ignore[arg-type]  # keyword arguments by the name of what is shown
    )
    at = numbers.index(number) if number in numbers else 0
    query = {"part": str(number), "show": show, "of": "document" if whole else ""}

    def link(**changes: str) -> str:
        return "?" + urlencode({key: value for key, value in {**query, **changes}.items() if value})

    return {
        "part": detail.parts[at] if detail.parts else None,
        "part_count": len(numbers),
        "position": at + 1,
        "previous_url": link(part=str(numbers[at - 1])) if at else "",
        "next_part_url": link(part=str(numbers[at + 1])) if at + 1 < len(numbers) else "",
        "pieces": _mark(principal, detail, number) if numbers else [],
        "finds": [describe_find(find, ticked=ticked) for find in finds.rows],
        "finds_total": finds.total,
        "shows": [
            {"name": name, "url": link(show=key), "current": key == show} for key, (name, _) in _SHOWS.items()
        ],
        "scope_url": link(of="" if whole else "document"),
        "whole": whole,
        "show": show,
        "more_url": link(after=finds.next) if finds.next else "",
        "back": urlencode({key: value for key, value in query.items() if value}),
    }


def _mark(principal: Principal, detail: ReviewDetail, number: int) -> list[tuple[str, int, str]]:
    rows = list_finds(principal, detail.row.id, limit=MOST_IN_PART).rows
    states = {find.id: "aside" if find.is_set_aside else find.decision.value for find in rows}
    return list(mark_text(get_part(principal, detail.row.id, number), states))


def read_number(text: str) -> int:
    """A row's or part's number from a form; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
