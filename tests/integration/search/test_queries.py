"""What a search finds, in which order, in pages, with which counts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.core.errors import BadInput, NotAllowed
from stack.search.queries import search_objects
from stack.search.records import SearchPage
from tests.integration.search.conftest import (
    TLP_GREEN,
    TLP_RED,
    State,
    make_indicator,
    make_object,
    make_relationship,
)

pytestmark = pytest.mark.django_db(databases="__all__")

BEACON = make_object(
    "tool",
    "Cobalt Strike",
    aliases=["Beacon"],
    description="A commercial adversary simulation that\nmany intrusion sets abuse. See hxxp://evil[.]example/a.",
    external_references=[{"source_name": "mitre-attack", "external_id": "S0154"}],
    tool_types=["remote-access"],
    labels=["Red Team"],
    confidence=80,
    modified="2024-05-05T10:00:00.000Z",
)
REPORT = make_object(
    "report",
    "An intrusion",
    description="They used Cobalt Strike and then a wiper.",
    report_types=["threat-report"],
    object_marking_refs=[TLP_GREEN],
    modified="2024-06-01T00:00:00.000Z",
)
WIPER = make_object("malware", "Strike", revoked=True, modified="2023-02-01T00:00:00.000Z", confidence=10)
LINK = make_relationship(
    REPORT, BEACON, description="Cobalt Strike was used.", modified="2025-01-01T00:00:00Z"
)
ADDRESS = make_indicator("192.0.2.7", object_marking_refs=[TLP_RED], modified="2024-05-06T00:00:00.000Z")
URL = make_indicator("http://evil.example/a", path="url:value")
EVERYTHING = [BEACON, REPORT, WIPER, LINK, ADDRESS, URL]


FINDS: dict[str, list[dict[str, Any]]] = {
    "beacon": [BEACON],
    '"adversary simulation"': [BEACON],
    '"simulation adversary"': [],
    "wiper AND type:report": [REPORT],
    "intrusion -wiper": [BEACON],
    "type:(tool OR malware)": [BEACON, WIPER],
    "192[.]0[.]2[.]7": [ADDRESS],
    "ip:192.0.2.0/24": [ADDRESS],
    "ip:[192.0.2.1 TO 192.0.2.6]": [],
    "value:*.0.2.7": [ADDRESS],
    "value:192.0.*": [ADDRESS],
    "value:*0.2*": [ADDRESS],
    "value:1*2*7": [ADDRESS],
    "hxxp://evil[.]example/a": [URL, BEACON],
    "attack:S0154": [BEACON],
    "S0154": [BEACON],
    "name:stri?e": [BEACON, WIPER],
    "colbalt~1": [BEACON, REPORT, LINK],
    "confidence:[50 TO 90]": [BEACON],
    "confidence:<20": [WIPER],
    "modified:2024-05": [ADDRESS, BEACON],
    "modified:[2024-05-05T11:00:00Z TO 2024-05]": [ADDRESS],
    "modified:>2024-05 -type:relationship": [REPORT],
    "modified:<=2023": [WIPER],
    "confidence:*": [BEACON, WIPER],
    "abus*": [BEACON],
    "revoked:true": [WIPER],
    "tlp:green": [REPORT],
    'label:"red team"': [BEACON],
    "label:remote-*": [BEACON],
    "kind:url": [URL],
    "relationship:uses": [LINK],
    f"id:{REPORT['id']}": [REPORT],
    f"{REPORT['id']} OR type:tool": [REPORT, BEACON],
    "name:192.0.*": [ADDRESS],
    "192.0.2.*": [ADDRESS],
    "source:FEED AND type:tool": [BEACON],
    "source:other": [],
    "nothing-like-this": [],
}


@pytest.fixture
def filled(state: State) -> None:
    state(*EVERYTHING)


def find(principal: Principal, query: str, **options: Any) -> list[str]:
    return ids(search_objects(principal, query=query, **options))


def ids(page: SearchPage) -> list[str]:
    return [hit.row.stix_id for hit in page.hits]


def ids_of(objects: Iterable[dict[str, Any]]) -> list[str]:
    return [str(obj["id"]) for obj in objects]


@pytest.mark.usefixtures("filled")
def test_finds_what_the_query_says(principal: Principal) -> None:
    """One index for all of them: on servers each takes a while to make."""
    found = {}
    for query, expected in FINDS.items():
        page = search_objects(principal, query=query)
        found[query] = ids(page)
        assert (page.total, page.total_is_exact) == (len(expected), True), query
    assert found == {query: ids_of(expected) for query, expected in FINDS.items()}


@pytest.mark.usefixtures("filled")
def test_relevance_puts_exact_names_before_names_before_texts_before_relationships(
    principal: Principal,
) -> None:
    assert find(principal, "strike") == ids_of([WIPER, BEACON, REPORT, LINK])


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("sort", ["relevance", "modified", "created", "name"])
def test_pages_join_to_the_whole_without_gap_or_repetition(principal: Principal, sort: str) -> None:
    whole = find(principal, "type:*", sort=sort)
    assert len(whole) == len(EVERYTHING)
    paged: list[str] = []
    after = None
    for _ in EVERYTHING:
        page = search_objects(principal, query="type:*", sort=sort, limit=2, after=after)
        assert page.total == len(EVERYTHING)
        paged += ids(page)
        after = page.next
        if after is None:
            break
    assert paged == whole


def test_a_page_goes_on_after_its_last_hit_when_newer_objects_came(
    principal: Principal, state: State
) -> None:
    state(*[make_object("malware", f"Bot {n}", modified=f"2024-01-0{n}T00:00:00Z") for n in range(1, 7)])
    first = search_objects(principal, query="bot", limit=3)
    state(make_object("malware", "Bot 9", modified="2025-01-01T00:00:00Z"))
    second = search_objects(principal, query="bot", limit=3, after=first.next)
    assert [hit.row.name for page in (first, second) for hit in page.hits] == [
        f"Bot {n}" for n in (6, 5, 4, 3, 2, 1)
    ]


def test_a_page_is_whole_when_objects_of_the_page_before_are_gone(principal: Principal, state: State) -> None:
    bots = [make_object("malware", f"Bot {n}", modified=f"2024-01-0{n}T00:00:00Z") for n in range(1, 7)]
    state(*bots)
    first = search_objects(principal, query="bot", limit=3)
    state(*[bot | {"name": "Renamed", "modified": "2025-01-01T00:00:00Z"} for bot in bots[3:]])
    second = search_objects(principal, query="bot", limit=3, after=first.next)
    assert [hit.row.name for hit in second.hits] == ["Bot 3", "Bot 2", "Bot 1"]


@pytest.mark.usefixtures("filled")
def test_every_facet_count_is_what_choosing_that_value_shows(principal: Principal) -> None:
    names = ("type", "tlp", "label", "revoked", "year", "month", "source", "kind")
    page = search_objects(principal, query="", facets=names, filters={"revoked": ["false"]})
    assert {row.value: row.count for row in page.facets["revoked"]} == {"false": 5, "true": 1}
    assert {row.value: row.count for row in page.facets["type"]} == {
        "indicator": 2,
        "relationship": 1,
        "report": 1,
        "tool": 1,
    }
    assert [row.label for row in page.facets["source"]] == ["feed"]
    for name in names:
        for row in page.facets[name]:
            chosen = search_objects(principal, query="", filters={"revoked": ["false"], name: [row.value]})
            assert chosen.total == row.count, (name, row.value)


@pytest.mark.usefixtures("filled")
def test_types_and_filters_are_alternatives_within_and_conditions_between(principal: Principal) -> None:
    assert find(principal, "", types=["tool", "malware"]) == ids_of([BEACON, WIPER])
    assert find(principal, "", types=["tool", "malware"], filters={"revoked": ["true"]}) == ids_of([WIPER])
    assert find(principal, "", types=["tool"], filters={"type": ["malware"]}) == []


@pytest.mark.usefixtures("filled")
def test_what_a_principal_may_not_see_is_in_no_hit_total_or_facet(principal: Principal) -> None:
    page = search_objects(replace(principal, tlp_ceiling=3), query="ip:192.0.2.7", facets=["type"])
    assert (page.total, page.hits, page.facets) == (0, [], {"type": []})
    stranger = Organisation.objects.create(name="Others")
    page = search_objects(
        replace(principal, organisation_id=stranger.pk), query="", facets=["type", "source"]
    )
    assert (page.total, page.hits, page.facets) == (0, [], {"type": [], "source": []})


@pytest.mark.usefixtures("filled")
def test_a_raised_marking_holds_before_the_index_has_caught_up(principal: Principal, state: State) -> None:
    guest = replace(principal, tlp_ceiling=2)
    assert find(guest, "wiper") == ids_of([REPORT])
    raised = REPORT | {"object_marking_refs": [TLP_RED], "modified": "2024-06-02T00:00:00.000Z"}
    state(raised, index=False)
    page = search_objects(guest, query="wiper")
    assert (page.total, page.total_is_exact, page.hits) == (0, True, [])


def test_hits_that_are_hidden_now_do_not_shorten_the_page(principal: Principal, state: State) -> None:
    bots = [make_object("malware", f"Bot {n}", modified=f"2024-01-0{n}T00:00:00Z") for n in range(1, 9)]
    state(*bots)
    hidden = [
        {**bot, "object_marking_refs": [TLP_RED], "modified": "2025-01-01T00:00:00Z"} for bot in bots[4:]
    ]
    state(*hidden, index=False)
    page = search_objects(replace(principal, tlp_ceiling=2), query="bot", limit=3)
    assert [hit.row.name for hit in page.hits] == ["Bot 4", "Bot 3", "Bot 2"]
    assert page.next is not None


@pytest.mark.usefixtures("filled")
def test_a_snippet_marks_the_words_in_plain_text(principal: Principal) -> None:
    [hit] = search_objects(principal, query="adversary sets").hits
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["adversary", "sets"]
    assert "\n" not in hit.snippet
    hits = search_objects(principal, query="evil.example").hits
    assert [hit.snippet[slice(*hit.marks[0])] for hit in hits if hit.marks] == ["evil[.]example"]


@pytest.mark.usefixtures("filled")
def test_a_value_with_operators_beside_it_is_still_a_value(principal: Principal) -> None:
    assert find(principal, "http://evil.example/a OR 192.0.2.7") == ids_of([ADDRESS, URL, BEACON])
    assert find(principal, "evil.example", reading="text") == ids_of([URL, BEACON])


@pytest.mark.usefixtures("filled")
def test_faults_say_where_and_what_to_do(principal: Principal) -> None:
    faults: tuple[dict[str, Any], ...] = (
        {"query": "tool AND (beacon"},
        {"query": "tipe:tool"},
        {"query": "", "sort": "colour"},
        {"query": "", "facets": ["text"]},
        {"query": "", "filters": {"text": ["x"]}},
        {"query": "", "after": "nonsense"},
    )
    for options in faults:
        with pytest.raises(BadInput) as caught:
            search_objects(principal, **options)
        assert caught.value.remedy
    first = search_objects(principal, query="", limit=1)
    with pytest.raises(BadInput):
        search_objects(principal, query="", sort="name", after=first.next)


def test_searching_needs_permission_to_read(principal: Principal) -> None:
    with pytest.raises(NotAllowed):
        search_objects(replace(principal, permissions=frozenset()), query="x")
