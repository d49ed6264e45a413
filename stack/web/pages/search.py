"""`/search`: one query, as a table with facets or as statistics, and as JSON and CSV."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.audit.operations import record_export
from stack.core.errors import BadInput
from stack.search.queries import search_objects
from stack.search.records import SearchHit, SearchPage
from stack.sharing.exporting.formats import describe_formats
from stack.stix.timestamps import format_instant
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.facets import FACET_TITLES, cut_snippet, describe_charts, describe_chips, describe_facets
from stack.web.links import change_query, next_page, object_url
from stack.web.naming import show_names

SORTS = {"relevance": "Relevance", "modified": "Last modified", "created": "Created", "name": "Name"}
_PAGE = 50
_EXPORT_PAGE = 500
_COLUMNS = ("id", "type", "name", "tlp", "confidence", "revoked", "created", "modified", "sources")


@dataclass(frozen=True, slots=True)
class Question:
    """What the URL asks for."""

    query: str
    filters: dict[str, list[str]]
    sort: str
    reading: str
    after: str | None

    @classmethod
    def read(cls, asked: QueryDict) -> Self:
        query = asked.get("q", "").strip()
        sort = asked.get("sort", "")
        return cls(
            query=query,
            filters={name: values for name in FACET_TITLES if (values := asked.getlist(name))},
            sort=sort if sort in SORTS else ("relevance" if query else "modified"),
            reading="text" if asked.get("reading") == "text" else "auto",
            after=asked.get("after") or None,
        )

    def ask(
        self,
        principal: Principal,
        *,
        limit: int = _PAGE,
        after: str | None,
        facets: Sequence[str] = (),
        must_be_whole: bool = False,
    ) -> SearchPage:
        return search_objects(
            principal,
            query=self.query,
            filters=self.filters,
            sort=self.sort,
            limit=limit,
            after=after,
            facets=facets,
            reading=self.reading,
            must_be_whole=must_be_whole,
        )


@needs(Permission.READ, cost=Cost.EXPENSIVE)
def show_search(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    question = Question.read(request.GET)
    if form == "csv":
        record_export(principal, "search", asked={"query": question.query, "filters": question.filters})
        return answer_csv(Sheet(_COLUMNS, _read_all(question, principal), {}), "stack-search.csv")
    if form == "json":
        page = question.ask(principal, after=question.after)
        about = {"total": page.total, "reading": page.reading, "next": page.next}
        return answer_json(Sheet(_COLUMNS, map(_write_row, page.hits), about))
    context: dict[str, Any] = {"query": question.query, "question": question}
    try:
        page = question.ask(principal, after=question.after, facets=(*FACET_TITLES, "month"))
    except BadInput as error:
        context["fault"] = error
    else:
        context |= _describe_page(principal, request.GET, question, page)
    return render_page(request, "pages/search.html", "pages/search_results.html", context)


def _read_all(question: Question, principal: Principal) -> Iterator[tuple[Any, ...]]:
    """Every hit, page after page, so that the file holds what the page counts; faults come first."""
    ask = partial(question.ask, principal, limit=_EXPORT_PAGE, must_be_whole=True)
    return _follow_pages(ask(after=None), ask)


def _follow_pages(page: SearchPage, ask: Callable[..., SearchPage]) -> Iterator[tuple[Any, ...]]:
    while True:
        yield from map(_write_row, page.hits)
        if page.next is None:
            return
        page = ask(after=page.next)


def _write_row(hit: SearchHit) -> tuple[Any, ...]:
    row = hit.row
    times = [None if at is None else format_instant(at) for at in (row.created, row.modified)]
    return (row.stix_id, row.type, row.name, row.tlp, row.confidence, row.revoked, *times, row.sources)


def _offer_formats(principal: Principal, asked: QueryDict, question: Question) -> list[dict[str, str]]:
    """What is found as a file; none where a filter says more than an export can be asked for."""
    if Permission.EXPORT not in principal.permissions or question.reading == "text":
        return []
    if question.filters.keys() - {"type"}:
        return []
    return [
        {
            "title": each.title,
            "url": "/search/export" + change_query(asked, {"format": each.name, "view": None, "sort": None}),
        }
        for each in describe_formats()
    ]


def _find_sharing(principal: Principal, question: Question) -> str:
    """Where a collection of the same query is made; none for facets, which are no part of a query."""
    if not question.query or question.filters or Permission.MANAGE_SHARING not in principal.permissions:
        return ""
    return f"/sharing?{urlencode({'query': question.query})}#new"


def _describe_page(
    principal: Principal, asked: QueryDict, question: Question, page: SearchPage
) -> dict[str, Any]:
    names = show_names(principal, [hit.row for hit in page.hits])
    return {
        "page": page,
        "hits": [
            {
                "row": hit.row,
                "url": object_url(hit.row.stix_id),
                "shown": names[hit.row.id],
                "pieces": cut_snippet(hit),
            }
            for hit in page.hits
        ],
        "facets": describe_facets(asked, question.filters, page.facets),
        "chips": describe_chips(asked, question.filters, page.facets),
        "sorts": [
            {"name": name, "url": change_query(asked, {"sort": key}), "current": key == question.sort}
            for key, name in SORTS.items()
        ],
        "statistics": asked.get("view") == "statistics",
        "charts": describe_charts(page.facets) if asked.get("view") == "statistics" else [],
        "table_url": change_query(asked, {"view": None}),
        "statistics_url": change_query(asked, {"view": "statistics"}),
        "page_text": f"Showing {len(page.hits):,} of {page.total:,}",
        "first_url": change_query(asked, {}) if question.after else "",
        "next_url": next_page(asked, page.next),
        "clear_url": change_query(asked, dict.fromkeys(FACET_TITLES)),
        "as_text_url": change_query(asked, {"reading": "text"}) if question.reading == "auto" else "",
        "as_read_url": change_query(asked, {"reading": None}) if question.reading == "text" else "",
        "share_url": _find_sharing(principal, question),
        "exports": _offer_formats(principal, asked, question),
        "csv_url": "/search.csv" + change_query(asked, {"view": None}),
        "json_url": "/search.json" + change_query(asked, {"view": None}),
    }
