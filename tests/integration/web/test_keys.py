"""API keys on pages: made with limits, shown once, listed with their use, revoked."""

import re

import pytest
from django.test import Client

from stack.accounts.models import ApiKey, Organisation, User
from stack.accounts.principal import Role
from stack.accounts.queries import find_key
from tests.people import make_member

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
_KEY = re.compile(r"stk_[0-9a-f]{12}_[0-9a-f]{48}")


@pytest.fixture
def bob(client: Client) -> User:
    user = make_member("bob", Organisation.objects.create(name="North"), tlp_ceiling=2)
    client.force_login(user)
    return user


def _make(client: Client, **sent: object) -> str:
    found = _KEY.search(client.post("/account/keys", {"name": "laptop"} | sent).content.decode())
    assert found is not None
    return found[0]


def test_a_key_is_as_narrow_as_it_was_asked_for(client: Client, bob: User) -> None:
    text = _make(client, scopes=["read"], tlp_ceiling="green", networks="198.51.100.0/24", expires_at="30")
    assert find_key(text, address="192.0.2.1") is None
    key = find_key(text, address="198.51.100.7")
    assert key is not None
    assert (set(key.principal.permissions), key.principal.tlp_ceiling) == ({"read"}, 1)
    row = client.get("/account/keys.json").json()["rows"][0]
    assert (row["scopes"], row["tlp_ceiling"], row["networks"]) == (["read"], "green", ["198.51.100.0/24"])
    assert row["expires"] > row["created"]
    assert _KEY.search(client.get("/account/keys").content.decode()) is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": ["mark"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"tlp_ceiling": "red"}, "tlp_ceiling"),
        ({"tlp_ceiling": "purple"}, "tlp_ceiling"),
        ({"networks": "198.51.100.0/33"}, "networks"),
        ({"expires_at": "-1"}, "expires_at"),
    ],
)
def test_a_key_that_cannot_be_is_refused_at_its_entry(
    client: Client, bob: User, sent: dict[str, object], field: str
) -> None:
    answer = client.post("/account/keys", {"name": "laptop"} | sent)
    assert answer.status_code == 422
    assert f'id="key-{field}-fault"' in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_by_its_owner_alone_or_who_manages_members(client: Client, bob: User) -> None:
    text = _make(client)
    key = ApiKey.objects.get()
    stranger = Client()
    stranger.force_login(make_member("sam", bob.organisation))
    assert stranger.post(f"/account/keys/{key.pk}/revoke").status_code == 404
    assert stranger.post(f"/organisation/keys/{key.pk}/revoke").status_code == 403
    assert find_key(text) is not None
    manager = Client()
    manager.force_login(make_member("ada", bob.organisation, role=Role.ORGANISATION_ADMIN))
    assert b"laptop" in manager.get("/organisation/keys").content
    assert manager.post(f"/organisation/keys/{key.pk}/revoke")["Location"] == "/organisation/keys"
    assert find_key(text) is None


def test_keys_of_another_organisation_are_not_listed_and_not_there(client: Client, bob: User) -> None:
    _make(client)
    key = ApiKey.objects.get()
    foreign = Client()
    foreign.force_login(
        make_member("sam", Organisation.objects.create(name="South"), role=Role.ORGANISATION_ADMIN)
    )
    assert foreign.get("/organisation/keys.json").json()["rows"] == []
    assert foreign.post(f"/organisation/keys/{key.pk}/revoke").status_code == 404


def test_a_name_is_no_formula_in_a_spreadsheet(client: Client, bob: User) -> None:
    _make(client, name="=HYPERLINK(1)")
    lines = b"".join(client.get("/account/keys.csv").streaming_content).decode()  # type: ignore[attr-defined]  # streamed
    assert ",'=HYPERLINK(1)," in lines
