"""SIGTERM rolling restarts under load: nobody who has another web process to go to notices."""

import time
from pathlib import Path

from tests.faults.conftest import Servers
from tests.faults.inspection import ask_database, inspect_installation
from tests.faults.installation import Installation
from tests.faults.ledger import Ledger
from tests.faults.load import under_load

ROLES = ("web", "web2", "runner", "worker", "worker2", "beat")
ROUNDS = 3
LONGEST_STOP_S = 12.0


def test_every_process_is_replaced_in_turn(folder: Path, servers: Servers, ledger: Ledger) -> None:
    with Installation(folder, roles=ROLES, settings=servers.settings()) as installation:
        with under_load(installation, ledger, name="rolling") as load:
            for _ in range(ROUNDS):
                for role in ROLES:
                    time.sleep(0.5)
                    assert installation.terminate(role) < LONGEST_STOP_S
                    installation.start(role)
                    installation.wait_ready()
        assert load.acknowledged > ROUNDS * 5
        assert load.seen
        inspect_installation(installation, ledger)
        taken_over = "no attempt failed: every job was given back, not lost"
        assert not _count_failed_attempts(installation), taken_over


def _count_failed_attempts(installation: Installation) -> int:
    return int(ask_database(installation, "SELECT COUNT(*) FROM jobs_jobattempt")[0][0])
