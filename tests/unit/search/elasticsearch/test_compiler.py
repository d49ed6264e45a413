"""What queries become for the servers: never syntax that a user wrote."""

import json
from typing import Any

import pytest

from stack.search.elasticsearch.compiler import Compiler, match_terms, match_visible
from stack.search.query_language import parse_query
from stack.search.query_tree import Gap, Or, Wildcard


def compile_query(query: str) -> Any:
    return Compiler().compile(parse_query(query).node)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"match_all": {}}),
        ("type:malware", {"term": {"type": {"value": "malware"}}}),
        ("confidence:>=70", {"range": {"confidence": {"gte": 70}}}),
        ("confidence:*", {"exists": {"field": "confidence"}}),
        ("text:evil", {"term": {"text": {"value": "evil"}}}),
        ('text:"Spear Phishing"~2', {"match_phrase": {"text": {"query": "spear phishing", "slop": 2}}}),
        ("-revoked:true", {"bool": {"filter": [], "must_not": [{"term": {"revoked": {"value": "true"}}}]}}),
        ("label:re?ote*", {"wildcard": {"label": {"value": "re?ote*", "rewrite": "constant_score"}}}),
    ],
)
def test_each_kind_of_node_has_its_query(query: str, expected: dict[str, Any]) -> None:
    assert compile_query(query) == expected


def test_what_means_something_to_the_server_is_escaped_in_patterns() -> None:
    node = Wildcard("label", ("a*b\\c?", Gap.ANY, "d", Gap.ONE))
    [pattern] = Compiler().compile(node)["wildcard"].values()
    assert pattern["value"] == "a\\*b\\\\c\\?*d?"


def test_no_query_holds_a_script_or_the_query_string_syntax() -> None:
    for query in ('"; drop', "painless ctx._source", "_exists_ AND _id", "name:/a.*/", "{ script }"):
        text = json.dumps(Compiler().compile(parse_query(query, reading="text").node))
        assert not {"query_string", '"script"', "simple_query_string"} & set(text.split()), text


def test_nothing_is_found_by_no_alternatives_and_by_no_audience() -> None:
    assert Compiler().compile(Or(())) == {"match_none": {}}
    assert match_visible(frozenset())["bool"]["filter"] == [{"match_none": {}}]


def test_more_terms_than_a_server_takes_go_in_parts() -> None:
    parts = match_terms("audience_id", range(70_000))["bool"]["should"]
    assert [len(part["terms"]["audience_id"]) for part in parts] == [65_536, 4_464]
