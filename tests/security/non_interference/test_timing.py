"""How long an answer takes does not tell a private id from one that never was."""

import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from stack.accounts.roles import Role
from tests.integration.store.conftest import make_object
from tests.security.non_interference.world import Clock, build_stage

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
PRIVATE = make_object("malware", "Private rat", is_family=True, description="long " * 2_000)
UNKNOWN = "malware--00000000-0000-4000-8000-000000000000"
_PAIRS, _TRIES, _FACTOR = 25, 5, 1.5


@pytest.mark.parametrize("path", ["/api/v1/objects/{}", "/o/malware/{}", "/api/v1/lookup?value={}"])
def test_a_private_id_takes_as_long_as_an_unknown_one(
    path: str, clock: Clock, tmp_path: Path, settings: Settings
) -> None:
    """Samples alternate, so that whatever else the machine does meets both; one try of some must agree."""
    settings.DATA, settings.SEARCH_INDEX = tmp_path, tmp_path / "index"
    stage = build_stage(clock, tmp_path, role=Role.ANALYST, tlp_ceiling=2, is_whole=True)
    stage.state("alice", PRIVATE)
    client = Client(raise_request_exception=False)
    client.force_login(stage.people["bob"])
    ids = [each.removeprefix("malware--") if "/o/" in path else each for each in (PRIVATE["id"], UNKNOWN)]
    ratios = []
    for _ in range(_TRIES):
        private, unknown = _measure(client, clock, [path.format(each) for each in ids])
        ratios.append(private / unknown)
        if 1 / _FACTOR < ratios[-1] < _FACTOR:
            return
    raise AssertionError(f"a private id takes so many times as long as an unknown one: {ratios}")


def _measure(client: Client, clock: Clock, addresses: list[str]) -> list[float]:
    samples: list[list[float]] = [[], []]
    for turn in range(2 * _PAIRS):
        clock.now += 1_000_000
        which = turn % 2
        began = time.process_time()
        response: Any = client.get(addresses[which])
        samples[which].append(time.process_time() - began)
        assert response.status_code in {200, 404}
    return [median(each) for each in samples]
