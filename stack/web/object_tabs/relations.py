"""The edges of an object: a page of them, by kind and direction."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from stack.store.queries import list_neighbours
from stack.store.records import Neighbour, NeighbourPage
from stack.web.answers import Sheet
from stack.web.links import change_query, next_page, object_url
from stack.web.naming import show_name
from stack.web.object_tabs.base import Context, Subject

_PAGE = 50
_SHEET_PAGE = 500
_COLUMNS = ("kind", "direction", "id", "type", "name", "via")


def describe(subject: Subject) -> Context:
    after = subject.asked.get("after") or None
    page = _read_page(subject, limit=_PAGE, after=after)
    return {
        "page": page,
        "rows": [
            {
                "edge": edge,
                "url": object_url(edge.other.stix_id),
                "shown": show_name(edge.other),
                "via_url": object_url(edge.via.stix_id) if edge.via else "",
            }
            for edge in page.rows
        ],
        "facets": [{"name": "kind", "title": "Kind and direction", "values": _describe_kinds(subject)}],
        "page_text": f"Showing {len(page.rows):,} of {page.total:,}",
        "next_url": next_page(subject.asked, page.next),
        "first_url": change_query(subject.asked, {}) or "?" if after else "",
        "csv_url": f"{subject.url}/relations.csv{change_query(subject.asked, {})}",
        "json_url": f"{subject.url}/relations.json{change_query(subject.asked, {})}",
    }


def _describe_kinds(subject: Subject) -> list[dict[str, Any]]:
    """The facet by kind and direction; choosing the chosen one takes it away."""
    chosen = (subject.asked.get("kind"), subject.asked.get("direction"))
    kinds: dict[tuple[str, str], int] = {}
    for count in subject.counts:
        place = (count.kind, count.direction)
        kinds[place] = kinds.get(place, 0) + count.count
    return [
        {
            "label": f"{'→' if way == 'out' else '←'} {name}",
            "value": f"{name}-{way}",
            "count": count,
            "chosen": (name, way) == chosen,
            "url": _toggle_kind(subject.asked, name, way, is_chosen=(name, way) == chosen),
        }
        for (name, way), count in kinds.items()
    ]


def _toggle_kind(asked: QueryDict, name: str, way: str, *, is_chosen: bool) -> str:
    return change_query(asked, {"kind": None if is_chosen else name, "direction": None if is_chosen else way})


def _read_page(subject: Subject, *, limit: int, after: str | None) -> NeighbourPage:
    return list_neighbours(
        subject.principal,
        subject.stix_id,
        kind=subject.asked.get("kind") or None,
        direction=subject.asked.get("direction") or "both",
        limit=limit,
        after=after,
    )


def write_sheet(subject: Subject, form: str) -> Sheet:
    """JSON has one page and the way to the next; CSV has all."""
    if form == "csv":
        return Sheet(_COLUMNS, map(_write_edge, _read_all(subject)), {})
    page = _read_page(subject, limit=_SHEET_PAGE, after=subject.asked.get("after") or None)
    return Sheet(_COLUMNS, map(_write_edge, page.rows), {"total": page.total, "next": page.next})


def _read_all(subject: Subject) -> Iterator[Neighbour]:
    after = None
    while True:
        page = _read_page(subject, limit=_SHEET_PAGE, after=after)
        yield from page.rows
        after = page.next
        if after is None:
            return


def _write_edge(edge: Neighbour) -> tuple[Any, ...]:
    via = edge.via.stix_id if edge.via else ""
    return (edge.kind, edge.direction, edge.other.stix_id, edge.other.type, edge.other.name, via)
