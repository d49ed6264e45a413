"""A key does what it was made for, from where it was made for, until when: nothing beyond."""

from typing import Any

import pytest
from django.test import Client

from stack.accounts.models import ApiKey, Membership
from stack.accounts.roles import Role
from stack.api.rest.openapi import PREFIX
from stack.core.clock import now_us
from tests.security.world import World, make_key

pytestmark = pytest.mark.django_db
_DAY = 86_400 * 1_000_000


def _ask(text: str, *, address: str = "127.0.0.1", **headers: str) -> Any:
    client = Client(REMOTE_ADDR=address, headers={"authorization": f"Bearer {text}"} | headers)
    return client.get(f"{PREFIX}/me")


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        (["192.0.2.0/24"], "192.0.2.7", 200),
        (["192.0.2.0/24"], "192.0.3.7", 401),
        (["192.0.2.0/24", "2001:db8::/32"], "2001:db8::1", 200),
        (["2001:db8::/32"], "2001:db9::1", 401),
        (["2001:db8::/32"], "192.0.2.7", 401),
        (["192.0.2.7/32"], "::ffff:192.0.2.8", 401),
    ],
)
def test_a_key_works_only_from_its_networks(
    networks: list[str], address: str, status: int, world: World
) -> None:
    _, text = make_key(world.ours.people[Role.ANALYST], networks=networks)
    assert _ask(text, address=address).status_code == status


def test_who_sends_an_address_along_is_not_believed(world: World) -> None:
    _, text = make_key(world.ours.people[Role.ANALYST], networks=["192.0.2.0/24"])
    for name in ("x-forwarded-for", "x-real-ip", "forwarded", "client-ip", "x-client-ip"):
        assert _ask(text, address="203.0.113.9", **{name: "192.0.2.7"}).status_code == 401


def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(world: World) -> None:
    person = world.ours.people[Role.ANALYST]
    _, good = make_key(person)
    broken = {
        "expired": make_key(person, expires_at=now_us() - 1)[1],
        "revoked": make_key(person, revoked_at=now_us() - 1)[1],
        "elsewhere": make_key(person, networks=["192.0.2.0/24"])[1],
        "wrong secret": good[:-1] + "f",
        "wrong prefix": good.replace("stk_0", "stk_f"),
        "shouted": good.upper(),
        "cut": good[:-1],
        "long": good + "0" * 100_000,
        "no key": "nonsense",
        "empty": "",
        "a token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "not ASCII": "stk_é",
    }
    left = make_key(world.ours.people[Role.CURATOR])[1]
    Membership.objects.filter(user=world.ours.people[Role.CURATOR]).delete()
    disabled = make_key(world.ours.people[Role.READER])[1]
    world.ours.people[Role.READER].is_active = False
    world.ours.people[Role.READER].save()
    answers = {}
    for what, text in {**broken, "left": left, "disabled": disabled}.items():
        response = _ask(text)
        headers = {name: value for name, value in response.items() if name != "X-Request-Id"}
        answers[what] = (response.status_code, headers, response.content)
        assert text == "" or text.encode() not in response.content
    assert len({repr(answer) for answer in answers.values()}) == 1, answers
    assert answers["expired"][0] == 401
    assert _ask(good).status_code == 200


def test_a_key_narrows_what_its_owner_sees_and_does(world: World) -> None:
    person = world.ours.people[Role.CURATOR]
    _, text = make_key(person, scopes=["read"], tlp_ceiling=1, expires_at=now_us() + _DAY)
    me = _ask(text).json()
    assert (me["permissions"], me["tlp_ceiling"]) == (["read"], "green")
    assert me["key"]["expires_at"] is not None
    Membership.objects.filter(user=person).update(tlp_ceiling=0)
    assert _ask(text).json()["tlp_ceiling"] == "clear"


def test_a_key_made_with_wishes_beyond_its_owner_stays_within(world: World) -> None:
    """Scopes that the owner lost, and a ceiling above theirs, open nothing."""
    person = world.ours.people[Role.READER]
    Membership.objects.filter(user=person).update(tlp_ceiling=1)
    _, text = make_key(person, scopes=["read", "administer", "no-such"], tlp_ceiling=4)
    me = _ask(text).json()
    assert (me["permissions"], me["tlp_ceiling"]) == (["read"], "green")


def test_a_key_acts_for_the_organisation_that_it_was_made_for(world: World) -> None:
    person = world.ours.people[Role.ANALYST]
    _, text = make_key(person)
    Membership.objects.create(
        user=person, organisation=world.theirs.organisation, role=Role.PLATFORM_ADMIN, tlp_ceiling=4
    )
    person.organisation = world.theirs.organisation
    person.save()
    me = _ask(text).json()
    assert (me["organisation"]["name"], me["role"]) == ("Lark", "analyst")


def test_the_secret_of_a_key_is_nowhere_but_in_the_first_answer(world: World) -> None:
    client = Client()
    client.force_login(world.ours.people[Role.ANALYST])
    made: Any = client.post(f"{PREFIX}/keys", {"name": "SIEM"}, content_type="application/json")
    secret = made.json()["key"].rpartition("_")[2]
    assert secret not in str(list(ApiKey.objects.values()))
    assert secret not in client.get(f"{PREFIX}/keys").content.decode()
    assert made["Cache-Control"] == "private, no-store"
