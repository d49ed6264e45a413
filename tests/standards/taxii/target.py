"""The server under test: the one that the variables name, or Stack, started here."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.standards.taxii.door import Door, Shelf, basic


@dataclass(frozen=True)
class Target:
    """Collections that their client may read and write, or do one of it, or neither.

    `spare` may be read and written like `shelf`, and gets what might break it; `live` is fed by a query.
    `empty_root` is an API root without collections. Tests of what is None are skipped by name.
    """

    shelf: Shelf
    spare: Shelf
    read_only: Shelf | None = None
    write_only: Shelf | None = None
    hidden: Shelf | None = None
    live: Shelf | None = None
    empty_root: str | None = None
    key: str = ""

    @property
    def door(self) -> Door:
        return self.shelf.door

    @property
    def root(self) -> str:
        return self.shelf.root


def read_target(variables: Mapping[str, str] = os.environ) -> Target | None:
    """The server of STACK_TAXII_URL with its collections; None where none is named."""
    url = variables.get("STACK_TAXII_URL", "")
    if not url:
        return None
    user, password = variables.get("STACK_TAXII_USER", ""), variables.get("STACK_TAXII_PASSWORD", "")
    door = Door(url.rstrip("/"), basic(user, password) if user else {})
    root = urlsplit(variables["STACK_TAXII_ROOT"]).path.rstrip("/") + "/"

    def name(variable: str) -> Shelf | None:
        collection = variables.get(variable, "")
        return Shelf(door, root, collection) if collection else None

    shelf = Shelf(door, root, variables["STACK_TAXII_WRITE"])
    return Target(
        shelf=shelf,
        spare=name("STACK_TAXII_SPARE") or shelf,
        read_only=name("STACK_TAXII_READ"),
        write_only=name("STACK_TAXII_WRITE_ONLY"),
        hidden=name("STACK_TAXII_HIDDEN"),
    )


@contextmanager
def open_target() -> Iterator[Target]:
    """The server under test, for as long as the block lasts."""
    named = read_target()
    if named is not None:
        yield named
        return
    from tests.standards.taxii.stack_server import serve_stack

    with serve_stack() as target:
        yield target
