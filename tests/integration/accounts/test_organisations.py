"""Organisations, sharing groups and restricted markings: who makes them, and who knows of them."""

import itertools
from collections.abc import Callable

import pytest

from stack.accounts.models import Organisation, User
from stack.accounts.operations import (
    create_group,
    create_key,
    create_organisation,
    delete_group,
    rename_group,
    rename_organisation,
    restrict_marking,
    set_group_members,
    set_mfa_requirement,
    unrestrict_marking,
)
from stack.accounts.principal import Principal, Role
from stack.accounts.queries import (
    find_key,
    list_groups,
    list_organisations,
    list_restricted_markings,
    list_roles,
    principal_of_user,
)
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from tests.integration.accounts.conftest import Town, read_acts
from tests.people import make_member

pytestmark = pytest.mark.django_db(databases="__all__")
_MARKING = "marking-definition--aaaaaaaa-1111-4111-8111-111111111111"
_SHOUTED = "marking-definition--AAAAAAAA-1111-4111-8111-111111111111"
_RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"


def refresh(principal: Principal) -> Principal:
    return principal_of_user(User.objects.get(pk=principal.user_id or 0))


def explain(act: Callable[[int], object], pk: int) -> str:
    with pytest.raises(NotFound) as caught:
        act(pk)
    return f"{caught.value.detail} | {caught.value.remedy}".replace(str(pk), "N")


@pytest.mark.asvs("8.2.3")
def test_everybody_knows_the_names_and_only_their_own_numbers(town: Town) -> None:
    set_mfa_requirement(town.rival, town.theirs.pk, role=Role.CURATOR)
    shown = {row.name: (row.members, row.require_mfa_from) for row in list_organisations(town.chief)}
    assert shown == {"My organisation": (None, None), "Ours": (1, None), "Theirs": (None, None)}
    assert {row.name: row.members for row in list_organisations(town.root)} == dict.fromkeys(shown, 1)


def test_a_platform_administrator_makes_organisations(town: Town) -> None:
    row = create_organisation(town.root, name=" Third ")
    assert (row.name, row.members, row.created_at > 0) == ("Third", 0, True)
    [act] = read_acts("organisation.create")
    assert (act.actor, act.organisation_id, act.after) == ("admin", row.id, {"name": "Third"})
    with pytest.raises(NotAllowed):
        create_organisation(town.chief, name="Fourth")


@pytest.mark.parametrize("name", ["Theirs", "THEIRS", "ｔheirs"])
def test_names_that_look_alike_are_one(town: Town, name: str) -> None:
    with pytest.raises(Conflict):
        create_organisation(town.root, name=name)
    with pytest.raises(Conflict):
        rename_organisation(town.chief, town.ours.pk, name=name)
    assert rename_organisation(town.rival, town.theirs.pk, name=name).name == name.strip()


def test_an_organisation_is_run_by_its_own_administrator(town: Town) -> None:
    assert rename_organisation(town.chief, town.ours.pk, name="Renamed").name == "Renamed"
    assert set_mfa_requirement(town.chief, town.ours.pk, role=Role.ANALYST).require_mfa_from is Role.ANALYST
    assert set_mfa_requirement(town.root, town.ours.pk, role=None).require_mfa_from is None
    assert [act.after for act in read_acts("organisation.change")] == [
        {"name": "Renamed"},
        {"require_mfa_from": "analyst"},
        {"require_mfa_from": ""},
    ]
    acts: list[Callable[[int], object]] = [
        lambda pk: rename_organisation(town.chief, pk, name="x"),
        lambda pk: set_mfa_requirement(town.chief, pk, role=None),
    ]
    for act in acts:
        assert explain(act, town.theirs.pk) == explain(act, 999_999_999)
    curator = principal_of_user(make_member("curator", town.ours, role=Role.CURATOR))
    with pytest.raises(NotAllowed):
        rename_organisation(curator, town.ours.pk, name="x")
    assert Organisation.objects.get(pk=town.theirs.pk).name == "Theirs"


def test_a_group_is_known_to_its_organisations_only(town: Town) -> None:
    group = create_group(town.root, name="Circle")
    both = (town.ours.pk, town.theirs.pk)
    assert set_group_members(town.root, group.id, organisation_ids=both).organisation_ids == both
    assert [row.id for row in list_groups(refresh(town.chief))] == [group.id]
    assert refresh(town.chief).group_ids == {group.id}
    set_group_members(town.root, group.id, organisation_ids=[town.theirs.pk])
    assert list_groups(refresh(town.chief)) == []
    assert [row.organisation_ids for row in list_groups(town.root)] == [(town.theirs.pk,)]
    assert [act.after for act in read_acts("group.change")][-1] == {"organisation_ids": [town.theirs.pk]}


def test_a_key_loses_a_group_with_its_organisation(town: Town) -> None:
    group = create_group(town.root, name="Circle")
    set_group_members(town.root, group.id, organisation_ids=[town.ours.pk])
    new = create_key(town.chief, name="SIEM")
    key = find_key(new.key)
    assert key
    assert key.principal.group_ids == {group.id}
    delete_group(town.root, group.id)
    key = find_key(new.key)
    assert key
    assert key.principal.group_ids == frozenset()


def test_groups_are_made_by_platform_administrators_alone(town: Town) -> None:
    group = create_group(town.root, name="Circle")
    acts: list[Callable[[], object]] = [
        lambda: create_group(town.chief, name="x"),
        lambda: rename_group(town.chief, group.id, name="x"),
        lambda: set_group_members(town.chief, group.id, organisation_ids=[town.ours.pk]),
        lambda: delete_group(town.chief, group.id),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert [(row.name, row.organisation_ids) for row in list_groups(town.root)] == [("Circle", ())]


def test_a_bad_group_is_refused_with_the_reason(town: Town) -> None:
    group = create_group(town.root, name="Circle")
    with pytest.raises(Conflict):
        create_group(town.root, name="CIRCLE")
    assert rename_group(town.root, group.id, name="CIRCLE").name == "CIRCLE"
    with pytest.raises(BadInput) as caught:
        set_group_members(town.root, group.id, organisation_ids=[town.ours.pk, 999_999_999])
    assert "999999999" in caught.value.detail
    with pytest.raises(NotFound):
        delete_group(town.root, 999_999_999)
    with pytest.raises(BadInput):
        create_group(town.root, name="a\u202eb")


def test_a_restricted_marking_is_hidden_from_all_but_who_restricts_it(town: Town) -> None:
    row = restrict_marking(town.root, marking_id=_SHOUTED, name="Court")
    assert (row.marking_id, row.is_granted) == (_MARKING, True)
    assert refresh(town.root).hidden_markings == frozenset()
    assert refresh(town.chief).hidden_markings == {_MARKING}
    assert list_restricted_markings(refresh(town.chief)) == []
    assert [each.name for each in list_restricted_markings(refresh(town.root))] == ["Court"]
    with pytest.raises(Conflict):
        restrict_marking(town.root, marking_id=_MARKING, name="again")
    unrestrict_marking(town.root, row.id)
    assert refresh(town.chief).hidden_markings == frozenset()
    with pytest.raises(NotFound):
        unrestrict_marking(town.root, row.id)
    assert [len(read_acts(f"marking.{verb}")) for verb in ("restrict", "unrestrict")] == [1, 1]


@pytest.mark.parametrize(
    "marking_id", ["", "TLP:RED", _RED, _MARKING.replace("marking-definition", "malware")]
)
def test_only_markings_that_are_no_tlp_can_be_restricted(town: Town, marking_id: str) -> None:
    with pytest.raises(BadInput) as caught:
        restrict_marking(town.root, marking_id=marking_id, name="x")
    assert [error.field for error in caught.value.errors] == ["marking_id"]


def test_markings_are_restricted_by_platform_administrators_alone(town: Town) -> None:
    row = restrict_marking(town.root, marking_id=_MARKING, name="Court")
    with pytest.raises(NotAllowed):
        restrict_marking(town.chief, marking_id=_MARKING, name="x")
    with pytest.raises(NotAllowed):
        unrestrict_marking(town.chief, row.id)


def test_the_matrix_of_roles_grows_from_row_to_row() -> None:
    rows = list_roles()
    assert [row.role for row in rows] == list(Role)
    assert all(low.permissions <= high.permissions for low, high in itertools.pairwise(rows))
