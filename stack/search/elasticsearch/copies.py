"""The copies of an index on the servers: what they are called, which is in use, and how they come and go.

<prefix>-objects-<schema>           alias of the copy that searches ask
<prefix>-objects-<schema>-<number>  a copy
<copy>-write                        alias of a copy, to which its documents are written
<prefix>-objects-whole              alias of every copy that was filled to the end
"""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from stack.core.errors import NotFound
from stack.search.elasticsearch.address import SearchServers
from stack.search.elasticsearch.client import Client
from stack.search.elasticsearch.lease import forget_leases
from stack.search.elasticsearch.mapping import (
    MAPPINGS,
    SCHEMA_VERSION,
    make_replica_settings,
    make_settings,
)
from stack.search.elasticsearch.writer import name_write_alias

# Seconds in hexadecimal, and some of chance: sorts by age, and the database's row fits.
_NUMBER = re.compile(r"[0-9a-f]{12}-[0-9a-f]{12}")
_WAIT_FOR_REPLICAS_S = 60


@dataclass(frozen=True, slots=True)
class Copies:
    """All copies of one prefix. Only `find_current` is asked by readers; the rest is for the writer."""

    client: Client
    servers: SearchServers

    @property
    def alias(self) -> str:
        """Each schema has its own, so that the version of Stack before goes on while a new one fills."""
        return f"{self._stem}-{SCHEMA_VERSION}"

    def find_current(self) -> str | None:
        """The copy in use, or None when there is none of this schema. As quick as a sign of life."""
        found = self.client.probe(f"/_alias/{self.alias}")
        return max((name for name in found or () if name.startswith(f"{self.alias}-")), default=None)

    def name_cursor(self, copy: str) -> str:
        return f"elasticsearch {copy.removeprefix(f'{self._stem}-')}"

    def list_all(self) -> dict[str, frozenset[str]]:
        """The aliases of each copy, the newest first, whatever its schema."""
        found = self.client.read_aliases(f"{self._stem}-*")
        own = [name for name in found if _NUMBER.fullmatch(name.removeprefix(f"{self._stem}-"))]
        return {name: found[name] for name in sorted(own, key=_age, reverse=True)}

    def make(self, *, is_unseen: bool) -> str:
        """An empty copy, in use at once unless it is to be filled unseen."""
        copy = f"{self.alias}-{int(time.time()):08x}{secrets.token_hex(2)}"
        settings = make_settings(
            shards=self.servers.shards, replicas=self.servers.replicas, is_unseen=is_unseen
        )
        aliases = [name_write_alias(copy)] + ([] if is_unseen else [self.alias, self._whole])
        self.client.create(
            copy,
            {
                "settings": {"index": settings},
                "mappings": MAPPINGS,
                "aliases": {name: {} for name in aliases},
            },
        )
        return copy

    def use(self, copy: str) -> list[str]:
        """Makes a filled copy the one in use, in one step, once its replicas are there.

        The one before is kept for a way back. Gives back the others, which may go; none with the first copy
        of a schema, because a Stack of the version before may still read its own.
        """
        self.client.change_settings(copy, make_replica_settings(self.servers.replicas))
        self.client.wait_for_copies(copy, timeout_s=_WAIT_FOR_REPLICAS_S)
        known = self.list_all()
        before = [name for name, aliases in known.items() if self.alias in aliases and name != copy]
        self.client.change_aliases(
            [
                *({"remove": {"index": name, "alias": self.alias}} for name in before),
                {"add": {"index": copy, "alias": self.alias}},
                {"add": {"index": copy, "alias": self._whole}},
            ]
        )
        return [name for name in known if name not in {copy, *before[:1]}] if before else []

    def find(self, name: str) -> str:
        """The whole copy of this schema with this name; NotFound says which there are."""
        known = [
            copy
            for copy, aliases in self.list_all().items()
            if self._whole in aliases and copy.startswith(f"{self.alias}-")
        ]
        if name not in known:
            raise NotFound(
                f"There is no copy {name} that could be used",
                remedy=f"There are {', '.join(known)}." if known else "“stack search rebuild” makes one.",
            )
        return name

    def discard(self, copies: Sequence[str]) -> None:
        self.client.delete(copies)
        forget_leases(copies)

    @property
    def _stem(self) -> str:
        return f"{self.servers.prefix}-objects"

    @property
    def _whole(self) -> str:
        return f"{self._stem}-whole"


def _age(name: str) -> str:
    return name.rpartition("-")[2]
