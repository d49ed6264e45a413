"""Where a database is, and how this process is made to work on another one than the settings name."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ALIAS: Final = "default"
# What Django takes out of the options before the driver sees them.
_OF_DJANGO: Final = ("pool", "assume_role", "isolation_level", "server_side_binding", "cursor_factory")


@dataclass(frozen=True, slots=True)
class Place:
    """A database by its Django settings; `schema` is PostgreSQL's, empty for the one it is in by itself."""

    settings: Mapping[str, Any]
    schema: str = ""

    @property
    def is_sqlite(self) -> bool:
        return "sqlite" in self.settings["ENGINE"]

    @property
    def vendor(self) -> str:
        return "sqlite" if self.is_sqlite else "postgresql"

    @property
    def path(self) -> Path:
        """The file of an SQLite database."""
        return Path(self.settings["NAME"])

    @property
    def title(self) -> str:
        """For people: without a password."""
        if self.is_sqlite:
            return str(self.path)
        where = self.settings.get("HOST") or "the local socket"
        return f"the PostgreSQL database “{self.settings['NAME']}” at {where}"

    def list_parameters(self) -> dict[str, Any]:
        """What the driver of PostgreSQL takes."""
        options = {key: value for key, value in self.settings["OPTIONS"].items() if key not in _OF_DJANGO}
        named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        found = {key: self.settings.get(name) for key, name in named.items()}
        return options | {key: value for key, value in found.items() if value} | {"client_encoding": "UTF8"}


def current_place() -> Place:
    """The database that the settings name."""
    from django.db import connections

    return Place(copy.deepcopy(connections.settings[ALIAS]))


def place_file(path: Path, *, like: Mapping[str, Any]) -> Place:
    """An SQLite file under the same options as `like`."""
    return Place({**copy.deepcopy(dict(like)), "NAME": str(path)})


def place_schema(place: Place, schema: str) -> Place:
    """The same PostgreSQL database, where everything unnamed is in `schema`."""
    settings = copy.deepcopy(dict(place.settings))
    settings["OPTIONS"].pop("pool", None)
    before = settings["OPTIONS"].get("options", "")
    # What proves a large installation takes longer than a request may.
    mine = f"-c search_path={schema} -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
    settings["OPTIONS"]["options"] = f"{before} {mine}".strip()
    return Place(settings, schema)


@contextmanager
def working_on(place: Place) -> Iterator[None]:
    """Every query of this process goes there meanwhile, also those that a replica would answer."""
    from django.db import connections, router

    before, routers = connections.settings[ALIAS], router.routers
    _reconnect(place.settings)
    router.routers = []
    try:
        yield
    finally:
        _reconnect(before)
        router.routers = routers


def _reconnect(settings: Mapping[str, Any]) -> None:
    from django.db import connections

    connections[ALIAS].close()
    if getattr(connections[ALIAS], "pool", None):
        connections[ALIAS].close_pool()  # type: ignore[attr-defined]
    del connections[ALIAS]
    connections.settings[ALIAS] = dict(settings)
