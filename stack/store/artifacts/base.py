"""The contract of a place that keeps sealed bytes under names. It knows nothing of what is in them."""

from collections.abc import Iterable
from typing import Protocol

from stack.store.artifacts.records import ArtifactCheck


class ArtifactStorage(Protocol):
    """A name is 32 hexadecimal digits, which the caller has checked.

    Whatever cannot be done now raises `Unavailable`; a name that is not there, `NotFound`.
    """

    @property
    def read_ahead(self) -> int:
        """How many bytes are worth asking for at once, when a file is read from its start to its end."""

    def put(self, name: str, pieces: Iterable[bytes], *, limit_bytes: int) -> None:
        """Durable and whole when it returns; nothing is there, whatever ends it before.

        `limit_bytes` is the most that may come. What `pieces` raises passes through unchanged.
        """

    def measure(self, name: str) -> int:
        """The size in bytes."""

    def read(self, name: str, start: int, length: int) -> bytes:
        """The bytes from `start` on, fewer at the end. `start` lies within the file."""

    def remove(self, name: str) -> None:
        """Also what an attempt left that was killed; a name that is not there is no fault."""

    def check(self) -> ArtifactCheck:
        """Answers within two seconds and never raises."""
