"""What pages, REST and the command line show while nobody listens where the search servers should be."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from stack.accounts.operations import create_key, ensure_first_organisation
from stack.accounts.queries import principal_of_user
from stack.search.elasticsearch.address import SearchServers
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.integration.search.conftest import make_object

pytestmark = pytest.mark.django_db

# Reserved, and never listened to.
NOWHERE = "http://127.0.0.1:1"
LOADER = make_object("malware", "Loader")


@pytest.fixture
def client(settings: Settings) -> Client:
    settings.SEARCH_BACKEND, settings.SEARCH = "elasticsearch", SearchServers(urls=(NOWHERE,))
    user = ensure_first_organisation()
    principal = principal_of_user(user)
    row = ensure_source(principal, name="feed")
    statement = describe_statement(json.dumps(LOADER).encode(), LOADER)
    write_statements(principal, statements=[statement], source_id=row.id)
    key = create_key(principal, name="test").key
    made = Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})
    made.force_login(user)
    return made


def test_the_page_shows_what_the_store_finds_and_says_what_it_leaves_out(client: Client) -> None:
    text = client.get("/search?q=loader+text:evil").content.decode()
    assert f"/o/{LOADER['id'].replace('--', '/')}" in text
    assert "Only a part of what matches can be found now" in text
    assert "not checked: “evil” in text" in text


def test_pages_that_only_count_still_open(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/search?view=statistics").status_code == 200
    assert client.get("/suggest?q=loa").status_code == 200


def test_rest_tells_it_in_the_reading(client: Client) -> None:
    page = client.get("/api/v1/search?q=loader&facet=type").json()
    assert [hit["object"]["id"] for hit in page["hits"]] == [LOADER["id"]]
    assert (page["total_is_exact"], page["next"], page["facets"]) == (False, None, {"type": []})
    assert "cannot be reached" in page["reading"]
    assert client.get("/api/v1/suggest?q=loa").status_code == 200


@pytest.mark.parametrize("address", ["/api/v1/export?q=loader", "/search.csv?q=loader"])
def test_what_is_taken_away_as_a_whole_is_refused(client: Client, address: str) -> None:
    assert client.get(address).status_code == 503
