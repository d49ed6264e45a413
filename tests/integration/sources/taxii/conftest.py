"""An organisation with a curator, and peers that are servers of the test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal, Role
from stack.jobs.models import Job
from stack.jobs.operations import run_inline
from stack.sources.taxii.drafts import PeerDraft
from stack.sources.taxii.operations import add_peer
from stack.sources.taxii.queries import PeerRow
from stack.sources.taxii.records import Mode
from tests.http_servers import allowing, serve
from tests.integration.sources.taxii.fake import FakeTaxii
from tests.people import make_member, make_principal

AddPeer = Callable[..., PeerRow]


@pytest.fixture
def principal(database: str, tmp_path: Path) -> Iterator[Principal]:
    organisation = Organisation.objects.create(name="Analysts")
    make_member("root", organisation, role=Role.PLATFORM_ADMIN)
    with override_settings(DATA=tmp_path):
        yield make_principal("curator", organisation, role=Role.CURATOR)


@pytest.fixture
def stranger(principal: Principal) -> Principal:
    return make_principal(
        "stranger", Organisation.objects.create(name="Others"), role=Role.ORGANISATION_ADMIN
    )


@pytest.fixture
def serving() -> Iterator[Callable[[FakeTaxii], str]]:
    """Serves a server on loopback until the test ends; gives its base URL."""
    with ExitStack() as stack:
        stack.enter_context(allowing("127.0.0.0/8"))
        yield lambda server: stack.enter_context(serve(server))


@pytest.fixture
def peer_of(principal: Principal, serving: Callable[[FakeTaxii], str]) -> AddPeer:
    def add(server: FakeTaxii, *, name: str = "peer", mode: Mode = Mode.ORDINARY, **others: Any) -> PeerRow:
        draft = PeerDraft(name=name, url=f"{serving(server)}/root/", mode=mode, **others)
        return add_peer(principal, draft)

    return add


def run_ingests() -> None:
    """Everything that was handed over, in the order in which it was."""
    for job_id in (
        Job.objects.filter(kind="ingest", state="queued").order_by("pk").values_list("pk", flat=True)
    ):
        assert run_inline(job_id).state == "done"
