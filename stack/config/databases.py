"""`STACK_DATABASE…` as Django's settings: empty for SQLite in the data folder, or `postgresql://…`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from stack.config.environment import SettingError, read_choice, read_integer

REPLICA = "replica"

# A checkpoint every 32 MB of log and not every 4: an ingest would wait for one at every second batch.
_SQLITE_PRAGMAS = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA cache_size=-65536;
PRAGMA mmap_size=268435456;
PRAGMA temp_store=MEMORY;
PRAGMA journal_size_limit=67108864;
PRAGMA wal_autocheckpoint=8192;
"""
# Of libpq's parameters those that say how to get to the server, and to which.
_PARAMETERS = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "target_session_attrs", "load_balance_hosts"}
)
# A server that vanished without a word is noticed in half a minute, not after the two hours of TCP's default.
_DEAD_PEER = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# An abandoned transaction holds its locks no longer than this.
_IDLE_IN_TRANSACTION_S = 60
# What a connection has been asked so often is planned once (for cursors that bind on the server).
_PREPARE_AFTER = 5
# How long a request waits for a connection before it answers that the database is away.
_POOL_WAIT_S = 5


def configure_sqlite(path: Path) -> dict[str, Any]:
    """WAL with `synchronous=FULL`: an acknowledged write survives a power cut."""
    return {
        "ENGINE": "stack.config.sqlite",
        "NAME": str(path),
        # A thread keeps its connection: opening one and setting the pragmas costs a millisecond a request.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": _SQLITE_PRAGMAS,
        },
    }


def configure_postgresql(address: str, *, name: str = "STACK_DATABASE") -> dict[str, Any]:
    """From `postgresql://user:password@host:port/name`; a host such as `%2Frun%2Fpg` is a socket folder.

    Several hosts with commas between them are tried in turn until one takes writes, so that a promoted
    standby is found. Raises `SettingError` that names `name`.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise SettingError(name, f"expected postgresql://user@host/name, not {parts.scheme!r}")
    hosts, ports = _read_hosts(parts.netloc.rpartition("@")[2], name)
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": ",".join(hosts),
        "PORT": ",".join(ports) if any(ports) else "",
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": _DEAD_PEER | _read_parameters(parts.query, name),
    }
    if len(hosts) > 1:
        settings["OPTIONS"].setdefault("target_session_attrs", "read-write")
    return settings


def configure_database(address: str, *, data_folder: Path) -> dict[str, Any]:
    if not address:
        return configure_sqlite(data_folder / "stack.sqlite3")
    return _share(configure_postgresql(address))


def configure_replicas(addresses: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By alias, the servers of `STACK_DATABASE_REPLICAS`; blank addresses are left out."""
    given = [address.strip() for address in addresses if address.strip()]
    return {
        f"{REPLICA}{number}": _share(configure_postgresql(address, name="STACK_DATABASE_REPLICAS"))
        for number, address in enumerate(given, start=1)
    }


def _share(settings: dict[str, Any]) -> dict[str, Any]:
    """How a process shares the server's connections: by a pool of its own, or through pgbouncer."""
    pooler = read_choice("STACK_DATABASE_POOLER", "none", ("none", "transaction"))
    size = read_integer("STACK_DATABASE_POOL", 8, low=0, high=500)
    if pooler == "transaction":
        # Another client may have the server's connection after each transaction: nothing may be kept on it.
        # pgbouncer has the pool, and refuses start-up parameters that it does not know.
        return settings | {
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    settings["OPTIONS"]["prepare_threshold"] = _PREPARE_AFTER
    settings["OPTIONS"]["options"] = " ".join(
        f"-c {each}={value}" for each, value in _list_time_outs().items() if value
    )
    if size:
        settings["CONN_HEALTH_CHECKS"] = True
        settings["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": size,
            "timeout": _POOL_WAIT_S,
            "max_idle": 300,
            "reconnect_timeout": 30,
        }
    return settings


def _list_time_outs() -> dict[str, str]:
    statement_s = read_integer("STACK_DATABASE_STATEMENT_S", 0, high=86_400)
    return {
        "idle_in_transaction_session_timeout": f"{_IDLE_IN_TRANSACTION_S}s",
        "statement_timeout": f"{statement_s}s" if statement_s else "",
    }


def _read_hosts(text: str, name: str) -> tuple[list[str], list[str]]:
    hosts, ports = [], []
    for each in text.split(","):
        host, colon, port = each.rpartition(":") if not each.endswith("]") else (each, "", "")
        if not colon:
            host, port = each, ""
        if port and not port.isdecimal():
            raise SettingError(name, f"expected a number after the host's colon, got {port!r}")
        hosts.append(unquote(host.strip("[]")))
        ports.append(port)
    return hosts, ports


def _read_parameters(query: str, name: str) -> dict[str, str]:
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    for unknown in parameters.keys() - _PARAMETERS:
        raise SettingError(name, f"{unknown!r} is none of {', '.join(sorted(_PARAMETERS))}")
    return parameters
