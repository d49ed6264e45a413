"""What a server is to the commands: how it is installed, launched, asked, and told to the tests."""

from __future__ import annotations

import abc
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Node:
    """One process of a service: its folder (made before), and its ports (free when they were chosen)."""

    name: str
    folder: Path
    ports: tuple[int, ...]

    @property
    def port(self) -> int:
        return self.ports[0]


class Service(abc.ABC):
    """A server that tests need. All nodes are known to each, so that they find one another."""

    name: str
    nodes: int = 1
    ports_a_node: int = 1
    end_signal: int = signal.SIGTERM
    patience_s: float = 90

    @abc.abstractmethod
    def install(self) -> None:
        """Brings what the server is made of. Raises `Refusal`; does nothing the second time."""

    @abc.abstractmethod
    def prepare(self, node: Node, nodes: list[Node]) -> list[str]:
        """Lays out the node's folder, new or used before; the command that runs it in the foreground."""

    @abc.abstractmethod
    def is_answering(self, nodes: list[Node]) -> bool:
        """Whether a test may begin."""

    @abc.abstractmethod
    def variables(self, nodes: list[Node]) -> dict[str, str]:
        """The `STACK_TEST_*` variables that tell tests where the server is."""

    def user(self) -> str | None:
        """Whose process it is: None is that of the caller."""
        return None


def is_url_answered(url: str) -> bool:
    """Whether a GET of the URL is answered with success within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(200 <= answer.status < 300)
    except (OSError, urllib.error.URLError):
        return False
