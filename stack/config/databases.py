"""`STACK_DATABASE` as Django's settings: empty for SQLite in the data folder, or `postgresql://…`."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from stack.config.environment import SettingError

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


def configure_postgresql(address: str) -> dict[str, Any]:
    """From `postgresql://user:password@host:port/name`; a host such as `%2Frun%2Fpg` is a socket folder."""
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise SettingError("STACK_DATABASE", f"expected postgresql://user@host/name, not {parts.scheme!r}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
    }


def configure_database(address: str, *, data_folder: Path) -> dict[str, Any]:
    return configure_postgresql(address) if address else configure_sqlite(data_folder / "stack.sqlite3")
