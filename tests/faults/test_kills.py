"""kill -9 at random points of ingest, two hundred times: what was acknowledged is there, equal, and once."""

import os
import random
import time

import pytest

from tests.faults.inspection import ask_database, inspect_installation
from tests.faults.installation import Installation, wait_for
from tests.faults.ledger import Ledger
from tests.faults.load import under_load

EMBEDDED_ROUNDS = int(os.environ.get("STACK_FAULT_ROUNDS", "200")) * 2 // 5
SCALED_ROUNDS = int(os.environ.get("STACK_FAULT_ROUNDS", "200")) * 3 // 5
INSPECTED_EVERY = 20
CHILD = "child of "


@pytest.mark.parametrize("seed", [1])
def test_web_process_and_runner_of_the_embedded_default(
    embedded: Installation, ledger: Ledger, seed: int
) -> None:
    promised = kill_at_random(
        embedded, ledger, ["web", "runner", f"{CHILD}web", f"{CHILD}runner"], EMBEDDED_ROUNDS, seed
    )
    assert promised > EMBEDDED_ROUNDS * 10


@pytest.mark.parametrize("seed", [2])
def test_every_process_of_a_scaled_installation(scaled: Installation, ledger: Ledger, seed: int) -> None:
    victims = ["web", "runner", "worker", f"{CHILD}worker", f"{CHILD}worker", "beat"]
    promised = kill_at_random(scaled, ledger, victims, SCALED_ROUNDS, seed)
    assert promised > SCALED_ROUNDS * 10


def kill_at_random(
    installation: Installation, ledger: Ledger, victims: list[str], rounds: int, seed: int
) -> int:
    """Kills one victim a round; every so many rounds, and at the end, everything is compared."""
    chance = random.Random(seed)
    promised, done = 0, 0
    while done < rounds:
        with under_load(installation, ledger, name=f"load-{done}") as load:
            for _ in range(min(INSPECTED_EVERY, rounds - done)):
                victim = chance.choice(victims)
                wait_for_work(installation)
                time.sleep(chance.uniform(0.0, 0.6))
                if victim.startswith(CHILD):
                    installation.kill_child(victim.removeprefix(CHILD))
                else:
                    installation.restart(victim)
                done += 1
            installation.wait_ready()
        assert load.acknowledged, "nothing was taken in, so nothing was tested"
        assert load.seen, "the watcher saw nothing, so its silence says nothing"
        promised = inspect_installation(installation, ledger)
    return promised


def wait_for_work(installation: Installation) -> None:
    """Until requests are answered and a job runs, so that what is killed is killed at work."""
    installation.wait_ready()
    running = "SELECT COUNT(*) FROM jobs_job WHERE state = 'running'"
    wait_for(lambda: ask_database(installation, running)[0][0] > 0, seconds=60, every=0.02)
