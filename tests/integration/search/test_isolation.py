"""What a principal may not see changes nothing of their answers: one index with it, one without."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stack.search.base import Found, SearchBackend, SearchRequest, Sort
from stack.search.documents import make_document
from stack.search.embedded.backend import EmbeddedBackend
from stack.search.fields import FACETS
from stack.search.query_language import parse_query
from stack.store.records import HeadText

VISIBLE = frozenset({1, 3})
HIDDEN = (2, 4)
QUERIES = (
    *(
        "",
        "loader",
        "loader wiper",
        "load*",
        "*oad*",
        "l*d?r",
        "loadr~1",
        "wipe~2",
        '"the wiper"',
        "the -wiper",
    ),
    *("192.0.2.1", "ip:192.0.2.0/24", "ip:[192.0.2.1 TO 192.0.2.2]", "value:192*", "value:*.0.2*", "kind:*"),
    *("type:malware", "type:ma*", "label:t*", "source:*", "tlp:red", "confidence:>=50", "created:2024-01"),
    *("name:load*", "text:the", "loader OR type:indicator", "revoked:false", "NOT loader", "year:2024"),
)
_NAMES = ("Loader", "Wiper", "Loader Wiper", "192.0.2.1", "192.0.2.2")
_SMALL = settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.target),
    suppress_health_check=list(HealthCheck),
)


def make_head(number: int, audience_id: int, name: str, label: str, rivals: tuple[int, ...]) -> HeadText:
    """An indicator or malware whose texts and times coincide with those of others as often as not."""
    kind = "indicator" if name[0].isdigit() else "malware"
    stix_id = f"{kind}--31b940d4-6f7f-459a-80ea-{number:012x}"
    obj = {
        "type": kind,
        "id": stix_id,
        "name": name,
        "description": f"The {name} of the {label}",
        "labels": [label, f"t{number % 4}"],
        "created": "2024-01-01T00:00:00.000Z",
        "modified": f"2024-01-0{1 + number % 2}T00:00:00.000Z",
        "confidence": number * 7 % 100,
    }
    if kind == "indicator":
        obj |= {"pattern": f"[ipv4-addr:value = '{name}']", "pattern_type": "stix"}
    return HeadText(number, stix_id, audience_id, json.dumps(obj).encode(), (number % 3,), rivals)


heads = st.lists(
    st.builds(
        make_head,
        st.integers(1, 10_000),
        st.sampled_from([*VISIBLE, *HIDDEN]),
        st.sampled_from(_NAMES),
        st.sampled_from(["t1", "t2", "trojan", "Loader"]),
        st.sets(st.integers(1, 4), max_size=2).map(tuple),
    ),
    max_size=40,
    unique_by=lambda head: head.object_id,
)


def is_shown(head: HeadText) -> bool:
    return head.audience_id in VISIBLE and VISIBLE.isdisjoint(head.rival_ids)


def reduce_to_shown(given_heads: Sequence[HeadText]) -> list[HeadText]:
    """The store of somebody for whom nothing else was ever written."""
    return [replace(head, rival_ids=()) for head in given_heads if is_shown(head)]


@dataclass(frozen=True)
class Asked:
    """What is asked of an index, apart from the query."""

    sort: Sort
    facets: tuple[str, ...] = ()
    source: str = ""


ASKED = (
    Asked(Sort.RELEVANCE, facets=FACETS),
    Asked(Sort.RELEVANCE, facets=("source", "label"), source="1"),
    Asked(Sort.MODIFIED),
    Asked(Sort.CREATED, source="2"),
    Asked(Sort.NAME, facets=("type",)),
)


def fill(folder: Path, given_heads: Sequence[HeadText], *, commits: int) -> EmbeddedBackend:
    """An index whose documents came in several commits, as a store's do."""
    backend = EmbeddedBackend(folder)
    with backend.open_writer() as writer:
        assert writer
        for start in range(commits):
            ordered = sorted(given_heads[start::commits], key=lambda head: head.object_id)
            writer.write([make_document(head, sequence=1) for head in ordered])
            writer.commit()
    return backend


def read_pages(backend: SearchBackend, query: str, asked: Asked) -> Iterator[Found]:
    """Every page, to the end."""
    request = SearchRequest(
        parse_query(query, reading="auto").node,
        VISIBLE,
        filters={"source": [asked.source]} if asked.source else {},
        sort=asked.sort,
        limit=3,
        facets=asked.facets,
    )
    while True:
        found = backend.search(request)
        yield found
        if len(found.hits) < request.limit:
            return
        request = replace(request, after=found.hits[-1].position)


@_SMALL
@given(heads)
def test_hidden_documents_change_no_page_total_or_facet(given_heads: list[HeadText]) -> None:
    with TemporaryDirectory() as whole, TemporaryDirectory() as reduced:
        mixed = fill(Path(whole), given_heads, commits=3)
        alone = fill(Path(reduced), reduce_to_shown(given_heads), commits=1)
        shown = {head.object_id for head in given_heads if is_shown(head)}
        for query in QUERIES:
            for asked in ASKED:
                pages = list(read_pages(mixed, query, asked))
                assert pages == list(read_pages(alone, query, asked)), (query, asked)
                listed = [hit.object_id for page in pages for hit in page.hits]
                assert shown.issuperset(listed)
                assert len(set(listed)) == len(listed) == pages[0].total, (query, asked)


def test_where_nearly_all_is_hidden_the_few_visible_are_all_found(tmp_path: Path) -> None:
    """More hidden hits in front than are sieved, so that the index itself has to leave them out."""
    hidden = [make_head(number, 2, "Loader", "t1", ()) for number in range(1_000, 3_500)]
    outranked = [make_head(number, 1, "Loader", "t1", (3,)) for number in range(4_000, 5_500)]
    shown = [make_head(number, 1, "Loader", "t1", (2,)) for number in range(1, 40)]
    mixed = fill(tmp_path / "mixed", [*hidden, *outranked, *shown], commits=2)
    alone = fill(tmp_path / "alone", reduce_to_shown(shown), commits=1)
    for query in ("loader", "text:the", "name:load*", ""):
        for asked in ASKED:
            pages = list(read_pages(mixed, query, asked))
            assert pages == list(read_pages(alone, query, asked)), (query, asked)
            assert pages[0].total == 39 if not asked.source else 13


def test_facets_are_exact_and_their_ties_are_broken_by_value(tmp_path: Path) -> None:
    """Over a thousand values of one count: whichever the index meets first, the first by name are listed."""
    given_heads = [make_head(number, 1, "Loader", f"w{number:04}", ()) for number in range(1, 1_301)]
    backend = fill(tmp_path / "index", given_heads[::-1], commits=4)
    [page, *_] = read_pages(backend, "type:malware", Asked(Sort.MODIFIED, facets=("label",)))
    labels = [(facet.value, facet.count) for facet in page.facets["label"]]
    assert labels[:4] == [(f"t{number}", 325) for number in range(4)]
    assert labels[4:] == [(f"w{number:04}", 1) for number in range(1, 57)]


def test_no_audience_sees_nothing(tmp_path: Path) -> None:
    backend = fill(tmp_path / "index", [make_head(1, 2, "Loader", "t1", ())], commits=1)
    for query in QUERIES:
        [page] = read_pages(backend, query, Asked(Sort.RELEVANCE, facets=FACETS))
        assert (page.total, page.hits) == (0, [])
        assert not any(page.facets.values())
