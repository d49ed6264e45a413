"""What a platform administrator does: organisations, sharing groups, restricted markings."""

import pytest
from django.test import Client

from stack.accounts.models import Membership, Organisation, RestrictedMarking, SharingGroup, User
from stack.accounts.principal import Role
from stack.accounts.queries import principal_of_user
from tests.people import make_member

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
_MARKING = "marking-definition--11111111-2222-4333-8444-555555555555"


@pytest.fixture
def root(client: Client) -> User:
    user = make_member("root", Organisation.objects.create(name="North"), role=Role.PLATFORM_ADMIN)
    client.force_login(user)
    return user


def test_a_new_organisation_gets_its_first_member_by_invitation(client: Client, root: User) -> None:
    location = client.post("/admin/organisations", {"name": "South"})["Location"]
    south = Organisation.objects.get(name="South")
    assert location == f"/admin/organisations/{south.pk}"
    answer = client.post(f"{location}/invitations", {"role": "organisation-admin", "tlp_ceiling": "amber"})
    assert "/join/" in answer.content.decode()
    assert south.invitations.count() == 1
    assert client.get(f"{location}/members.json").json()["rows"] == []
    rows = client.get("/admin/organisations.json").json()["rows"]
    assert [(row["name"], row["members"]) for row in rows] == [("North", 1), ("South", 0)]


def test_members_of_any_organisation_are_changed_and_one_returns_to_it(client: Client, root: User) -> None:
    south = Organisation.objects.create(name="South")
    member = Membership.objects.get(user=make_member("sam", south, role=Role.READER, tlp_ceiling=1))
    answer = client.post(f"/organisation/members/{member.pk}", {"role": "curator", "tlp_ceiling": "red"})
    assert answer["Location"] == f"/admin/organisations/{south.pk}"
    member.refresh_from_db()
    assert (member.role, member.tlp_ceiling) == (Role.CURATOR, 4)
    assert (
        client.post(f"/admin/organisations/{south.pk}/second-factor", {"role": "reader"}).status_code == 302
    )
    assert client.get("/admin/organisations/999999").status_code == 404


@pytest.mark.parametrize("name", ["", "North", "x" * 300, "line\nbreak"])
def test_a_bad_name_makes_no_organisation(client: Client, root: User, name: str) -> None:
    assert client.post("/admin/organisations", {"name": name}).status_code in {409, 422}
    assert Organisation.objects.count() == 1


def test_a_group_joins_organisations_from_the_moment_it_is_saved(client: Client, root: User) -> None:
    south = Organisation.objects.create(name="South")
    sam = make_member("sam", south)
    client.post("/admin/groups", {"name": "Energy", "organisation_ids": [str(south.pk)]})
    group = SharingGroup.objects.get()
    assert principal_of_user(sam).group_ids == {group.pk}
    client.post(
        f"/admin/groups/{group.pk}", {"name": "Power", "organisation_ids": [str(root.organisation_id)]}
    )
    assert principal_of_user(sam).group_ids == set()
    assert client.get("/admin/groups.json").json()["rows"] == [
        {"id": group.pk, "name": "Power", "organisation_ids": [root.organisation_id]}
    ]
    client.post(f"/admin/groups/{group.pk}/delete")
    assert not SharingGroup.objects.exists()
    assert client.get(f"/admin/groups/{group.pk}").status_code == 404


@pytest.mark.parametrize("ids", [["999999"], ["one"], ["9" * 30]])
def test_a_group_of_organisations_that_are_not_there_is_refused(
    client: Client, root: User, ids: list[str]
) -> None:
    answer = client.post("/admin/groups", {"name": "Energy", "organisation_ids": ids})
    assert answer.status_code == 422
    assert 'value="Energy"' in answer.content.decode()


def test_a_refused_group_leaves_nothing_behind(client: Client, root: User) -> None:
    client.post("/admin/groups", {"name": "Energy", "organisation_ids": ["999999"]})
    assert not SharingGroup.objects.exists()


def test_a_restricted_marking_is_granted_to_members_and_lifted(client: Client, root: User) -> None:
    bob = make_member("bob", root.organisation)
    client.post("/admin/markings", {"name": "Operation", "marking_id": _MARKING})
    assert principal_of_user(bob).hidden_markings == {_MARKING}
    member = Membership.objects.get(user=bob)
    sent = {"role": "analyst", "tlp_ceiling": "red", "granted_markings": [_MARKING]}
    client.post(f"/organisation/members/{member.pk}", sent)
    assert principal_of_user(bob).hidden_markings == set()
    assert client.get("/admin/markings.json").json()["rows"][0]["name"] == "Operation"
    client.post(f"/admin/markings/{RestrictedMarking.objects.get().pk}/lift")
    assert not RestrictedMarking.objects.exists()


@pytest.mark.parametrize("marking_id", ["", "malware--11111111-2222-4333-8444-555555555555", "TLP:RED"])
def test_what_is_no_marking_definition_is_not_restricted(client: Client, root: User, marking_id: str) -> None:
    answer = client.post("/admin/markings", {"name": "Operation", "marking_id": marking_id})
    assert answer.status_code == 422
    assert 'id="marking-marking_id-fault"' in answer.content.decode()


def test_the_matrix_of_roles_is_for_everybody_and_marks_ones_own(client: Client, root: User) -> None:
    client.force_login(make_member("ron", root.organisation, role=Role.READER))
    page = client.get("/roles").content.decode()
    assert page.count('class="is-own"') == 1
    sheet = client.get("/roles.json").json()
    assert sheet["own"] == "reader"
    assert [row["role"] for row in sheet["rows"]] == list(Role)
    assert [row["administer"] for row in sheet["rows"]] == [False] * 5 + [True]
