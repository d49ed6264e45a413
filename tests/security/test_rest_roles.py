"""Every operation of REST × every role, by key and by session: open to exactly those that it declares."""

import pytest
from django.test import Client
from ninja.operation import Operation

from stack.accounts.models import User
from stack.accounts.roles import Permission, Role
from stack.api.rest.openapi import PREFIX
from tests.acts import undone
from tests.security.rest import (
    OPERATIONS,
    ask,
    client_with_key,
    client_with_session,
    name_of,
    needs_of,
)
from tests.security.rest_samples import SAMPLES
from tests.security.world import World, make_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_world")]
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)


def test_every_operation_has_a_sample() -> None:
    assert {name_of(operation) for operation in OPERATIONS} == set(SAMPLES)


@pytest.mark.asvs("8.2.1")
@every_operation
def test_an_operation_opens_for_exactly_the_roles_that_it_declares(
    operation: Operation, world: World
) -> None:
    needs = needs_of(operation)
    for role, person in world.ours.people.items():
        may = needs.permissions <= role.permissions
        faces = {
            "key": (client_with_key(person), may and not needs.session_only),
            "session": (client_with_session(person), may and not role.is_machine),
        }
        for face, (client, is_allowed) in faces.items():
            with undone():
                response = ask(client, operation, world, person)
            expected = SAMPLES[name_of(operation)].status if is_allowed else 403
            assert response.status_code == expected, (role, face, response.text_sent)
            if not is_allowed:
                assert response.json()["type"] == "urn:stack:problem:not-allowed"


@pytest.mark.asvs("8.2.1")
@every_operation
def test_a_key_opens_what_needs_its_scopes_and_no_more(operation: Operation, world: World) -> None:
    needs = needs_of(operation)
    person = world.ours.people[Role.PLATFORM_ADMIN]
    for scopes in [
        *({scope} for scope in Permission),
        needs.permissions,
        set(Permission) - needs.permissions,
    ]:
        with undone():
            response = ask(client_with_key(person, scopes=scopes), operation, world, person)
        is_allowed = needs.permissions <= scopes and not needs.session_only
        expected = SAMPLES[name_of(operation)].status if is_allowed else 403
        assert response.status_code == expected, (scopes, response.text_sent)


@every_operation
def test_nobody_and_who_is_disabled_get_the_same_401(operation: Operation, world: World) -> None:
    person = world.ours.people[Role.PLATFORM_ADMIN]
    clients = {
        "nobody": Client(raise_request_exception=False),
        "key": client_with_key(person),
        "session": client_with_session(person),
        "Basic": Client(headers={"authorization": "Basic YWRtaW46c2VjcmV0"}),
        "Basic beside a session": client_with_session(person),
    }
    clients["Basic beside a session"].defaults["HTTP_AUTHORIZATION"] = "Basic YWRtaW46c2VjcmV0"
    User.objects.filter(pk=person.pk).update(is_active=False)
    answers = {}
    for who, client in clients.items():
        with undone():
            response = ask(client, operation, world, person)
        assert response.status_code == 401, (who, response.text_sent)
        assert response["WWW-Authenticate"] == 'Bearer realm="Stack"'
        answers[who] = response.text_sent
    assert answers["nobody"] == answers["session"]
    assert answers["key"] == answers["Basic"]


def test_basic_authentication_opens_nothing_with_the_right_password_or_key(world: World) -> None:
    import base64

    person = world.ours.people[Role.PLATFORM_ADMIN]
    person.set_password("correct horse battery staple")
    person.save()
    _, key = make_key(person)
    for pair in (f"{person.username}:correct horse battery staple", f"{key}:", f":{key}", f"stack:{key}"):
        header = "Basic " + base64.b64encode(pair.encode()).decode()
        client = client_with_session(person)
        assert client.get(f"{PREFIX}/me", headers={"authorization": header}).status_code == 401


def test_a_lost_role_closes_open_sessions_and_keys_at_once(world: World) -> None:
    person = world.ours.people[Role.ORGANISATION_ADMIN]
    clients = (client_with_key(person), client_with_session(person))
    assert [client.get(f"{PREFIX}/members").status_code for client in clients] == [200, 200]
    membership = person.memberships.get()
    membership.role = Role.READER
    membership.save()
    assert [client.get(f"{PREFIX}/members").status_code for client in clients] == [403, 403]
    membership.delete()
    assert [client.get(f"{PREFIX}/objects").status_code for client in clients] == [401, 403]
