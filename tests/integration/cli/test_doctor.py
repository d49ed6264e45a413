"""Each thing that can be wrong is broken here, and the doctor finds it and says what to do."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from pytest_django.fixtures import Settings

from stack.accounts.models import Organisation
from stack.cli.doctor import artifacts, base, database, jobs, machine, redis, search, server, variables, vault
from stack.cli.doctor.base import Finding, State, guard
from stack.core.clock import now_us
from stack.core.errors import Unavailable
from stack.core.redis_connection import open_redis
from stack.jobs.models import Job, JobState
from stack.jobs.presence import note_presence
from stack.search import choice
from tests.service_fixtures import OwnService
from tests.services import report_absent

MINUTE_US = 60_000_000


def find(findings: Iterable[Finding], check: str) -> Finding:
    """The finding of that check; every one that is not well says what to do."""
    found = list(findings)
    assert all(each.remedy for each in found if each.state is not State.OK), found
    return next(each for each in found if each.check == check)


def make_job(state: JobState, **columns: Any) -> Job:
    organisation, _ = Organisation.objects.get_or_create(name="Blue")
    made = {"created_at": now_us() - 5 * MINUTE_US} | columns
    return Job.objects.create(kind="ingest", state=state, organisation=organisation, **made)


class TestMachine:
    def test_an_open_folder_and_a_missing_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("STACK_SECRET_KEY", raising=False)
        tmp_path.chmod(0o755)
        found = list(machine.diagnose_folder(tmp_path))
        assert find(found, "data folder").remedy == f"chmod 700 {tmp_path}"
        assert find(found, "secret key").state is State.FAILED

    def test_an_open_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("STACK_SECRET_KEY", raising=False)
        (tmp_path / "secret.key").write_text("k")
        (tmp_path / "secret.key").chmod(0o644)
        assert find(machine.diagnose_folder(tmp_path), "secret key").remedy.startswith("chmod 600")

    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = shutil._ntuple_diskusage(10**12, 10**12, 10**8)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        found = find(machine.diagnose_folder(tmp_path), "disk")
        assert (found.state, found.detail) == (State.WARNING, "0.1 GB free")

    def test_an_old_python(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "_OLDEST_PYTHON", (9, 0))
        monkeypatch.setattr(machine, "_OLDEST_SQLITE", (9, 0))
        found = list(machine.diagnose_interpreter())
        assert [each.state for each in found] == [State.FAILED, State.FAILED]


def test_a_variable_that_nothing_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(variables.diagnose(), "settings").state is State.OK
    monkeypatch.setenv("STACK_UPLOAD_LIMIT", "5")
    found = find(variables.diagnose(), "settings")
    assert found.state is State.WARNING
    assert found.remedy == "Set STACK_UPLOAD_LIMIT_MB instead, or unset it."


@pytest.mark.django_db
def test_a_vault_that_is_not_made() -> None:
    assert find(vault.diagnose(), "vault").state is State.FAILED


def test_a_check_that_breaks_is_a_finding() -> None:
    def refuse() -> Iterator[Finding]:
        yield Finding("a", State.OK, "")
        raise Unavailable("Nobody answers", remedy="Start it.")

    def fail() -> Iterator[Finding]:
        raise ValueError("unforeseen")
        yield Finding("a", State.OK, "")

    assert [*guard("x", refuse)][1] == Finding("x", State.FAILED, "Nobody answers", "Start it.")
    assert find(guard("x", fail), "x").detail == "ValueError: unforeseen"
    assert base.State("failed") is State.FAILED


@pytest.mark.django_db
class TestDatabase:
    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Tests have their database in memory."""
        monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(tmp_path / "db"))
        (tmp_path / "db").touch()
        return tmp_path / "db"

    def test_none_yet(self, file: Path) -> None:
        file.unlink()
        assert find(database.diagnose(), "database").remedy == "“stack init” creates it."

    def test_one_that_is_up_to_date(self) -> None:
        assert find(database.diagnose(), "database").detail == "sqlite, up to date"

    def test_missing_migrations(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("stack.cli.initialise.list_pending_migrations", lambda: ["store.0009_later"])
        found = find(database.diagnose(), "database")
        assert (found.state, found.remedy) == (State.FAILED, "“stack init” applies them.")
        assert "store.0009_later" in found.detail


@pytest.fixture
def postgresql(monkeypatch: pytest.MonkeyPatch) -> DatabaseWrapper:
    """The doctor asks PostgreSQL."""
    if "postgresql" not in connections.settings:
        report_absent("postgresql", "set STACK_TEST_POSTGRES")
    connection = connections["postgresql"]
    assert isinstance(connection, DatabaseWrapper)
    monkeypatch.setattr(database, "_ask", ask_through(database._ask))
    monkeypatch.setattr("django.db.connection", connection)
    return connection


def ask_through(ask: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    def ask_postgresql(sql: str, *parameters: Any, alias: str = "postgresql") -> tuple[Any, ...]:
        return ask(sql, *parameters, alias=alias)

    return ask_postgresql


@pytest.mark.django_db(databases="__all__")
class TestPostgresql:
    def test_a_server_that_is_well(self, postgresql: DatabaseWrapper) -> None:
        with postgresql.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
        found = [*database.diagnose_server()]
        assert {each.check: each.state for each in found if each.state is not State.OK} == {}
        assert {"postgresql version", "postgresql encoding", "database clock", "autovacuum"} <= {
            each.check for each in found
        }

    def test_an_old_server(self, postgresql: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(database, "_OLDEST", 99)
        assert "Upgrade" in find(database.diagnose_server(), "postgresql version").remedy

    def test_a_clock_that_is_wrong(
        self, postgresql: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() - 60)
        found = find(database.diagnose_server(), "database clock")
        assert (found.state, found.detail[:2]) == (State.WARNING, "60")

    def test_pools_that_are_too_large(
        self, postgresql: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        options = postgresql.settings_dict["OPTIONS"] | {"pool": {"max_size": 400}}
        monkeypatch.setitem(postgresql.settings_dict, "OPTIONS", options)
        found = find(database.diagnose_server(), "database connections")
        assert "STACK_DATABASE_POOL (400 a process)" in found.remedy

    def test_vacuum_that_is_off(self, postgresql: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
        read = database._read_setting
        monkeypatch.setattr(
            database, "_read_setting", lambda name: "off" if name == "autovacuum" else read(name)
        )
        assert "autovacuum = on" in find(database.diagnose_server(), "autovacuum").remedy

    def test_time_outs_that_are_not_set(self, postgresql: DatabaseWrapper) -> None:
        with postgresql.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
        found = find(database.diagnose_server(), "database time-outs")
        assert "SET idle_in_transaction_session_timeout = '60s'" in found.remedy

    def test_a_transaction_that_was_left_open(
        self, postgresql: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database, "_LONG_TRANSACTION_S", 0)
        ready, over = threading.Event(), threading.Event()

        def idle() -> None:
            with connections["postgresql"].copy().cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("SELECT 1")
                ready.set()
                over.wait(30)
                cursor.execute("ROLLBACK")
                cursor.db.close()

        thread = threading.Thread(target=idle)
        thread.start()
        ready.wait(10)
        time.sleep(0.05)
        found = find(database.diagnose_server(), "long transactions")
        over.set()
        thread.join()
        assert "pg_terminate_backend(" in found.remedy

    def test_a_replica_that_is_none(
        self, postgresql: DatabaseWrapper, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for alias in ("replica1", "replica2"):
            monkeypatch.setitem(settings.DATABASES, alias, {})
        ask = database._ask

        def ask_one(sql: str, *, alias: str) -> tuple[Any, ...]:
            if alias == "replica2":
                raise OperationalError("connection refused by 10.0.0.7")
            return ask(sql)

        monkeypatch.setattr(database, "_ask", ask_one)
        found = list(database.diagnose_replicas())
        assert "is no standby" in find(found, "replica1").detail
        assert find(found, "replica2").detail == "does not answer: OperationalError"


@pytest.mark.django_db
class TestJobs:
    def test_a_queue_that_is_well(self) -> None:
        assert find(jobs.diagnose(), "jobs").state is State.OK

    def test_jobs_that_nobody_runs(self) -> None:
        make_job(JobState.QUEUED, queue="ingest")
        found = find(jobs.diagnose(), "jobs")
        assert "1 wait in ingest, the oldest for 300 s; none runs" in found.detail
        assert "stack runner" in found.remedy

    def test_dead_jobs(self) -> None:
        make_job(JobState.DEAD, queue="default")
        assert "stack job retry" in find(jobs.diagnose(), "dead jobs").remedy

    def test_jobs_of_workers_that_are_gone(self) -> None:
        make_job(JobState.RUNNING, lease_until=now_us() - 2 * MINUTE_US)
        assert find(jobs.diagnose(), "stuck jobs").state is State.FAILED

    def test_celery_without_workers_and_beat(self, settings: Settings, redis_url: str) -> None:
        settings.REDIS_URL = redis_url
        settings.JOBS = replace(settings.JOBS, runner="celery")
        make_job(JobState.QUEUED, queue="ingest")
        found = list(jobs.diagnose())
        assert "stack worker --queue ingest" in find(found, "jobs").remedy
        assert find(found, "workers").detail == "no worker answers"
        assert find(found, "beat").detail == "was not seen"
        note_presence("beat")
        assert find(jobs.diagnose(), "beat").state is State.OK

    def test_a_queue_that_no_worker_serves(
        self, settings: Settings, redis_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.REDIS_URL = redis_url
        settings.JOBS = replace(settings.JOBS, runner="celery")
        served = {"ingest": ["a"], "default": ["a"], "interactive": ["b"], "analysis": ["b"]}
        monkeypatch.setattr("stack.cli.doctor.workers.list_served", lambda: served)
        found = find(jobs.diagnose(), "workers")
        assert found.detail == "nobody serves the queue maintenance"


class TestRedis:
    def test_none_is_no_finding(self, settings: Settings) -> None:
        settings.REDIS_URL = ""
        assert list(redis.diagnose()) == []

    def test_one_that_is_away_is_named_without_its_password(self, settings: Settings) -> None:
        settings.REDIS_URL = "redis://me:hunter22@127.0.0.1:1/0"
        found = find(redis.diagnose(), "redis")
        assert (found.state, found.detail) == (State.FAILED, "does not answer: ConnectionError")
        assert "hunter22" not in str(found)

    def test_one_that_forgets(self, settings: Settings, own_service: Callable[[str], OwnService]) -> None:
        settings.REDIS_URL = f"{own_service('redis').url}/0"
        client = open_redis(settings.REDIS_URL)
        assert {each.state for each in redis.diagnose()} == {State.OK}
        client.config_set("appendonly", "no")
        client.config_set("maxmemory-policy", "allkeys-lru")
        found = list(redis.diagnose())
        assert "appendonly yes" in find(found, "redis persistence").remedy
        assert "noeviction" in find(found, "redis memory").remedy
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", str(client.info()["used_memory"]))
        assert "% of maxmemory" in find(redis.diagnose(), "redis memory").detail


@pytest.mark.django_db
class TestSearch:
    def test_an_index_that_is_behind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("stack.store.queries.last_change", lambda: 1_000_000_000)
        assert "changes behind the store" in find(search.diagnose(), "search index").detail

    def test_an_index_that_is_ahead(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("stack.search.copying.read_cursor", lambda name: 1_000_000_000)
        assert "stack search rebuild" in find(search.diagnose(), "search index").remedy

    def test_servers_that_are_away(self, settings: Settings) -> None:
        settings.SEARCH_BACKEND = "elasticsearch"
        settings.SEARCH = replace(settings.SEARCH, urls=("http://127.0.0.1:1",))
        assert find(search.diagnose(), "search servers").state is State.FAILED

    def test_a_cluster_without_its_replicas(self, settings: Settings, elasticsearch_url: str) -> None:
        settings.SEARCH_BACKEND = "elasticsearch"
        name = f"doctor{os.getpid()}"
        settings.SEARCH = replace(settings.SEARCH, urls=(elasticsearch_url,), prefix=name, replicas=1)
        backend = choice.choose_backend()
        try:
            with backend.open_writer() as writer:
                assert writer is not None
            found = find(search.diagnose(), "search cluster")
            assert found.detail.startswith("yellow")
            assert "STACK_SEARCH_REPLICAS=0" in found.remedy
        finally:
            from stack.search.elasticsearch.client import Client

            client = Client(settings.SEARCH)
            client.delete([copy.name for copy in backend.list_copies()])
            client.close()


def test_artifacts_that_cannot_be_kept(tmp_path: Path, settings: Settings) -> None:
    assert find(artifacts.diagnose(), "artifacts").state is State.OK
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    settings.DATA = blocked
    assert find(artifacts.diagnose(), "artifacts").state is State.FAILED


def test_a_server_whose_process_is_down(settings: Settings, tmp_path: Path) -> None:
    from stack.cli.supervision.lock import ServeLock, Serving

    settings.DATA = tmp_path
    assert find(server.diagnose(), "server").detail.startswith("not running")
    lock = ServeLock(tmp_path)
    lock.publish(Serving(pid=os.getpid(), address="http://127.0.0.1:1", children={"web": 2**22 - 1}))
    assert "web process is down" in find(server.diagnose(), "server").detail
    lock.release()
