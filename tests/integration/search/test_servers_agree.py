"""The servers answer like the embedded index, and like one that holds only what the reader may see."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.search.base import Sort
from stack.search.documents import make_document
from stack.search.elasticsearch import searching
from stack.search.elasticsearch.address import SearchServers
from stack.search.elasticsearch.backend import ElasticsearchBackend
from stack.store.records import HeadText
from tests.integration.search.backends import SERVERS, lend_servers
from tests.integration.search.test_isolation import (
    ASKED,
    HIDDEN,
    QUERIES,
    VISIBLE,
    Asked,
    fill,
    make_head,
    read_pages,
    reduce_to_shown,
)
from tests.services import note_service

pytestmark = pytest.mark.django_db

SHARDS = 3
_NAMES = ("Loader", "Wiper", "Loader Wiper", "192.0.2.1", "192.0.2.2", "Läufer", "loaders", "a loader b")


@pytest.fixture(params=SERVERS)
def servers(request: pytest.FixtureRequest) -> Iterator[SearchServers]:
    with lend_servers(request.param, shards=SHARDS) as lent:
        note_service(request.node, request.param)
        yield lent


def fill_servers(servers: SearchServers, heads: list[HeadText], *, commits: int) -> ElasticsearchBackend:
    backend = ElasticsearchBackend(servers)
    with backend.open_writer() as writer:
        assert writer
        for start in range(commits):
            writer.write(make_document(head, sequence=1) for head in heads[start::commits])
            writer.commit()
    return backend


def draw_heads(count: int, seed: int) -> list[HeadText]:
    chance = random.Random(seed)
    return [
        make_head(
            number,
            chance.choice([*VISIBLE, *HIDDEN]),
            chance.choice(_NAMES),
            chance.choice(["t1", "t2", "trojan", "Loader"]),
            tuple(chance.sample(range(1, 5), chance.randint(0, 2))),
        )
        for number in chance.sample(range(1, 10_000), count)
    ]


def test_pages_totals_and_facets_are_those_of_a_store_without_what_is_hidden(
    servers: SearchServers, tmp_path: Path
) -> None:
    heads = draw_heads(32, seed=7)
    mixed = fill_servers(servers, heads, commits=3)
    alone = fill(tmp_path / "alone", reduce_to_shown(heads), commits=1)
    for query in QUERIES:
        for asked in ASKED:
            expected = list(read_pages(alone, query, asked))
            assert list(read_pages(mixed, query, asked)) == expected, (query, asked)


def test_two_words_with_others_between_them_are_found_alike(servers: SearchServers, tmp_path: Path) -> None:
    """Of three words and more the engines find sloppy phrases differently (docs/operations/search.md)."""
    chance = random.Random(5)
    heads = [make_head(number, 1, " ".join(chance.choices("abcd", k=6)), "t1", ()) for number in range(1, 80)]
    there = fill_servers(servers, heads, commits=1)
    here = fill(tmp_path / "index", heads, commits=1)
    for query in [f'"{words}"~{slop}' for words in ("a b", "d a") for slop in range(5)]:
        [expected, found] = [next(read_pages(each, query, ASKED[2])).total for each in (here, there)]
        assert found == expected, query


def test_facets_are_exact_over_shards_and_their_ties_are_broken_by_value(
    servers: SearchServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shard first tells of too few values, and is asked again."""
    monkeypatch.setattr(searching, "SHARD_VALUES", (60, 10_000_000))
    monkeypatch.setattr("stack.search.elasticsearch.backend.SHARD_VALUES", (60, 10_000_000))
    heads = [make_head(number, 1, "Loader", f"w{number % 650:04}", ()) for number in range(1, 1_301)]
    backend = fill_servers(servers, heads, commits=1)
    page = next(read_pages(backend, "type:malware", Asked(Sort.MODIFIED, facets=("label",))))
    labels = [(facet.value, facet.count) for facet in page.facets["label"]]
    assert labels[:4] == [(f"t{number}", 325) for number in range(4)]
    assert labels[4:] == [(f"w{number:04}", 2) for number in range(56)]


def test_more_words_than_a_server_would_list_by_itself_are_all_counted(servers: SearchServers) -> None:
    """A server's own way takes the first fifty or thousand words that are like one, hidden ones included."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = [f"loa{first}{second}r" for first in letters for second in letters]
    heads = [make_head(number, 1, word, "t1", ()) for number, word in enumerate(words, start=1)]
    backend = fill_servers(servers, heads, commits=1)
    for query, expected in (
        ("name:loader~2", len(words)),
        ("name:loa*", len(words)),
        ("name:l*a*r", len(words)),
    ):
        assert next(read_pages(backend, query, ASKED[2])).total == expected, query


def test_no_audience_sees_nothing(servers: SearchServers) -> None:
    backend = fill_servers(servers, [make_head(1, 2, "Loader", "t1", ())], commits=1)
    for query in QUERIES:
        [page] = read_pages(backend, query, ASKED[0])
        assert (page.total, page.hits) == (0, [])
        assert not any(page.facets.values())
