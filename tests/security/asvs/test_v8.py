"""ASVS 5.0, chapter 8: what is written down about access, and that the server alone decides."""

import json
import re
from collections.abc import Callable

import pytest

from stack.accounts import operations
from stack.accounts.models import Membership
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries import list_members, principal_of_user
from stack.core.errors import NotAllowed
from stack.store.marking import mark_object
from stack.store.records import Handling
from stack.store.removal import remove_source
from tests.security.asvs.listing import ROOT
from tests.security.rest import client_with_session
from tests.security.world import World

_MODEL = (ROOT / "docs" / "security" / "threat-model.md").read_text(encoding="utf-8")


def _read_table(heading: str) -> list[list[str]]:
    section = _MODEL.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


@pytest.mark.asvs("8.1.1")
def test_the_roles_that_are_written_down_are_those_in_force() -> None:
    header, *rows = _read_table("Who may do what")
    written = {
        role: {row[0].strip("`") for row in rows if row[column]}
        for column, role in enumerate(header)
        if column > 0
    }
    assert written == {str(role): set(map(str, role.permissions)) for role in Role}
    assert "markings.md" in _MODEL, "which data one sees is written down there"


@pytest.mark.asvs("8.1.2")
def test_fields_that_nobody_sets_are_refused_by_name(world: World) -> None:
    _, *rows = _read_table("Fields that have rules of their own")
    nobody = [name for row in rows if row[2] == "nobody" for name in re.findall(r"`(\w+)`", row[0])]
    assert {"is_staff", "is_superuser", "user_id", "organisation_id"} <= set(nobody)
    client = client_with_session(world.ours.people[Role.ORGANISATION_ADMIN])
    before = list(Membership.objects.values().order_by("pk"))
    for name in nobody:
        answer = client.patch(
            f"/api/v1/members/{world.ours.ids['member_id']}",
            json.dumps({name: 1}),
            content_type="application/json",
        )
        assert answer.status_code == 422, name
        assert name in answer.content.decode()
    assert list(Membership.objects.values().order_by("pk")) == before


_ACTS: dict[Permission, list[Callable[[Principal], object]]] = {
    Permission.ADMINISTER: [
        lambda asker: operations.create_organisation(asker, name="New"),
        lambda asker: operations.create_group(asker, name="New"),
        lambda asker: operations.restrict_marking(
            asker, marking_id="marking-definition--9f6c1d3e-8a4e-4a3b-9d9e-0f2f6a1b7c11", name="New"
        ),
    ],
    Permission.MANAGE_MEMBERS: [
        lambda asker: operations.create_member(asker, username="new", role=Role.READER, tlp_ceiling=0),
        lambda asker: operations.invite(asker, role=Role.READER, tlp_ceiling=0),
        list_members,
    ],
    Permission.MARK: [lambda asker: mark_object(asker, stix_id="malware--x", handling=Handling())],
    Permission.MANAGE_SOURCES: [
        lambda asker: remove_source(asker, 1, report=lambda count: None),
    ],
}


@pytest.mark.asvs("8.3.1")
@pytest.mark.parametrize("permission", _ACTS)
def test_what_is_called_past_every_face_checks_the_permission_itself(
    world: World, permission: Permission
) -> None:
    for role, person in world.ours.people.items():
        if permission in role.permissions:
            continue
        for act in _ACTS[permission]:
            with pytest.raises(NotAllowed):
                act(principal_of_user(person))
