"""Which hosts below a domain the store calls bad: out of the real index, as far as one may see."""

import json
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from pytest_django import Settings

from stack.accounts.principal import Principal
from stack.analysis.names.analysing import analyze_domain
from stack.analysis.subdomains import find_below
from stack.analysis.tools import StoreTools
from stack.search.indexer import catch_up
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
_TIMES = {"created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z"}


def _indicate(host: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid5(NAMESPACE_URL, host)}",
        "name": host,
        "pattern": f"[domain-name:value = '{host}']",
        "pattern_type": "stix",
        "valid_from": "2024-01-01T00:00:00Z",
        **_TIMES,
        **properties,
    }


@pytest.fixture
def stated(principal: Principal, tmp_path: Path, settings: Settings) -> None:
    settings.SEARCH_INDEX = tmp_path / "index"
    source = ensure_source(principal, name="Partner", kind="upload", reliability=1)
    objects = [
        _indicate("a-b.evil-site.example"),
        _indicate("c.d.evil-site.example"),
        _indicate("e.evil-site.example", revoked=True),
        _indicate("notevil-site.example"),
        _indicate("evil-site.example.org"),
    ]
    statements = [describe_statement(json.dumps(each).encode(), each) for each in objects]
    write_statements(principal, statements=statements, source_id=source.id)
    catch_up()


@pytest.mark.usefixtures("stated")
def test_hosts_below_a_domain_are_found_and_no_others(principal: Principal) -> None:
    found = find_below(principal, "evil-site.example", besides="x.evil-site.example")
    assert {each.name for each in found.objects} == {"a-b.evil-site.example", "c.d.evil-site.example"}
    assert found.more == 0
    one = find_below(principal, "evil-site.example", besides="a-b.evil-site.example")
    assert [each.name for each in one.objects] == ["c.d.evil-site.example"]


@pytest.mark.usefixtures("stated")
def test_the_domain_engine_tells_them(principal: Principal) -> None:
    answer = analyze_domain("www.evil-site.example", StoreTools(principal))
    (evidence,) = [each for each in answer.evidence if each.code == "domain.known-beside"]
    assert evidence.statement == "2 indicators of the store of Partner name hosts below evil-site.example."
    assert evidence.is_private
