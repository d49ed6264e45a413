"""The command line asks a server's audit log through REST, page after page."""

import pytest
from pytest_django.live_server_helper import LiveServer

from stack.accounts.models import Organisation
from stack.accounts.operations import create_key
from stack.accounts.principal import Role
from stack.cli.backend import audit
from stack.core.acts import Act, record_act
from stack.core.errors import NotAllowed
from tests.people import make_principal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def organisation() -> Organisation:
    return Organisation.objects.create(name="Blue")


def sign_in(patch: pytest.MonkeyPatch, server: LiveServer, organisation: Organisation, role: Role) -> None:
    principal = make_principal("ann", organisation, role=role)
    for number in range(5):
        record_act(Act("note.create", principal, object_kind="note", object_id=str(number)))
    patch.setenv("STACK_URL", server.url)
    patch.setenv("STACK_TOKEN", create_key(principal, name="cli").key)


def test_pages_are_followed_as_far_as_asked(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, organisation: Organisation
) -> None:
    sign_in(monkeypatch, live_server, organisation, Role.ORGANISATION_ADMIN)
    monkeypatch.setattr(audit, "_PAGE", 2)
    wanted = {"name": "note", "text": "", "since": "2000-01-01T00:00:00+00:00", "security": False}
    assert [entry["object_id"] for entry in audit.iterate_entries(wanted)] == ["4", "3", "2", "1", "0"]
    assert [entry["object_id"] for entry in audit.iterate_entries(wanted, limit=3)] == ["4", "3", "2"]
    assert list(audit.iterate_entries(wanted | {"security": True})) == []
    assert list(audit.iterate_entries(wanted | {"text": "nowhere"})) == []


def test_the_server_decides_who_may(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, organisation: Organisation
) -> None:
    sign_in(monkeypatch, live_server, organisation, Role.CURATOR)
    with pytest.raises(NotAllowed):
        list(audit.iterate_entries({}))
