"""The database: whether it answers and is up to date, and what is unwise about a server of PostgreSQL."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from stack.cli.doctor.base import Finding, State

_OLDEST: Final = 15
_LONG_TRANSACTION_S: Final = 600
_MOST_SKEW_S: Final = 2.0
_MOST_LAG_S: Final = 30.0
# Web, runner, two workers and beat: fewer make no installation of several processes.
_FEWEST_PROCESSES: Final = 5


def diagnose() -> Iterator[Finding]:
    from django.db import connection

    from stack.cli.initialise import list_pending_migrations

    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        yield Finding("database", State.FAILED, "there is none yet", "“stack init” creates it.")
        return
    pending = list_pending_migrations()
    if pending:
        detail = f"{len(pending)} migrations are missing, the first is {pending[0]}"
        yield Finding("database", State.FAILED, detail, "“stack init” applies them.")
        return
    yield Finding("database", State.OK, f"{connection.vendor}, up to date")
    if connection.vendor == "postgresql":
        yield from diagnose_server()
        yield from diagnose_replicas()


def diagnose_server() -> Iterator[Finding]:
    """Of PostgreSQL."""
    yield _check_version()
    yield _check_encoding()
    yield _check_clock()
    yield _check_connections()
    yield _check_vacuum()
    yield _check_time_outs()
    yield from _find_long_transactions()
    yield from _find_lagging_standbys()


def _ask(sql: str, *parameters: Any, alias: str = "default") -> tuple[Any, ...]:
    from django.db import connections

    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _read_setting(name: str) -> str:
    return str(_ask("SELECT current_setting(%s)", name)[0])


def _check_version() -> Finding:
    number = int(_read_setting("server_version_num")) // 10_000
    detail = f"PostgreSQL {_read_setting('server_version')}"
    if number < _OLDEST:
        remedy = f"Upgrade the server to PostgreSQL {_OLDEST} or newer (pg_upgrade, or dump and restore)."
        return Finding("postgresql version", State.FAILED, detail, remedy)
    return Finding("postgresql version", State.OK, detail)


def _check_encoding() -> Finding:
    encoding = str(
        _ask("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()")[0]
    )
    if encoding != "UTF8":
        remedy = "Make a database with ENCODING 'UTF8' TEMPLATE template0 and move the data there."
        return Finding("postgresql encoding", State.FAILED, f"{encoding}; texts would be lost", remedy)
    return Finding("postgresql encoding", State.OK, encoding)


def _check_clock() -> Finding:
    before = time.time()
    there = float(_ask("SELECT extract(epoch FROM clock_timestamp())")[0])
    after = time.time()
    skew = max(before - there, there - after, 0.0)
    detail = f"{skew:.1f} s apart from this machine's"
    if skew > _MOST_SKEW_S:
        remedy = (
            "Run a time service (chrony, systemd-timesyncd) on both: leases and sessions go by these clocks."
        )
        return Finding("database clock", State.WARNING, detail, remedy)
    return Finding("database clock", State.OK, detail)


def _check_connections() -> Finding:
    from django.db import connection

    limit = int(_read_setting("max_connections")) - int(_read_setting("superuser_reserved_connections"))
    used = int(_ask("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")[0])
    pool = connection.settings_dict["OPTIONS"].get("pool")
    each = int(pool["max_size"]) if isinstance(pool, dict) else 0
    detail = f"{used} of {limit} in use"
    if each * _FEWEST_PROCESSES > limit:
        remedy = (
            f"Raise max_connections of the server, lower STACK_DATABASE_POOL ({each} a process), "
            "or put pgbouncer in between (STACK_DATABASE_POOLER=transaction)."
        )
        return Finding("database connections", State.WARNING, f"{detail}; too few for the pools", remedy)
    if used > 0.8 * limit:
        remedy = "Look at pg_stat_activity for whose they are; raise max_connections or use pgbouncer."
        return Finding("database connections", State.WARNING, detail, remedy)
    return Finding("database connections", State.OK, detail)


def _check_vacuum() -> Finding:
    if _read_setting("autovacuum") != "on":
        remedy = "ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();"
        detail = "off: tables grow for ever and plans go wrong"
        return Finding("autovacuum", State.WARNING, detail, remedy)
    return Finding("autovacuum", State.OK, "on")


def _check_time_outs() -> Finding:
    """As they hold for Stack's own connections, which set them unless a pooler is in between."""
    idle = _read_setting("idle_in_transaction_session_timeout")
    if idle == "0":
        from django.db import connection

        user = connection.settings_dict["USER"] or "stack"
        detail = "a transaction that is left open holds its locks for ever"
        remedy = f"ALTER ROLE {user} SET idle_in_transaction_session_timeout = '60s';"
        return Finding("database time-outs", State.WARNING, detail, remedy)
    return Finding("database time-outs", State.OK, f"an idle transaction ends after {idle}")


def _find_long_transactions() -> Iterator[Finding]:
    number, longest, pid = _ask(
        "SELECT count(*), coalesce(max(extract(epoch FROM now() - xact_start)), 0), "
        "(array_agg(pid ORDER BY xact_start))[1] FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND xact_start < now() - make_interval(secs => %s)",
        _LONG_TRANSACTION_S,
    )
    if number:
        detail = (
            f"{number} open for longer than 10 minutes, the longest for {float(longest) / 60:.0f} minutes"
        )
        remedy = f"They hold back vacuum. Find out what it is, or SELECT pg_terminate_backend({pid})."
        yield Finding("long transactions", State.WARNING, detail, remedy)


def _find_lagging_standbys() -> Iterator[Finding]:
    """As the primary sees those that stream from it, those that Stack does not read among them."""
    number, worst = _ask(
        "SELECT count(*), coalesce(max(extract(epoch FROM replay_lag)), 0) FROM pg_stat_replication"
    )
    if number and float(worst) > _MOST_LAG_S:
        detail = f"a standby is {float(worst):.0f} s behind"
        remedy = "Look at its disk and network, and for long queries there that stop its replay."
        yield Finding("replication", State.WARNING, detail, remedy)
    elif number:
        yield Finding("replication", State.OK, f"{number} standbys, at most {float(worst):.1f} s behind")


def diagnose_replicas() -> Iterator[Finding]:
    """Of STACK_DATABASE_REPLICAS."""
    from django.conf import settings
    from django.db import DatabaseError

    for alias in sorted(name for name in settings.DATABASES if name.startswith("replica")):
        try:
            is_standby, lag = _ask(
                "SELECT pg_is_in_recovery(), CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() "
                "THEN 0 ELSE coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) END",
                alias=alias,
            )
        except DatabaseError as error:
            remedy = "Start it, or take it out of STACK_DATABASE_REPLICAS; the primary is asked meanwhile."
            yield Finding(alias, State.WARNING, f"does not answer: {type(error).__name__}", remedy)
            continue
        if not is_standby:
            remedy = (
                "Name standbys in STACK_DATABASE_REPLICAS; after a fail-over, set STACK_DATABASE to this one."
            )
            yield Finding(alias, State.FAILED, "is no standby: it takes writes of its own", remedy)
        elif float(lag) > _MOST_LAG_S:
            remedy = "Look at its disk and network; the primary is asked meanwhile."
            yield Finding(alias, State.WARNING, f"{float(lag):.0f} s behind", remedy)
        else:
            yield Finding(alias, State.OK, f"{float(lag):.1f} s behind")
