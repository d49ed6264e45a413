from django.http import QueryDict

from stack.search.records import FacetCount, SearchHit
from stack.store.records import ObjectRow
from stack.web.facets import cut_snippet, describe_charts, describe_chips, describe_facets
from stack.web.links import change_query, next_page

_TYPES = [FacetCount("indicator", 7, "indicator"), FacetCount("malware", 2, "malware")]


def test_a_facet_adds_its_filter_and_forgets_the_page() -> None:
    asked = QueryDict("q=x&after=token&type=malware")
    [facet] = describe_facets(asked, {"type": ["malware"]}, {"type": _TYPES})
    first, second = facet["values"]
    assert (first["label"], first["url"]) == ("Indicators", "?q=x&type=malware&type=indicator")
    assert (second["chosen"], second["url"]) == (True, "?q=x")


def test_a_chosen_value_that_counts_nothing_can_still_be_taken_away() -> None:
    [facet] = describe_facets(QueryDict("type=tool"), {"type": ["tool"]}, {"type": _TYPES})
    assert [value["value"] for value in facet["values"]] == ["indicator", "malware", "tool"]
    assert facet["values"][-1]["url"] == "?"


def test_a_long_facet_says_how_many_it_has_and_how_to_see_them() -> None:
    counts = [FacetCount(f"l{number}", 1, f"l{number}") for number in range(20)]
    [facet] = describe_facets(QueryDict(""), {}, {"label": counts})
    assert (len(facet["values"]), facet["total"], facet["more"]) == (8, 20, True)
    [facet] = describe_facets(QueryDict(facet["all_url"].removeprefix("?")), {}, {"label": counts})
    assert (len(facet["values"]), facet["more"]) == (20, False)


def test_a_source_is_named_where_its_number_is_filtered_by() -> None:
    [chip] = describe_chips(
        QueryDict("source=3"), {"source": ["3"]}, {"source": [FacetCount("3", 1, "CERT")]}
    )
    assert chip == {"title": "Source", "label": "CERT", "url": "?"}


def test_months_without_objects_stay_on_the_axis() -> None:
    months = [FacetCount("2024-02", 5, ""), FacetCount("2023-11", 1, "")]
    chart = describe_charts({"month": months})[1]
    assert chart["rows"] == [("2023-11", (1,)), ("2023-12", (0,)), ("2024-01", (0,)), ("2024-02", (5,))]


def test_a_snippet_is_cut_at_its_marks_and_overlaps_are_passed_over() -> None:
    row = ObjectRow(1, "x", "tool", "", None, None, False, None, None, "", 1)
    pieces = cut_snippet(SearchHit(row, "a bold claim", marks=((2, 6), (4, 8))))
    assert pieces == [("a ", False), ("bold", True), (" claim", False)]


def test_links_keep_the_state_of_the_page() -> None:
    asked = QueryDict("q=a b&type=x&type=y&after=t")
    assert change_query(asked, {"sort": "name"}) == "?q=a+b&type=x&type=y&sort=name"
    assert next_page(asked, "n=1") == "?q=a+b&type=x&type=y&after=n%3D1"
    assert next_page(asked, None) == ""
