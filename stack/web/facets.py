"""The facets of a search as links that add or take away a filter, and the charts of its statistics."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from stack.search.records import FacetCount, SearchHit
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
_CHART_ROWS = 12


def describe_facets(
    asked: QueryDict, filters: Mapping[str, Sequence[str]], facets: Mapping[str, Sequence[FacetCount]]
) -> list[dict[str, Any]]:
    """What the `facets` component shows; chosen values stay in view even when they count nothing."""
    described = []
    for name, title in FACET_TITLES.items():
        chosen = filters.get(name, ())
        counts = list(facets.get(name, ()))
        counts += [
            FacetCount(value, 0, value) for value in chosen if value not in {each.value for each in counts}
        ]
        shown = [each for at, each in enumerate(counts) if at < _SHOWN or each.value in chosen]
        if not shown or (name == "revoked" and not chosen and len(counts) < 2):
            continue
        values = [
            {
                "label": label_value(name, each.value, each.label),
                "value": each.value,
                "count": each.count,
                "chosen": each.value in chosen,
                "url": toggle_filter(asked, name, each.value, chosen),
            }
            for each in shown
        ]
        described.append(
            {
                "name": name,
                "title": title,
                "values": values,
                "total": len(counts),
                "more": len(shown) < len(counts),
            }
        )
    return described


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
    if name == "revoked":
        return {"true": "Revoked", "false": "Not revoked"}.get(value, value)
    return label


def describe_charts(facets: Mapping[str, Sequence[FacetCount]]) -> list[dict[str, Any]]:
    """Counts by type and by month; the months in their order."""
    months = sorted(facets.get("month", ()), key=lambda each: each.value)
    return [
        _describe_chart("Objects by type", "Type", "across", "type", facets.get("type", ())[:_CHART_ROWS]),
        _describe_chart("Objects by the month of their last change", "Month", "bar", "month", months),
    ]


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
