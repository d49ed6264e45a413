"""A reader's module that has something to load ahead, which goes wrong at last."""

from collections.abc import Iterator
from typing import Any, BinaryIO

_loaded: list[int] = []


def warm_up() -> Iterator[None]:
    for step in range(3):
        _loaded.append(step)
        yield
    raise ValueError("nothing of this kind here")


def list_loaded(_: BinaryIO, __: dict[str, Any]) -> Iterator[int]:
    yield from _loaded
