"""Outputs on their pages: made for a format, an address shown once, keys revoked; exports of a search."""

import re

import pytest
from django.test import Client

from stack.accounts.models import Organisation
from stack.accounts.roles import Role
from stack.sharing.outputs.models import Output
from tests.people import make_member

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]

_ADDRESS = re.compile(r'id="new-address">([^<]+)<')
_NEW = {"format": "list", "title": "For the proxy", "query": "type:indicator", "minimum_confidence": "0"}


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(make_member("robin", Organisation.objects.create(name="North"), role=Role.CURATOR))
    return client


def _make(client: Client) -> Output:
    client.post("/sharing/outputs/new", _NEW)
    return Output.objects.get()


def test_the_options_of_the_format_are_asked_for(curator: Client) -> None:
    page = curator.get("/sharing/outputs/new?format=list").content.decode()
    assert 'name="options-' in page
    assert "A block list" in page
    assert curator.get("/sharing/outputs/new?format=nonsense").status_code == 422


def test_an_output_is_made_and_its_address_with_a_key_is_shown_once(curator: Client) -> None:
    row = _make(curator)
    url = f"/sharing/outputs/{row.pk}"
    found = _ADDRESS.search(curator.post(f"{url}/keys", {"name": "edge"}).content.decode())
    assert found is not None
    path = found[1].removeprefix("http://testserver")
    assert curator.get(path).status_code == 200
    page = curator.get(url)
    assert (page["Cache-Control"], path.split("/")[3] in page.content.decode()) == ("no-store", False)
    key = row.keys.get()
    curator.post(f"{url}/keys/{key.key_id}/revoke")
    assert curator.get(path).status_code in {401, 403, 404}
    assert "nobody can fetch it" in curator.get(url).content.decode()


def test_a_key_of_something_else_is_not_revoked_here(curator: Client) -> None:
    row = _make(curator)
    assert curator.post(f"/sharing/outputs/{row.pk}/keys/1/revoke").status_code == 404


def test_the_first_lines_are_shown_as_text(curator: Client) -> None:
    row = _make(curator)
    page = curator.get(f"/sharing/outputs/{row.pk}/preview").content.decode()
    assert "as they would leave now, for you" in page


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"query": ""}, "query"),
        ({"minimum_confidence": "x"}, "minimum_confidence"),
        ({"known_good": "x"}, "known_good"),
        ({"title": ""}, "title"),
    ],
)
def test_what_is_wrong_stands_at_its_field(curator: Client, sent: dict[str, str], field: str) -> None:
    answer = curator.post("/sharing/outputs/new", _NEW | sent)
    assert answer.status_code == 422
    assert f'id="output-{field}-fault"' in answer.content.decode()
    assert not Output.objects.exists()


def test_a_search_is_downloaded_in_a_format(curator: Client) -> None:
    answer = curator.get("/search/export?format=csv&q=type:indicator")
    assert answer.status_code == 200
    assert "stack-export.csv" in answer["Content-Disposition"]
    assert curator.get("/search/export?format=nonsense").status_code == 422


def test_strangers_find_no_output(curator: Client) -> None:
    row = _make(curator)
    curator.force_login(make_member("sam", Organisation.objects.create(name="South"), role=Role.CURATOR))
    for path in ("", "/preview"):
        assert curator.get(f"/sharing/outputs/{row.pk}{path}").status_code == 404
    for path in ("/keys", "/change", "/delete"):
        assert curator.post(f"/sharing/outputs/{row.pk}{path}", {"name": "x"}).status_code == 404
    assert Output.objects.exists()
