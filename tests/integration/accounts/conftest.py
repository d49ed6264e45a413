"""Two organisations on one server, an administrator in each, and one above both."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from stack.accounts.models import Membership, Organisation, User
from stack.accounts.operations import ensure_first_organisation
from stack.accounts.principal import Principal, Role
from stack.accounts.queries import principal_of_user
from stack.audit.models import AuditEntry
from tests.people import make_member, make_principal


@pytest.fixture
def administrator() -> User:
    return ensure_first_organisation()


@pytest.fixture
def member(administrator: User) -> User:
    return make_member("mara", administrator.organisation, tlp_ceiling=2)


@dataclass(frozen=True, slots=True)
class Town:
    """`ours` and `theirs` are organisations; `chief` administers ours, `rival` theirs, `root` both."""

    ours: Organisation
    theirs: Organisation
    root: Principal
    chief: Principal
    rival: Principal


@pytest.fixture
def town(database: str) -> Town:
    root = ensure_first_organisation()
    ours = Organisation.objects.create(name="Ours")
    theirs = Organisation.objects.create(name="Theirs")
    return Town(
        ours=ours,
        theirs=theirs,
        root=principal_of_user(root),
        chief=make_principal("chief", ours, role=Role.ORGANISATION_ADMIN, tlp_ceiling=3),
        rival=make_principal("rival", theirs, role=Role.ORGANISATION_ADMIN, tlp_ceiling=3),
    )


def make_row(town: Town, name: str = "mara", role: Role = Role.ANALYST, tlp_ceiling: int = 2) -> Membership:
    """A member of ours."""
    return Membership.objects.get(user=make_member(name, town.ours, role=role, tlp_ceiling=tlp_ceiling))


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act as the audit log has it."""

    name: str
    actor: str
    organisation_id: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    is_security: bool


def read_acts(name: str) -> list[Recorded]:
    """The acts of that name, in order."""
    return [
        Recorded(
            row.name,
            row.actor_name,
            row.organisation_id,
            json.loads(row.before),
            json.loads(row.after),
            row.is_security,
        )
        for row in AuditEntry.objects.filter(name=name).order_by("sequence")
    ]


def read_whole_log() -> str:
    """All that the log says, for looking whether a secret is in it."""
    return str(list(AuditEntry.objects.values()))
