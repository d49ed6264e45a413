"""What a forked child must leave to its parent, and how a parent tells its children to stop."""

import mmap

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_left_behind: list[object] = []


class SharedFlag:
    """A flag that a process and the children it forks see: a byte of shared memory, without any lock that a
    killed process could leave taken."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._memory[0] = 1

    def is_set(self) -> bool:
        return self._memory[0] != 0


def close_connections() -> None:
    """Before a fork: the parent's connections and pools are closed, and it opens none again."""
    connections.close_all()
    for connection in _list_open():
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def leave_connections() -> None:
    """In a child: whatever was open in the parent is forgotten, and neither used nor closed, for closing it
    would speak to the server in the parent's name. It is kept, so that it is not closed as garbage either."""
    for connection in _list_open():
        _left_behind.append(connection)
        pools = getattr(type(connection), "_connection_pools", None)
        if pools:
            _left_behind.append(dict(pools))
            pools.clear()
        del connections[connection.alias]


def _list_open() -> list[BaseDatabaseWrapper]:
    return list(connections.all(initialized_only=True))
