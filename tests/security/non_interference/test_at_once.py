"""What is taken from somebody is gone with the next request: for an open session, for a key, and while the
search index still has it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from stack.accounts.models import Membership, SharingGroup
from stack.accounts.roles import Role
from stack.api.rest.openapi import PREFIX
from stack.store.marking import mark_object
from tests.integration.store.conftest import make_object
from tests.security.non_interference.world import BANK, Clock, Stage, bring_index_up, build_stage

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
SECRET = make_object("malware", "Nightshade", is_family=True, labels=["nightshade"])
UNKNOWN = make_object("malware", "Foxgloves!", is_family=True)
PATHS = (
    "/api/v1/objects/{id}",
    "/api/v1/objects/{id}/raw",
    "/api/v1/objects/{id}/versions",
    "/api/v1/objects/{id}/neighbours",
    "/api/v1/objects/{id}/notes",
    "/api/v1/objects/{id}/access",
    "/api/v1/lookup?value={id}",
    "/api/v1/lookup?value={name}",
    "/api/v1/search?q={name}&facet=label&facet=type",
    "/api/v1/suggest?q={name}",
    "/api/v1/objects",
)
PAGES = (
    "/o/malware/{uuid}",
    "/o/malware/{uuid}/history.json",
    "/search.json?q={name}",
    "/search.csv?q={name}",
)


@pytest.fixture
def stage(clock: Clock, tmp_path: Path, settings: Settings) -> Stage:
    """Bob sees what alice shares with the group that both are in, and search has it."""
    settings.DATA, settings.SEARCH_INDEX = tmp_path, tmp_path / "index"
    stage = build_stage(clock, tmp_path, role=Role.ANALYST, tlp_ceiling=2, is_whole=True)
    stage.state("alice", SECRET, handling=stage.share(groups=["Circle"]))
    bring_index_up()
    return stage


def _mark(stage: Stage) -> None:
    mark_object(stage.principal("alice"), stix_id=SECRET["id"], handling=stage.share())


def _leave_group(stage: Stage) -> None:
    SharingGroup.objects.get(name="Circle").organisations.remove(stage.organisations[BANK])


def _delete_group(stage: Stage) -> None:
    SharingGroup.objects.get(name="Circle").delete()


def _raise(stage: Stage) -> None:
    newer = SECRET | {"modified": "2025-01-01T00:00:00.000Z"}
    red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    stage.state("alice", newer | {"object_marking_refs": [red]}, handling=stage.share(groups=["Circle"]))


@pytest.mark.parametrize("take_away", [_mark, _leave_group, _delete_group, _raise])
def test_what_is_withdrawn_answers_as_what_never_was(
    take_away: Callable[[Stage], None], stage: Stage
) -> None:
    session = Client(raise_request_exception=False)
    session.force_login(stage.people["bob"])
    key = Client(headers={"authorization": f"Bearer {stage.numbers['text:key:bob']}"})
    for client in (session, key):
        assert client.get(f"{PREFIX}/objects/{SECRET['id']}").status_code == 200
        assert client.get(f"{PREFIX}/search?q=nightshade").json()["total"] == 1
    take_away(stage)
    for client in (session, key):
        for path in PATHS if client is key else (*PATHS, *PAGES):
            assert _ask(client, path, SECRET) == _ask(client, path, UNKNOWN), path


def test_a_lowered_ceiling_a_lost_role_and_a_lost_membership_count_at_once(stage: Stage) -> None:
    stage.state("alice", SECRET, source="other", handling=stage.share(groups=["Circle"]))
    client = Client(headers={"authorization": f"Bearer {stage.numbers['text:key:bob']}"})
    membership = Membership.objects.get(user=stage.people["bob"])
    assert client.get(f"{PREFIX}/export").status_code == 200
    membership.role = Role.READER
    membership.save()
    assert client.get(f"{PREFIX}/objects/{SECRET['id']}").status_code == 200
    assert client.post(f"{PREFIX}/objects/{SECRET['id']}/notes").status_code == 403
    membership.delete()
    assert client.get(f"{PREFIX}/objects/{SECRET['id']}").status_code == 401


def _ask(client: Client, path: str, obj: dict[str, Any]) -> tuple[int, str]:
    said = {"id": obj["id"], "uuid": obj["id"].partition("--")[2], "name": obj["name"]}
    response: Any = client.get(path.format(**said))
    text = response.getvalue().decode()
    for name in (*said.values(), obj["name"].casefold()):
        text = text.replace(name, "…")
    return response.status_code, "" if "<html" in text else text
