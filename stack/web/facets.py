"""The facets of a search as links that add or take away a filter, and the charts of its statistics."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from stack.search.records import FacetCount, SearchHit
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.web.kinds import describe_type
from stack.web.links import change_query

FACET_TITLES = {
    "type": "Type",
    "tlp": "TLP",
    "source": "Source",
    "label": "Label",
    "kind": "Kind of value",
    "revoked": "Revoked",
    "year": "Year modified",
}
_SHOWN = 8
_MONTHS = 120


def describe_facets(
    asked: QueryDict, filters: Mapping[str, Sequence[str]], facets: Mapping[str, Sequence[FacetCount]]
) -> list[dict[str, Any]]:
    """What the `facets` component shows; a facet that would change nothing is left out."""
    described = [
        _describe_facet(asked, name, filters.get(name, ()), facets.get(name, ())) for name in FACET_TITLES
    ]
    return [
        facet
        for facet in described
        if facet["values"] and (facet["name"] != "revoked" or facet["total"] > 1 or "revoked" in filters)
    ]


def _describe_facet(
    asked: QueryDict, name: str, chosen: Sequence[str], found: Sequence[FacetCount]
) -> dict[str, Any]:
    """Chosen values stay in view, even when they count nothing."""
    missing = set(chosen) - {each.value for each in found}
    counts = [*found, *(FacetCount(value, 0, value) for value in chosen if value in missing)]
    is_whole = name in asked.getlist("all")
    shown = [each for at, each in enumerate(counts) if is_whole or at < _SHOWN or each.value in chosen]
    return {
        "name": name,
        "title": FACET_TITLES[name],
        "total": len(counts),
        "more": len(shown) < len(counts),
        "all_url": change_query(asked, {"all": [*asked.getlist("all"), name]}),
        "values": [
            {
                "label": label_value(name, each.value, each.label),
                "value": each.value,
                "count": each.count,
                "chosen": each.value in chosen,
                "url": toggle_filter(asked, name, each.value, chosen),
            }
            for each in shown
        ],
    }


def describe_chips(
    asked: QueryDict, filters: Mapping[str, Sequence[str]], facets: Mapping[str, Sequence[FacetCount]]
) -> list[dict[str, str]]:
    """The chosen filters, each with the link that takes it away."""
    labels = {(name, each.value): each.label for name, counts in facets.items() for each in counts}
    return [
        {
            "title": FACET_TITLES[name],
            "label": label_value(name, value, labels.get((name, value), value)),
            "url": toggle_filter(asked, name, value, chosen),
        }
        for name, chosen in filters.items()
        for value in chosen
    ]


def toggle_filter(asked: QueryDict, name: str, value: str, chosen: Sequence[str]) -> str:
    rest = [each for each in chosen if each != value] if value in chosen else [*chosen, value]
    return change_query(asked, {name: rest})


def label_value(name: str, value: str, label: str) -> str:
    if name == "type":
        return describe_type(value).many
    if name == "tlp":
        return "not marked" if value == "none" else f"TLP:{value.upper()}"
    if name == "kind":
        title = KIND_TITLES[Kind(value)] if value in set(Kind) else value
        return title[:1].upper() + title[1:]
    if name == "revoked":
        return {"true": "Revoked", "false": "Not revoked"}.get(value, value)
    return label


def describe_charts(facets: Mapping[str, Sequence[FacetCount]]) -> list[dict[str, Any]]:
    """Counts by type and by month; the months in their order."""
    return [
        _describe_chart("Objects by type", "Type", "across", "type", facets.get("type", ())),
        _describe_chart(
            "Objects by the month of their last change",
            "Month",
            "bar",
            "month",
            _fill_months(facets.get("month", ())),
        ),
    ]


def _fill_months(counts: Sequence[FacetCount]) -> list[FacetCount]:
    """Every month from the first to the last, so that the axis is time; at most the last ten years."""
    known = {each.value: each.count for each in counts if len(each.value) == 7}
    if not known:
        return []
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (min(known), max(known)))
    months = [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(max(first, last - _MONTHS + 1), last + 1)]
    return [FacetCount(month, known.get(month, 0), month) for month in months]


def _describe_chart(
    title: str, across: str, shape: str, name: str, counts: Sequence[FacetCount]
) -> dict[str, Any]:
    rows = [(label_value(name, each.value, each.label), (each.count,)) for each in counts]
    return {"title": title, "across": across, "shape": shape, "series": [{"title": "Objects"}], "rows": rows}


def cut_snippet(hit: SearchHit) -> list[tuple[str, bool]]:
    """The snippet in pieces: (text, whether it matched)."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(hit.marks):
        if start < at:
            continue
        pieces += [(hit.snippet[at:start], False), (hit.snippet[start:end], True)]
        at = end
    pieces.append((hit.snippet[at:], False))
    return [piece for piece in pieces if piece[0]]
