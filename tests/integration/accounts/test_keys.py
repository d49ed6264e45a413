"""API keys: never wider than whom they stand for, at the time of use."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from stack.accounts.frequent import read_frequent
from stack.accounts.models import ApiKey, Membership, User
from stack.accounts.operations import create_key, record_key_use, revoke_key
from stack.accounts.principal import Permission, Role
from stack.accounts.queries import find_key, list_keys, principal_of_user, recognition
from stack.core.errors import BadInput, NotAllowed, NotFound
from tests.databases import CHOSEN
from tests.integration.accounts.conftest import Town, read_acts, read_whole_log
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")
_NARROW = frozenset({Permission.READ, Permission.MARK})


def test_a_key_is_listed_with_its_limits_and_recorded_without_its_secret(town: Town) -> None:
    new = create_key(
        town.chief,
        name="SIEM",
        scopes=["read", "export"],
        networks=["2001:DB8::1/48", "192.0.2.7/24", "192.0.2.0/24"],
        tlp_ceiling=1,
    )
    [row] = list_keys(town.chief)
    assert (row.owner, row.organisation_id, row.tlp_ceiling) == ("chief", town.ours.pk, 1)
    assert (row.scopes, row.networks) == (("export", "read"), ("192.0.2.0/24", "2001:db8::/48"))
    [act] = read_acts("key.create")
    assert (act.after["scopes"], act.after["tlp_ceiling"], act.organisation_id) == (
        ["export", "read"],
        1,
        town.ours.pk,
    )
    assert new.key.rpartition("_")[2] not in read_whole_log()


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"scopes": ["administer"]}, "scopes"),
        ({"scopes": ["READ"]}, "scopes"),
        ({"networks": ["192.0.2.0/33"]}, "networks"),
        ({"networks": ["everywhere"]}, "networks"),
        ({"networks": [f"10.0.{n}.0/24" for n in range(51)]}, "networks"),
        ({"tlp_ceiling": 4}, "tlp_ceiling"),
        ({"tlp_ceiling": -1}, "tlp_ceiling"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_a_key_wider_than_its_owner_is_refused(town: Town, limits: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        create_key(town.chief, **({"name": "x"} | limits))  # type: ignore[arg-type]
    assert [error.field for error in caught.value.errors] == [field]
    assert not ApiKey.objects.exists()


def test_scopes_and_ceiling_narrow_when_the_owner_loses_them(town: Town) -> None:
    curator = make_principal("curator", town.ours, role=Role.CURATOR, tlp_ceiling=3)
    new = create_key(curator, name="x", scopes=["read", "mark"], tlp_ceiling=2)
    key = find_key(new.key)
    assert key
    assert (key.principal.permissions, key.principal.tlp_ceiling) == (
        frozenset({Permission.READ, Permission.MARK}),
        2,
    )
    Membership.objects.filter(user_id=curator.user_id or 0).update(role=Role.READER, tlp_ceiling=1)
    key = find_key(new.key)
    assert key
    assert (key.principal.permissions, key.principal.tlp_ceiling) == (_NARROW - {Permission.MARK}, 1)
    Membership.objects.filter(user_id=curator.user_id or 0).update(role=Role.PLATFORM_ADMIN, tlp_ceiling=4)
    key = find_key(new.key)
    assert key
    assert (key.principal.permissions, key.principal.tlp_ceiling) == (
        frozenset({Permission.READ, Permission.MARK}),
        2,
    )


@pytest.mark.parametrize(
    ("address", "is_let_in"),
    [
        ("192.0.2.1", True),
        ("::ffff:192.0.2.1", True),
        ("2001:db8::9", True),
        ("192.0.3.1", False),
        ("2001:db9::9", False),
        ("", False),
        ("192.0.2.1, 10.0.0.1", False),
    ],
)
def test_a_key_is_valid_from_its_networks_only(town: Town, address: str, is_let_in: bool) -> None:
    new = create_key(town.chief, name="x", networks=["192.0.2.0/24", "2001:db8::/32"])
    assert (find_key(new.key, address=address) is not None) is is_let_in


def test_a_key_is_listed_with_the_ceiling_that_holds_now(town: Town) -> None:
    create_key(town.chief, name="siem")
    assert [row.tlp_ceiling for row in list_keys(town.chief)] == [3]
    Membership.objects.filter(user_id=town.chief.user_id or 0).update(tlp_ceiling=1)
    assert [row.tlp_ceiling for row in list_keys(town.chief)] == [1]


def test_a_key_makes_no_keys(town: Town) -> None:
    key = find_key(create_key(town.chief, name="x").key)
    assert key
    with pytest.raises(NotAllowed):
        create_key(key.principal, name="y")


def test_an_administrator_sees_and_ends_the_keys_of_the_organisation(town: Town) -> None:
    mara = make_principal("mara", town.ours)
    new = create_key(mara, name="hers")
    assert list_keys(town.chief) == []
    assert [row.owner for row in list_keys(town.chief, everyone=True)] == ["mara"]
    assert list_keys(town.rival, everyone=True) == []
    with pytest.raises(NotAllowed):
        list_keys(mara, everyone=True)
    revoke_key(town.chief, new.id)
    assert find_key(new.key) is None
    [act] = read_acts("key.revoke")
    assert (act.actor, act.before["name"]) == ("chief", "hers")


def test_keys_of_others_answer_as_unknown_ones(town: Town) -> None:
    mara = make_principal("mara", town.ours)
    peer = make_principal("peer", town.ours)
    new = create_key(mara, name="hers")
    for stranger in (peer, town.rival):
        messages = []
        for pk in (new.id, 999_999_999):
            with pytest.raises(NotFound) as caught:
                revoke_key(stranger, pk)
            messages.append(caught.value.detail.replace(str(pk), "N"))
        assert messages[0] == messages[1]
    assert find_key(new.key)


def test_the_key_of_a_higher_role_is_not_ended_from_below(town: Town) -> None:
    boss = make_principal("boss", town.ours, role=Role.PLATFORM_ADMIN)
    new = create_key(boss, name="his")
    with pytest.raises(NotAllowed):
        revoke_key(town.chief, new.id)
    assert find_key(new.key)


def test_keys_of_another_membership_are_not_those_of_this_one(town: Town) -> None:
    mara = make_principal("mara", town.ours)
    Membership.objects.create(user_id=mara.user_id or 0, organisation=town.theirs, role=Role.READER)
    new = create_key(mara, name="here")
    User.objects.filter(pk=mara.user_id or 0).update(organisation=town.theirs)
    there = principal_of_user(User.objects.get(pk=mara.user_id or 0))
    assert list_keys(there) == []
    with pytest.raises(NotFound):
        revoke_key(there, new.id)
    key = find_key(new.key)
    assert key
    assert key.principal.organisation_id == town.ours.pk


def use(text: str, address: str) -> None:
    key = find_key(text, address=address)
    assert key
    record_key_use(key, address=address)


def test_use_from_a_new_network_is_said_once(town: Town) -> None:
    text = create_key(town.chief, name="x").key
    for address in ("192.0.2.1", "192.0.2.99", "::ffff:192.0.2.5"):
        use(text, address)
    assert read_acts("key.new-network") == []
    for address in ("198.51.100.7", "198.51.100.8", "192.0.2.1", "2001:db8:1::1", "2001:db8:1:ffff::1"):
        use(text, address)
    acts = read_acts("key.new-network")
    assert [act.after["network"] for act in acts] == ["198.51.100.0/24", "2001:db8:1::/48"]
    assert [(act.is_security, act.organisation_id, act.actor) for act in acts] == [
        (True, town.ours.pk, "chief")
    ] * 2


def test_a_key_that_has_come_from_everywhere_fills_no_log(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.accounts.operations.key_use._MOST_NETWORKS", 3)
    text = create_key(town.chief, name="x").key
    for number in range(6):
        use(text, f"198.51.{number}.1")
    assert len(read_acts("key.new-network")) == 2


def test_the_last_use_is_kept_with_its_address(town: Town) -> None:
    new = create_key(town.chief, name="x")
    use(new.key, "::ffff:192.0.2.5")
    [row] = list_keys(town.chief)
    assert row.last_used_from == "192.0.2.5"
    assert row.last_used_at
    ApiKey.objects.update(last_used_at=row.last_used_at - 61_000_000)
    use(new.key, "192.0.2.6")
    assert [row.last_used_from for row in list_keys(town.chief)] == ["192.0.2.6"]


def test_a_key_is_found_with_two_queries(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL these go past Django's cursor, so that none is left for it to count."""
    asked: list[str] = []

    def read(connection: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return read_frequent(connection, sql, parameters)

    text = create_key(town.chief, name="x", scopes=["read"], networks=["192.0.2.0/24"]).key
    monkeypatch.setattr(recognition, "read_frequent", read)
    connection = connections[CHOSEN.get()]
    with CaptureQueriesContext(connection) as captured:
        assert find_key(text, address="192.0.2.1")
    assert len(asked) == 2
    assert len(captured) == (0 if connection.vendor == "postgresql" else 2)
