"""`GET /api/v1/suggest`, and the same list as the page shows it under the omnibar."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from stack.accounts.models import User
from stack.search.indexer import catch_up
from tests.integration.api.conftest import State, assert_problem, client_of
from tests.integration.search.conftest import TLP_RED, make_indicator, make_object

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def indexed(tmp_path: Path, settings: Settings, state: State) -> None:
    settings.SEARCH_INDEX = tmp_path / "index"
    state(
        "feed",
        make_object("malware", "Rusty <b>Falcon</b>"),
        make_indicator("rusty.example", path="domain-name:value"),
        make_object("malware", "Rusty Secret", object_marking_refs=[TLP_RED]),
    )
    catch_up()


def test_values_and_names_as_they_are(api: Client) -> None:
    found = api.get("/api/v1/suggest?q=rusty").json()["suggestions"]
    assert {(each["kind"], each["text"], each["type"]) for each in found} == {
        ("value", "rusty.example", "domain"),
        ("object", "Rusty <b>Falcon</b>", "malware"),
        ("object", "Rusty Secret", "malware"),
    }
    assert api.get("/api/v1/suggest?q=r").json() == {"suggestions": []}


def test_what_one_may_not_see_is_answered_like_what_never_was(member: User) -> None:
    hidden, never = (client_of(member).get(f"/api/v1/suggest?q={text}") for text in ("rusty s", "rusty x"))
    assert (hidden.status_code, hidden.content) == (never.status_code, never.content)


@pytest.mark.parametrize("query", ["q=" + "x" * 201, "q=a%00b"])
def test_what_cannot_be_a_beginning_is_refused(api: Client, query: str) -> None:
    assert_problem(api.get(f"/api/v1/suggest?{query}"), 422, "bad-input")


def test_the_page_shows_them_defanged_and_escaped_as_options(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    answer = client.get("/suggest?q=rusty", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert text.count('role="option"') == 3
    assert "rusty[.]example" in text
    assert ">rusty.example" not in text
    assert "Rusty &lt;b&gt;Falcon&lt;/b&gt;" in text
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get("/suggest?q=" + "x" * 500).content.strip() == b""


def test_the_omnibar_is_a_combobox_for_who_is_signed_in(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    page = client.get("/search").content.decode()
    assert 'role="combobox"' in page
    assert 'aria-controls="suggestions"' in page
    assert 'id="suggestions" role="listbox"' in page


def test_strangers_get_none(client: Client) -> None:
    assert "HX-Redirect" in client.get("/suggest?q=rusty", headers={"HX-Request": "true"})
