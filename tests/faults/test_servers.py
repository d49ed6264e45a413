"""The servers under Stack stop, die, lose what they held or are replaced; nothing acknowledged is lost."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from redis import Redis

from tests.faults.conftest import SCALED_ROLES, Servers, started_servers
from tests.faults.inspection import ask_database, inspect_installation
from tests.faults.installation import Installation, wait_for
from tests.faults.ledger import Author, Ledger, write_bundle
from tests.faults.load import Load, under_load

ROOT = Path(__file__).resolve().parents[2]
AWAY_S = float(os.environ.get("STACK_FAULT_AWAY", "60"))
MANY = int(os.environ.get("STACK_FAULT_CHANGES", "100000"))


def check_worked(load: Load, *, acknowledged: int = 5) -> None:
    assert load.acknowledged >= acknowledged, f"only {load.acknowledged} writes were acknowledged"
    assert load.seen, "the watcher saw nothing, so its silence says nothing"


def test_redis_is_killed_and_flushed(scaled: Installation, servers: Servers, ledger: Ledger) -> None:
    with under_load(scaled, ledger, name="redis") as load:
        for _ in range(5):
            time.sleep(2)
            servers.redis.kill()
            before = load.acknowledged
            wait_for(lambda before=before: load.acknowledged > before, seconds=30)  # type: ignore[misc]
            servers.redis.start()
            with Redis.from_url(servers.redis.url) as client:
                for _ in range(10):
                    client.flushall()
                    time.sleep(0.2)
    check_worked(load)
    inspect_installation(scaled, ledger)


def test_messages_are_delivered_three_times_and_shuffled(scaled: Installation, ledger: Ledger) -> None:
    storm = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.message_storm"], env=scaled.environment, cwd=ROOT
    )
    try:
        with under_load(scaled, ledger, name="storm") as load:
            time.sleep(30)
        assert storm.poll() is None
        check_worked(load)
        inspect_installation(scaled, ledger)
    finally:
        storm.kill()
        storm.wait()


def test_postgresql_is_away_and_is_killed(scaled: Installation, servers: Servers, ledger: Ledger) -> None:
    with under_load(scaled, ledger, name="database") as load:
        time.sleep(5)
        servers.postgresql.stop("fast")
        time.sleep(AWAY_S)
        assert scaled.ask("web", "GET", "/livez")[0] == 200
        assert scaled.ask("web", "GET", "/readyz")[0] == 503
        servers.postgresql.start()
        for _ in range(3):
            before = load.acknowledged
            wait_for(lambda before=before: load.acknowledged > before + 3, seconds=60)  # type: ignore[misc]
            servers.postgresql.stop("immediate")
            servers.postgresql.start()
        scaled.wait_ready()
        time.sleep(5)
    check_worked(load)
    inspect_installation(scaled, ledger)


def test_a_standby_is_promoted(folder: Path, ledger: Ledger) -> None:
    """The standby is synchronous, as docs/operations/database.md asks for where nothing may be lost."""
    with started_servers(folder, replicas=1) as servers:
        servers.postgresql.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        servers.postgresql.ask("SELECT pg_reload_conf()")
        with Installation(folder, roles=SCALED_ROLES, settings=servers.settings()) as scaled:
            with under_load(scaled, ledger, name="standby") as load:
                time.sleep(8)
                servers.postgresql.stop("immediate")
                [standby] = servers.replicas
                standby.promote()
                standby.ask("ALTER SYSTEM SET synchronous_standby_names = ''")
                standby.ask("SELECT pg_reload_conf()")
                before = load.acknowledged
                wait_for(lambda: load.acknowledged > before + 5, seconds=90)
            check_worked(load)
            inspect_installation(scaled, ledger)


def test_elasticsearch_is_down_while_much_changes(
    scaled: Installation, servers: Servers, ledger: Ledger
) -> None:
    author = Author("many")
    for _ in range(4):
        made = author.make(MANY // 4)
        status, body = scaled.ask(
            "web",
            "POST",
            "/api/v1/ingest?source=many&filename=many.json",
            key=scaled.loader_key,
            body=write_bundle(made),
            timeout=120,
        )
        assert status == 202, body
        ledger.write(json.loads(body)["id"], made)
        servers.elasticsearch.kill()
    wait_for(lambda: _count_changes(scaled) >= MANY, seconds=600, every=1)
    name = json.loads(made[-1].text).get("name") or json.loads(made[-2].text)["name"]
    status, body = scaled.ask("web", "GET", f"/api/v1/search?q={quote(name)}", key=scaled.loader_key)
    assert status == 200, body
    assert "cannot be reached" in json.loads(body)["reading"], "the fallback must be said"
    servers.elasticsearch.start()
    inspect_installation(scaled, ledger)


def _count_changes(installation: Installation) -> int:
    return int(ask_database(installation, "SELECT COALESCE(MAX(sequence), 0) FROM store_change")[0][0])
